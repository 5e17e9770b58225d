"""Deadlines: the time is a number that the caller gives."""

from __future__ import annotations

from isocenter.protocol.upper_layer import Role, UpperLayer, UpperLayerLimits
from unit.protocol.pair import ConnectionPair


def half_a_pdu(pair: ConnectionPair) -> bytes:
    """Give the acceptor the first half of 10,000 bytes and return the second."""
    pair.requestor.send_data(3, False, True, bytes(10_000))
    stream = b"".join(pair.requestor.data_to_send())
    pair.acceptor.receive(stream[:5000], pair.now)
    return stream[5000:]


def test_there_is_no_deadline_between_pdus() -> None:
    pair = ConnectionPair.established()
    rest = half_a_pdu(pair)
    assert pair.acceptor.deadline is not None
    pair.acceptor.receive(rest, pair.now + 1)
    assert pair.acceptor.deadline is None


def test_a_deadline_grows_with_what_has_come_up_to_the_absolute_one() -> None:
    pair = ConnectionPair.established()
    rest = half_a_pdu(pair)
    assert pair.acceptor.deadline == pair.now + 10 + 5000 / 1024
    pair.acceptor.receive(rest[:4000], pair.now + 5)
    assert pair.acceptor.deadline == pair.now + 10 + 9000 / 1024
    slow = ConnectionPair.established(acceptor_limits=UpperLayerLimits(pdu_seconds=3.0))
    half_a_pdu(slow)
    assert slow.acceptor.deadline == slow.now + 3.0


def test_each_pdu_has_its_own_time() -> None:
    pair = ConnectionPair.established()
    rest = half_a_pdu(pair)
    pair.requestor.send_data(3, False, True, bytes(100))
    following = b"".join(pair.requestor.data_to_send())
    pair.acceptor.receive(rest + following[:3], pair.now + 8)
    assert pair.acceptor.deadline == pair.now + 8 + 10 + 3 / 1024


def test_time_in_which_we_do_not_read_is_not_the_peers_fault() -> None:
    pair = ConnectionPair.established()
    rest = half_a_pdu(pair)
    before = pair.acceptor.deadline
    assert before is not None
    pair.acceptor.reading_paused(pair.now + 2)
    pair.acceptor.reading_paused(pair.now + 3)
    assert pair.acceptor.deadline is None
    assert pair.acceptor.tick(pair.now + 1000) == []
    pair.acceptor.reading_resumed(pair.now + 1002)
    assert pair.acceptor.deadline == before + 1000
    pair.acceptor.receive(rest, pair.now + 1003)
    assert pair.acceptor.deadline is None


def test_after_the_end_only_artim_counts() -> None:
    pair = ConnectionPair.established()
    half_a_pdu(pair)
    pair.acceptor.abort(pair.now + 1)
    assert pair.acceptor.deadline == pair.now + 31
    pair.acceptor.receive(b"\x04\x00", pair.now + 2)
    assert pair.acceptor.deadline == pair.now + 31
    assert pair.acceptor.tick(pair.now + 31) == []
    assert pair.acceptor.closing
    assert pair.acceptor.deadline is None


def test_the_nearer_deadline_counts_before_an_association() -> None:
    layer = UpperLayer(Role.ACCEPTOR)
    layer.connected(0.0)
    layer.receive(b"\x01", 25.0)
    assert layer.deadline == 30.0
    layer = UpperLayer(Role.ACCEPTOR)
    layer.connected(0.0)
    layer.receive(b"\x01", 5.0)
    assert layer.deadline == 15.0 + 1 / 1024


def test_a_tick_too_early_or_without_reason_does_nothing() -> None:
    pair = ConnectionPair.established()
    assert pair.acceptor.tick(1e9) == []
    assert UpperLayer(Role.REQUESTOR).tick(1e9) == []
