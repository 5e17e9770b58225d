"""Sends and receives whole DIMSE messages on one association; both sides of an association use it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Container

from isocenter.errors import AssociationError
from isocenter.peers.dimse.transport import AssociationTransport
from isocenter.protocol.dimse import MessageEvent, MessageReader
from isocenter.protocol.dimse.messages import Message, encode_message
from isocenter.protocol.upper_layer import Buffer, DataFragment

__all__ = ["Messenger"]


class Messenger:
    """Messages over a transport. Messages are never interleaved: a small answer waits for a large one's end."""

    def __init__(self, transport: AssociationTransport, accepted_context_ids: Container[int]) -> None:
        self._transport = transport
        self._reader = MessageReader(accepted_context_ids)
        self._sending = asyncio.Lock()
        self._waiting: list[tuple[int, Message, bytes]] = []

    @property
    def between_messages(self) -> bool:
        """Whether the peer's last message is complete and the next has not begun."""
        return self._reader.between_messages

    def receive(self, fragment: DataFragment) -> tuple[MessageEvent, ...]:
        """Say what a fragment means. Raises ProtocolError."""
        return self._reader.receive(*fragment)

    def send_now(self, context_id: int, message: Message, data_set: bytes = b"") -> None:
        """Send a small message at once, or right after the large one that is being sent."""
        if not self._transport.layer.can_send_data:
            return  # The association is over; nobody waits for this answer.
        if self._sending.locked():
            self._waiting.append((context_id, message, data_set))
        else:
            self._put(context_id, message, data_set)
            self._transport.flush()

    async def send(self, context_id: int, message: Message, data_set: AsyncIterable[Buffer]) -> None:
        """Send a message and its data set as it comes, no faster than the peer takes it.

        Every buffer but the last has an even length. Raises AssociationError when the association is over.
        """
        layer = self._transport.layer
        async with self._sending:
            self._check()
            layer.send_data(context_id, True, True, encode_message(message))
            held: Buffer = b""
            async for chunk in data_set:
                if held:
                    layer.send_data(context_id, False, False, held)
                    self._transport.flush()
                    await self._transport.drain()
                    self._check()
                held = chunk
            layer.send_data(context_id, False, True, held)
            self._put_waiting()
            self._transport.flush()
        await self._transport.drain()

    def _check(self) -> None:
        if not self._transport.layer.can_send_data:
            raise AssociationError("The association ended.")

    def _put_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for message in waiting:
            self._put(*message)

    def _put(self, context_id: int, message: Message, data_set: bytes) -> None:
        layer = self._transport.layer
        layer.send_data(context_id, True, True, encode_message(message))
        if message.has_data_set:
            layer.send_data(context_id, False, True, data_set)
