"""Orthanc sends to us, finds what it sent, and fetches it back: the same bytes on both wires."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.objects import mr, part10_files
from support.orthanc import MODALITY, TITLE, running_orthanc
from support.server import Peer, free_port, running_server
from support.wire import RecordingProxy

pytestmark = [pytest.mark.peer]


def test_orthanc_stores_finds_and_moves_back(tmp_path: Path) -> None:
    orthanc_port = free_port()
    with (
        RecordingProxy(("127.0.0.1", orthanc_port)) as back,
        running_server(tmp_path / "server", peers=[Peer(TITLE, back.port)], accept_any_ae=False) as server,
        RecordingProxy(server.address) as proxy,
        running_orthanc(tmp_path / "orthanc", proxy.port, orthanc_port) as orthanc,
    ):
        orthanc.ask("POST", f"/modalities/{MODALITY}/echo", {})
        objects = [mr(number, pixels=bytes([number]) * 32) for number in range(1, 6)]
        for file in part10_files(tmp_path / "files", objects):
            orthanc.ask("POST", "/instances", file.read_bytes())
        (study,) = orthanc.ask("GET", "/studies")
        orthanc.ask("POST", f"/modalities/{MODALITY}/store", study.encode())
        sent = proxy.take().by_uid()
        assert {uid: stored.status for uid, stored in sent.items()} == {made.sop_instance_uid: 0 for made in objects}

        orthanc.ask("DELETE", f"/studies/{study}")
        query = {"Level": "Study", "Query": {"PatientID": "T-1", "StudyDate": "", "PatientName": "TEST*"}}
        asked = orthanc.ask("POST", f"/modalities/{MODALITY}/query", query)["ID"]
        assert orthanc.ask("GET", f"/queries/{asked}/answers") == ["0"]
        orthanc.ask("POST", f"/queries/{asked}/retrieve", TITLE.encode())
        came = back.take().by_uid()
        assert {uid: stored.data_set for uid, stored in came.items()} == {
            uid: stored.data_set for uid, stored in sent.items()
        }
        assert orthanc.ask("GET", "/statistics")["CountInstances"] == len(objects)
