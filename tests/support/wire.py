"""A recording proxy: every C-STORE that goes through it, in either direction, exactly as it was on the wire."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass, field

from support import pdu


@dataclass(frozen=True, slots=True)
class Stored:
    """One C-STORE as it was on the wire."""

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    data_set: bytes
    status: int | None
    """Status of the answer; None when there was none."""
    error_comment: str = ""


@dataclass(frozen=True, slots=True)
class Recording:
    """What went over some associations."""

    stored: list[Stored]
    agreed: frozenset[tuple[str, str]]
    """Abstract and transfer syntax of every accepted presentation context."""

    def by_uid(self) -> dict[str, Stored]:
        """What was stored, by SOP Instance UID."""
        return {each.sop_instance_uid: each for each in self.stored}


@dataclass(slots=True)
class _Message:
    command: bytearray = field(default_factory=bytearray)
    data_set: bytearray = field(default_factory=bytearray)


class _Association:
    """Reassembles what both ends of one connection say."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.stored: list[Stored] = []
        self.rejected: tuple[int, int, int] | None = None
        self._proposed: dict[int, str] = {}
        self._contexts: dict[int, str] = {}
        self._buffers = (bytearray(), bytearray())
        self._messages: tuple[dict[int, _Message], dict[int, _Message]] = ({}, {})
        self._waiting: tuple[dict[int, Stored], dict[int, Stored]] = ({}, {})

    def feed(self, side: int, data: bytes) -> None:
        """Take bytes from the caller (side 0) or from the called end (side 1)."""
        with self.lock:
            buffer = self._buffers[side]
            buffer += data
            while len(buffer) >= 6:
                kind, _, length = struct.unpack_from(">BBI", buffer)
                if len(buffer) < 6 + length:
                    return
                body = bytes(buffer[6 : 6 + length])
                del buffer[: 6 + length]
                self._pdu(side, kind, body)

    def all_stored(self) -> list[Stored]:
        """Everything stored, including what was never answered."""
        with self.lock:
            return [*self.stored, *self._waiting[0].values(), *self._waiting[1].values()]

    def agreed(self) -> set[tuple[str, str]]:
        """Abstract and transfer syntax of each accepted context."""
        with self.lock:
            return {(self._proposed[number], uid) for number, uid in self._contexts.items()}

    def _pdu(self, side: int, kind: int, body: bytes) -> None:
        if kind == pdu.ASSOCIATE_RQ:
            self._proposed = pdu.requested_contexts(body)
        elif kind == pdu.ASSOCIATE_AC:
            self._contexts = pdu.accepted_contexts(body)
        elif kind == pdu.ASSOCIATE_RJ:
            self.rejected = (body[1], body[2], body[3])
        elif kind == pdu.P_DATA:
            for fragment in pdu.pdvs(body):
                self._fragment(side, fragment)

    def _fragment(self, side: int, fragment: pdu.Pdv) -> None:
        message = self._messages[side].setdefault(fragment.context_id, _Message())
        if not fragment.is_command:
            message.data_set += fragment.data
            if fragment.is_last:
                self._whole(side, fragment.context_id)
            return
        message.command += fragment.data
        if fragment.is_last:
            elements = pdu.read_command_set(bytes(message.command))
            if elements.get(pdu.DATA_SET_TYPE) == pdu.NO_DATA_SET:
                self._whole(side, fragment.context_id)

    def _whole(self, side: int, context_id: int) -> None:
        message = self._messages[side].pop(context_id)
        elements = pdu.read_command_set(bytes(message.command))
        if elements.get(pdu.COMMAND_FIELD) == pdu.C_STORE_RQ:
            self._waiting[side][int(elements[pdu.MESSAGE_ID])] = Stored(
                str(elements.get(pdu.AFFECTED_SOP_CLASS, "")),
                str(elements.get(pdu.AFFECTED_SOP_INSTANCE, "")),
                self._contexts.get(context_id, ""),
                bytes(message.data_set),
                None,
            )
        elif elements.get(pdu.COMMAND_FIELD) == pdu.C_STORE_RSP:
            request = self._waiting[1 - side].pop(int(elements[pdu.RESPONDED_TO]), None)
            if request is not None:
                self.stored.append(
                    Stored(
                        request.sop_class_uid,
                        request.sop_instance_uid,
                        request.transfer_syntax_uid,
                        request.data_set,
                        int(elements[pdu.STATUS]),
                        str(elements.get(pdu.ERROR_COMMENT, "")),
                    )
                )


class RecordingProxy:
    """Listens on ``port`` and passes connections on to ``upstream``; a context manager."""

    def __init__(self, upstream: tuple[str, int]) -> None:
        self._upstream = upstream
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._associations: list[_Association] = []
        self._sockets: list[socket.socket] = []
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> RecordingProxy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._sockets:
            connection.close()

    @property
    def connections(self) -> int:
        return len(self._associations)

    def take(self) -> Recording:
        """What went through since the last call."""
        associations, self._associations = self._associations, []
        return Recording(
            [stored for association in associations for stored in association.all_stored()],
            frozenset(pair for association in associations for pair in association.agreed()),
        )

    def _accept(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            try:
                called = socket.create_connection(self._upstream)
            except OSError:
                caller.close()
                continue
            association = _Association()
            self._associations.append(association)
            self._sockets += [caller, called]
            for side, one, other in ((0, caller, called), (1, called, caller)):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=_pump, args=(association, side, one, other), daemon=True).start()


def _pump(association: _Association, side: int, source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 18):
            association.feed(side, data)
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
