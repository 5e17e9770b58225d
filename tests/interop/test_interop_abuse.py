"""A01 to A08: a peer that breaks the rules is cut off within bounds, and good peers are served meanwhile."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from support import pdu
from support.objects import MR_IMAGE_STORAGE, mr
from support.raw_sender import VERIFICATION, Closed, RawPeer, Rejected
from support.server import Peer, Server, running_server

pytestmark = [pytest.mark.peer]

IMPLICIT = "1.2.840.10008.1.2"
ECHO = {1: (VERIFICATION, [IMPLICIT])}
MIB = 1 << 20
PDU_SECONDS = 1.0
MAX_PDU = 16384
INVALID_PARAMETER = (2, 6)
UNRECOGNIZED_PDU, UNEXPECTED_PDU = (2, 1), (2, 2)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    bounds = {"pdu_seconds": PDU_SECONDS, "max_pdu_bytes": MAX_PDU}
    with running_server(tmp_path_factory.mktemp("abuse"), dimse=bounds) as server:
        echo(server)
        yield server


@pytest.fixture
def server(running: Server) -> Iterator[Server]:
    """The server, which must serve a good peer afterwards, and hold no more memory and descriptors than before."""
    memory, descriptors = running.resident_bytes(), running.descriptors()
    yield running
    echo(running)
    assert running.resident_bytes() - memory < 16 * MIB
    eventually(lambda: running.descriptors() <= descriptors + 2)


def echo(server: Server) -> None:
    """A good peer, from an address of its own."""
    with RawPeer(server.address, source="127.0.0.9", calling="GOOD") as peer:
        peer.associate(ECHO)
        assert peer.echo(1).status == 0
        peer.release()


def eventually(true: object, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.02)  # another process: there is no event to wait for


def associated(server: Server) -> RawPeer:
    peer = RawPeer(server.address)
    peer.associate({**ECHO, 3: (MR_IMAGE_STORAGE, ["1.2.840.10008.1.2.1"])})
    return peer


def ends(peer: RawPeer) -> tuple[int, int] | None:
    with peer:
        return peer.ends_with()


def pour(peer: RawPeer, size: int) -> None:
    """Send as much as is taken."""
    with suppress(Closed, OSError):
        for _ in range(size // MIB):
            peer.send(bytes(MIB))


# A01


@pytest.mark.parametrize("length", [0xFFFFFFF0, 0x10000000, 1 << 20])
def test_a01_an_association_request_of_gigabytes_is_cut_off_before_it_is_read(server: Server, length: int) -> None:
    peer = RawPeer(server.address)
    peer.send(struct.pack(">BBI", pdu.ASSOCIATE_RQ, 0, length))
    pour(peer, 64 * MIB)
    with suppress(OSError):
        assert ends(peer) in (INVALID_PARAMETER, (0, 0), None)


@pytest.mark.parametrize("kind", [pdu.RELEASE_RQ, pdu.ABORT, pdu.ASSOCIATE_AC, pdu.P_DATA])
def test_a01_so_is_any_other_pdu_that_says_it_is_huge(server: Server, kind: int) -> None:
    peer = associated(server)
    peer.send(struct.pack(">BBI", kind, 0, 0xFFFFFFF0))
    assert ends(peer) == INVALID_PARAMETER


# A02


def test_a02_data_beyond_the_agreed_size_is_cut_off(server: Server) -> None:
    peer = associated(server)
    assert peer.max_pdu == MAX_PDU
    peer.send(pdu.pdu(pdu.P_DATA, pdu.pdv(3, bytes(MAX_PDU), command=True, last=False)))
    assert ends(peer) == INVALID_PARAMETER


# A03


@pytest.mark.parametrize(
    "body",
    [
        struct.pack(">IBB", 0xFFFFFFFF, 1, 3) + bytes(10),
        struct.pack(">IBB", 100, 1, 3) + bytes(10),
        struct.pack(">IBB", 0, 1, 3),
        struct.pack(">IBB", 1, 1, 3),
        b"",
        b"\0\0",
        struct.pack(">IBB", 4, 5, 3) + b"\0\0",
        struct.pack(">IBB", 4, 2, 3) + b"\0\0",
    ],
    ids=["negative", "beyond", "zero", "one", "empty", "short", "unaccepted context", "even context"],
)
def test_a03_a_fragment_that_does_not_fit_its_pdu_is_cut_off(server: Server, body: bytes) -> None:
    peer = associated(server)
    peer.send(pdu.pdu(pdu.P_DATA, body))
    assert ends(peer) == INVALID_PARAMETER


# A04


@pytest.mark.parametrize("half", [b"", b"\x01", b"\x01\x00\x00\x00\x01\x00" + bytes(100)], ids=["none", "one", "half"])
def test_a04_half_a_request_is_waited_for_only_so_long(server: Server, half: bytes) -> None:
    peer = RawPeer(server.address)
    start = time.monotonic()
    peer.send(half)
    ends(peer)
    assert time.monotonic() - start < PDU_SECONDS + 4


def test_a04_a_dribble_gains_no_time(server: Server) -> None:
    peer = associated(server)
    start = time.monotonic()
    made = mr(1)
    whole = b"".join(peer.store_pdus(3, made.sop_class_uid, made.sop_instance_uid, made.data_set))
    with suppress(Closed, OSError):
        for at in range(len(whole)):
            peer.send(whole[at : at + 1])
            time.sleep(0.05)  # the attack itself
            assert time.monotonic() - start < PDU_SECONDS + 4
    assert time.monotonic() - start < PDU_SECONDS + 4
    ends(peer)


# A05


def test_a05_idle_connections_of_one_address_keep_nobody_else_out(server: Server) -> None:
    with ExitStack() as stack:
        peers = [stack.enter_context(RawPeer(server.address, source="127.0.0.66")) for _ in range(300)]
        echo(server)
        for peer in peers:
            with suppress(OSError):
                peer.ends_with()


# A06


@pytest.mark.parametrize(
    "contexts",
    [
        {number: (VERIFICATION, [IMPLICIT]) for number in range(256)},
        {2: (VERIFICATION, [IMPLICIT])},
        {1: (VERIFICATION, [f"1.2.{n}" for n in range(1000)])},
        {},
        {1: ("", [])},
        {1: ("1." + "9" * 5000, ["2." + "9" * 5000])},
    ],
    ids=["256 contexts", "even", "1000 syntaxes", "none", "empty", "long UIDs"],
)
def test_a06_strange_contexts_are_answered_in_bounds(
    server: Server, contexts: dict[int, tuple[str, list[str]]]
) -> None:
    with RawPeer(server.address) as peer, suppress(Rejected, Closed):
        peer.associate(contexts)
        peer.release()


@pytest.mark.parametrize("kind", [0x51, 0x52, 0x54, 0x56, 0x58, 0x77])
@pytest.mark.parametrize("body", [bytes(60_000), b"", b"\xff" * 40], ids=["60 KB", "empty", "ones"])
def test_a06_strange_user_items_are_answered_in_bounds(server: Server, kind: int, body: bytes) -> None:
    request = pdu.associate_request("ISOCENTER", "RAWPEER", ECHO, user_items=b"")
    body_of_request = request[6 : -len(user_part(request))] + pdu.item(0x50, pdu.item(kind, body))
    with RawPeer(server.address) as peer, suppress(Closed):
        peer.send(pdu.pdu(pdu.ASSOCIATE_RQ, body_of_request))
        assert peer.receive()[0] in (pdu.ASSOCIATE_AC, pdu.ASSOCIATE_RJ)


def user_part(request: bytes) -> bytes:
    """The last item of a request: user information."""
    *_, (kind, body) = pdu.items(request[6 + 68 :])
    assert kind == 0x50
    return pdu.item(kind, body)


def test_a06_the_same_context_twice_is_answered_in_bounds(server: Server) -> None:
    context = pdu.item(0x20, b"\1\0\0\0" + pdu.item(0x30, VERIFICATION.encode()) + pdu.item(0x40, IMPLICIT.encode()))
    request = pdu.associate_request("ISOCENTER", "RAWPEER", ECHO)
    doubled = request[6 : 6 + 68 + 25] + context * 40 + user_part(request)
    with RawPeer(server.address) as peer, suppress(Closed):
        peer.send(pdu.pdu(pdu.ASSOCIATE_RQ, doubled))
        assert peer.receive()[0] in (pdu.ASSOCIATE_AC, pdu.ASSOCIATE_RJ)


# A07


@pytest.mark.parametrize("kind", [0x00, 0x08, 0x47, 0xFF])
def test_a07_an_unknown_pdu_is_answered_with_an_abort(server: Server, kind: int) -> None:
    peer = associated(server)
    peer.send(pdu.pdu(kind, bytes(4)))
    assert ends(peer) == UNRECOGNIZED_PDU


def test_a07_a_second_request_is_answered_with_an_abort(server: Server) -> None:
    peer = associated(server)
    peer.send(pdu.associate_request("ISOCENTER", "RAWPEER", ECHO))
    assert ends(peer) == UNEXPECTED_PDU


@pytest.mark.parametrize("kind", [pdu.ASSOCIATE_AC, pdu.RELEASE_RP, pdu.ASSOCIATE_RJ])
def test_a07_an_answer_that_nobody_asked_for_is_answered_with_an_abort(server: Server, kind: int) -> None:
    peer = associated(server)
    peer.send(pdu.pdu(kind, bytes(4 if kind != pdu.ASSOCIATE_AC else 68)))
    assert ends(peer) in (UNEXPECTED_PDU, INVALID_PARAMETER)


def test_a07_data_before_an_association_is_answered_with_an_abort(server: Server) -> None:
    peer = RawPeer(server.address)
    peer.send(pdu.pdu(pdu.P_DATA, pdu.pdv(1, bytes(10), command=True, last=True)))
    with peer, pytest.raises(Closed) as closed:
        peer.receive()
    assert closed.value.abort is not None


def test_a07_a_release_and_an_abort_in_one_breath_are_an_end(server: Server) -> None:
    peer = associated(server)
    peer.send(pdu.pdu(pdu.RELEASE_RQ, bytes(4)) + pdu.pdu(pdu.ABORT, bytes(4)))
    ends(peer)


def test_a07_two_releases_at_once_are_an_end(server: Server) -> None:
    peer = associated(server)
    peer.send(pdu.pdu(pdu.RELEASE_RQ, bytes(4)) * 2)
    ends(peer)


# A08


@pytest.mark.parametrize(
    "title",
    [
        "../../etc/passwd",
        b"A\0B",
        "%s%n%x{0}",
        b"A\nB: forged line",
        "\N{PILE OF POO}" * 4,
        b" " * 16,
        b"\x1b[31mRED",
        b"BACK\\SLASH",
    ],
    ids=["path", "zero", "format", "newline", "four bytes", "spaces", "escape", "backslash"],
)
def test_a08_strange_titles_are_rejected_and_change_nothing(
    tmp_path_factory: pytest.TempPathFactory, restricted: Server, title: str | bytes
) -> None:
    with RawPeer(restricted.address, calling=title) as peer, pytest.raises((Rejected, Closed)) as caught:
        peer.associate(ECHO)
    if isinstance(caught.value, Rejected):
        assert caught.value.triple == (1, 1, 3)
    with RawPeer(restricted.address, called=title, calling="GOOD") as peer, pytest.raises((Rejected, Closed)):
        peer.associate(ECHO)
    echo(restricted)
    assert "\nB: forged line" not in restricted.log
    assert "\x1b[31mRED" not in restricted.log
    assert "\0" not in restricted.log


@pytest.fixture(scope="module")
def restricted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that one peer may call."""
    folder = tmp_path_factory.mktemp("titles")
    with running_server(folder, peers=[Peer("GOOD")], accept_any_ae=False) as server:
        before = {path.name for path in server.data.iterdir()}
        yield server
        assert {path.name for path in server.data.iterdir()} - before <= {"knocking.json"}


def test_commands_without_end_are_cut_off(server: Server) -> None:
    """A10: a command set is never large."""
    peer = associated(server)
    piece = pdu.pdu(pdu.P_DATA, pdu.pdv(1, bytes(MAX_PDU - 6), command=True, last=False))
    with suppress(Closed, OSError):
        for _ in range(80 * 1024 // MAX_PDU):
            peer.send(piece)
    assert ends(peer) is not None


def test_a_wrong_group_length_is_survived(server: Server) -> None:
    peer = associated(server)
    command = bytearray(
        pdu.command_set({pdu.COMMAND_FIELD: pdu.C_ECHO_RQ, pdu.MESSAGE_ID: 1, pdu.DATA_SET_TYPE: 0x0101})
    )
    command[8:12] = b"\xff\xff\xff\x7f"
    peer.send(pdu.pdu(pdu.P_DATA, pdu.pdv(1, bytes(command), command=True, last=True)))
    with suppress(Closed):
        peer.answer()
    peer.reset()
