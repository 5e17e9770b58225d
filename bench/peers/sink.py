"""What the sender can do at most: a receiver that looks at PDU headers only, keeps nothing and says success."""

from __future__ import annotations

import multiprocessing
import socket
import struct
import sys
from typing import Final

from bench.peers.base import Peer, Place

__all__ = ["Sink", "serve_connection"]

_MAX_PDU: Final = 128 * 1024
_ASSOCIATE_RQ, _RELEASE_RQ = 1, 5
_RELEASE_RP: Final = bytes((6, 0, 0, 0, 0, 4, 0, 0, 0, 0))
_COMMAND, _LAST = 1, 2


class Sink(Peer):
    """No DICOM application: a mark that shows how far the sender is from being the bottleneck."""

    name = "sink"

    def version(self) -> str:
        return "-"

    def command(self, place: Place, associations: int) -> list[str]:
        del associations
        return [sys.executable, "-m", "bench.peers.sink", str(place.dicom_port)]

    def count(self, place: Place) -> None:
        del place


def serve_connection(connection: socket.socket) -> None:
    """Answer one peer until it goes."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    buffer = memoryview(bytearray(6 + _MAX_PDU))
    answer = b""
    while _fill(connection, buffer[:6]):
        size = int.from_bytes(buffer[2:6], "big")
        if size > _MAX_PDU or not _fill(connection, buffer[6 : 6 + size]):
            return
        if buffer[0] == _ASSOCIATE_RQ:
            connection.sendall(_accept(bytes(buffer[6 : 6 + size])))
        elif buffer[0] == _RELEASE_RQ:
            connection.sendall(_RELEASE_RP)
        else:
            flags = buffer[11]
            if flags & _COMMAND:
                answer = _success(bytes(buffer[12 : 6 + size]), buffer[10])
            if flags & _LAST and (not flags & _COMMAND or _is_echo(bytes(buffer[12 : 6 + size]))):
                connection.sendall(answer)


def _fill(connection: socket.socket, into: memoryview) -> bool:
    while len(into):
        got = connection.recv_into(into)
        if not got:
            return False
        into = into[got:]
    return True


def _is_echo(command: bytes) -> bool:
    return _value(command, 0x0100) == b"\x30\0"


def _value(command: bytes, element: int) -> bytes:
    at = 0
    while at < len(command):
        _, found, size = struct.unpack_from("<HHI", command, at)
        if found == element:
            return command[at + 8 : at + 8 + size]
        at += 8 + size
    return b""


def _success(command: bytes, context: int) -> bytes:
    field = int.from_bytes(_value(command, 0x0100), "little") | 0x8000
    body = b"".join(
        struct.pack("<HHI", 0, element, len(value)) + value
        for element, value in (
            (0x0002, _value(command, 0x0002)),
            (0x0100, struct.pack("<H", field)),
            (0x0120, _value(command, 0x0110)),
            (0x0800, b"\1\1"),
            (0x0900, b"\0\0"),
            (0x1000, _value(command, 0x1000)),
        )
    )
    body = struct.pack("<HHII", 0, 0, 4, len(body)) + body
    return struct.pack(">BxIIBB", 4, len(body) + 6, len(body) + 2, context, _COMMAND | _LAST) + body


def _accept(request: bytes) -> bytes:
    """Make an A-ASSOCIATE-AC that takes every context in the first transfer syntax proposed."""
    items, at = [_item(0x10, b"1.2.840.10008.3.1.1.1")], 68
    while at < len(request):
        kind, size = request[at], int.from_bytes(request[at + 2 : at + 4], "big")
        if kind == 0x20:
            value = request[at + 4 : at + 4 + size]
            syntax = value.index(b"\x40\0", 8)
            items.append(_item(0x21, bytes((value[0], 0, 0, 0)) + value[syntax:]))
        at += 4 + size
    user = _item(0x51, struct.pack(">I", _MAX_PDU)) + _item(0x52, b"2.25.100000000000000000000000000000000000009")
    body = request[:68] + b"".join(items) + _item(0x50, user)
    return struct.pack(">BxI", 2, len(body)) + body


def _item(kind: int, value: bytes) -> bytes:
    return struct.pack(">BxH", kind, len(value)) + value


def main() -> None:
    """Listen, one process for each connection."""
    fork = multiprocessing.get_context("fork")
    with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
        while True:
            connection, _ = listener.accept()
            fork.Process(target=serve_connection, args=(connection,), daemon=True).start()
            connection.close()


if __name__ == "__main__":
    main()
