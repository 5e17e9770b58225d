"""Commands that call a peer: here a server of our own, elsewhere pynetdicom where it must behave otherwise."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pydicom
import pynetdicom
import pytest
from pynetdicom.sop_class import CTImageStorage, StudyRootQueryRetrieveInformationModelMove

from unit.interfaces.cli.conftest import Run, RunningServer
from unit.services.imports.import_archive import SERIES, STUDY, data_set, part10, uid


def test_a_study_goes_to_a_peer_and_comes_back(
    isocenter: Run, server: RunningServer, files: Path, tmp_path: Path
) -> None:
    peer = f"ISOCENTER@127.0.0.1:{server.port}"
    assert re.fullmatch(r"ISOCENTER at 127.0.0.1:\d+ answers, in [\d.]+ ms.\n", isocenter("echo", peer).out)
    sent = isocenter("send", files, "--peer", peer)
    assert sent.code == 0
    assert sent.out.split()[-5:] == ["3", "3", "0", "0", "0"]
    assert "1 files are not DICOM" in sent.err
    found = isocenter("find", "--peer", peer, "PatientName=TEST*", "--level", "study")
    assert STUDY in found.out
    assert isocenter("find", "--peer", peer, "--level", "instance", f"StudyInstanceUID={STUDY}").code == 0
    (patient,) = json.loads(isocenter("find", "--peer", peer, "--level", "patient", "--json").out)
    assert patient["00100020"]["Value"] == ["IMPORT-1"]
    got = isocenter("get", STUDY, tmp_path / "out", "--peer", peer)
    assert (got.code, got.out) == (0, f"3 files in {tmp_path / 'out'}.\n")
    assert (tmp_path / "out" / "000001.dcm").read_bytes().endswith(data_set(1, pixels=100_000))
    one = isocenter("get", STUDY, tmp_path / "one", "--peer", peer, "--series", SERIES, "--instance", uid(2), "--json")
    assert [entry["SOPInstanceUID"] for entry in json.loads(one.out)] == [uid(2)]


def test_what_is_here_can_be_sent_by_its_uid(isocenter: Run, server: RunningServer, files: Path) -> None:
    peer = f"ISOCENTER@127.0.0.1:{server.port}"
    isocenter("import", files)
    assert isocenter("send", STUDY, "--peer", peer).code == 0
    assert isocenter("find", "--peer", peer).out.count(STUDY) == 1


def test_refusals_are_counted_with_their_reasons(isocenter: Run, server: RunningServer, files: Path) -> None:
    (files / "cut").write_bytes(part10(9, pixels=1000)[:-10])
    (files / "nameless").write_bytes(part10(8).replace(uid(8).encode(), b"\0" * len(uid(8))))
    answer = isocenter("send", files, "--peer", f"ISOCENTER@127.0.0.1:{server.port}", "--json")
    assert answer.code == 1
    report = json.loads(answer.out)
    assert (report["found"], report["sent"], report["refused"], report["not_sent"]) == (5, 3, 2, 0)
    assert any("C000" in reason["text"] for reason in report["reasons"])


def test_nothing_there_is_said(isocenter: Run, server: RunningServer, tmp_path: Path) -> None:
    answer = isocenter("get", "1.2.3.4", tmp_path / "out", "--peer", f"ISOCENTER@127.0.0.1:{server.port}")
    assert answer.code == 1
    assert "has nothing under this UID" in answer.err


def test_a_peer_out_of_reach_is_one_sentence(isocenter: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        answer = isocenter("echo", f"127.0.0.1:{taken.getsockname()[1]}")
    assert answer.code == 1
    assert "cannot be reached" in answer.err
    assert answer.err.count("\n") == 1


def test_an_unknown_name_lists_the_known_ones(isocenter: Run) -> None:
    isocenter("peers", "--add", "ct1", "--ae-title", "CT1")
    answer = isocenter("echo", "ct2")
    assert (
        answer.err == "isocenter: ct2 is no peer of the settings (there: ct1) and not of the form [TITLE@]HOST:PORT.\n"
    )
    assert "has no address" in isocenter("echo", "ct1").err


def test_who_knocked_in_vain_is_listed_with_the_command_that_admits_it(
    isocenter: Run, server: RunningServer, tmp_path: Path
) -> None:
    assert isocenter("peers", "--knocking").err == "Nobody was turned away.\n"
    assert isocenter("echo", f"NOBODY@127.0.0.1:{server.port}").code == 1
    answer = isocenter("peers", "--knocking", "--data", tmp_path / "elsewhere")
    assert "ISOCENTER at 127.0.0.1 called NOBODY" in answer.out
    (knock,) = json.loads(isocenter("peers", "--knocking", "--json", "--data", tmp_path / "elsewhere").out)
    assert knock["times"] == 1


class MoveOnly:
    """A peer that does not know C-GET and moves one slice to whoever the title stands for."""

    def __init__(self, move_to: int) -> None:
        self.ae = pynetdicom.AE(ae_title="MOVER")
        self.ae.add_supported_context(StudyRootQueryRetrieveInformationModelMove)
        self.ae.add_requested_context(CTImageStorage, "1.2.840.10008.1.2.1")
        self.move_to = move_to
        self.server = self.ae.start_server(
            ("127.0.0.1", 0), block=False, evt_handlers=[(pynetdicom.evt.EVT_C_MOVE, self.move)]
        )
        self.port = self.server.server_address[1]

    def move(self, event: pynetdicom.events.Event) -> Iterator[object]:
        yield "127.0.0.1", self.move_to
        yield 2
        for number in (1, 2):
            yield 0xFF00, pydicom.dcmread(BytesIO(part10(number)))

    def stop(self) -> None:
        self.server.shutdown()


def test_a_peer_without_c_get_is_asked_to_move(isocenter: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("ISOCENTER_DIMSE__PORT", str(port))
    peer = MoveOnly(port)
    try:
        answer = isocenter("get", STUDY, tmp_path / "out", "--peer", f"MOVER@127.0.0.1:{peer.port}")
    finally:
        peer.stop()
    assert (answer.code, answer.out) == (0, f"2 files in {tmp_path / 'out'}.\n")
    assert "Fetched by C-MOVE" in answer.err
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_a_taken_port_says_why_a_move_cannot_arrive(
    isocenter: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("ISOCENTER_DIMSE__PORT", str(taken.getsockname()[1]))
        peer = MoveOnly(taken.getsockname()[1])
        try:
            answer = isocenter("get", STUDY, tmp_path / "out", "--peer", f"MOVER@127.0.0.1:{peer.port}")
        finally:
            peer.stop()
    assert answer.code == 1
    assert "Cannot listen on" in answer.err
