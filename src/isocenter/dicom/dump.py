"""A data set as lines for people: what `isocenter show FILE` prints.

The lines are structured, so that a terminal can colour their parts. Nothing in them can steer a terminal: control
characters, and those that turn the direction of writing, are shown as escapes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from isocenter.dicom import sop_class, transfer_syntax
from isocenter.dicom.charset import TEXT_VRS, decode
from isocenter.dicom.dataset import BulkData, DataSet, Element, Fragments
from isocenter.dicom.dictionary import entry, is_private, is_private_creator, private_entry, tag_text
from isocenter.dicom.vr import NUMBER_FORMAT

__all__ = ["DEFAULT_WIDTH", "DumpLine", "dump", "escaped"]

DEFAULT_WIDTH: Final = 96
"""Characters of a value that are shown."""

_BINARY_VRS = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
_HEX_BYTES = 16
_NOT_SHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_NAME_COLUMN = 36
_NO_NAMES = frozenset({"", "Unknown", "?"})


@dataclass(frozen=True, slots=True)
class DumpLine:
    """One element, or the start of one item of a sequence."""

    depth: int
    """Sequences around it."""
    tag: int
    vr: str
    """Empty for an item."""
    length: int
    """Bytes of the value; the number of items of a sequence; the number of elements of an item."""
    name: str
    """Keyword of a standard attribute; for a private one its creator in brackets and, if published, its name."""
    value: str
    """Shortened and safe to print."""

    def __str__(self) -> str:
        """Give the whole line, items and their contents set in."""
        head = f"{'  ' * self.depth}{tag_text(self.tag)} {self.vr or '  '}"
        return f"{head} {self.length:>8} {self.name:<{_NAME_COLUMN}} {self.value}".rstrip()


def dump(data_set: DataSet, *, width: int = DEFAULT_WIDTH) -> Iterator[DumpLine]:
    """List a data set, sequences and all; values are cut to ``width`` characters."""
    yield from _lines(data_set, data_set.character_sets, 0, width)


def escaped(text: str) -> str:
    """Make text safe to print: what has no glyph or moves the cursor is written as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(c) if unicodedata.category(c) in _NOT_SHOWN else c for c in text)


def _lines(data_set: DataSet, inherited: tuple[str, ...], depth: int, width: int) -> Iterator[DumpLine]:
    character_sets = data_set.character_sets or inherited
    creators = _creators(data_set, character_sets)
    for element in data_set.elements():
        name = _name(element.tag, creators)
        value = element.value
        if not isinstance(value, list):
            shown = _shortened(_value(data_set, element, character_sets, width), width)
            yield DumpLine(depth, element.tag, element.vr, _length(element), name, shown)
            continue
        items = "1 item" if len(value) == 1 else f"{len(value)} items"
        yield DumpLine(depth, element.tag, "SQ", len(value), name, items)
        for number, item in enumerate(value, 1):
            yield DumpLine(depth + 1, 0xFFFEE000, "", len(item), "Item", str(number))
            yield from _lines(item, character_sets, depth + 2, width)


def _creators(data_set: DataSet, character_sets: tuple[str, ...]) -> dict[int, str]:
    """Private creators by group and block: 0xGGGGBB (PS3.5 7.8.1)."""
    creators = {}
    for element in data_set.elements():
        if is_private_creator(element.tag) and isinstance(element.value, bytes):
            name = decode(element.value, character_sets, "LO").strip(" \0")
            creators[element.tag >> 16 << 8 | element.tag & 0xFF] = name
    return creators


def _name(tag: int, creators: dict[int, str]) -> str:
    if is_private_creator(tag):
        return "PrivateCreator"
    if not tag & 0xFFFF:
        return "GroupLength"
    if not is_private(tag):
        known = entry(tag)
        return known.keyword or known.name or "Retired" if known is not None else "?"
    creator = creators.get(tag >> 16 << 8 | tag >> 8 & 0xFF)
    if creator is None:
        return "[no creator]"
    published = private_entry(creator, tag)
    label = f"[{escaped(creator)}]"
    return f"{label} {published.name}" if published is not None and published.name not in _NO_NAMES else label


def _length(element: Element) -> int:
    value = element.value
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, Fragments):
        return sum(map(len, value.items))
    return value.length if isinstance(value, BulkData) else len(value)


def _value(data_set: DataSet, element: Element, character_sets: tuple[str, ...], width: int) -> str:
    value = element.value
    if isinstance(value, BulkData):
        what = "encapsulated, " if value.encapsulated else ""
        return f"<{what}{value.length} bytes from {value.offset}>"
    if isinstance(value, Fragments):
        return f"<encapsulated, {len(value.items)} fragments>"
    if not isinstance(value, bytes) or not value:
        return ""
    vr = element.vr
    if vr in TEXT_VRS:
        return decode(value[: width * 8], character_sets, vr).rstrip(" \0")
    if vr == "AT":
        return "\\".join(_tags(value[: width * 8]))
    if vr in _BINARY_VRS:
        return _bytes(value)
    if vr in NUMBER_FORMAT:
        return "\\".join(f"{number:.7g}" if vr == "FL" else str(number) for number in data_set.numbers(element.tag))
    text = value[: width * 8].decode("ascii", "replace").rstrip(" \0")
    return f"{text} ({_uid_name(text)})" if vr == "UI" and _uid_name(text) else text


def _tags(raw: bytes) -> list[str]:
    pairs = (raw[at : at + 4] for at in range(0, len(raw) - 3, 4))
    return [tag_text(int.from_bytes(p[:2], "little") << 16 | int.from_bytes(p[2:], "little")) for p in pairs]


def _bytes(raw: bytes) -> str:
    """Text where bytes are plainly text, as UN often is; else the first bytes in hexadecimal."""
    head = raw[:DEFAULT_WIDTH].rstrip(b" \0")
    if head and head.isascii() and head.decode("ascii").isprintable():
        return f'"{head.decode("ascii")}"'
    shown = raw[:_HEX_BYTES].hex(" ")
    return f"{shown} …" if len(raw) > _HEX_BYTES else shown


def _uid_name(uid: str) -> str:
    known = sop_class.SOP_CLASSES.get(uid)
    if known is not None:
        return known.name
    syntax = transfer_syntax.lookup(uid)
    return syntax.name if syntax is not None else ""


def _shortened(text: str, width: int) -> str:
    shown = escaped(text)
    return shown if len(shown) <= width else f"{shown[: max(width - 1, 0)]}…"


def _escape(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
