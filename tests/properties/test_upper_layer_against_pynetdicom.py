"""An independent implementation reads what we write and we read what it writes."""

from __future__ import annotations

from hypothesis import given, settings
from pynetdicom.pdu import A_ABORT_RQ, A_ASSOCIATE_AC, A_ASSOCIATE_RJ, A_ASSOCIATE_RQ, P_DATA_TF

from isocenter.protocol.upper_layer import (
    Abort,
    AssociateAccept,
    AssociateReject,
    AssociateRequest,
    UpperLayerLimits,
    UserInformation,
)
from isocenter.protocol.upper_layer.decode import decode
from isocenter.protocol.upper_layer.encode import encode
from isocenter.protocol.upper_layer.pdu import Pdu, PduType
from properties.upper_layer_strategies import ABORTS, ACCEPTS, REJECTS, REQUESTS, data_pdus
from unit.protocol.pair import ConnectionPair, whole

LIMITS = UpperLayerLimits()


def read(stream: bytes) -> Pdu:
    return decode(PduType(stream[0]), stream[6:], LIMITS)


@settings(max_examples=40, deadline=None)
@given(request=REQUESTS)
def test_a_request_survives_the_other_implementation(request: AssociateRequest) -> None:
    theirs = A_ASSOCIATE_RQ()
    theirs.decode(encode(request))
    assert theirs.called_ae_title == request.called_ae_title
    assert [context.context_id for context in theirs.presentation_context] == [
        context.context_id for context in request.presentation_contexts
    ]
    again = A_ASSOCIATE_RQ()
    again.from_primitive(theirs.to_primitive())
    assert same(read(again.encode()), request)


@settings(max_examples=40, deadline=None)
@given(accept=ACCEPTS)
def test_an_acceptance_survives_the_other_implementation(accept: AssociateAccept) -> None:
    theirs = A_ASSOCIATE_AC()
    theirs.decode(encode(accept))
    assert [(context.context_id, context.result) for context in theirs.presentation_context] == [
        (context.context_id, context.result) for context in accept.presentation_contexts
    ]
    assert read(theirs.encode()) == accept


@settings(deadline=None)
@given(reject=REJECTS)
def test_a_rejection_survives_the_other_implementation(reject: AssociateReject) -> None:
    theirs = A_ASSOCIATE_RJ()
    theirs.decode(encode(reject))
    assert (theirs.result, theirs.source, theirs.reason_diagnostic) == (
        reject.result,
        reject.source,
        reject.reason.code,
    )
    assert read(theirs.encode()) == reject


@settings(deadline=None)
@given(abort=ABORTS)
def test_an_abort_survives_the_other_implementation(abort: Abort) -> None:
    theirs = A_ABORT_RQ()
    theirs.decode(encode(abort))
    assert (theirs.source, theirs.reason_diagnostic) == (abort.source, abort.reason)
    assert read(theirs.encode()) == abort


@settings(deadline=None)
@given(pdu=data_pdus())
def test_data_written_by_the_other_implementation_is_passed_on(pdu: bytes) -> None:
    theirs = P_DATA_TF()
    theirs.decode(pdu)
    pair = ConnectionPair.established()
    values = [
        (item.context_id, bool(item.presentation_data_value[0] & 1), item.presentation_data_value[1:])
        for item in theirs.presentation_data_value_items
    ]
    events = whole(pair.give(pair.acceptor, theirs.encode()))
    assert b"".join(data for *_, data in values) == b"".join(event[2] for event in events)  # type: ignore[index]


def test_data_that_we_write_is_read_by_the_other_implementation() -> None:
    pair = ConnectionPair.established(acceptor_limits=UpperLayerLimits(data_pdu_bytes=1000))
    payload = bytes(range(256)) * 10
    pair.requestor.send_data(3, False, True, payload)
    stream = b"".join(pair.requestor.data_to_send())
    received, lasts = b"", []
    while stream:
        size = 6 + int.from_bytes(stream[2:6], "big")
        theirs = P_DATA_TF()
        theirs.decode(stream[:size])
        (item,) = theirs.presentation_data_value_items
        assert item.context_id == 3
        lasts.append(item.presentation_data_value[0])
        received += item.presentation_data_value[1:]
        stream = stream[size:]
    assert received == payload
    assert lasts == [0, 0, 2]


def same(found: Pdu, expected: AssociateRequest) -> bool:
    """Equal but for the order of items, which the other implementation chooses for itself."""
    return isinstance(found, AssociateRequest) and (
        ordered(found.user_information) == ordered(expected.user_information)
        and found.presentation_contexts == expected.presentation_contexts
        and (found.called_ae_title, found.calling_ae_title) == (expected.called_ae_title, expected.calling_ae_title)
    )


def ordered(information: UserInformation) -> tuple[object, ...]:
    return (
        information.maximum_length,
        information.implementation_class_uid,
        information.implementation_version_name,
        information.asynchronous_operations_window,
        set(information.role_selections),
        set(information.extended_negotiations),
        set(information.common_extended_negotiations),
        information.user_identity,
    )
