"""One side of one association: bytes and the time go in, events, bytes to send and a deadline come out.

    layer = UpperLayer(Role.ACCEPTOR)
    layer.connected(now)
    for event in layer.receive(data, now): ...
    transport.writelines(layer.data_to_send())
    wake up at layer.deadline and call layer.tick(now)
    if layer.closing: close the transport once all is written

`now` is seconds on any clock that does not go back. Not for use from several threads at once.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum

from isocenter.errors import AssociationError, BadRequest
from isocenter.protocol.upper_layer.actions import ACTIONS, Indicate, Occurrence, Order, Send
from isocenter.protocol.upper_layer.admission import answer_fault, provider_rejection
from isocenter.protocol.upper_layer.decode import decode
from isocenter.protocol.upper_layer.encode import encode
from isocenter.protocol.upper_layer.events import Event
from isocenter.protocol.upper_layer.limits import UpperLayerLimits
from isocenter.protocol.upper_layer.malformed import MalformedPdu
from isocenter.protocol.upper_layer.pdu import (
    Abort,
    AbortReason,
    AbortSource,
    AssociateAccept,
    AssociateReject,
    AssociateRequest,
    PduType,
)
from isocenter.protocol.upper_layer.reader import PduReader
from isocenter.protocol.upper_layer.state import (
    ASSOCIATED,
    PDU_KINDS,
    RECEIVING,
    SENDING,
    Action,
    EventKind,
    State,
    action_for,
)
from isocenter.protocol.upper_layer.timers import Timers
from isocenter.protocol.upper_layer.writer import Buffer, DataWriter

_KINDS = {
    PduType.A_ASSOCIATE_RQ: EventKind.A_ASSOCIATE_RQ_PDU,
    PduType.A_ASSOCIATE_AC: EventKind.A_ASSOCIATE_AC_PDU,
    PduType.A_ASSOCIATE_RJ: EventKind.A_ASSOCIATE_RJ_PDU,
    PduType.P_DATA_TF: EventKind.P_DATA_TF_PDU,
    PduType.A_RELEASE_RQ: EventKind.A_RELEASE_RQ_PDU,
    PduType.A_RELEASE_RP: EventKind.A_RELEASE_RP_PDU,
    PduType.A_ABORT: EventKind.A_ABORT_PDU,
}

_PROTESTS = frozenset({Action.AA_1, Action.AA_7, Action.AA_8})
_NO_TIMER = 0.0
"""Time of a request whose action starts no timer by the table (AE-7, AR-1)."""


class Role(Enum):
    """Which side this is of an association: who asks, or who is asked."""

    REQUESTOR = "requestor"
    ACCEPTOR = "acceptor"


class UpperLayer:
    """The state machine of PS3.8 9.2 for one association, used once."""

    def __init__(self, role: Role, limits: UpperLayerLimits | None = None) -> None:
        self.role = role
        self.limits = limits or UpperLayerLimits()
        self._state = State.Sta1
        self._reader = PduReader(self.limits)
        self._writer = DataWriter(self.limits)
        self._timers = Timers(self.limits)
        self._deaf = True  # Bytes are dropped unread: there is no connection, or it is out of step.
        self._answer_due = False
        self._used = False
        self.closing = False
        """Whether the transport connection is to be closed, after what `data_to_send` still gives."""
        self.requested: AssociateRequest | None = None
        """The request as sent or received."""
        self.accepted: AssociateAccept | None = None
        """The acceptance as sent or received."""
        self.rejected: AssociateReject | None = None
        """The rejection as sent or received; the service provider may have sent it without asking its user."""
        self.fault: MalformedPdu | None = None
        """What the peer did wrong, when it did; also where no event says so, as before an association."""

    # What the user can see.

    @property
    def state(self) -> State:
        """State by PS3.8 9.2.1."""
        return self._state

    @property
    def associated(self) -> bool:
        """Whether there is an association, one that is being released included."""
        return self._state in ASSOCIATED

    @property
    def can_send_data(self) -> bool:
        """Whether `send_data` may be called."""
        return self._state in SENDING

    @property
    def peer_maximum_length(self) -> int:
        """What the peer gave as its maximum length; 0 for any, or before it is known."""
        return self._writer.peer_maximum_length

    @property
    def send_length(self) -> int:
        """Longest fragment, in bytes, that `send_data` puts into one PDU."""
        return self._writer.fragment_bytes

    @property
    def deadline(self) -> float | None:
        """When to call `tick` at the latest; None when nothing is being waited for."""
        return self._timers.deadline

    # What happens to the transport.

    def connected(self, now: float) -> None:
        """The transport connection is open. An acceptor waits for a request from now, a requestor sends its own."""
        if self.role is Role.ACCEPTOR and not self._used:
            self._used = True
            self._ask(EventKind.TRANSPORT_INDICATION, Occurrence(), now)
        else:
            self._ask(EventKind.TRANSPORT_CONFIRM, Occurrence(self.requested, requestor=True), now)

    def receive(self, data: bytes | bytearray | memoryview, now: float) -> list[Event]:
        """Take bytes from the peer and say what they mean. Never raises for anything that a peer can send.

        Fragments in the answer are views into `data`: use or copy them before that buffer is written to again.
        """
        events: list[Event] = []
        view = memoryview(data)
        position, end = 0, len(view)
        reader = self._reader
        while position < end and not self._deaf:
            try:
                # In the states of `RECEIVING` the reader turns P-DATA-TF into events by itself: no table, no dispatch
                # for each piece. That is DT-2 (and AR-6): it gives the data to the user and changes nothing else.
                position = reader.feed(view, position, events)
                if reader.arrived is not None:
                    pdu_type, body = reader.arrived
                    reader.arrived = None
                    self._pdu_arrived(pdu_type, body, now, events)
            except MalformedPdu as fault:
                self._malformed(fault, now, events)
        if reader.in_pdu and not self._deaf and self._state is not State.Sta13:
            self._timers.pdu_under_way(reader.pdus_begun, reader.pdu_bytes, now)
        else:
            self._timers.no_pdu()
        return events

    def connection_lost(self, now: float) -> list[Event]:
        """The transport connection is gone, by whoever's hand."""
        events: list[Event] = []
        self.closing = True
        self._dispatch(EventKind.TRANSPORT_CLOSED, Occurrence(), now, events)
        return events

    def tick(self, now: float) -> list[Event]:
        """Act on deadlines that have passed: ARTIM, or a PDU that takes too long to arrive."""
        events: list[Event] = []
        if self._timers.artim_due(now):
            self._dispatch(EventKind.ARTIM_EXPIRED, Occurrence(), now, events)
        elif self._timers.pdu_due(now):
            fault = MalformedPdu("A PDU took too long to arrive.", AbortReason.NOT_SPECIFIED)
            self._malformed(fault, now, events)
        return events

    def reading_paused(self, now: float) -> None:
        """We stopped reading (back-pressure): time that passes now is not the peer's fault."""
        self._timers.pause(now)

    def reading_resumed(self, now: float) -> None:
        """We read again."""
        self._timers.resume(now)

    def data_to_send(self) -> list[Buffer]:
        """Take what is to be written to the transport, in order. Payload is not copied: see `send_data`."""
        return self._writer.take()

    # What the user can ask for. What the state does not allow raises `AssociationError` and changes nothing.

    def request(self, request: AssociateRequest, now: float) -> None:
        """Ask for an association; sent once `connected` is called. Our maximum length is filled in."""
        if self.role is not Role.REQUESTOR or self._used:
            raise AssociationError("Only the requestor asks for an association, and once.")
        own = replace(request.user_information, maximum_length=self.limits.data_pdu_bytes)
        request = replace(request, user_information=own)
        encode(request)  # What cannot be encoded is refused here, not when the connection is open.
        self._used = True
        self.requested = request
        self._ask(EventKind.A_ASSOCIATE_REQUEST, Occurrence(request, requestor=True), now)

    def accept(self, accept: AssociateAccept) -> None:
        """Grant the association. Our maximum length and the titles of the request are filled in."""
        request = self.requested
        if request is None or self._state is not State.Sta3:
            raise AssociationError("There is no request for an association to accept.")
        own = replace(accept.user_information, maximum_length=self.limits.data_pdu_bytes)
        accept = replace(
            accept,
            user_information=own,
            called_ae_title=request.called_ae_title,
            calling_ae_title=request.calling_ae_title,
        )
        wrong = answer_fault(request, accept)
        if wrong:
            raise BadRequest(wrong)
        self._ask(EventKind.A_ASSOCIATE_RESPONSE_ACCEPT, Occurrence(accept), _NO_TIMER)
        self._agree(accept, request.user_information.maximum_length)

    def reject(self, reject: AssociateReject, now: float) -> None:
        """Refuse the association."""
        self._ask(EventKind.A_ASSOCIATE_RESPONSE_REJECT, Occurrence(reject), now)

    def send_data(self, context_id: int, is_command: bool, is_last: bool, data: Buffer) -> None:
        """Queue a part of a command set or data set as P-DATA-TF, in pieces that the peer can take.

        `data` is not copied: it must stay as it is until what `data_to_send` gives has been written. `is_last` says
        that the command set or data set ends with it. Give an even number of bytes: some peers refuse odd fragments.
        """
        if self._state not in SENDING:  # DT-1 and AR-7 by the table; they change nothing.
            raise AssociationError("There is no association on which data can be sent.")
        if context_id not in self._reader.context_ids:
            raise AssociationError("The presentation context was not accepted.")
        self._writer.data(context_id, is_command, is_last, data)

    def release(self) -> None:
        """Ask to end the association in good order. Data may still arrive until `ReleaseConfirmed`."""
        self._ask(EventKind.A_RELEASE_REQUEST, Occurrence(), _NO_TIMER)

    def release_response(self, now: float) -> None:
        """Agree to `ReleaseRequested`.

        The acceptor has to wait in a collision until the requestor has answered (Sta10): the answer is then kept
        and sent at that moment.
        """
        if self._state is State.Sta10:
            self._answer_due = True
        else:
            self._ask(EventKind.A_RELEASE_RESPONSE, Occurrence(), now)

    def abort(self, now: float, abort: Abort | None = None) -> None:
        """End everything now. Data not fetched yet is dropped. When all is over already, nothing happens.

        Before a request has come there is nobody to tell (Sta2): the connection is just to be closed.
        """
        if self._state is State.Sta2:
            self._dispatch(EventKind.ARTIM_EXPIRED, Occurrence(), now, [])
        else:
            occurrence = Occurrence(abort=abort or Abort(AbortSource.SERVICE_USER))
            self._dispatch(EventKind.A_ABORT_REQUEST, occurrence, now, [])

    # How it is done.

    def _pdu_arrived(self, pdu_type: PduType, body: bytes, now: float, events: list[Event]) -> None:
        kind = _KINDS[pdu_type]
        requestor = self.role is Role.REQUESTOR
        if kind is EventKind.P_DATA_TF_PDU:
            self._dispatch(kind, Occurrence(requestor=requestor), now, events)
            return
        pdu = decode(pdu_type, body, self.limits)
        rejection = None
        if isinstance(pdu, AssociateRequest) and self._state is State.Sta2:
            rejection = provider_rejection(pdu)
            self.requested = pdu
        elif isinstance(pdu, AssociateAccept) and self._state is State.Sta5 and self.requested is not None:
            wrong = answer_fault(self.requested, pdu)
            if wrong:
                raise MalformedPdu(wrong)
            self._agree(pdu, pdu.user_information.maximum_length)
        elif isinstance(pdu, AssociateReject) and self._state is State.Sta5:
            self.rejected = pdu
        self._dispatch(kind, Occurrence(pdu, requestor, rejection), now, events)

    def _malformed(self, fault: MalformedPdu, now: float, events: list[Event]) -> None:
        self.fault = self.fault or fault
        if fault.rejection is not None and self._state is State.Sta2:
            self._dispatch(EventKind.A_ASSOCIATE_RQ_PDU, Occurrence(rejection=fault.rejection), now, events)
            return
        abort = Abort(AbortSource.SERVICE_PROVIDER, fault.reason)
        self._dispatch(EventKind.INVALID_PDU, Occurrence(abort=abort, explanation=str(fault)), now, events)
        # Where one PDU cannot be read, nobody knows where the next begins. ARTIM ends the wait for the peer to close.
        self._deaf = True
        self._timers.no_pdu()

    def _ask(self, kind: EventKind, occurrence: Occurrence, now: float) -> None:
        if not self._dispatch(kind, occurrence, now, []):
            raise AssociationError(f"Not possible now: {self._state.value}.")

    def _dispatch(self, kind: EventKind, occurrence: Occurrence, now: float, events: list[Event]) -> bool:
        """Do what the table says; False where it says nothing."""
        action = action_for(kind, self._state)
        if action is None:
            return False
        if action in _PROTESTS and kind in PDU_KINDS:
            self.fault = self.fault or MalformedPdu(occurrence.explanation, occurrence.abort.reason)
        outcome = ACTIONS[action](occurrence)
        for effect in outcome.effects:
            if isinstance(effect, Send):
                self._writer.pdu(effect.pdu)
                if isinstance(effect.pdu, AssociateReject):
                    self.rejected = effect.pdu
            elif isinstance(effect, Indicate):
                events.append(effect.event)
            elif effect is Order.START_ARTIM:
                self._timers.start_artim(now)
            elif effect is Order.STOP_ARTIM:
                self._timers.stop_artim()
            elif effect is Order.CLOSE_TRANSPORT:
                self.closing = True
        self._enter(outcome.state)
        if action is Action.AA_7:
            # Said once more, and that is enough: a peer that goes on could make us queue answers without end.
            self._deaf = True
        if self._answer_due and self._state is State.Sta12:
            self._answer_due = False
            self._dispatch(EventKind.A_RELEASE_RESPONSE, Occurrence(), now, events)
        return True

    def _enter(self, state: State) -> None:
        self._state = state
        if state in RECEIVING:
            self._reader.data_expected = True
        elif self._reader.data_expected:
            self._reader.stop_data()
        if state is State.Sta1:
            self._deaf = True
            self._timers.stop()
        elif state is State.Sta2 or state is State.Sta4:
            self._deaf = False
        elif state is State.Sta13:
            self._timers.no_pdu()  # From here on ARTIM is the only wait.

    def _agree(self, accept: AssociateAccept, peer_maximum_length: int) -> None:
        self.accepted = accept
        self._reader.context_ids = frozenset(
            context.context_id for context in accept.presentation_contexts if context.accepted
        )
        self._writer.peer_maximum_length = peer_maximum_length
