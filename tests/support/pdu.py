"""PDUs and command sets with ``struct`` alone: the tests' own reading of PS3.8 9.3 and PS3.7 6.3."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

ASSOCIATE_RQ, ASSOCIATE_AC, ASSOCIATE_RJ, P_DATA, RELEASE_RQ, RELEASE_RP, ABORT = range(1, 8)
APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1"
C_STORE_RQ, C_STORE_RSP = 0x0001, 0x8001
C_ECHO_RQ = 0x0030

COMMAND_FIELD, MESSAGE_ID, RESPONDED_TO = 0x0100, 0x0110, 0x0120
AFFECTED_SOP_CLASS, AFFECTED_SOP_INSTANCE = 0x0002, 0x1000
PRIORITY, DATA_SET_TYPE, STATUS = 0x0700, 0x0800, 0x0900
OFFENDING_ELEMENT, ERROR_COMMENT = 0x0901, 0x0902
NO_DATA_SET = 0x0101


@dataclass(frozen=True, slots=True)
class Pdv:
    """One fragment of a message (PS3.8 9.3.5.1)."""

    context_id: int
    is_command: bool
    is_last: bool
    data: bytes


def pdu(kind: int, body: bytes) -> bytes:
    return struct.pack(">BBI", kind, 0, len(body)) + body


def item(kind: int, body: bytes) -> bytes:
    return struct.pack(">BBH", kind, 0, len(body)) + body


def associate_request(
    called: str | bytes,
    calling: str | bytes,
    contexts: Mapping[int, tuple[str, Sequence[str]]],
    *,
    max_pdu: int = 65536,
    user_items: bytes = b"",
) -> bytes:
    """A whole A-ASSOCIATE-RQ (PS3.8 9.3.2); ``contexts`` is context ID to abstract and transfer syntaxes."""
    body = struct.pack(">HH", 1, 0) + _title(called) + _title(calling) + bytes(32)
    body += item(0x10, APPLICATION_CONTEXT.encode())
    for number, (abstract, transfers) in contexts.items():
        inner = bytes([number, 0, 0, 0]) + item(0x30, abstract.encode())
        body += item(0x20, inner + b"".join(item(0x40, uid.encode()) for uid in transfers))
    user = item(0x51, struct.pack(">I", max_pdu)) + item(0x52, b"1.2.826.0.1.3680043.10.1671.9") + user_items
    return pdu(ASSOCIATE_RQ, body + item(0x50, user))


def _title(title: str | bytes) -> bytes:
    raw = title.encode("utf-8") if isinstance(title, str) else title
    return raw[:16].ljust(16)


def items(body: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(body):
        kind, _, length = struct.unpack_from(">BBH", body, at)
        yield kind, body[at + 4 : at + 4 + length]
        at += 4 + length


def requested_contexts(body: bytes) -> dict[int, str]:
    """Context ID to abstract syntax of an A-ASSOCIATE-RQ's body."""
    found = {}
    for kind, inner in items(body[68:]):
        if kind == 0x20:
            found[inner[0]] = next(value.decode() for sub, value in items(inner[4:]) if sub == 0x30)
    return found


def accepted_contexts(body: bytes) -> dict[int, str]:
    """Context ID to transfer syntax of the contexts that an A-ASSOCIATE-AC accepts."""
    return {number: uid for number, (result, uid) in context_results(body).items() if result == 0}


def context_results(body: bytes) -> dict[int, tuple[int, str]]:
    """Context ID to result and transfer syntax of an A-ASSOCIATE-AC."""
    found = {}
    for kind, inner in items(body[68:]):
        if kind == 0x21:
            uids = [value.rstrip(b"\0 ").decode() for sub, value in items(inner[4:]) if sub == 0x40]
            found[inner[0]] = (inner[2], uids[0] if uids else "")
    return found


def max_pdu_of(body: bytes) -> int:
    """What the acceptor says it takes at most."""
    for kind, inner in items(body[68:]):
        if kind == 0x50:
            for sub, value in items(inner):
                if sub == 0x51:
                    return int(struct.unpack(">I", value)[0])
    return 0


def pdvs(body: bytes) -> Iterator[Pdv]:
    at = 0
    while at + 6 <= len(body):
        length, context_id, control = struct.unpack_from(">IBB", body, at)
        yield Pdv(context_id, bool(control & 1), bool(control & 2), body[at + 6 : at + 4 + length])
        at += 4 + length


def pdv(context_id: int, data: bytes, *, command: bool, last: bool) -> bytes:
    return struct.pack(">IBB", len(data) + 2, context_id, command | last << 1) + data


def command_set(elements: Mapping[int, int | str]) -> bytes:
    """A command set in implicit little endian with its group length (PS3.7 6.3.1)."""
    body = b""
    for element, value in sorted(elements.items()):
        raw = struct.pack("<H", value) if isinstance(value, int) else _even(value)
        body += struct.pack("<HHI", 0, element, len(raw)) + raw
    return struct.pack("<HHII", 0, 0, 4, len(body)) + body


def read_command_set(data: bytes) -> dict[int, int | str]:
    found: dict[int, int | str] = {}
    at = 0
    while at + 8 <= len(data):
        _, element, length = struct.unpack_from("<HHI", data, at)
        raw = data[at + 8 : at + 8 + length]
        if element in (AFFECTED_SOP_CLASS, AFFECTED_SOP_INSTANCE, ERROR_COMMENT, 0x0600, 0x1030, 0x1000):
            found[element] = raw.rstrip(b"\0 ").decode("ascii", "replace")
        elif element == OFFENDING_ELEMENT:
            group, number = struct.unpack_from("<HH", raw) if len(raw) >= 4 else (0, 0)
            found[element] = group << 16 | number
        elif length == 2:
            found[element] = struct.unpack("<H", raw)[0]
        at += 8 + length
    return found


def _even(value: str) -> bytes:
    raw = value.encode("ascii")
    return raw + b"\0" * (len(raw) % 2)
