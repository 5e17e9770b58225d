"""Carries one association over TCP: asyncio on one side, the sans-IO upper layer on the other.

The listener and the user side share it. It moves bytes, keeps the deadlines, and pushes back: it stops reading when
its user asks, and tells its user when the peer does not take what is sent.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Protocol, cast

from isocenter.protocol.upper_layer import Event, UpperLayer

__all__ = ["AssociationTransport", "TransportUser"]

RECEIVE_BYTES = 256 * 1024
"""One read: two of our largest PDUs."""
WRITE_HIGH_WATER = 1024 * 1024
"""Bytes that may wait for a peer before its sender is asked to pause."""
_QUICK_ACK = getattr(socket, "TCP_QUICKACK", None)
_receive_buffer = memoryview(bytearray(RECEIVE_BYTES))
"""Shared by all connections of the process: the event loop fills it and we empty it before it fills it again."""


class TransportUser(Protocol):
    """Whoever speaks on the association."""

    def on_event(self, event: Event) -> None:
        """Hear what the upper layer says; a fragment's view is valid during the call only."""

    def on_closed(self) -> None:
        """Hear that the connection is gone; called once, last."""


class AssociationTransport(asyncio.BufferedProtocol):
    """One TCP connection with its upper layer. All methods are for the event loop's thread."""

    def __init__(self, layer: UpperLayer, user: Callable[[AssociationTransport], TransportUser]) -> None:
        self.layer = layer
        self._loop = asyncio.get_running_loop()
        self._user = user(self)
        self._transport: asyncio.Transport | None = None
        self._socket: socket.socket | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._paused = False
        self._lost = False

    # What its user does.

    @property
    def now(self) -> float:
        """The event loop's clock, in seconds."""
        return self._loop.time()

    @property
    def peer_address(self) -> str:
        """The address at the other end, for the journal and the log."""
        if self._transport is None:
            return ""
        name = self._transport.get_extra_info("peername")
        return str(name[0]) if name else ""

    def flush(self) -> None:
        """Write what the upper layer wants sent, and close when it wants that."""
        transport = self._transport
        if transport is None or self._lost:
            return
        buffers = self.layer.data_to_send()
        if buffers:
            transport.writelines(buffers)
        if self.layer.closing:
            transport.close()
        else:
            self._set_timer()

    async def drain(self) -> None:
        """Wait until the peer takes more. Returns at once when the connection is gone."""
        await self._writable.wait()

    @property
    def reading_paused(self) -> bool:
        """Whether we have stopped taking bytes from the peer."""
        return self._paused

    def pause_reading(self) -> None:
        """Stop taking bytes from the peer."""
        if not self._paused and self._transport is not None and not self._lost:
            self._paused = True
            self.layer.reading_paused(self.now)
            self._transport.pause_reading()
            self._set_timer()

    def resume_reading(self) -> None:
        """Take bytes again."""
        if self._paused and self._transport is not None and not self._lost:
            self._paused = False
            self.layer.reading_resumed(self.now)
            self._transport.resume_reading()
            self._set_timer()

    def abort(self) -> None:
        """End the association at once, telling the peer."""
        self.layer.abort(self.now)
        self.flush()

    def disconnect(self) -> None:
        """Drop the connection without a word."""
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Set the socket so that no small message waits for another."""
        # A stream connection has no other kind; uvloop's is not derived from it.
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=WRITE_HIGH_WATER)
        self._socket = transport.get_extra_info("socket")
        if self._socket is not None and self._socket.family != socket.AF_UNIX:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.layer.connected(self.now)
        self.flush()

    def get_buffer(self, sizehint: int) -> memoryview:
        """Lend the buffer for the next read."""
        return _receive_buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Pass on what was read."""
        if self._socket is not None and _QUICK_ACK is not None:
            # Linux forgets this after a while: set at every read, a sender with Nagle's algorithm never waits 40 ms.
            self._socket.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)
        for event in self.layer.receive(_receive_buffer[:nbytes], self._loop.time()):
            self._user.on_event(event)
        self.flush()
        if nbytes == RECEIVE_BYTES:
            self._let_others_read()

    def eof_received(self) -> bool:
        """Close when the peer has closed: half a connection is of no use to DICOM."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the upper layer and the user."""
        self._lost = True
        self._cancel_timer()
        self._writable.set()
        for event in self.layer.connection_lost(self.now):
            self._user.on_event(event)
        self._user.on_closed()

    def pause_writing(self) -> None:
        """Ask senders to wait."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Let senders go on."""
        self._writable.set()

    # Taking turns.

    def _let_others_read(self) -> None:
        """Read on in the event loop's next turn: libuv would take up to 32 full buffers from one sender first."""
        transport = self._transport
        if transport is not None and not self._paused and not self._lost and not transport.is_closing():
            transport.pause_reading()
            self._loop.call_soon(self._read_on)

    def _read_on(self) -> None:
        transport = self._transport
        if transport is not None and not self._paused and not self._lost and not transport.is_closing():
            transport.resume_reading()

    # Deadlines.

    def _set_timer(self) -> None:
        deadline = self.layer.deadline
        if self._timer is not None:
            if deadline is not None and self._timer.when() <= deadline:
                return  # It wakes up in time, looks again and sleeps on: cheaper than a new timer for each PDU.
            self._cancel_timer()
        if deadline is not None and not self._lost:
            self._timer = self._loop.call_at(deadline, self._wake)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wake(self) -> None:
        self._timer = None
        for event in self.layer.tick(self.now):
            self._user.on_event(event)
        self.flush()
