"""Command sets: what a DIMSE message says about itself, in bytes and back (PS3.7 6.3.1).

A command set is always implicit VR little endian, so the VR of each element comes from the table below. Values are
plain: numbers are ``int``, text is ``str`` without padding, lists of tags are tuples of ``int`` 0xGGGGEEEE. The keys
are tags; group 0000 makes a tag equal to its element number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from struct import Struct
from typing import Final

from isocenter.errors import ProtocolError

__all__ = [
    "ELEMENTS",
    "MAX_COMMAND_SET_SIZE",
    "NO_DATA_SET",
    "CommandSet",
    "CommandValue",
    "Encoder",
    "decode_command_set",
    "encode_command_set",
    "encoder",
    "with_group_length",
]

CommandValue = int | str | tuple[int, ...]
CommandSet = dict[int, CommandValue]
Encoder = Callable[[CommandValue], bytes]

MAX_COMMAND_SET_SIZE: Final = 64 * 1024
"""Bytes of one command set. A real one has a few hundred; the longest legal ones list tags (PS3.7 E.1)."""

NO_DATA_SET: Final = 0x0101
"""Command Data Set Type (0000,0800) of a message without a data set; any other value announces one."""

GROUP_LENGTH: Final = 0x0000

# PS3.7 E.1. The retired elements of E.2 are read past like unknown ones.
ELEMENTS: Final[Mapping[int, tuple[str, str]]] = {
    0x0000: ("UL", "group_length"),
    0x0002: ("UI", "affected_sop_class_uid"),
    0x0003: ("UI", "requested_sop_class_uid"),
    0x0100: ("US", "command_field"),
    0x0110: ("US", "message_id"),
    0x0120: ("US", "message_id_being_responded_to"),
    0x0600: ("AE", "move_destination"),
    0x0700: ("US", "priority"),
    0x0800: ("US", "command_data_set_type"),
    0x0900: ("US", "status"),
    0x0901: ("AT", "offending_elements"),
    0x0902: ("LO", "error_comment"),
    0x0903: ("US", "error_id"),
    0x1000: ("UI", "affected_sop_instance_uid"),
    0x1001: ("UI", "requested_sop_instance_uid"),
    0x1002: ("US", "event_type_id"),
    0x1005: ("AT", "attribute_identifier_list"),
    0x1008: ("US", "action_type_id"),
    0x1020: ("US", "number_of_remaining_suboperations"),
    0x1021: ("US", "number_of_completed_suboperations"),
    0x1022: ("US", "number_of_failed_suboperations"),
    0x1023: ("US", "number_of_warning_suboperations"),
    0x1030: ("AE", "move_originator_ae_title"),
    0x1031: ("US", "move_originator_message_id"),
}

_HEADER: Final = Struct("<HHI")
_US: Final = Struct("<HHIH")
_TAG: Final = Struct("<HH")
_TEXT: Final = frozenset({"UI", "AE", "LO"})
_NUMBERS: Final = frozenset(tag for tag, (vr, _) in ELEMENTS.items() if vr == "US")
_TEXTS: Final = frozenset(tag for tag, (vr, _) in ELEMENTS.items() if vr in _TEXT)
_TAG_LISTS: Final = frozenset(tag for tag, (vr, _) in ELEMENTS.items() if vr == "AT")


def decode_command_set(data: bytes | bytearray | memoryview) -> CommandSet:
    """Read one whole command set.

    Unknown elements are read past. A known element whose length cannot be its type's, and an empty one, count as
    absent: whether that can be answered depends on the message. Raises ``ProtocolError`` when the bytes do not divide
    into elements, an element comes twice, or the group length is not that of the command set (PS3.7 E.1).
    """
    size = len(data)
    if size > MAX_COMMAND_SET_SIZE:
        raise ProtocolError(f"command set of {size} bytes, more than {MAX_COMMAND_SET_SIZE}")
    data = bytes(data)
    values: CommandSet = {}
    position = 0
    unpack = _HEADER.unpack_from
    while position < size:
        if position + 8 > size:
            raise ProtocolError(f"command set ends inside an element header at byte {position}")
        group, element, length = unpack(data, position)
        start = position + 8
        position = start + length
        if group or position > size:
            raise _bad_element(group, element, length)
        if element in values:
            raise ProtocolError(f"command set holds (0000,{element:04X}) twice")
        if element in _NUMBERS:
            if length == 2:
                values[element] = data[start] | data[start + 1] << 8
        elif element in _TEXTS:
            if length:
                values[element] = data[start:position].decode("ascii", "replace").strip(" \0")
        elif element in _TAG_LISTS:
            if length and not length % 4:
                values[element] = _tags(data[start:position])
        elif element == GROUP_LENGTH:
            _check_group_length(data, start, length)
    return values


def encode_command_set(values: Mapping[int, CommandValue]) -> bytes:
    """Bytes of a command set, elements in order of tag, group length first. Raises ``KeyError`` for unknown tags."""
    return with_group_length([encoder(tag)(values[tag]) for tag in sorted(values)])


def with_group_length(elements: list[bytes]) -> bytes:
    """Join encoded elements and put the group length before them."""
    body = b"".join(elements)
    return b"\0\0\0\0\4\0\0\0" + len(body).to_bytes(4, "little") + body


def encoder(tag: int) -> Encoder:
    """A function that makes the bytes of one element from its value."""
    vr, _ = ELEMENTS[tag]
    if vr == "US":
        return lambda value: _US.pack(0, tag, 2, value)
    if vr == "AT":
        return lambda value: _encode_tags(tag, value)
    pad = b"\0" if vr == "UI" else b" "
    limit = 64 if vr == "LO" else 16 if vr == "AE" else None
    return lambda value: _encode_text(tag, value, pad, limit)


def _encode_text(tag: int, value: CommandValue, pad: bytes, limit: int | None) -> bytes:
    raw = str(value).encode("ascii", "replace")
    if limit is not None:
        raw = bytes(_printable(raw)[:limit])
    if len(raw) % 2:
        raw += pad
    return _HEADER.pack(0, tag, len(raw)) + raw


def _printable(raw: bytes) -> bytes:
    """Text fit for one value: a backslash would make it two, a control character is no text (PS3.5 6.2)."""
    if raw.isalnum():
        return raw
    return raw.translate(_PRINTABLE).strip()


_PRINTABLE: Final = bytes(
    ord("/") if byte == ord("\\") else byte if 0x20 <= byte < 0x7F else ord(" ") for byte in range(256)
)


def _encode_tags(tag: int, value: CommandValue) -> bytes:
    tags = value if isinstance(value, tuple) else (int(value),)
    raw = b"".join(_TAG.pack(each >> 16, each & 0xFFFF) for each in tags)
    return _HEADER.pack(0, tag, len(raw)) + raw


def _tags(raw: bytes) -> tuple[int, ...]:
    return tuple(group << 16 | element for group, element in _TAG.iter_unpack(raw))


def _check_group_length(data: bytes, start: int, length: int) -> None:
    if start != 8 or length != 4:
        raise ProtocolError("command group length is not the first element, or not four bytes long")
    announced = int.from_bytes(data[start : start + 4], "little")
    if announced != len(data) - start - 4:
        raise ProtocolError(f"command group length says {announced} bytes, {len(data) - start - 4} follow")


def _bad_element(group: int, element: int, length: int) -> ProtocolError:
    if group:
        return ProtocolError(f"({group:04X},{element:04X}) in a command set, which holds group 0000 only")
    return ProtocolError(f"command element (0000,{element:04X}) of {length} bytes passes the end of the command set")
