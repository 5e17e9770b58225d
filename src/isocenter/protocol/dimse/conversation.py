"""Who may say what next on an association (PS3.7 7, 8, D.3.3.3, D.3.3.4).

Both directions are kept apart: operations that the peer invokes and we perform, and those that we invoke. So a C-GET
that we perform can stay open while its C-STORE sub-operations go the other way, their responses come back, and a
C-CANCEL arrives between them. Nothing here sends or waits; it says what a message is, or that it has no place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from isocenter.errors import BadRequest, BusyError, ProtocolError
from isocenter.protocol.dimse.messages import (
    RESPONSE_TO,
    CCancelRequest,
    CFindRequest,
    CGetRequest,
    CMoveRequest,
    Message,
    NEventReportRequest,
    Request,
    Response,
    UnrecognizedOperationResponse,
    response_to,
)
from isocenter.protocol.dimse.negotiation import AcceptedContext, Agreement
from isocenter.protocol.dimse.status import Status, is_final
from isocenter.protocol.upper_layer import Role

__all__ = [
    "Arrival",
    "CancelArrived",
    "CancelIgnored",
    "Conversation",
    "Operation",
    "OperationInvoked",
    "OperationRefused",
    "ResponseArrived",
]

_ANSWERED_IN_PARTS: Final = (CFindRequest, CGetRequest, CMoveRequest)
"""Operations with pending responses; the same that a C-CANCEL can stop (PS3.7 9.3.2.3, 9.3.3.3, 9.3.4.3)."""


@dataclass(slots=True, eq=False)
class Operation:
    """A request that waits for its final response."""

    context_id: int
    request: Request
    cancelled: bool = False
    """A C-CANCEL has come for it, or gone out."""


@dataclass(frozen=True, slots=True)
class OperationInvoked:
    """The peer asks for something: perform it and answer."""

    operation: Operation


@dataclass(frozen=True, slots=True)
class OperationRefused:
    """The peer asks for what it may not ask now: pass over its data set and send this response."""

    context_id: int
    response: Response


@dataclass(frozen=True, slots=True)
class ResponseArrived:
    """The peer answers an operation of ours; no further response follows one that is final."""

    operation: Operation
    response: Response
    final: bool


@dataclass(frozen=True, slots=True)
class CancelArrived:
    """The peer wants this operation stopped: answer it with FE00 and what has been done."""

    operation: Operation


@dataclass(frozen=True, slots=True)
class CancelIgnored:
    """A C-CANCEL for nothing that could be cancelled: it crossed the final response, or is a mistake."""

    message_id: int


Arrival = OperationInvoked | OperationRefused | ResponseArrived | CancelArrived | CancelIgnored


class Conversation:
    """The operations under way on one association, as one side of it sees them."""

    __slots__ = ("_agreement", "_invoked", "_may_invoke", "_may_perform", "_performed", "_role")

    def __init__(self, agreement: Agreement, role: Role) -> None:
        self._agreement = agreement
        self._role = role
        window = agreement.window
        bounds = (window.maximum_invoked, window.maximum_performed)
        self._may_invoke, self._may_perform = bounds if role is Role.REQUESTOR else bounds[::-1]
        self._invoked: dict[int, Operation] = {}
        self._performed: dict[int, Operation] = {}

    @property
    def invoked(self) -> Mapping[int, Operation]:
        """Our operations that wait for the peer, by message ID."""
        return MappingProxyType(self._invoked)

    @property
    def performed(self) -> Mapping[int, Operation]:
        """The peer's operations that wait for us, by message ID."""
        return MappingProxyType(self._performed)

    @property
    def idle(self) -> bool:
        """Whether nobody waits for anything: the time to release."""
        return not self._invoked and not self._performed

    @property
    def can_invoke(self) -> bool:
        """Whether the agreed window has room for one more operation of ours."""
        return self._may_invoke == 0 or len(self._invoked) < self._may_invoke

    def receive(self, context_id: int, message: Message) -> Arrival:
        """What a message from the peer is. Raises ``ProtocolError`` for a response to nothing that we asked."""
        if isinstance(message, CCancelRequest):
            return self._cancelled(message.message_id_being_responded_to)
        if isinstance(message, Request):
            return self._requested(context_id, message)
        return self._answered(context_id, message)

    def invoke(self, context_id: int, request: Request) -> Operation:
        """Note a request of ours that goes out now.

        Raises ``BusyError`` when the window is full and ``BadRequest`` for a message ID in use, a context that was
        not accepted, or one on which we do not have the role for it.
        """
        context = self._agreement.contexts.get(context_id)
        if context is None or not self._has_role(context, request, self._role):
            raise BadRequest(f"{type(request).__name__} cannot be sent on presentation context {context_id}")
        if request.message_id in self._invoked:
            raise BadRequest(f"message ID {request.message_id} is in use")
        if not self.can_invoke:
            raise BusyError(f"{len(self._invoked)} operations wait for the peer, as many as it agreed to")
        operation = self._invoked[request.message_id] = Operation(context_id, request)
        return operation

    def cancel(self, operation: Operation) -> CCancelRequest:
        """The message that asks the peer to stop an operation of ours; its final response is still to come."""
        message_id = operation.request.message_id
        if self._invoked.get(message_id) is not operation or not isinstance(operation.request, _ANSWERED_IN_PARTS):
            raise BadRequest("only a C-FIND, C-GET or C-MOVE under way can be cancelled")
        operation.cancelled = True
        return CCancelRequest(message_id_being_responded_to=message_id)

    def respond(self, operation: Operation, response: Response) -> None:
        """Note a response of ours that goes out now. Raises ``BadRequest`` if nobody waits for it."""
        message_id = operation.request.message_id
        if (
            self._performed.get(message_id) is not operation
            or response.message_id_being_responded_to != message_id
            or type(response) is not RESPONSE_TO[type(operation.request)]
        ):
            raise BadRequest(f"nobody waits for this {type(response).__name__}")
        if is_final(response.status):
            del self._performed[message_id]

    def _requested(self, context_id: int, request: Request) -> OperationInvoked | OperationRefused:
        refusal = self._refusal(context_id, request)
        if refusal is not None:
            return OperationRefused(context_id, response_to(request, *refusal))
        operation = self._performed[request.message_id] = Operation(context_id, request)
        return OperationInvoked(operation)

    def _refusal(self, context_id: int, request: Request) -> tuple[Status, str] | None:
        """Status and comment for a request that has no place now (PS3.7 C.5); None for one that has."""
        context = self._agreement.contexts.get(context_id)
        peer = Role.ACCEPTOR if self._role is Role.REQUESTOR else Role.REQUESTOR
        if context is None or not self._has_role(context, request, peer):
            return Status.UNRECOGNIZED_OPERATION, "not in the roles agreed for this SOP class"
        if request.message_id in self._performed:
            return Status.DUPLICATE_INVOCATION, f"message ID {request.message_id} is in use"
        if self._may_perform and len(self._performed) >= self._may_perform:
            return Status.RESOURCE_LIMITATION, f"more than the agreed {self._may_perform} operations at once"
        return None

    def _answered(self, context_id: int, response: Response) -> ResponseArrived:
        message_id = response.message_id_being_responded_to
        operation = self._invoked.get(message_id)
        if operation is None or operation.context_id != context_id:
            raise ProtocolError(f"response to message ID {message_id}, which waits for none")
        request = operation.request
        if type(response) not in (RESPONSE_TO[type(request)], UnrecognizedOperationResponse):
            raise ProtocolError(f"{type(response).__name__} to a {type(request).__name__}")
        final = is_final(response.status)
        if final:
            del self._invoked[message_id]
        elif not isinstance(request, _ANSWERED_IN_PARTS):
            raise ProtocolError(f"pending status for a {type(request).__name__}")
        return ResponseArrived(operation, response, final)

    def _cancelled(self, message_id: int) -> CancelArrived | CancelIgnored:
        """Match by message ID alone: it names one operation, whatever context a peer says it on."""
        operation = self._performed.get(message_id)
        if operation is None or operation.cancelled or not isinstance(operation.request, _ANSWERED_IN_PARTS):
            return CancelIgnored(message_id)
        operation.cancelled = True
        return CancelArrived(operation)

    @staticmethod
    def _has_role(context: AcceptedContext, request: Request, sender: Role) -> bool:
        """Whether this side may invoke that: reports come from a service's provider, all else from its user."""
        needs_scp = isinstance(request, NEventReportRequest)
        if sender is Role.ACCEPTOR:
            needs_scp = not needs_scp  # the acceptor is provider where the requestor is user
        return context.requestor_is_scp if needs_scp else context.requestor_is_scu
