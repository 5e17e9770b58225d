"""The actions of the state machine (PS3.8 9.2.2, Tables 9-6 to 9-9): each returns the next state and effects.

No action does anything by itself; `connection.py` carries the effects out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from isocenter.protocol.upper_layer import events
from isocenter.protocol.upper_layer.events import Aborted, AbortOrigin, Event
from isocenter.protocol.upper_layer.pdu import (
    Abort,
    AbortReason,
    AbortSource,
    AssociateAccept,
    AssociateReject,
    AssociateRequest,
    Pdu,
    ReleaseRequest,
    ReleaseResponse,
)
from isocenter.protocol.upper_layer.state import Action, State

UNEXPECTED = Abort(AbortSource.SERVICE_PROVIDER, AbortReason.UNEXPECTED_PDU)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """What came along with an event."""

    pdu: Pdu | None = None
    """Received, or to be sent on the user's behalf."""
    requestor: bool = False
    """Whether this side asked for the association."""
    rejection: AssociateReject | None = None
    """Why an A-ASSOCIATE-RQ is not acceptable to the service provider; None when it is."""
    abort: Abort = UNEXPECTED
    """What to send, should the action be to abort."""
    explanation: str = "The peer sent a PDU that cannot come at this point."


@dataclass(frozen=True, slots=True)
class Send:
    """Bytes for the peer."""

    pdu: Pdu


@dataclass(frozen=True, slots=True)
class Indicate:
    """Something for the user."""

    event: Event


class Order(Enum):
    """Effects without content."""

    START_ARTIM = "start the ARTIM timer, again if it runs"
    STOP_ARTIM = "stop the ARTIM timer"
    OPEN_TRANSPORT = "open the transport connection"
    CLOSE_TRANSPORT = "close the transport connection"


Effect = Send | Indicate | Order


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where the machine goes, and what is to be done, in order."""

    state: State
    effects: tuple[Effect, ...] = ()


def _pdu(occurrence: Occurrence) -> Pdu:
    if occurrence.pdu is None:
        raise TypeError("This action needs a PDU.")
    return occurrence.pdu


def ae_1(_: Occurrence) -> Outcome:
    """Ask for a transport connection."""
    return Outcome(State.Sta4, (Order.OPEN_TRANSPORT,))


def ae_2(occurrence: Occurrence) -> Outcome:
    """Send the A-ASSOCIATE-RQ."""
    return Outcome(State.Sta5, (Send(_pdu(occurrence)),))


def ae_3(occurrence: Occurrence) -> Outcome:
    """Confirm that the peer accepts."""
    accept = _pdu(occurrence)
    if not isinstance(accept, AssociateAccept):
        raise TypeError("AE-3 needs an A-ASSOCIATE-AC.")
    return Outcome(State.Sta6, (Indicate(events.AssociateAccepted(accept)),))


def ae_4(occurrence: Occurrence) -> Outcome:
    """Confirm that the peer rejects, and close."""
    reject = _pdu(occurrence)
    if not isinstance(reject, AssociateReject):
        raise TypeError("AE-4 needs an A-ASSOCIATE-RJ.")
    return Outcome(State.Sta1, (Indicate(events.AssociateRejected(reject)), Order.CLOSE_TRANSPORT))


def ae_5(_: Occurrence) -> Outcome:
    """Wait for the A-ASSOCIATE-RQ, but not for ever."""
    return Outcome(State.Sta2, (Order.START_ARTIM,))


def ae_6(occurrence: Occurrence) -> Outcome:
    """Pass a request on, or reject it where the service provider itself cannot grant it."""
    if occurrence.rejection is not None:
        return Outcome(State.Sta13, (Order.STOP_ARTIM, Send(occurrence.rejection), Order.START_ARTIM))
    request = _pdu(occurrence)
    if not isinstance(request, AssociateRequest):
        raise TypeError("AE-6 needs an A-ASSOCIATE-RQ.")
    return Outcome(State.Sta3, (Order.STOP_ARTIM, Indicate(events.AssociateRequested(request))))


def ae_7(occurrence: Occurrence) -> Outcome:
    """Send the A-ASSOCIATE-AC."""
    return Outcome(State.Sta6, (Send(_pdu(occurrence)),))


def ae_8(occurrence: Occurrence) -> Outcome:
    """Send the A-ASSOCIATE-RJ and wait for the peer to close."""
    return Outcome(State.Sta13, (Send(_pdu(occurrence)), Order.START_ARTIM))


# Payload of P-DATA-TF travels beside the table, as buffers: the four data actions change neither state nor timer, so
# that all there is to look up is whether data may pass (`RECEIVING`, `SENDING`), and that is read off the table.


def dt_1(_: Occurrence) -> Outcome:
    """Send data."""
    return Outcome(State.Sta6)


def dt_2(_: Occurrence) -> Outcome:
    """Pass data on."""
    return Outcome(State.Sta6)


def ar_6(_: Occurrence) -> Outcome:
    """Pass on data that still arrives after we asked for the release."""
    return Outcome(State.Sta7)


def ar_7(_: Occurrence) -> Outcome:
    """Send data that is still due after the peer asked for the release."""
    return Outcome(State.Sta8)


def ar_1(_: Occurrence) -> Outcome:
    """Ask for the release."""
    return Outcome(State.Sta7, (Send(ReleaseRequest()),))


def ar_2(_: Occurrence) -> Outcome:
    """The peer asks for the release."""
    return Outcome(State.Sta8, (Indicate(events.ReleaseRequested()),))


def ar_3(_: Occurrence) -> Outcome:
    """The peer agreed to the release: close."""
    return Outcome(State.Sta1, (Indicate(events.ReleaseConfirmed()), Order.CLOSE_TRANSPORT))


def ar_4(_: Occurrence) -> Outcome:
    """Agree to the release and wait for the peer to close."""
    return Outcome(State.Sta13, (Send(ReleaseResponse()), Order.START_ARTIM))


def ar_5(_: Occurrence) -> Outcome:
    """The peer has closed, as it should."""
    return Outcome(State.Sta1, (Order.STOP_ARTIM,))


def ar_8(occurrence: Occurrence) -> Outcome:
    """Both asked for the release at once; the requestor of the association answers first."""
    state = State.Sta9 if occurrence.requestor else State.Sta10
    return Outcome(state, (Indicate(events.ReleaseRequested()),))


def ar_9(_: Occurrence) -> Outcome:
    """Answer in a collision, as the requestor."""
    return Outcome(State.Sta11, (Send(ReleaseResponse()),))


def ar_10(_: Occurrence) -> Outcome:
    """The requestor answered in a collision; our answer is next."""
    return Outcome(State.Sta12, (Indicate(events.ReleaseConfirmed()),))


def aa_1(occurrence: Occurrence) -> Outcome:
    """Abort, by the user's wish or because nothing but an A-ASSOCIATE-RQ may come first.

    In the second case the A-ABORT names the provider and the reason, where Table 9-9 has the service user as source:
    no user is involved yet, and the peer learns what was wrong.
    """
    return Outcome(State.Sta13, (Send(occurrence.abort), Order.START_ARTIM))


def aa_2(_: Occurrence) -> Outcome:
    """Close the connection without a word."""
    return Outcome(State.Sta1, (Order.STOP_ARTIM, Order.CLOSE_TRANSPORT))


def aa_3(occurrence: Occurrence) -> Outcome:
    """The peer aborted: tell the user and close."""
    abort = _pdu(occurrence)
    if not isinstance(abort, Abort):
        raise TypeError("AA-3 needs an A-ABORT.")
    event = Aborted(AbortOrigin.PEER, abort, "The peer aborted the association.")
    return Outcome(State.Sta1, (Indicate(event), Order.CLOSE_TRANSPORT))


def aa_4(_: Occurrence) -> Outcome:
    """The connection was lost: tell the user."""
    abort = Abort(AbortSource.SERVICE_PROVIDER, AbortReason.NOT_SPECIFIED)
    return Outcome(State.Sta1, (Indicate(Aborted(AbortOrigin.TRANSPORT, abort, "The connection was lost.")),))


def aa_5(_: Occurrence) -> Outcome:
    """The connection closed before anything was asked."""
    return Outcome(State.Sta1, (Order.STOP_ARTIM,))


def aa_6(_: Occurrence) -> Outcome:
    """Pass over what arrives after the end."""
    return Outcome(State.Sta13)


def aa_7(occurrence: Occurrence) -> Outcome:
    """Abort once more: after the end only the closing of the connection may follow."""
    return Outcome(State.Sta13, (Send(occurrence.abort),))


def aa_8(occurrence: Occurrence) -> Outcome:
    """Abort because the peer broke the protocol: tell both sides, and wait for the peer to close."""
    event = Aborted(AbortOrigin.LOCAL, occurrence.abort, occurrence.explanation)
    return Outcome(State.Sta13, (Send(occurrence.abort), Indicate(event), Order.START_ARTIM))


ACTIONS: dict[Action, Callable[[Occurrence], Outcome]] = {
    Action.AE_1: ae_1,
    Action.AE_2: ae_2,
    Action.AE_3: ae_3,
    Action.AE_4: ae_4,
    Action.AE_5: ae_5,
    Action.AE_6: ae_6,
    Action.AE_7: ae_7,
    Action.AE_8: ae_8,
    Action.DT_1: dt_1,
    Action.DT_2: dt_2,
    Action.AR_1: ar_1,
    Action.AR_2: ar_2,
    Action.AR_3: ar_3,
    Action.AR_4: ar_4,
    Action.AR_5: ar_5,
    Action.AR_6: ar_6,
    Action.AR_7: ar_7,
    Action.AR_8: ar_8,
    Action.AR_9: ar_9,
    Action.AR_10: ar_10,
    Action.AA_1: aa_1,
    Action.AA_2: aa_2,
    Action.AA_3: aa_3,
    Action.AA_4: aa_4,
    Action.AA_5: aa_5,
    Action.AA_6: aa_6,
    Action.AA_7: aa_7,
    Action.AA_8: aa_8,
}
