"""Orthanc as a peer: it sends, asks and fetches as its REST interface tells it to."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.programs import require_program
from support.server import AE_TITLE, clean_environment, free_port

MODALITY = "isocenter"
TITLE = "ORTHANC"


@dataclass(frozen=True, slots=True)
class Orthanc:
    """A running Orthanc that knows one modality: us."""

    http_port: int
    dicom_port: int

    def ask(self, method: str, path: str, body: bytes | dict[str, Any] | None = None) -> Any:  # Any: JSON
        """Call its REST interface."""
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        request = urllib.request.Request(f"http://127.0.0.1:{self.http_port}{path}", data=data, method=method)
        with opener.open(request, timeout=60) as answer:
            said = answer.read()
        return json.loads(said) if said[:1] in (b"{", b"[") else said


@contextmanager
def running_orthanc(folder: Path, isocenter_port: int, dicom_port: int) -> Iterator[Orthanc]:
    """Run Orthanc with empty storage until the block ends."""
    program = require_program("Orthanc")
    folder.mkdir(parents=True)
    orthanc = Orthanc(free_port(), dicom_port)
    settings = {
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "HttpPort": orthanc.http_port,
        "DicomPort": dicom_port,
        "DicomAet": TITLE,
        "DicomCheckCalledAet": True,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomModalities": {MODALITY: [AE_TITLE, "127.0.0.1", isocenter_port]},
        "Plugins": [],
    }
    file = folder / "orthanc.json"
    file.write_text(json.dumps(settings))
    with (folder / "orthanc.log").open("wb") as log:
        process = subprocess.Popen([program, str(file)], stdout=log, stderr=log, env=clean_environment())
    try:
        _wait(orthanc, process, folder)
        yield orthanc
    finally:
        process.terminate()
        process.wait(20)


def _wait(orthanc: Orthanc, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        assert process.poll() is None, (folder / "orthanc.log").read_text("utf-8", "replace")[-3000:]
        try:
            orthanc.ask("GET", "/system")
            return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)  # another process: there is no event to wait for
