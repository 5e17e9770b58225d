"""Laws of the upper layer: total, independent of how the stream is cut, and faithful in both directions."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from isocenter.protocol.upper_layer import (
    Aborted,
    AssociateRequested,
    DataFragment,
    Event,
    MalformedPdu,
    ReleaseRequested,
    Role,
    State,
    UpperLayer,
    UpperLayerLimits,
)
from isocenter.protocol.upper_layer.decode import decode
from isocenter.protocol.upper_layer.encode import encode
from isocenter.protocol.upper_layer.pdu import AssociateAccept, Pdu, PduType
from properties.upper_layer_strategies import ACCEPTS, PDUS, STREAMS, cuts, data_pdus
from unit.protocol.pair import REQUEST, ConnectionPair, accept_all, lasting, whole

NOW = 100.0


def waiting() -> UpperLayer:
    layer = UpperLayer(Role.ACCEPTOR)
    layer.connected(NOW)
    return layer


def asking() -> UpperLayer:
    layer = UpperLayer(Role.REQUESTOR)
    layer.request(REQUEST, NOW)
    layer.connected(NOW)
    layer.data_to_send()
    return layer


def accepting() -> UpperLayer:
    return ConnectionPair.established().acceptor


def releasing() -> UpperLayer:
    layer = ConnectionPair.established().requestor
    layer.release()
    layer.data_to_send()
    return layer


STARTS = st.sampled_from([waiting, asking, accepting, releasing])


def react(layer: UpperLayer, events: list[Event]) -> None:
    """Be a user that grants everything."""
    for event in events:
        if isinstance(event, AssociateRequested) and layer.state is State.Sta3:
            layer.accept(accept_all(event.request))
        elif isinstance(event, ReleaseRequested) and layer.state in (State.Sta8, State.Sta9, State.Sta10, State.Sta12):
            layer.release_response(NOW)


@settings(deadline=None)
@given(pdu=PDUS)
def test_a_pdu_is_read_as_it_was_written(pdu: Pdu) -> None:
    stream = encode(pdu)
    assert len(stream) == 6 + int.from_bytes(stream[2:6], "big")
    assert decode(PduType(stream[0]), stream[6:], UpperLayerLimits()) == pdu


@settings(deadline=None)
@given(pdu=ACCEPTS)
def test_a_written_pdu_is_written_the_same_after_reading(pdu: AssociateAccept) -> None:
    stream = encode(pdu)
    assert encode(decode(PduType(stream[0]), stream[6:], UpperLayerLimits())) == stream


@settings(deadline=None)
@given(pdu_type=st.sampled_from([kind for kind in PduType if kind is not PduType.P_DATA_TF]), body=st.binary())
def test_reading_ends_in_a_pdu_or_the_one_error(pdu_type: PduType, body: bytes) -> None:
    try:
        decode(pdu_type, body, UpperLayerLimits())
    except MalformedPdu as fault:
        assert int(fault.reason) in (1, 2, 4, 5, 6)


@settings(max_examples=100, deadline=None)
@given(data=st.data(), start=STARTS, stream=STREAMS.map(b"".join))
def test_how_a_stream_is_cut_does_not_matter(
    data: st.DataObject, start: Callable[[], UpperLayer], stream: bytes
) -> None:
    at_once, in_pieces = start(), start()
    expected = [lasting(event) for event in at_once.receive(stream, NOW)]
    found: list[Event] = []
    for part in data.draw(cuts(stream)):
        found += [lasting(event) for event in in_pieces.receive(part, NOW)]
    # A malformed header is seen at once, so that what came before it is the same but for where the pieces end.
    assert whole(found) == whole(expected)
    assert b"".join(in_pieces.data_to_send()) == b"".join(at_once.data_to_send())
    assert in_pieces.state is at_once.state
    assert in_pieces.closing is at_once.closing
    assert in_pieces.deadline == at_once.deadline


@settings(max_examples=100, deadline=None)
@given(data=st.data(), start=STARTS, streams=STREAMS)
def test_whatever_comes_is_answered_and_never_raises(
    data: st.DataObject, start: Callable[[], UpperLayer], streams: list[bytes]
) -> None:
    layer = start()
    sent = b""
    for stream in streams:
        for part in data.draw(cuts(stream)):
            events = layer.receive(part, NOW)
            assert all(event.data.nbytes <= len(part) for event in events if isinstance(event, DataFragment))
            react(layer, events)
            sent += b"".join(layer.data_to_send())
    if layer.fault is not None:
        assert layer.state in (State.Sta13, State.Sta1)
        assert sent[-10] in (PduType.A_ABORT, PduType.A_ASSOCIATE_RJ)
    if layer.state is State.Sta1:
        assert layer.closing
    end = layer.connection_lost(NOW)
    assert layer.state is State.Sta1
    assert layer.deadline is None
    assert len(end) <= 1
    assert all(isinstance(event, Aborted) for event in end)


@settings(deadline=None)
@given(data=st.data(), pdus=st.lists(data_pdus(), max_size=4))
def test_time_always_comes_to_an_end(data: st.DataObject, pdus: list[bytes]) -> None:
    """Whoever sends only part of a PDU is gone after two deadlines at the most."""
    layer = accepting()
    stream = b"".join(pdus)
    layer.receive(stream[: data.draw(st.integers(0, len(stream)))], NOW)
    for _ in range(2):
        if layer.deadline is not None:
            layer.tick(layer.deadline)
    assert layer.deadline is None
    assert layer.closing or layer.state is State.Sta6
