"""DICOM as the benchmark's own sender and asker speak it: written beforehand where time counts, read minimally.

Nothing here comes from the program that is measured (PS3.8 9.3 for PDUs, PS3.7 6.3 and E.1 for command sets).
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

EXPLICIT_LITTLE_ENDIAN: Final = "1.2.840.10008.1.2.1"
VERIFICATION: Final = "1.2.840.10008.1.1"
STUDY_ROOT_FIND: Final = "1.2.840.10008.5.1.4.1.2.2.1"

SUCCESS: Final = 0x0000
_PENDING: Final = (0xFF00, 0xFF01)
_ASSOCIATE_AC: Final = 2
_DATA: Final = 4
_RELEASE_RQ: Final = bytes((5, 0, 0, 0, 0, 4, 0, 0, 0, 0))
_STATUS: Final = 0x0900
_ELEMENT: Final = struct.Struct("<2xHI")
_COMMAND, _LAST = 1, 2
_READ_BYTES: Final = 256 * 1024
_UNLIMITED_CUT: Final = 1024 * 1024
_SECONDS: Final = 120.0


class WireError(Exception):
    """A peer did something other than what the measurement needs."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a peer listens, and under which title."""

    port: int
    ae_title: str
    host: str = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Route:
    """How messages go to a peer: on which presentation context, and in what pieces."""

    max_pdu: int
    """0 for any size."""
    contexts: Mapping[str, int]
    """Accepted context IDs by abstract syntax."""


class Association:
    """An association to a peer, with one presentation context per abstract syntax, explicit little endian only."""

    def __init__(self, target: Target, abstract_syntaxes: Sequence[str]) -> None:
        self._socket = socket.create_connection((target.host, target.port), timeout=_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._unread = b""
        self.send(associate_request(target.ae_title, abstract_syntaxes))
        kind, body = self._pdu()
        if kind != _ASSOCIATE_AC:
            raise WireError(f"the peer answers the association request with PDU type {kind}")
        max_pdu, accepted = _accepted(body)
        contexts = {uid: 2 * n + 1 for n, uid in enumerate(abstract_syntaxes)}
        self.route = Route(max_pdu, {uid: number for uid, number in contexts.items() if number in accepted})

    def send(self, data: bytes) -> None:
        """Send bytes that were made before."""
        self._socket.sendall(data)

    def status(self) -> int:
        """Wait for a response and give its status; its data set, if it has one, is passed over."""
        status: int | None = None
        has_data_set = False
        while True:
            kind, body = self._pdu()
            if kind != _DATA:
                raise WireError(f"PDU type {kind} where a response is due")
            for flags, value in _pdvs(body):
                if flags & _COMMAND:
                    status = _status(value)
                    has_data_set = status in _PENDING
                if flags & _LAST and status is not None and has_data_set is not bool(flags & _COMMAND):
                    return status

    def matches(self) -> int:
        """Wait for the end of a C-FIND and give the number of matches."""
        matches = 0
        while (status := self.status()) in _PENDING:
            matches += 1
        if status != SUCCESS:
            raise WireError(f"C-FIND ends with status {status:04X}")
        return matches

    def release(self) -> None:
        """End the association in order."""
        self.send(_RELEASE_RQ)
        self._pdu()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self.release()
        else:
            self._socket.close()

    def _pdu(self) -> tuple[int, bytes]:
        data = self._unread
        while len(data) < 6 or len(data) < 6 + int.from_bytes(data[2:6], "big"):
            more = self._socket.recv(_READ_BYTES)
            if not more:
                raise WireError("the peer closed the connection")
            data = data + more if data else more
        end = 6 + int.from_bytes(data[2:6], "big")
        self._unread = data[end:]
        return data[0], data[6:end]


def is_answering(target: Target) -> bool:
    """Say whether a C-ECHO comes back."""
    try:
        with Association(target, [VERIFICATION]) as association:
            association.send(
                message(association.route, VERIFICATION, _command(VERIFICATION, 0x0030, 1, data_set=False))
            )
            return association.status() == SUCCESS
    except (OSError, WireError):
        return False


def store_message(route: Route, sop_class_uid: str, sop_instance_uid: str, message_id: int, data_set: bytes) -> bytes:
    """Make the bytes of one C-STORE-RQ: command and data set, cut to what the peer takes."""
    instance = _element(0x1000, _uid(sop_instance_uid))
    return message(route, sop_class_uid, _command(sop_class_uid, 0x0001, message_id, instance), data_set)


def find_message(route: Route, message_id: int, identifier: bytes) -> bytes:
    """Make the bytes of one C-FIND-RQ in the Study Root model."""
    return message(route, STUDY_ROOT_FIND, _command(STUDY_ROOT_FIND, 0x0020, message_id), identifier)


def message(route: Route, abstract_syntax: str, command: bytes, data_set: bytes = b"") -> bytes:
    """Cut a message into PDUs of one fragment each."""
    context = route.contexts[abstract_syntax]
    room = (route.max_pdu or _UNLIMITED_CUT) - 6
    pieces = [_pdu_of(context, _COMMAND | _LAST, command)]
    view = memoryview(data_set)
    for start in range(0, len(data_set), room):
        piece = view[start : start + room]
        pieces.append(_pdu_of(context, _LAST if start + room >= len(data_set) else 0, piece))
    return b"".join(pieces)


def _pdu_of(context: int, flags: int, value: bytes | memoryview) -> bytes:
    size = len(value)
    return b"".join((struct.pack(">BxIIBB", _DATA, size + 6, size + 2, context, flags), value))


def _pdvs(body: bytes) -> Iterable[tuple[int, bytes]]:
    at = 0
    while at < len(body):
        size = int.from_bytes(body[at : at + 4], "big")
        yield body[at + 5], body[at + 6 : at + 4 + size]
        at += 4 + size


def _status(command: bytes) -> int:
    at = 0
    while at < len(command):
        element, size = _ELEMENT.unpack_from(command, at)
        if element == _STATUS:
            return int.from_bytes(command[at + 8 : at + 10], "little")
        at += 8 + size
    raise WireError("a response without a status")


def _command(sop_class_uid: str, field: int, message_id: int, last: bytes = b"", *, data_set: bool = True) -> bytes:
    body = b"".join(
        (
            _element(0x0002, _uid(sop_class_uid)),
            _element(0x0100, struct.pack("<H", field)),
            _element(0x0110, struct.pack("<H", message_id & 0xFFFF)),
            _element(0x0700, b"\0\0") if data_set else b"",
            _element(0x0800, b"\0\0" if data_set else b"\1\1"),
            last,
        )
    )
    return _element(0x0000, struct.pack("<I", len(body))) + body


def _element(element: int, value: bytes) -> bytes:
    return struct.pack("<HHI", 0, element, len(value)) + value


def _uid(uid: str) -> bytes:
    raw = uid.encode("ascii")
    return raw + b"\0" * (len(raw) & 1)


def associate_request(called: str, abstract_syntaxes: Sequence[str]) -> bytes:
    """Make an A-ASSOCIATE-RQ (PS3.8 9.3.2)."""
    contexts = b"".join(
        _item(
            0x20,
            bytes((2 * n + 1, 0, 0, 0))
            + _item(0x30, uid.encode("ascii"))
            + _item(0x40, EXPLICIT_LITTLE_ENDIAN.encode("ascii")),
        )
        for n, uid in enumerate(abstract_syntaxes)
    )
    user = _item(0x51, struct.pack(">I", 128 * 1024)) + _item(0x52, b"2.25.100000000000000000000000000000000000009")
    body = (
        struct.pack(">HH", 1, 0)
        + called.encode("ascii").ljust(16)
        + b"BENCH".ljust(16)
        + bytes(32)
        + _item(0x10, b"1.2.840.10008.3.1.1.1")
        + contexts
        + _item(0x50, user)
    )
    return struct.pack(">BxI", 1, len(body)) + body


def _item(kind: int, value: bytes) -> bytes:
    return struct.pack(">BxH", kind, len(value)) + value


def _accepted(body: bytes) -> tuple[int, set[int]]:
    """Read the largest PDU that the peer takes, and the contexts that it accepts."""
    max_pdu, accepted = 16384, set()
    for kind, value in _items(body[68:]):
        if kind == 0x21 and value[2] == 0:
            accepted.add(value[0])
        elif kind == 0x50:
            for inner, content in _items(value):
                if inner == 0x51:
                    max_pdu = int.from_bytes(content, "big")
    return max_pdu, accepted


def _items(data: bytes) -> Iterable[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        yield data[at], data[at + 4 : at + 4 + size]
        at += 4 + size
