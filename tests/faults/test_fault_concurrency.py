"""The same instance from sixteen senders at once, and two servers on one folder."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aftermath import look_after, settings_of
from journal_sender import CLASSES, EXPLICIT, JournalSender, Told, run_all, sound
from zygote import Running, Zygote, zygote

from isocenter.app import open_archive
from support.raw_sender import RawPeer
from support.server import PROGRAM, clean_environment

SENDERS = 16


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zygote]:
    with zygote(tmp_path_factory.mktemp("zygote") / "server.log") as process:
        yield process


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, Any]:
    return {
        "data": str(tmp_path / "data"),
        "dimse": {"port": 0, "accept_any_ae": True, "max_associations_per_peer": SENDERS},
        "web": {"port": 0},
        "storage": {"spill_bytes": 64 << 10, "lanes": 2},
    }


def stop(servers: Zygote, server: Running) -> None:
    os.kill(server.pid, 15)
    assert servers.wait(server) == 0


@pytest.mark.parametrize("kind", ["mr", "ct"])
def test_the_same_instance_sixteen_times_at_once_is_one_instance(
    servers: Zygote, settings: dict[str, Any], tmp_path: Path, kind: Any
) -> None:
    """Small ones share commit groups; large ones are in packs of their own before anybody sees that they are equal."""
    server = servers.start(settings)
    assert server.ports is not None
    sent = sound(kind, 7)
    together = threading.Barrier(SENDERS)
    statuses: list[int] = []

    def send() -> None:
        assert server.ports is not None
        with RawPeer(("127.0.0.1", server.ports[0])) as peer:
            peer.associate({1: (CLASSES[kind], [EXPLICIT])})
            together.wait(30)
            statuses.append(peer.store(1, sent.sop_class_uid, sent.sop_instance_uid, sent.data_set).status)
            peer.release()

    threads = [threading.Thread(target=send) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stop(servers, server)
    assert statuses == [0x0000] * SENDERS
    told = Told({sent.sop_instance_uid: sent.digest}, {}, set())
    assert look_after(settings, told).wrong == ()
    with open_archive(settings_of(settings)) as archive:
        assert [event.kind for event in archive.record.history(sent.sop_instance_uid)] == ["received"]
        assert archive.record.exceptions() == []
        whole = [member for pack in archive.storage.packs() for member in archive.storage.scan(pack.name)]
        assert sum(member.name.endswith(".dcm") for member in whole) == 1


def test_a_second_server_on_the_same_folder_is_told_why_it_cannot_start(
    servers: Zygote, settings: dict[str, Any], tmp_path: Path
) -> None:
    server = servers.start(settings)
    assert server.ports is not None
    command = [str(PROGRAM), "serve", "--data", settings["data"], "--dicom-port", "0", "--http-port", "0"]
    second = subprocess.run(command, capture_output=True, text=True, timeout=60, env=clean_environment(), check=False)
    assert second.returncode not in (0, None)
    said = " ".join((second.stdout + second.stderr).split())
    assert "Another process is using this data folder" in said, said
    assert "Traceback" not in said
    sender = JournalSender(server.ports[0], tmp_path / "one.journal", [sound("mr", 1)], "SENDER")
    assert run_all([sender]) == []
    assert sender.finished
    stop(servers, server)
