"""Many small objects, many senders at once, and senders in their default environment."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support.dicomweb import fetch_with_curl
from support.objects import Place, mr, part10_files
from support.raw_sender import Outgoing, RawPeer, send_all
from support.receivers import run_peer, run_pynetdicom, store_with_dcmtk
from support.server import AE_TITLE, Server, running_server

pytestmark = [pytest.mark.peer]

SMALL = 99
PIXELS = bytes(12_000)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running_server(tmp_path / "server") as running:
        yield running


def test_a_default_storescu_is_not_held_up(server: Server, tmp_path: Path) -> None:
    """DCMTK leaves Nagle's algorithm on: with delayed acknowledgements each message would wait 40 ms."""
    files = part10_files(tmp_path / "files", [small(number) for number in range(1, SMALL + 1)])
    store_with_dcmtk(server.dicom_port, files[:1], nagle=True)
    start = time.monotonic()
    said = store_with_dcmtk(server.dicom_port, files, nagle=True)
    seconds = time.monotonic() - start
    print(f"{SMALL} small MR from a default storescu: {seconds:.2f} s")
    assert said.count("Received Store Response (Success)") == SMALL
    assert server.health()["instances"] == SMALL
    assert seconds < 2


def test_eight_senders_at_once_lose_nothing(server: Server, tmp_path: Path) -> None:
    batches = [[small(number, sender) for number in range(1, 41)] for sender in range(1, 9)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda batch: send_all(server.address, batch), batches))
    assert {answer.status for each in answers for answer in each} == {0}
    studies = [f"/studies/{place(sender).study_instance_uid}" for sender in range(1, 9)]
    came = {part10.sop_instance_uid: part10.data_set for part10 in fetch_with_curl(server, studies, tmp_path / "curl")}
    assert came == {made.sop_instance_uid: made.data_set for batch in batches for made in batch}


def test_the_same_instance_from_sixteen_at_once_is_one(server: Server) -> None:
    """F24: one row, one content, every sender told of success."""
    made = small(1)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: send_all(server.address, [made], calling="SAME"), range(16)))
    assert [answer.status for (answer,) in answers] == [0] * 16
    health = server.health()
    assert (health["instances"], health["open_exceptions"]) == (1, 0)


def test_both_peers_verify_the_connection(server: Server) -> None:
    run_peer("echoscu", "-aec", AE_TITLE, "127.0.0.1", str(server.dicom_port))
    run_pynetdicom("echoscu", "127.0.0.1", str(server.dicom_port), "-aec", AE_TITLE)


def test_any_split_into_pdus_is_the_same_object(server: Server, tmp_path: Path) -> None:
    made = [small(number) for number in range(1, 6)]
    splits = [[1], [2, 3, 5, 7, 11, 13], list(range(0, 400, 2)), [len(made[0].data_set) - 1], [131, 132, 133]]
    with RawPeer(server.address) as peer:
        peer.associate({1: (made[0].sop_class_uid, [made[0].transfer_syntax_uid])})
        for each, split in zip(made, splits, strict=True):
            answer = peer.store(1, each.sop_class_uid, each.sop_instance_uid, each.data_set, split=split)
            assert answer.status == 0
        peer.release()
    came = fetch_with_curl(server, [f"/studies/{place(1).study_instance_uid}"], tmp_path / "curl")
    assert {part10.sop_instance_uid: part10.data_set for part10 in came} == {
        each.sop_instance_uid: each.data_set for each in made
    }


def place(sender: int) -> Place:
    study = f"{Place().study_instance_uid}.{sender}"
    return Place(study, f"{study}.1", f"SENDER-{sender}")


def small(number: int, sender: int = 1) -> Outgoing:
    return mr(number, place(sender), pixels=PIXELS[:-1] + bytes([number]), Rows=75, Columns=80)
