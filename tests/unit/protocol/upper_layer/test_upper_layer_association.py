"""Associations from beginning to end, between our own two sides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from isocenter.errors import AssociationError, BadRequest
from isocenter.protocol.upper_layer import (
    Aborted,
    AbortOrigin,
    AbortReason,
    AssociateAccept,
    AssociateAccepted,
    AssociateReject,
    AssociateRejected,
    AssociateRequested,
    ContextResult,
    PresentationContextResult,
    RejectReason,
    RejectResult,
    ReleaseConfirmed,
    ReleaseRequested,
    Role,
    State,
    UpperLayer,
    UpperLayerLimits,
)
from isocenter.protocol.upper_layer.encode import encode
from unit.protocol.pair import (
    CT_IMAGE_STORAGE,
    EXPLICIT_LITTLE_ENDIAN,
    IMPLICIT_LITTLE_ENDIAN,
    REQUEST,
    ConnectionPair,
    accept_all,
    whole,
)


def test_a_request_is_granted_and_both_sides_know_the_other() -> None:
    pair = ConnectionPair(UpperLayerLimits(data_pdu_bytes=16384), UpperLayerLimits(data_pdu_bytes=32768))
    pair.open()
    (asked,) = pair.take_events(pair.acceptor)
    assert isinstance(asked, AssociateRequested)
    assert asked.request.calling_ae_title == "MODALITY"
    pair.acceptor.accept(accept_all(asked.request))
    pair.deliver()
    (granted,) = pair.take_events(pair.requestor)
    assert isinstance(granted, AssociateAccepted)
    assert granted.accept.called_ae_title == "ISOCENTER"
    assert pair.requestor.associated
    assert pair.acceptor.associated
    assert pair.requestor.peer_maximum_length == 32768
    assert pair.acceptor.peer_maximum_length == 16384
    assert pair.acceptor.send_length == 16384 - 6
    assert pair.requestor.accepted == pair.acceptor.accepted
    assert pair.requestor.deadline is None
    assert pair.acceptor.deadline is None


def test_a_request_is_refused_and_the_connection_closes() -> None:
    pair = ConnectionPair()
    pair.open()
    reject = AssociateReject(RejectResult.PERMANENT, RejectReason.CALLING_AE_NOT_RECOGNIZED)
    pair.acceptor.reject(reject, pair.now)
    pair.deliver()
    assert pair.take_events(pair.requestor) == [AssociateRejected(reject)]
    assert pair.requestor.closing
    assert pair.requestor.rejected == reject == pair.acceptor.rejected
    assert not pair.acceptor.closing
    assert pair.acceptor.connection_lost(pair.now) == []
    assert pair.acceptor.deadline is None


def test_a_release_ends_an_association_in_good_order() -> None:
    pair = ConnectionPair.established()
    pair.requestor.release()
    pair.deliver()
    assert pair.take_events(pair.acceptor) == [ReleaseRequested()]
    pair.acceptor.send_data(1, True, True, b"late")  # AR-7
    pair.acceptor.release_response(pair.now)
    pair.deliver()
    assert whole(pair.take_events(pair.requestor)) == [(1, True, b"late", True), ReleaseConfirmed()]
    assert pair.requestor.closing
    assert pair.acceptor.state is State.Sta13


@pytest.mark.parametrize("acceptor_answers_first", [True, False])
def test_a_release_collision_is_solved_in_whatever_order_the_users_answer(acceptor_answers_first: bool) -> None:
    pair = ConnectionPair.established()
    pair.requestor.release()
    pair.acceptor.release()
    pair.deliver()
    assert (pair.requestor.state, pair.acceptor.state) == (State.Sta9, State.Sta10)
    assert pair.take_events(pair.requestor) == pair.take_events(pair.acceptor) == [ReleaseRequested()]
    order = [pair.requestor, pair.acceptor]
    for layer in reversed(order) if acceptor_answers_first else order:
        layer.release_response(pair.now)
    pair.deliver()
    assert pair.take_events(pair.requestor) == [ReleaseConfirmed()]
    assert pair.take_events(pair.acceptor) == [ReleaseConfirmed()]
    assert pair.requestor.closing
    assert pair.acceptor.state is State.Sta13
    assert pair.acceptor.connection_lost(pair.now) == []


def test_an_abort_reaches_the_other_side_at_once_and_drops_what_was_not_fetched() -> None:
    pair = ConnectionPair.established()
    pair.requestor.send_data(1, False, True, bytes(1 << 20))
    pair.requestor.abort(pair.now)
    pair.deliver()
    (event,) = pair.take_events(pair.acceptor)
    assert isinstance(event, Aborted)
    assert event.origin is AbortOrigin.PEER
    assert pair.acceptor.closing


def test_a_lost_connection_is_told_in_the_middle_of_a_pdu() -> None:
    pair = ConnectionPair.established()
    pair.requestor.send_data(1, False, True, bytes(100))
    stream = b"".join(pair.requestor.data_to_send())
    pair.give(pair.acceptor, stream[:50])
    (event,) = pair.acceptor.connection_lost(pair.now)
    assert isinstance(event, Aborted)
    assert pair.acceptor.deadline is None
    assert pair.acceptor.receive(stream[50:], pair.now) == []
    assert pair.acceptor.connection_lost(pair.now) == []


def test_no_data_is_passed_on_after_our_own_abort_in_the_middle_of_a_pdu() -> None:
    pair = ConnectionPair.established()
    pair.requestor.send_data(1, False, True, bytes(100))
    pair.requestor.send_data(1, False, True, bytes(100))
    stream = b"".join(pair.requestor.data_to_send())
    pair.give(pair.acceptor, stream[:50])
    pair.acceptor.abort(pair.now)
    assert pair.give(pair.acceptor, stream[50:]) == []
    assert pair.acceptor.state is State.Sta13
    assert pair.acceptor.fault is None


def test_what_follows_the_end_in_the_same_read_is_dropped() -> None:
    pair = ConnectionPair.established()
    pair.requestor.send_data(1, True, True, b"abcd")
    stream = b"".join(pair.requestor.data_to_send())
    pair.requestor.abort(pair.now)
    abort = b"".join(pair.requestor.data_to_send())
    events = pair.give(pair.acceptor, stream + abort + stream)
    assert len(events) == 2


def test_only_what_was_proposed_can_be_accepted() -> None:
    pair = ConnectionPair()
    pair.open()
    for context_id, syntax in ((5, IMPLICIT_LITTLE_ENDIAN), (1, EXPLICIT_LITTLE_ENDIAN)):
        wrong = AssociateAccept((PresentationContextResult(context_id, ContextResult.ACCEPTANCE, syntax),))
        with pytest.raises(BadRequest):
            pair.acceptor.accept(wrong)
    assert pair.acceptor.state is State.Sta3


def test_a_peer_that_accepts_what_was_not_proposed_is_aborted() -> None:
    requestor = UpperLayer(Role.REQUESTOR)
    requestor.request(REQUEST, 0.0)
    requestor.connected(0.0)
    answer = AssociateAccept(
        (PresentationContextResult(5, ContextResult.ACCEPTANCE, IMPLICIT_LITTLE_ENDIAN),),
        called_ae_title="A",
        calling_ae_title="B",
    )
    (event,) = requestor.receive(encode(answer), 0.0)
    assert isinstance(event, Aborted)
    assert event.abort.reason is AbortReason.INVALID_PARAMETER_VALUE
    assert not requestor.associated


def test_data_goes_on_accepted_contexts_only() -> None:
    answer = AssociateAccept(
        (
            PresentationContextResult(1, ContextResult.ABSTRACT_SYNTAX_NOT_SUPPORTED),
            PresentationContextResult(3, ContextResult.ACCEPTANCE, EXPLICIT_LITTLE_ENDIAN),
        )
    )
    pair = ConnectionPair.established(accept=answer)
    with pytest.raises(AssociationError):
        pair.requestor.send_data(1, True, True, b"ab")
    assert REQUEST.presentation_contexts[1].abstract_syntax == CT_IMAGE_STORAGE
    pair.requestor.send_data(3, True, True, b"ab")


def test_a_request_that_cannot_be_written_is_refused_before_anything_is_sent() -> None:
    for title in ("", " ", "SEVENTEEN_LETTERS", "Ä", "A\\B", "A\nB"):
        requestor = UpperLayer(Role.REQUESTOR)
        with pytest.raises(BadRequest):
            requestor.request(replace(REQUEST, calling_ae_title=title), 0.0)
        assert requestor.state is State.Sta1


def test_an_object_serves_one_association() -> None:
    layer = UpperLayer(Role.ACCEPTOR)
    layer.connected(0.0)
    layer.connection_lost(0.0)
    with pytest.raises(AssociationError):
        layer.connected(0.0)
    with pytest.raises(AssociationError):
        layer.request(REQUEST, 0.0)
