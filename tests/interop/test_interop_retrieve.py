"""C-GET and C-MOVE beyond the plain case: other encodings, roles not taken, a change of mind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from pydicom import Dataset

from support.objects import Place, mr
from support.part10 import EXPLICIT_VR_BIG_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN
from support.raw_sender import Outgoing, send_all
from support.receivers import received_in, run_peer, run_pynetdicom
from support.server import AE_TITLE, Peer, Server, free_port, running_server
from support.wire import RecordingProxy

pytestmark = [pytest.mark.peer]

COUNT = 120
STUDY = ["-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={Place().study_instance_uid}"]


@pytest.fixture(scope="module")
def mover_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, mover_port: int) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("retrieve"), peers=[Peer("MOVESCU", mover_port)]) as running:
        assert {answer.status for answer in send_all(running.address, objects())} == {0}
        yield running


def objects() -> list[Outgoing]:
    return [mr(number, pixels=bytes([number]) * 32) for number in range(1, COUNT + 1)]


def _explicit(data: bytes) -> Dataset:
    return pydicom.filereader.read_dataset(BytesIO(data), is_implicit_VR=False, is_little_endian=True)


@pytest.mark.parametrize(
    ("option", "syntax"), [("+xe", EXPLICIT_VR_LITTLE_ENDIAN), ("+xb", EXPLICIT_VR_BIG_ENDIAN)], ids=["little", "big"]
)
def test_getscu_gets_the_encoding_that_it_prefers_with_the_same_values(
    server: Server, tmp_path: Path, option: str, syntax: str
) -> None:
    run_peer("getscu", "-S", option, "+B", "-aec", AE_TITLE, "-od", str(tmp_path), *STUDY, *_address(server))
    came = {path.name: pydicom.dcmread(path) for path in tmp_path.iterdir()}
    assert len(came) == COUNT
    sent = {made.sop_instance_uid: _explicit(made.data_set) for made in objects()}
    for data_set in came.values():
        assert data_set.file_meta.TransferSyntaxUID == syntax
        original = sent[data_set.SOPInstanceUID]
        pixels, data_set.PixelData = data_set.PixelData, b""
        original_pixels, original.PixelData = original.PixelData, b""
        assert dict(data_set.items()).keys() == dict(original.items()).keys()
        assert [str(element.value) for element in data_set] == [str(element.value) for element in original]
        assert pixels == (_swapped(original_pixels) if syntax == EXPLICIT_VR_BIG_ENDIAN else original_pixels)


def test_pynetdicom_getscu_gets_implicit_vr_with_the_same_values(server: Server, tmp_path: Path) -> None:
    with RecordingProxy(server.address) as proxy:
        arguments = ["-S", "-aec", AE_TITLE, "-od", str(tmp_path), *STUDY, "127.0.0.1", str(proxy.port)]
        run_pynetdicom("getscu", *arguments)
        came = proxy.take().by_uid()
    assert len(came) == COUNT
    sent = {made.sop_instance_uid: _explicit(made.data_set) for made in objects()}
    for uid, stored in came.items():
        assert stored.transfer_syntax_uid == IMPLICIT_VR_LITTLE_ENDIAN
        values = pydicom.filereader.read_dataset(BytesIO(stored.data_set), is_implicit_VR=True, is_little_endian=True)
        values["PixelData"].VR = "OW"
        assert values == sent[uid]


def test_a_cancelled_move_stops_and_its_counts_add_up(server: Server, mover_port: int, tmp_path: Path) -> None:
    done = run_peer(
        "movescu", "-d", "-S", "+B", "-aec", AE_TITLE, "-aet", "MOVESCU", "+P", str(mover_port), "--cancel", "1",
        *STUDY, *_address(server), check=False, folder=tmp_path,
    )  # fmt: skip
    said = done.stdout + done.stderr
    final = said.rpartition("Received Final Move Response")[2]
    counts = [
        int(number) for number in re.findall(r"(?:Remaining|Completed|Failed|Warning) Suboperations *: (\d+)", final)
    ]
    assert "0xfe00" in final.lower(), final[:500]
    assert sum(counts) == COUNT
    assert len(received_in(tmp_path)) < COUNT


def _address(server: Server) -> list[str]:
    return ["127.0.0.1", str(server.dicom_port)]


def _swapped(words: bytes) -> bytes:
    swapped = bytearray(words)
    swapped[::2], swapped[1::2] = words[1::2], words[::2]
    return bytes(swapped)
