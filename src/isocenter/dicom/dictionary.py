"""What a tag means: VR, multiplicity, keyword and name (PS3.6 chapters 6 to 8, and private dictionaries).

The tables are pydicom's, loaded on first use from their two files alone: importing the pydicom package would cost
most of a second and pull in its parser. Attributes that are newer than them come from ``_dictionary_additions``.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from types import ModuleType

from isocenter.dicom._dictionary_additions import ADDITIONS
from isocenter.errors import ConfigurationError

__all__ = [
    "Entry",
    "entry",
    "implicit_vr",
    "is_private",
    "is_private_creator",
    "keyword_of",
    "private_entry",
    "sequence_tags",
    "tag_for",
    "tag_text",
]

_Row = tuple[str, str, str, str, str]

_AMBIGUOUS_VRS = {
    # PS3.5 A.1: pixel, overlay and curve data are OW in implicit VR little endian.
    "OB or OW": "OW",
    # LUT data: the bytes are the same either way; OW keeps a table of any length in one value.
    "US or OW": "OW",
    "US or SS or OW": "OW",
    "US or SS": "US",
    # Items and delimiters have no VR.
    "NONE": "",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the data dictionary."""

    vr: str
    """As the standard prints it, so ``US or SS`` where it depends; empty for items and delimiters."""
    vm: str
    keyword: str
    """Empty for a private element or a blank retired one."""
    name: str
    retired: bool


def entry(tag: int) -> Entry | None:
    """Look up a standard tag; None when the dictionary does not know it (or it is private)."""
    row = _rows().get(tag) or _repeater_row(tag)
    return _entry(row) if row is not None else None


def keyword_of(tag: int) -> str:
    """Give the keyword of a tag, or an empty string."""
    row = _rows().get(tag) or _repeater_row(tag)
    return row[4] if row is not None else ""


def tag_for(keyword: str) -> int | None:
    """Find the tag of a keyword; None when there is none (repeating groups have no single tag)."""
    return _keywords().get(keyword)


def implicit_vr(tag: int, pixel_representation: int = 0) -> str:
    """Choose the VR of an element that came without one (PS3.5 7.1.3, A.1, 6.2.2).

    Where the dictionary offers US or SS, Pixel Representation of the same data set decides. Private creators are LO,
    group lengths UL, everything unknown UN.
    """
    row = _rows().get(tag)
    if row is None:
        if not tag & 0xFFFF:
            return "UL"
        if tag & 0x10000:
            return "LO" if is_private_creator(tag) else "UN"
        row = _repeater_row(tag)
        if row is None:
            return "UN"
    vr = row[0]
    if len(vr) == 2:
        return vr
    if pixel_representation == 1 and vr == "US or SS":
        return "SS"
    return _AMBIGUOUS_VRS.get(vr, "UN")


def private_entry(creator: str, tag: int) -> Entry | None:
    """Look up a private element by its private creator; None when nobody published it.

    The block number of the tag (PS3.5 7.8.1) does not matter.
    """
    rows = _private_rows().get(creator.strip())
    if rows is None:
        return None
    text = f"{tag:08X}"
    for key in (text, f"{text[:4]}xx{text[6:]}", f"{text[:2]}xxxx{text[6:]}"):
        row = rows.get(key)
        if row is not None:
            return Entry(vr=row[0], vm=row[1], keyword="", name=row[2], retired=bool(row[3]))
    return None


@cache
def sequence_tags() -> frozenset[int]:
    """All standard tags whose VR is SQ, those of repeating groups included."""
    repeated = {
        tag
        for rows in _repeaters().values()
        for mask, wanted, row in rows
        if row[0] == "SQ"
        for tag in range(wanted, wanted + 0x01000000, 0x00020000)
        if tag & mask == wanted
    }
    return frozenset(repeated | {tag for tag, row in _rows().items() if row[0] == "SQ"})


def is_private(tag: int) -> bool:
    """Tell a private element: its group is odd (PS3.5 7.8)."""
    return bool(tag & 0x10000)


def is_private_creator(tag: int) -> bool:
    """Tell a private creator: (odd group, 0010 to 00FF), PS3.5 7.8.1."""
    return bool(tag & 0x10000) and 0x10 <= (tag & 0xFFFF) <= 0xFF


def tag_text(tag: int) -> str:
    """Write a tag as people do: ``(0010,0020)``."""
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


@lru_cache(maxsize=8192)
def _entry(row: _Row) -> Entry:
    vr = "" if row[0] == "NONE" else row[0]
    return Entry(vr=vr, vm=row[1], keyword=row[4], name=row[2], retired=bool(row[3]))


@cache
def _rows() -> Mapping[int, _Row]:
    return {**ADDITIONS, **_table("_dicom_dict").DicomDictionary}


@cache
def _keywords() -> Mapping[str, int]:
    return {row[4]: tag for tag, row in _rows().items() if row[4]}


@cache
def _repeaters() -> Mapping[int, tuple[tuple[int, int, _Row], ...]]:
    """Masked rows by the high byte of the group: (mask, wanted bits, row)."""
    by_group: dict[int, list[tuple[int, int, _Row]]] = {}
    for pattern, row in _table("_dicom_dict").RepeatersDictionary.items():
        mask = int("".join("0" if digit == "x" else "F" for digit in pattern), 16)
        wanted = int(pattern.replace("x", "0"), 16)
        by_group.setdefault(wanted >> 24, []).append((mask, wanted, row))
    return {group: tuple(rows) for group, rows in by_group.items()}


def _repeater_row(tag: int) -> _Row | None:
    if tag & 0x10000:  # PS3.5 7.6: repeating groups are even; an odd group is private
        return None
    for mask, wanted, row in _repeaters().get(tag >> 24, ()):
        if tag & mask == wanted:
            return row
    return None


@cache
def _private_rows() -> Mapping[str, Mapping[str, tuple[str, str, str, str]]]:
    tables: Mapping[str, Mapping[str, tuple[str, str, str, str]]]
    tables = _table("_private_dict").private_dictionaries
    return tables


def _table(name: str) -> ModuleType:
    """Load one table file of pydicom without importing pydicom."""
    package = importlib.util.find_spec("pydicom")
    if package is None or package.origin is None:
        raise ConfigurationError("pydicom, which supplies the data dictionary, is not installed")
    spec = importlib.util.spec_from_file_location(
        f"isocenter_pydicom_{name}", Path(package.origin).with_name(f"{name}.py")
    )
    if spec is None or spec.loader is None:
        raise ConfigurationError(f"pydicom's table {name} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
