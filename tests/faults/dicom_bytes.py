"""Where elements, items and fragments of a data set begin and end: the tests' own tolerant reading of PS3.5 7."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from support.part10 import split_part10

IMPLICIT = "1.2.840.10008.1.2"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
UNDEFINED = 0xFFFFFFFF
LONG_VRS = frozenset([b"OB", b"OW", b"OF", b"OD", b"OL", b"OV", b"SQ", b"UN", b"UT", b"UC", b"UR", b"SV", b"UV"])
PIXEL_DATA = 0x7FE00010
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD


class Kind(Enum):
    ELEMENT = auto()
    SEQUENCE = auto()
    ITEM = auto()
    FRAGMENT = auto()
    DELIMITER = auto()


@dataclass(frozen=True, slots=True)
class Part:
    """One element with its header, one item header with its content, one fragment, or one delimiter.

    ``start``, ``value`` and ``end`` are offsets in the data set; ``width`` is that of the length field, 2 or 4 bytes,
    which ends at ``value``. ``parents`` are the numbers of the open parts around it, the outermost first.
    """

    kind: Kind
    tag: int
    vr: bytes
    start: int
    value: int
    end: int
    width: int
    length: int
    parents: tuple[int, ...] = ()

    @property
    def length_at(self) -> int:
        return self.value - self.width


@dataclass(frozen=True, slots=True)
class Encoding:
    """How elements are written."""

    implicit: bool
    big: bool

    @property
    def order(self) -> str:
        return ">" if self.big else "<"

    def tag(self, tag: int) -> bytes:
        return struct.pack(self.order + "HH", tag >> 16, tag & 0xFFFF)

    def number(self, value: int, width: int) -> bytes:
        return struct.pack(self.order + ("H" if width == 2 else "I"), value & (0xFFFF if width == 2 else UNDEFINED))

    def head(self, tag: int, vr: bytes, length: int) -> bytes:
        if self.implicit:
            return self.tag(tag) + self.number(length, 4)
        if vr in LONG_VRS:
            return self.tag(tag) + vr + b"\0\0" + self.number(length, 4)
        return self.tag(tag) + vr + self.number(length, 2)

    def element(self, tag: int, vr: bytes, value: bytes) -> bytes:
        if len(value) > 0xFFFF and vr not in LONG_VRS:
            vr = b"UN"
        return self.head(tag, vr, len(value)) + value

    def item(self, content: bytes, *, defined: bool) -> bytes:
        if defined:
            return self.tag(ITEM) + self.number(len(content), 4) + content
        return self.tag(ITEM) + self.number(UNDEFINED, 4) + content + self.tag(ITEM_END) + bytes(4)

    def sequence(self, tag: int, content: bytes, *, defined: bool) -> bytes:
        if defined:
            return self.head(tag, b"SQ", len(content)) + content
        return self.head(tag, b"SQ", UNDEFINED) + content + self.tag(SEQUENCE_END) + bytes(4)


@dataclass(frozen=True, slots=True)
class DicomFile:
    """A file in two parts; the data set is inflated where the syntax deflates it."""

    name: str
    head: bytes
    data_set: bytes
    transfer_syntax_uid: str

    @property
    def encoding(self) -> Encoding:
        return Encoding(self.transfer_syntax_uid == IMPLICIT, self.transfer_syntax_uid == BIG_ENDIAN)

    def whole(self) -> bytes:
        return self.head + self.stored_data_set()

    def stored_data_set(self) -> bytes:
        """The data set as it lies in a file or goes over a wire."""
        if self.transfer_syntax_uid != DEFLATED:
            return self.data_set
        stream = zlib.compressobj(wbits=-15)
        deflated = stream.compress(self.data_set) + stream.flush()
        return deflated + b"\0" * (len(deflated) % 2)

    def with_data_set(self, data_set: bytes) -> DicomFile:
        return replace(self, data_set=data_set)


def read_file(name: str, raw: bytes) -> DicomFile:
    """Split a well-formed file."""
    part10 = split_part10(raw)
    data_set = part10.data_set
    head = raw[: len(raw) - len(data_set)]
    if part10.transfer_syntax_uid == DEFLATED:
        data_set = zlib.decompressobj(-15).decompress(data_set)
    return DicomFile(name, head, data_set, part10.transfer_syntax_uid)


@dataclass(slots=True)
class _Open:
    part: int
    end: int | None
    fragments: bool


@dataclass(slots=True)
class _Reading:
    data: bytes
    encoding: Encoding
    parts: list[Part] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    at: int = 0


def parts_of(data: bytes, encoding: Encoding) -> list[Part]:
    """Every part in order of its first byte, as far as the structure can be followed."""
    reading = _Reading(data, encoding)
    while True:
        while reading.open and reading.open[-1].end is not None and reading.at >= reading.open[-1].end:
            reading.open.pop()
        if reading.at + 8 > len(data):
            return reading.parts
        group, number = struct.unpack_from(encoding.order + "HH", data, reading.at)
        tag = group << 16 | number
        if not (_delimiter(reading, tag) if group == 0xFFFE else _element(reading, tag)):
            return reading.parts


def _delimiter(reading: _Reading, tag: int) -> bool:
    at, open_ = reading.at, reading.open
    length = struct.unpack_from(reading.encoding.order + "I", reading.data, at + 4)[0]
    value = at + 8
    if tag == ITEM:
        end = len(reading.data) if length == UNDEFINED else min(value + length, len(reading.data))
        fragment = bool(open_) and open_[-1].fragments
        _add(reading, Kind.FRAGMENT if fragment else Kind.ITEM, tag, b"", value, end, 4, length)
        if not fragment:
            open_.append(_Open(len(reading.parts) - 1, None if length == UNDEFINED else value + length, False))
        reading.at = end if fragment else value
        return True
    if tag not in (ITEM_END, SEQUENCE_END) or not open_:
        return False
    _add(reading, Kind.DELIMITER, tag, b"", value, value, 4, length)
    open_.pop()
    reading.at = value
    return True


def _element(reading: _Reading, tag: int) -> bool:
    at, data, order = reading.at, reading.data, reading.encoding.order
    vr, width, value = b"", 4, at + 8
    if not reading.encoding.implicit:
        vr = data[at + 4 : at + 6]
        if vr in LONG_VRS:
            value = at + 12
        else:
            width = 2
    if value > len(data):
        return False
    length = struct.unpack_from(order + ("H" if width == 2 else "I"), data, value - width)[0]
    undefined = length == UNDEFINED
    end = len(data) if undefined else min(value + length, len(data))
    starts_item = data[value : value + 4] == reading.encoding.tag(ITEM)
    holds = vr == b"SQ" or undefined or (not vr and starts_item)
    fragments = undefined and (tag == PIXEL_DATA or vr in (b"OB", b"OW"))
    _add(reading, Kind.SEQUENCE if holds else Kind.ELEMENT, tag, vr, value, end, width, length)
    if holds:
        reading.open.append(_Open(len(reading.parts) - 1, None if undefined else value + length, fragments))
    reading.at = value if holds else end
    return True


def _add(reading: _Reading, kind: Kind, tag: int, vr: bytes, value: int, end: int, width: int, length: int) -> None:
    parents = tuple(each.part for each in reading.open)
    reading.parts.append(Part(kind, tag, vr, reading.at, value, end, width, length, parents))


def replaced(
    data: bytes,
    encoding: Encoding,
    parts: Sequence[Part],
    within: Part,
    start: int,
    end: int,
    new: bytes,
    *,
    mend: bool,
) -> bytes:
    """Put ``new`` in the place of bytes ``start`` to ``end``; ``mend`` corrects the defined lengths around it."""
    out = bytearray(data)
    grown = len(new) - (end - start)
    if mend:
        for number in within.parents:
            parent = parts[number]
            if parent.length != UNDEFINED:
                out[parent.length_at : parent.value] = encoding.number(parent.length + grown, parent.width)
    out[start:end] = new
    return bytes(out)
