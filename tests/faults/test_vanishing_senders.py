"""Senders that vanish, fall silent or dribble: nothing of theirs stays behind, and others are served."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from inside import server_inside
from process import descriptors, wait_until

from isocenter.app import Server
from isocenter.services.samples import bench_instance
from support import pdu
from support.part10 import EXPLICIT_VR_LITTLE_ENDIAN, Part10, identity_inside, split_part10
from support.raw_sender import Closed, RawPeer

MR = "1.2.840.10008.5.1.4.1.1.4"
CT = "1.2.840.10008.5.1.4.1.1.2"
CONTEXTS = {1: (MR, [EXPLICIT_VR_LITTLE_ENDIAN]), 3: (CT, [EXPLICIT_VR_LITTLE_ENDIAN])}
SMALL = split_part10(bench_instance("mr", 1))
LARGE = split_part10(bench_instance("ct", 1))


def address(server: Server) -> tuple[str, int]:
    return ("127.0.0.1", server.dimse.port)


def begin(peer: RawPeer, part10: Part10, count: int) -> None:
    """Send the first ``count`` bytes of what a C-STORE of this object is on the wire."""
    peer.associate(CONTEXTS)
    large = part10 is LARGE
    pdus = peer.store_pdus(
        3 if large else 1, CT if large else MR, identity_inside(part10).sop_instance_uid, part10.data_set
    )
    peer.send(b"".join(pdus)[:count])


def nothing_is_left(server: Server) -> bool:
    incoming = server.settings.data / "incoming"
    return server.archive.ingest.buffered_bytes == 0 and server.dimse.associations == 0 and not list(incoming.iterdir())


def holds_something(server: Server) -> bool:
    return server.archive.ingest.buffered_bytes > 0 or any((server.settings.data / "incoming").iterdir())


def stores_one(server: Server, number: int) -> None:
    part10 = split_part10(bench_instance("mr", number))
    with RawPeer(address(server), seconds=10) as peer:
        peer.associate(CONTEXTS)
        assert peer.store(1, MR, identity_inside(part10).sop_instance_uid, part10.data_set).status == 0
        peer.release()


def vanish(peer: RawPeer, rng: random.Random) -> None:
    way = rng.choice(["reset", "reset", "close", "half close", "abort"])
    if way == "reset":
        peer.reset()
    elif way == "half close":
        peer.socket.shutdown(socket.SHUT_WR)
        peer.ends_with()
    elif way == "abort":
        peer.send(pdu.pdu(pdu.ABORT, bytes(4)))
    peer.socket.close()


def test_a_hundred_senders_that_vanish_leave_nothing_behind(tmp_path: Path) -> None:
    rng = random.Random(7)
    with server_inside(tmp_path) as server:
        stores_one(server, 0)
        wait_until(lambda: nothing_is_left(server), "a quiet server")
        held = 0
        files, threads = descriptors(), threading.active_count()
        for number in range(100):
            part10 = rng.choice([SMALL, LARGE])
            with RawPeer(address(server)) as peer:
                begin(peer, part10, rng.randrange(1000, len(part10.data_set)))
                if number % 4:  # else it may be gone before a byte of it was read
                    wait_until(lambda: holds_something(server), "that its bytes arrive")
                    held += 1
                vanish(peer, rng)
            if number % 10 == 0:
                stores_one(server, number + 10)
        wait_until(lambda: nothing_is_left(server), "that everything is given back")
        assert held == 75
        assert len(descriptors()) <= len(files) + 6, descriptors()
        assert threading.active_count() <= threads + 16  # the pools fill up to their size
        assert server.archive.record.counters().instances == 11


@pytest.mark.parametrize("part10", [SMALL, LARGE], ids=["small", "spilled"])
def test_a_sender_that_falls_silent_between_two_pdus_is_let_go(tmp_path: Path, part10: Part10) -> None:
    with (
        server_inside(tmp_path, idle_seconds=1.0, pdu_seconds=1.0) as server,
        RawPeer(address(server), seconds=20) as peer,
    ):
        peer.associate(CONTEXTS)
        large = part10 is LARGE
        context_id, sop_class = (3, CT) if large else (1, MR)
        pdus = peer.store_pdus(context_id, sop_class, "1.2.3", part10.data_set[:-100])
        pieces = list(pdus)[:-1] or []
        peer.send(b"".join(pieces))
        if not large:
            peer.send(pdu.pdu(pdu.P_DATA, pdu.pdv(1, part10.data_set[:5000], command=False, last=False)))
        assert peer.ends_with() is not None
        wait_until(lambda: nothing_is_left(server), "that everything is given back")


@contextmanager
def dribbling(peer: RawPeer, pieces: Iterator[bytes], pause: float) -> Iterator[threading.Event]:
    """Send pieces slowly on a thread; the event tells when the other end has had enough."""
    ended, stop = threading.Event(), threading.Event()

    def run() -> None:
        with suppress(Closed, OSError):
            for piece in pieces:
                peer.send(piece)
                if stop.wait(pause):
                    return
        ended.set()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield ended
    finally:
        stop.set()
        thread.join()


def test_a_sender_that_dribbles_within_a_pdu_is_let_go_and_others_are_served(tmp_path: Path) -> None:
    with server_inside(tmp_path, pdu_seconds=1.0) as server, RawPeer(address(server)) as peer:
        begin(peer, SMALL, 2000)
        single = (SMALL.data_set[at : at + 1] for at in range(2000, 9000))
        with dribbling(peer, single, 0.05) as ended:
            stores_one(server, 5)
            assert ended.wait(20)
        stores_one(server, 6)
        wait_until(lambda: nothing_is_left(server), "that everything is given back")


def test_a_sender_that_dribbles_whole_pdus_is_let_go_and_others_are_served(tmp_path: Path) -> None:
    with server_inside(tmp_path, idle_seconds=2.0, pdu_seconds=1.0) as server, RawPeer(address(server)) as peer:
        peer.associate(CONTEXTS)
        peer.send(next(peer.store_pdus(1, MR, "1.2.3", b"")))
        tiny = (
            pdu.pdu(pdu.P_DATA, pdu.pdv(1, SMALL.data_set[at : at + 1], command=False, last=False))
            for at in range(9000)
        )
        with dribbling(peer, tiny, 0.05) as ended:
            stores_one(server, 5)
            assert ended.wait(20)
        stores_one(server, 6)
        wait_until(lambda: nothing_is_left(server), "that everything is given back")


def test_a_slow_sender_that_keeps_going_is_waited_for(tmp_path: Path) -> None:
    with server_inside(tmp_path, idle_seconds=1.0) as server, RawPeer(address(server)) as peer:
        peer.associate(CONTEXTS)
        uid = identity_inside(SMALL).sop_instance_uid
        pieces = list(peer.store_pdus(1, MR, uid, SMALL.data_set, split=range(0, len(SMALL.data_set), 400)))
        with dribbling(peer, iter(pieces), 0.1) as ended:
            assert ended.wait(30)
            assert peer.answer().status == 0
