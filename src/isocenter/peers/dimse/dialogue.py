"""One end of an association: operations that the peer asks of us, and operations that we ask of it.

Provider and user are the same here, since a C-GET turns the roles: who performs the C-GET invokes C-STOREs.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterable, AsyncIterator
from typing import Protocol

from isocenter.errors import AssociationError, IsocenterError, ProtocolError
from isocenter.peers.dimse.messenger import Messenger
from isocenter.peers.dimse.transport import AssociationTransport
from isocenter.protocol.dimse import (
    CancelArrived,
    CommandReceived,
    CommandRefused,
    Conversation,
    DataSetEnd,
    DataSetFragment,
    MessageEvent,
    Operation,
    OperationInvoked,
    OperationRefused,
    ResponseArrived,
)
from isocenter.protocol.dimse.messages import CCancelRequest, Message, Request, Response
from isocenter.protocol.dimse.negotiation import Agreement
from isocenter.protocol.upper_layer import Buffer, DataFragment, Role

__all__ = ["DataSetReceiver", "Dialogue", "Discard", "IdentifierReceiver", "Performer"]

log = logging.getLogger(__name__)

MAX_IDENTIFIER_BYTES = 4 * 1024 * 1024
"""A query, a response to one, a list of failed instances: 10,000 UIDs take 640 KiB."""


class DataSetReceiver(Protocol):
    """Takes the data set of one message as it arrives."""

    def fragment(self, data: memoryview) -> None:
        """Take the next bytes; the view is valid during the call only."""

    def end(self) -> None:
        """The data set is complete."""

    def abandon(self) -> None:
        """The association ended before the data set was complete."""


class Performer(Protocol):
    """Performs what the peer asks for."""

    def perform(self, operation: Operation) -> DataSetReceiver | None:
        """Begin an operation; gives what takes its data set, when it has one."""

    def cancelled(self, operation: Operation) -> None:
        """The peer wants this operation stopped."""


class Discard:
    """Passes over a data set that nobody wants."""

    def fragment(self, data: memoryview) -> None:
        """Forget the bytes."""

    def end(self) -> None:
        """Do nothing."""

    def abandon(self) -> None:
        """Do nothing."""


class _Refusal(Discard):
    """Passes over the data set of a request that has no place now, then says so."""

    def __init__(self, messenger: Messenger, refused: OperationRefused) -> None:
        self._messenger = messenger
        self._refused = refused

    def end(self) -> None:
        """Send the refusal."""
        self._messenger.send_now(self._refused.context_id, self._refused.response)


class IdentifierReceiver:
    """Collects a small data set whole and hands it on; bounded."""

    def __init__(self, done: _Done) -> None:
        self._done = done
        self._held = bytearray()

    def fragment(self, data: memoryview) -> None:
        """Keep the bytes. Raises ProtocolError beyond the bound: no identifier is that long."""
        if len(self._held) + len(data) > MAX_IDENTIFIER_BYTES:
            raise ProtocolError(f"An identifier of more than {MAX_IDENTIFIER_BYTES} bytes.")
        self._held += data

    def end(self) -> None:
        """Hand the data set on."""
        self._done(bytes(self._held))

    def abandon(self) -> None:
        """Forget the bytes."""
        self._held.clear()


class _Done(Protocol):
    def __call__(self, data_set: bytes) -> None: ...


Answer = tuple[Response, bytes]


class Dialogue:
    """Messages both ways on one association, once it is established. For the event loop's thread."""

    def __init__(self, transport: AssociationTransport, agreement: Agreement, role: Role, performer: Performer) -> None:
        self.transport = transport
        self.agreement = agreement
        self.conversation = Conversation(agreement, role)
        self.last_message_at = transport.now
        """When the peer last said something; a data set counts by its bytes, so who trickles is as good as silent."""
        self._messenger = Messenger(transport, agreement.contexts)
        self._performer = performer
        self._receiver: DataSetReceiver = Discard()
        self._answers: dict[int, asyncio.Queue[Answer | IsocenterError]] = {}
        self._room = asyncio.Event()

    # What arrives.

    def data_arrived(self, fragment: DataFragment) -> None:
        """Act on a fragment; a peer that breaks the rules is aborted."""
        try:
            for event in self._messenger.receive(fragment):
                self._act(event)
        except ProtocolError as error:
            log.warning("Association with %s aborted: %s", self.transport.peer_address, error)
            self.transport.abort()
            self.ended(AssociationError("The association was aborted: the peer broke the protocol."))

    @property
    def receiving(self) -> bool:
        """Whether a message has begun and the peer owes us the rest of it."""
        return not self._messenger.between_messages

    def kept_waiting(self) -> None:
        """Count the time until now as ours: we did not read."""
        self.last_message_at = self.transport.now

    def ended(self, error: IsocenterError) -> None:
        """Tell everybody who waits for an answer that none will come."""
        receiver, self._receiver = self._receiver, Discard()
        receiver.abandon()
        waiting, self._answers = self._answers, {}
        for queue in waiting.values():
            queue.put_nowait(error)
        self._room.set()

    def _act(self, event: MessageEvent) -> None:
        now = self.transport.now
        if isinstance(event, DataSetFragment):
            worth = len(event.data) / self.transport.layer.limits.pdu_bytes_per_second
            self.last_message_at = min(now, self.last_message_at + worth)
            self._receiver.fragment(event.data)
            return
        self.last_message_at = now
        if isinstance(event, DataSetEnd):
            receiver, self._receiver = self._receiver, Discard()
            receiver.end()
        elif isinstance(event, CommandReceived):
            self._command(event.context_id, event.message)
        elif isinstance(event, CommandRefused):
            self._messenger.send_now(event.context_id, event.response)

    def _command(self, context_id: int, message: Message) -> None:
        self._receiver = Discard()
        arrival = self.conversation.receive(context_id, message)
        if isinstance(arrival, OperationInvoked):
            self._receiver = self._performer.perform(arrival.operation) or self._receiver
        elif isinstance(arrival, ResponseArrived):
            self._response(arrival)
        elif isinstance(arrival, OperationRefused):
            refusal = _Refusal(self._messenger, arrival)
            if message.has_data_set:
                self._receiver = refusal
            else:
                refusal.end()
        elif isinstance(arrival, CancelArrived):
            self._performer.cancelled(arrival.operation)

    def _response(self, arrival: ResponseArrived) -> None:
        message_id = arrival.operation.request.message_id
        queue = self._answers.get(message_id)
        if arrival.final:
            self._answers.pop(message_id, None)
            self._room.set()
        if queue is None:
            return
        if arrival.response.has_data_set:
            self._receiver = IdentifierReceiver(lambda data_set: queue.put_nowait((arrival.response, data_set)))
        else:
            queue.put_nowait((arrival.response, b""))

    # What we send.

    def respond(self, operation: Operation, response: Response, data_set: bytes = b"") -> None:
        """Answer an operation of the peer; nothing is sent when the association is over."""
        if operation.request.message_id in self.conversation.performed:
            self.conversation.respond(operation, response)
            self._messenger.send_now(operation.context_id, response, data_set)

    async def drain(self) -> None:
        """Wait until the peer takes more."""
        await self.transport.drain()

    async def room(self) -> None:
        """Wait until the agreed window lets us invoke one more operation."""
        while not self.conversation.can_invoke:
            self._room.clear()
            await self._room.wait()

    async def invoke(
        self, context_id: int, request: Request, data_set: AsyncIterable[Buffer] | bytes = b"", *, seconds: float
    ) -> AsyncIterator[Answer]:
        """Ask the peer for something; yields its responses with their data sets, the final one last.

        ``seconds`` bounds the wait for each response, counted from the last message of the peer. Raises
        AssociationError when the association ends before, and aborts it when no response comes in time.
        """
        operation = self.conversation.invoke(context_id, request)
        queue: asyncio.Queue[Answer | IsocenterError] = asyncio.Queue()
        self._answers[request.message_id] = queue
        if isinstance(data_set, bytes):
            self._messenger.send_now(context_id, request, data_set)
        else:
            await self._messenger.send(context_id, request, data_set)
        try:
            while True:
                answer = await self._next(queue, seconds)
                yield answer
                if operation.request.message_id not in self.conversation.invoked and queue.empty():
                    return
        finally:
            self._answers.pop(request.message_id, None)

    def cancel(self, context_id: int, message_id: int) -> None:
        """Ask the peer to stop an operation of ours (C-CANCEL)."""
        operation = self.conversation.invoked.get(message_id)
        if operation is not None:
            message: CCancelRequest = self.conversation.cancel(operation)
            self._messenger.send_now(context_id, message)

    async def _next(self, queue: asyncio.Queue[Answer | IsocenterError], seconds: float) -> Answer:
        if not self.transport.layer.associated and queue.empty():
            raise AssociationError("The association ended.")
        wait = seconds
        while wait > 0:
            try:
                async with asyncio.timeout(wait):
                    answer = await queue.get()
                    break
            except TimeoutError:  # The instances of a C-GET may come while its next response is long in coming.
                wait = self.last_message_at + seconds - self.transport.now
        else:
            self.transport.abort()
            raise AssociationError(f"The peer gave no answer within {seconds:g} seconds.")
        if isinstance(answer, IsocenterError):
            raise answer
        return answer
