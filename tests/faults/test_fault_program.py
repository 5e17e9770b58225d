"""The program as people start it, killed at an answer: it starts again and gives what it acknowledged over the web."""

from __future__ import annotations

import hashlib
import json
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from journal_sender import JournalSender, Told, run_all, sound, truncated

from isocenter.app import open_archive
from isocenter.settings import load_settings
from support.dicomweb import ACCEPT_AS_STORED, files_of
from support.server import PROGRAM, clean_environment

RESTART_SECONDS = 10.0


@contextmanager
def program(data: Path, kill: str = "") -> Iterator[tuple[int, int, subprocess.Popen[str]]]:
    """Start ``isocenter serve``; gives its DICOM port, its web port and the process."""
    command = [str(PROGRAM), "serve", "--data", str(data), "--dicom-port", "0", "--http-port", "0", "--accept-any-ae"]
    environment = clean_environment() | {"ISOCENTER_KILL": kill, "COLUMNS": "300", "NO_COLOR": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=None, env=environment, text=True) as process:
        assert process.stdout is not None
        said = ""
        while not (web := re.search(r"http://127\.0\.0\.1:(\d+)", said)):
            line = process.stdout.readline()
            assert line, said
            said += line
        dicom = re.search(r"on 127\.0\.0\.1:(\d+)", said)
        assert dicom, said
        try:
            yield int(dicom[1]), int(web[1]), process
        finally:
            process.kill()


def studies_at(web: int) -> list[str]:
    _, body = fetch(f"http://127.0.0.1:{web}/dicomweb/studies", "application/dicom+json")
    return [study["0020000D"]["Value"][0] for study in json.loads(body)]


def fetch(url: str, accept: str) -> tuple[str, bytes]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url, headers={"Accept": accept}), timeout=30) as answer:
        return answer.headers["Content-Type"], answer.read()


def test_a_killed_program_gives_back_what_it_acknowledged(tmp_path: Path) -> None:
    data, journals = tmp_path / "data", [tmp_path / f"{number}.journal" for number in range(2)]
    with program(data, "K9:9") as (port, _, process):
        senders = [
            JournalSender(
                port,
                journal,
                [sound("mr", 50 * number + n) if n % 4 else truncated("mr", 50 * number + n) for n in range(12)],
                f"SENDER{number}",
            )
            for number, journal in enumerate(journals)
        ]
        assert run_all(senders) == []
        assert process.wait(30) == -signal.SIGKILL
    told = Told.read(journals)
    assert len(told.acknowledged) == 8
    began = time.perf_counter()
    with program(data) as (_, web, process):
        assert time.perf_counter() - began < RESTART_SECONDS
        got: dict[str, str] = {}
        for study in studies_at(web):
            for file in files_of(*fetch(f"http://127.0.0.1:{web}/dicomweb/studies/{study}", ACCEPT_AS_STORED)):
                got[file.sop_instance_uid] = hashlib.sha256(file.data_set).hexdigest()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert {uid: got.get(uid) for uid in told.acknowledged} == told.acknowledged
    assert all(told.unknown[uid] == digest for uid, digest in got.items() if uid in told.unknown)
    assert not told.refused & got.keys()
    assert not got.keys() - told.acknowledged.keys() - told.unknown.keys()
    with open_archive(load_settings(overrides={"data": data}, environment={})) as archive:
        assert archive.check().clean
