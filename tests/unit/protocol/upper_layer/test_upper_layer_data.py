"""Data: cut up when sent, passed on in pieces when received, never held."""

from __future__ import annotations

import pytest

from isocenter.errors import AssociationError, ConfigurationError
from isocenter.protocol.upper_layer import DataFragment, UpperLayerLimits
from unit.protocol.pair import ConnectionPair, whole


def data_pdu(*pdvs: tuple[int, int, bytes]) -> bytes:
    body = b"".join(
        (len(data) + 2).to_bytes(4, "big") + bytes((context, control)) + data for context, control, data in pdvs
    )
    return b"\x04\x00" + len(body).to_bytes(4, "big") + body


def test_a_message_arrives_as_it_was_sent() -> None:
    pair = ConnectionPair.established()
    image = bytes(range(256)) * 2000
    events = pair.exchange(pair.requestor, [(1, True, b"command!"), (1, False, image)])
    assert whole(events) == [(1, True, b"command!", True), (1, False, image, True)]


@pytest.mark.parametrize("length", [128, 129, 1000, 16384, 0xFFFFFFFF])
def test_what_is_sent_fits_the_peers_maximum_length(length: int) -> None:
    pair = ConnectionPair.established(acceptor_limits=UpperLayerLimits(data_pdu_bytes=length))
    data = bytes(300_000)
    pair.requestor.send_data(3, False, True, data)
    buffers = pair.requestor.data_to_send()
    headers = [bytes(buffer) for buffer in buffers if len(buffer) == 12]
    lengths = [int.from_bytes(header[2:6], "big") for header in headers]
    assert max(lengths) <= min(length, pair.requestor.limits.send_pdu_bytes)
    assert sum(lengths) == len(data) + 6 * len(lengths)
    assert all(header[11] == 0 for header in headers[:-1])
    assert headers[-1][11] == 2
    assert all(size % 2 == 0 for size in lengths)


def test_a_peer_without_a_limit_gets_our_own_size() -> None:
    pair = ConnectionPair.established(requestor_limits=UpperLayerLimits(send_pdu_bytes=1000))
    pair.requestor._writer.peer_maximum_length = 0
    assert pair.requestor.send_length == 994


def test_payload_is_not_copied_when_sent() -> None:
    pair = ConnectionPair.established()
    payload = bytearray(300_000)
    pair.requestor.send_data(3, False, True, payload)
    pieces = [buffer for buffer in pair.requestor.data_to_send() if isinstance(buffer, memoryview)]
    assert all(piece.obj is payload for piece in pieces)
    assert sum(map(len, pieces)) == len(payload)


def test_payload_is_not_copied_when_received() -> None:
    pair = ConnectionPair.established()
    buffer = bytearray(data_pdu((1, 3, b"command"), (3, 0, b"data")))
    events = pair.acceptor.receive(memoryview(buffer), pair.now)
    assert [event.data.obj is buffer for event in events if isinstance(event, DataFragment)] == [True, True]


def test_a_piece_is_passed_on_before_its_pdu_is_complete_and_only_the_end_is_last() -> None:
    pair = ConnectionPair.established()
    stream = data_pdu((3, 2, b"abcdef"))
    seen = []
    for part in (stream[:14], stream[14:17], stream[17:]):
        events = [event for event in pair.acceptor.receive(part, pair.now) if isinstance(event, DataFragment)]
        seen.append([(bytes(event.data), event.is_last, event.is_command) for event in events])
    assert seen == [[(b"ab", False, False)], [(b"cde", False, False)], [(b"f", True, False)]]


def test_an_empty_last_fragment_ends_a_data_set() -> None:
    pair = ConnectionPair.established()
    events = pair.give(pair.acceptor, data_pdu((3, 0, b"ab"), (3, 2, b"")))
    assert [(bytes(event.data), event.is_last) for event in events if isinstance(event, DataFragment)] == [
        (b"ab", False),
        (b"", True),
    ]
    pair.requestor.send_data(3, False, True, b"")
    pair.deliver()
    assert whole(pair.take_events(pair.acceptor))[-1] == (3, False, b"", True)


@pytest.mark.parametrize("split", [1, 2, 3, 5, 7, 11, 13])
def test_any_split_gives_the_same_message(split: int) -> None:
    pair = ConnectionPair.established()
    pair.split = split
    messages = [(1, True, b"first"), (3, True, b"second command"), (3, False, bytes(range(100)))]
    assert whole(pair.exchange(pair.requestor, messages)) == [(*message, True) for message in messages]


def test_data_before_and_after_an_association_is_a_callers_error() -> None:
    pair = ConnectionPair()
    with pytest.raises(AssociationError):
        pair.requestor.send_data(1, True, True, b"ab")
    pair = ConnectionPair.established()
    assert pair.requestor.can_send_data
    pair.requestor.release()
    assert not pair.requestor.can_send_data
    with pytest.raises(AssociationError):
        pair.requestor.send_data(1, True, True, b"ab")


def test_limits_that_nothing_fits_in_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="data_pdu_bytes"):
        UpperLayerLimits(data_pdu_bytes=64)
