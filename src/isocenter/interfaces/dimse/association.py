"""One association that somebody opened with us: admission, negotiation, and which service performs what."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from isocenter.errors import AssociationError, IsocenterError
from isocenter.interfaces.dimse.callers import Callers, KnownCaller
from isocenter.interfaces.dimse.policy import acceptor_policy
from isocenter.interfaces.dimse.statuses import failure_of
from isocenter.peers.dimse.dialogue import DataSetReceiver, Dialogue, Discard
from isocenter.peers.dimse.transport import AssociationTransport
from isocenter.protocol.dimse import Operation, Service, Status
from isocenter.protocol.dimse.messages import (
    CFindResponse,
    CStoreResponse,
    Request,
    Response,
    RetrieveResponse,
    response_to,
)
from isocenter.protocol.dimse.negotiation import AcceptedContext, agreement, negotiate
from isocenter.protocol.upper_layer import (
    Aborted,
    AssociateReject,
    AssociateRequest,
    AssociateRequested,
    DataFragment,
    Event,
    RejectReason,
    RejectResult,
    ReleaseRequested,
    Role,
)
from isocenter.settings import DimseSettings

__all__ = ["Association", "AssociationHost", "PerformOperation"]

log = logging.getLogger(__name__)

_NAMES_ELEMENTS = (CStoreResponse, CFindResponse, RetrieveResponse)
"""Responses that can say which elements are at fault."""

PerformOperation = Callable[["Association", Operation], DataSetReceiver | None]
"""Begins one operation on an association; gives what takes its data set."""


@dataclass(frozen=True, slots=True)
class AssociationHost:
    """What all associations of a listener share."""

    settings: DimseSettings
    callers: Callers
    performers: Mapping[type[Request], PerformOperation]
    join: Callable[[Association], RejectReason | None]
    """Counts an association in; gives the reason when a bound is reached."""
    leave: Callable[[Association], None]


class Association:
    """The provider's end of one association; lives as long as its connection."""

    def __init__(self, host: AssociationHost, transport: AssociationTransport) -> None:
        self.host = host
        self.transport = transport
        self.caller: KnownCaller | None = None
        self.called_ae_title = ""
        self.dialogue: Dialogue | None = None
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._cleanups: list[Callable[[], None]] = []
        self._idle: asyncio.TimerHandle | None = None

    # For services.

    @property
    def ae_title(self) -> str:
        """The calling AE title; empty before the association is established."""
        return self.caller.ae_title if self.caller else ""

    def context(self, operation: Operation) -> AcceptedContext:
        """Return the presentation context that an operation came on."""
        assert self.dialogue is not None  # noqa: S101 - operations exist on established associations only
        return self.dialogue.agreement.contexts[operation.context_id]

    def respond(self, operation: Operation, status: int, error_comment: str | None = None) -> None:
        """Answer an operation without a data set."""
        self.answer(operation, response_to(operation.request, status, error_comment))

    def answer(self, operation: Operation, response: Response, data_set: bytes = b"") -> None:
        """Answer an operation; nothing is sent when the association is over."""
        if self.dialogue is not None:
            self.dialogue.respond(operation, response, data_set)

    def fail(self, operation: Operation, error: Exception, service: Service) -> None:
        """Answer an operation with the status of an error."""
        failure = failure_of(error, service)
        log.info(
            "%s of %s at %s failed with %04X: %s",
            type(operation.request).__name__,
            self.ae_title,
            self.transport.peer_address,
            failure.status,
            failure.comment if isinstance(error, IsocenterError) else type(error).__name__,
        )
        response = response_to(operation.request, failure.status, failure.comment)
        if failure.offending_elements and isinstance(response, _NAMES_ELEMENTS):
            response = replace(response, offending_elements=failure.offending_elements)
        self.answer(operation, response)

    def start(self, operation: Operation, work: Coroutine[Any, Any, None], service: Service) -> None:
        """Run an operation that takes time; what it raises becomes its status."""
        task = asyncio.get_running_loop().create_task(self._supervise(operation, work, service))
        self._tasks[operation.request.message_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(operation.request.message_id, None))

    def pause(self) -> None:
        """Stop reading from the peer until `resume`."""
        self.transport.pause_reading()

    def resume(self) -> None:
        """Read again; the time of the pause is not held against the peer."""
        if self.dialogue is not None:
            self.dialogue.kept_waiting()
        self.transport.resume_reading()

    def on_end(self, cleanup: Callable[[], None]) -> None:
        """Have something done when the association is over."""
        self._cleanups.append(cleanup)

    # What the dialogue asks.

    def perform(self, operation: Operation) -> DataSetReceiver | None:
        """Begin an operation of the peer."""
        performer = self.host.performers.get(type(operation.request))
        if performer is None:
            self.respond(operation, Status.UNRECOGNIZED_OPERATION, "This operation is not supported.")
            return Discard()
        return performer(self, operation)

    def cancelled(self, operation: Operation) -> None:
        """Leave it to the operation, which looks at ``operation.cancelled`` between its steps."""

    # What the transport tells.

    def on_event(self, event: Event) -> None:
        """Act on what the upper layer says."""
        if isinstance(event, DataFragment):
            if self.dialogue is not None:
                self.dialogue.data_arrived(event)
        elif isinstance(event, AssociateRequested):
            self._requested(event.request)
        elif isinstance(event, ReleaseRequested):
            self._release()
        elif isinstance(event, Aborted):
            log.info(
                "Association with %s at %s ended: %s", self.ae_title, self.transport.peer_address, event.explanation
            )
            self._end()

    def on_closed(self) -> None:
        """Give back what the association held."""
        self._end()
        self.host.leave(self)

    # How it is done.

    def _requested(self, request: AssociateRequest) -> None:
        admitted = self.host.callers.admit(request, self.transport.peer_address)
        if isinstance(admitted, RejectReason):
            self._reject(RejectResult.PERMANENT, admitted)
            return
        self.caller = admitted
        self.called_ae_title = request.called_ae_title
        full = self.host.join(self)
        if full is not None:
            self.caller = None
            self._reject(RejectResult.TRANSIENT, full)
            return
        settings = self.host.settings
        answer = negotiate(request, acceptor_policy(accept_unknown_sop_classes=settings.accept_unknown_sop_classes))
        if isinstance(answer, AssociateReject):
            self.transport.layer.reject(answer, self.transport.now)
            return
        self.transport.layer.accept(answer)
        self.dialogue = Dialogue(self.transport, agreement(request, answer), Role.ACCEPTOR, self)
        self._watch_idle()
        log.info("Association from %s at %s.", self.ae_title, self.transport.peer_address)

    def _reject(self, result: RejectResult, reason: RejectReason) -> None:
        log.warning("Association from %s rejected: %s.", self.transport.peer_address, reason.name)
        self.transport.layer.reject(AssociateReject(result, reason), self.transport.now)

    def _release(self) -> None:
        """Agree to a release; who releases does not wait for what is still under way."""
        with suppress(AssociationError):  # an abort that came in the same breath has ended it already
            self.transport.layer.release_response(self.transport.now)
        self._end()

    def _watch_idle(self) -> None:
        if self.dialogue is None:
            return
        peer = self.caller.peer if self.caller else None
        allowed = (peer.idle_seconds if peer else None) or self.host.settings.idle_seconds
        if self.transport.reading_paused:
            self.dialogue.kept_waiting()
        quiet = self.transport.now - self.dialogue.last_message_at
        if quiet >= allowed and (self.dialogue.conversation.idle or self.dialogue.receiving):
            log.info("Association with %s was idle for %g seconds.", self.ae_title, allowed)
            self.transport.abort()
            self._end()  # now, not when the peer closes: it may be gone
            return
        wait = max(allowed - quiet, 1.0)
        self._idle = asyncio.get_running_loop().call_later(wait, self._watch_idle)

    async def _supervise(self, operation: Operation, work: Coroutine[Any, Any, None], service: Service) -> None:
        try:
            await work
        except AssociationError as error:
            self.fail(operation, error, service)
        except Exception as error:
            if not isinstance(error, IsocenterError):
                log.exception("%s failed.", type(operation.request).__name__)
            self.fail(operation, error, service)

    def _end(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        dialogue, self.dialogue = self.dialogue, None
        if dialogue is not None:
            dialogue.ended(AssociationError("The association ended."))
        for task in self._tasks.values():
            task.cancel()
        cleanups, self._cleanups = self._cleanups, []
        for cleanup in cleanups:
            cleanup()
