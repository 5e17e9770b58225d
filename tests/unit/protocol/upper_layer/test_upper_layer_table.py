"""Every cell of PS3.8 Table 9-10, driven through the public class and laid beside an independent copy of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from pynetdicom.fsm import TRANSITION_TABLE

from isocenter.errors import AssociationError
from isocenter.protocol.upper_layer import (
    Abort,
    Aborted,
    AbortOrigin,
    AbortReason,
    AbortSource,
    AssociateAccepted,
    AssociateReject,
    AssociateRejected,
    AssociateRequested,
    DataFragment,
    Event,
    RejectReason,
    RejectResult,
    ReleaseConfirmed,
    ReleaseRequested,
    Role,
    State,
    UpperLayer,
)
from isocenter.protocol.upper_layer.actions import ACTIONS
from isocenter.protocol.upper_layer.encode import encode
from isocenter.protocol.upper_layer.pdu import PduType, ReleaseRequest, ReleaseResponse
from isocenter.protocol.upper_layer.state import PDU_KINDS, RECEIVING, SENDING, TABLE, Action, EventKind, action_for
from unit.protocol.pair import REQUEST, accept_all

NOW = 500.0
LATE = 10_000.0
REJECT = AssociateReject(RejectResult.PERMANENT, RejectReason.CALLING_AE_NOT_RECOGNIZED)
DATA_PDU = bytes.fromhex("04 00 0000000A 00000006 01 03 00000000".replace(" ", ""))
UNKNOWN_PDU = b"\x09\x00\x00\x00\x00\x04abcd"


def acceptor(*received: bytes) -> UpperLayer:
    layer = UpperLayer(Role.ACCEPTOR)
    layer.connected(NOW)
    for data in received:
        layer.receive(data, NOW)
    return layer


def requestor() -> UpperLayer:
    layer = UpperLayer(Role.REQUESTOR)
    layer.request(REQUEST, NOW)
    return layer


def sta5() -> UpperLayer:
    layer = requestor()
    layer.connected(NOW)
    return layer


def sta6_acceptor() -> UpperLayer:
    layer = acceptor(encode(REQUEST))
    layer.accept(accept_all(REQUEST))
    return layer


def sta6_requestor() -> UpperLayer:
    layer = sta5()
    layer.receive(encode_accept(), NOW)
    return layer


def sta7() -> UpperLayer:
    layer = sta6_requestor()
    layer.release()
    return layer


def sta8() -> UpperLayer:
    layer = sta6_acceptor()
    layer.receive(encode(ReleaseRequest()), NOW)
    return layer


def sta9() -> UpperLayer:
    layer = sta7()
    layer.receive(encode(ReleaseRequest()), NOW)
    return layer


def sta10() -> UpperLayer:
    layer = sta6_acceptor()
    layer.release()
    layer.receive(encode(ReleaseRequest()), NOW)
    return layer


def sta11() -> UpperLayer:
    layer = sta9()
    layer.release_response(NOW)
    return layer


def sta12() -> UpperLayer:
    layer = sta10()
    layer.receive(encode(ReleaseResponse()), NOW)
    return layer


def sta13() -> UpperLayer:
    layer = sta8()
    layer.release_response(NOW)
    return layer


def encode_accept() -> bytes:
    layer = acceptor(encode(REQUEST))
    layer.accept(accept_all(REQUEST))
    return b"".join(layer.data_to_send())


MAKE: dict[State, Callable[[], UpperLayer]] = {
    State.Sta1: lambda: UpperLayer(Role.ACCEPTOR),
    State.Sta2: acceptor,
    State.Sta3: lambda: acceptor(encode(REQUEST)),
    State.Sta4: requestor,
    State.Sta5: sta5,
    State.Sta6: sta6_acceptor,
    State.Sta7: sta7,
    State.Sta8: sta8,
    State.Sta9: sta9,
    State.Sta10: sta10,
    State.Sta11: sta11,
    State.Sta12: sta12,
    State.Sta13: sta13,
}

RECEIVED: dict[EventKind, bytes] = {
    EventKind.A_ASSOCIATE_AC_PDU: encode_accept(),
    EventKind.A_ASSOCIATE_RJ_PDU: encode(REJECT),
    EventKind.A_ASSOCIATE_RQ_PDU: encode(REQUEST),
    EventKind.P_DATA_TF_PDU: DATA_PDU,
    EventKind.A_RELEASE_RQ_PDU: encode(ReleaseRequest()),
    EventKind.A_RELEASE_RP_PDU: encode(ReleaseResponse()),
    EventKind.A_ABORT_PDU: encode(Abort()),
    EventKind.INVALID_PDU: UNKNOWN_PDU,
}


def happen(kind: EventKind, layer: UpperLayer) -> list[Event]:
    """Make one thing of the table happen."""
    if kind in RECEIVED:
        return layer.receive(RECEIVED[kind], NOW)
    match kind:
        case EventKind.A_ASSOCIATE_REQUEST:
            layer.request(REQUEST, NOW)
        case EventKind.TRANSPORT_CONFIRM | EventKind.TRANSPORT_INDICATION:
            layer.connected(NOW)
        case EventKind.A_ASSOCIATE_RESPONSE_ACCEPT:
            layer.accept(accept_all(REQUEST))
        case EventKind.A_ASSOCIATE_RESPONSE_REJECT:
            layer.reject(REJECT, NOW)
        case EventKind.P_DATA_REQUEST:
            layer.send_data(1, True, True, b"data")
        case EventKind.A_RELEASE_REQUEST:
            layer.release()
        case EventKind.A_RELEASE_RESPONSE:
            layer.release_response(NOW)
        case EventKind.A_ABORT_REQUEST:
            layer.abort(NOW)
        case EventKind.TRANSPORT_CLOSED:
            return layer.connection_lost(NOW)
        case EventKind.ARTIM_EXPIRED:
            return layer.tick(LATE)
    return []


@dataclass(frozen=True)
class Expected:
    """What an action shows on the outside."""

    state: State | None
    sent: tuple[PduType, ...] = ()
    events: tuple[type, ...] = ()
    artim: bool = False
    closing: bool = False


STAYS = None
EXPECTED = {
    Action.AE_1: Expected(State.Sta4),
    Action.AE_2: Expected(State.Sta5, (PduType.A_ASSOCIATE_RQ,)),
    Action.AE_3: Expected(State.Sta6, events=(AssociateAccepted,)),
    Action.AE_4: Expected(State.Sta1, events=(AssociateRejected,), closing=True),
    Action.AE_5: Expected(State.Sta2, artim=True),
    Action.AE_6: Expected(State.Sta3, events=(AssociateRequested,)),
    Action.AE_7: Expected(State.Sta6, (PduType.A_ASSOCIATE_AC,)),
    Action.AE_8: Expected(State.Sta13, (PduType.A_ASSOCIATE_RJ,), artim=True),
    Action.DT_1: Expected(State.Sta6, (PduType.P_DATA_TF,)),
    Action.DT_2: Expected(State.Sta6, events=(DataFragment,)),
    Action.AR_1: Expected(State.Sta7, (PduType.A_RELEASE_RQ,)),
    Action.AR_2: Expected(State.Sta8, events=(ReleaseRequested,)),
    Action.AR_3: Expected(State.Sta1, events=(ReleaseConfirmed,), closing=True),
    Action.AR_4: Expected(State.Sta13, (PduType.A_RELEASE_RP,), artim=True),
    Action.AR_5: Expected(State.Sta1, closing=True),
    Action.AR_6: Expected(State.Sta7, events=(DataFragment,)),
    Action.AR_7: Expected(State.Sta8, (PduType.P_DATA_TF,)),
    Action.AR_8: Expected(State.Sta9, events=(ReleaseRequested,)),
    Action.AR_9: Expected(State.Sta11, (PduType.A_RELEASE_RP,)),
    Action.AR_10: Expected(State.Sta12, events=(ReleaseConfirmed,)),
    Action.AA_1: Expected(State.Sta13, (PduType.A_ABORT,), artim=True),
    Action.AA_2: Expected(State.Sta1, closing=True),
    Action.AA_3: Expected(State.Sta1, events=(Aborted,), closing=True),
    Action.AA_4: Expected(State.Sta1, events=(Aborted,), closing=True),
    Action.AA_5: Expected(State.Sta1, closing=True),
    Action.AA_6: Expected(State.Sta13, artim=True),
    Action.AA_7: Expected(State.Sta13, (PduType.A_ABORT,), artim=True),
    Action.AA_8: Expected(State.Sta13, (PduType.A_ABORT,), (Aborted,), artim=True),
}


def sent_types(layer: UpperLayer) -> tuple[PduType, ...]:
    stream = b"".join(layer.data_to_send())
    types = []
    while stream:
        types.append(PduType(stream[0]))
        stream = stream[6 + int.from_bytes(stream[2:6], "big") :]
    return tuple(types)


def observe(kind: EventKind, layer: UpperLayer) -> Expected:
    layer.data_to_send()
    events = happen(kind, layer)
    return Expected(
        layer.state,
        sent_types(layer),
        tuple(type(event) for event in events),
        layer.deadline is not None,
        layer.closing,
    )


CELLS = [(kind, state) for kind in EventKind for state in State]
FULL = [(kind, state) for kind, state in CELLS if state in TABLE[kind]]
EMPTY = [(kind, state) for kind, state in CELLS if state not in TABLE[kind]]


def name(value: object) -> str:
    return value.name if isinstance(value, (EventKind, State)) else str(value)


def test_the_table_is_the_one_that_an_independent_program_has() -> None:
    ours = {
        (f"Evt{number}", state.name): action.value
        for number, kind in enumerate(EventKind, start=1)
        for state, action in TABLE[kind].items()
    }
    assert ours == TRANSITION_TABLE


def test_every_action_has_a_function_and_an_expectation() -> None:
    assert set(ACTIONS) == set(Action) == set(EXPECTED)
    assert {action for row in TABLE.values() for action in row.values()} == set(Action)


@pytest.mark.parametrize("state", State, ids=name)
def test_the_states_are_reached_by_their_real_paths(state: State) -> None:
    assert MAKE[state]().state is state


@pytest.mark.parametrize(("kind", "state"), FULL, ids=name)
def test_a_cell_does_what_its_action_says(kind: EventKind, state: State) -> None:
    layer = MAKE[state]()
    if kind is EventKind.A_ASSOCIATE_REQUEST:
        layer = UpperLayer(Role.REQUESTOR)
    assert observe(kind, layer) == EXPECTED[TABLE[kind][state]]


@pytest.mark.parametrize(("kind", "state"), EMPTY, ids=name)
def test_an_empty_cell_is_an_unexpected_pdu_a_callers_error_or_nothing(kind: EventKind, state: State) -> None:
    layer = MAKE[state]()
    layer.data_to_send()
    before = (layer.state, layer.deadline, layer.closing)
    if kind in PDU_KINDS:
        assert action_for(kind, state) is Action.AA_8
        if state is State.Sta4:
            assert observe(kind, layer) == EXPECTED[Action.AA_8]
        else:  # Sta1: there is no connection, so these bytes belong to nobody.
            assert happen(kind, layer) == []
            assert (layer.state, layer.deadline, layer.closing) == before
        return
    assert action_for(kind, state) is None
    if kind in (EventKind.TRANSPORT_INDICATION, EventKind.TRANSPORT_CONFIRM) and state in (State.Sta1, State.Sta4):
        return  # `connected` is the other of the two here, which has its own cell.
    silent = kind in (EventKind.TRANSPORT_CLOSED, EventKind.ARTIM_EXPIRED, EventKind.A_ABORT_REQUEST) or (
        (kind, state) == (EventKind.A_RELEASE_RESPONSE, State.Sta10)
    )
    if silent:
        assert happen(kind, layer) == []
        assert layer.data_to_send() == []
        if (kind, state) == (EventKind.A_ABORT_REQUEST, State.Sta2):
            assert layer.closing
            assert layer.state is State.Sta1
        elif kind is not EventKind.TRANSPORT_CLOSED:
            assert (layer.state, layer.deadline, layer.closing) == before
    else:
        with pytest.raises(AssociationError):
            happen(kind, layer)
        assert (layer.state, layer.deadline, layer.closing) == before


def test_in_a_collision_the_acceptor_waits_in_sta10() -> None:
    layer = sta6_acceptor()
    layer.release()
    layer.receive(encode(ReleaseRequest()), NOW)
    assert layer.state is State.Sta10


def test_data_states_are_read_off_the_table() -> None:
    assert frozenset({State.Sta6, State.Sta7}) == RECEIVING
    assert frozenset({State.Sta6, State.Sta8}) == SENDING


@pytest.mark.parametrize("state", [State.Sta2, State.Sta3, State.Sta5, State.Sta6], ids=name)
def test_an_unexpected_pdu_is_answered_with_provider_and_reason(state: State) -> None:
    layer = MAKE[state]()
    layer.data_to_send()
    layer.receive(encode(ReleaseResponse()), NOW)
    assert b"".join(layer.data_to_send()) == encode(Abort(AbortSource.SERVICE_PROVIDER, AbortReason.UNEXPECTED_PDU))
    assert layer.fault is not None


def test_an_abort_by_the_user_names_the_user() -> None:
    layer = MAKE[State.Sta6]()
    layer.data_to_send()
    layer.abort(NOW)
    assert b"".join(layer.data_to_send()) == bytes.fromhex("07000000000400000000")
    assert layer.fault is None


def test_the_origin_of_an_end_is_told() -> None:
    (lost,) = MAKE[State.Sta6]().connection_lost(NOW)
    (aborted,) = MAKE[State.Sta6]().receive(encode(Abort()), NOW)
    (broken,) = MAKE[State.Sta6]().receive(UNKNOWN_PDU, NOW)
    assert isinstance(lost, Aborted)
    assert isinstance(aborted, Aborted)
    assert isinstance(broken, Aborted)
    assert (lost.origin, aborted.origin, broken.origin) == (
        AbortOrigin.TRANSPORT,
        AbortOrigin.PEER,
        AbortOrigin.LOCAL,
    )
