"""The data set as a value: tags, elements and what they hold; knows no transfer syntax."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from isocenter.dicom.charset import decode_values, encode
from isocenter.dicom.vr import BY_CHARACTER_SET, NUMBER_FORMAT, SINGLE_TEXT
from isocenter.errors import DataSetError

__all__ = ["BulkData", "DataSet", "Element", "Fragments", "Input", "Value"]

SPECIFIC_CHARACTER_SET = 0x00080005


@dataclass(frozen=True, slots=True)
class BulkData:
    """A long value that was left where it is.

    ``offset`` and ``length`` are bytes from the start of the data set (of the inflated one for a deflated
    transfer syntax). When ``encapsulated``, the range holds the items, without the sequence delimiter.
    """

    offset: int
    length: int
    encapsulated: bool = False


@dataclass(frozen=True, slots=True)
class Fragments:
    """Encapsulated pixel data (PS3.5 A.4): the basic offset table as stored, then the fragments."""

    offset_table: bytes
    items: tuple[bytes, ...]


Value: TypeAlias = "bytes | list[DataSet] | Fragments | BulkData"
"""What an element holds: raw bytes in little endian, items, fragments, or a place."""

Input: TypeAlias = (
    "str | bytes | int | float | DataSet | Sequence[str] | Sequence[int] | Sequence[float] | Sequence[DataSet] | None"
)
"""What `DataSet.set` takes."""


@dataclass(frozen=True, slots=True)
class Element:
    """One data element; binary numbers in ``value`` are little endian whatever the source was."""

    tag: int
    vr: str
    value: Value


class DataSet(Mapping[int, Element]):
    """An ordered mapping of tag to `Element`; it iterates in ascending tag order (PS3.5 7.1).

    Text is decoded and encoded by the data set's own Specific Character Set, else by that of the enclosing
    data set (PS3.5 7.5.3), which ``character_sets`` gives when an item is made on its own.
    """

    __slots__ = ("_elements", "_inherited")

    def __init__(self, elements: Iterable[Element] = (), *, character_sets: Sequence[str] = ()) -> None:
        self._elements: dict[int, Element] = {element.tag: element for element in elements}
        self._inherited = tuple(character_sets)

    # Mapping

    def __getitem__(self, tag: int) -> Element:
        return self._elements[tag]

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(self._elements))

    def __len__(self) -> int:
        return len(self._elements)

    def __contains__(self, tag: object) -> bool:
        return tag in self._elements

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DataSet) and self._elements == other._elements

    __hash__ = None  # type: ignore[assignment]  # mutable

    def __repr__(self) -> str:
        return f"<DataSet of {len(self)} elements>"  # never the values: they name a patient

    def elements(self) -> list[Element]:
        """The elements in ascending tag order."""
        held = self._elements
        return [held[tag] for tag in sorted(held)]

    # Reading

    @property
    def character_sets(self) -> tuple[str, ...]:
        """The defined terms in force here: Specific Character Set (0008,0005), own or inherited."""
        element = self._elements.get(SPECIFIC_CHARACTER_SET)
        if element is None or not isinstance(element.value, bytes):
            return self._inherited
        text = element.value.decode("latin-1").strip(" \0")
        return tuple(term.strip(" \0") for term in text.split("\\")) if text else ()

    def raw(self, tag: int) -> bytes:
        """The bytes of a value; empty when absent, or when it is no plain value."""
        element = self._elements.get(tag)
        return element.value if element is not None and isinstance(element.value, bytes) else b""

    def text(self, tag: int) -> str:
        """The first value as text without padding; empty when absent."""
        values = self.texts(tag)
        return values[0] if values else ""

    def texts(self, tag: int) -> list[str]:
        """All values as text without padding, numbers in decimal; an empty list when absent or empty."""
        element = self._elements.get(tag)
        if element is None or not isinstance(element.value, bytes) or not element.value:
            return []
        vr = element.vr
        if vr in NUMBER_FORMAT:
            return [str(number) for number in self.numbers(tag)]
        parts = decode_values(element.value, self.character_sets, vr)
        if vr in SINGLE_TEXT:
            return [parts[0].rstrip(" \0")]
        stripped = [part.strip(" \0") for part in parts]
        return stripped if stripped != [""] else []

    def uid(self, tag: int) -> str:
        """The first value as a UID without padding; empty when absent."""
        return self.raw(tag).split(b"\\", 1)[0].decode("latin-1").strip(" \0")

    def integer(self, tag: int) -> int | None:
        """The first value as an integer; None when absent, empty or no number."""
        numbers = self.numbers(tag)
        return int(numbers[0]) if numbers and numbers[0] == numbers[0] // 1 else None

    def numbers(self, tag: int) -> list[int | float]:
        """All values as numbers, from binary VRs and from IS and DS; what is no number is left out."""
        element = self._elements.get(tag)
        if element is None or not isinstance(element.value, bytes):
            return []
        letter = NUMBER_FORMAT.get(element.vr)
        raw = element.value
        if letter is not None:
            count = len(raw) // struct.calcsize("<" + letter)
            return list(struct.unpack_from(f"<{count}{letter}", raw))
        return [number for part in raw.split(b"\\") if (number := _number(part)) is not None]

    def items_of(self, tag: int) -> list[DataSet]:
        """The items of a sequence; an empty list when absent or no sequence."""
        element = self._elements.get(tag)
        return element.value if element is not None and isinstance(element.value, list) else []

    # Changing

    def put(self, element: Element) -> None:
        """Set an element, in place of one with the same tag."""
        self._elements[element.tag] = element

    def remove(self, tag: int) -> None:
        """Take an element out; nothing happens when it is absent."""
        self._elements.pop(tag, None)

    def set(self, tag: int, vr: str, value: Input) -> None:
        """Set a value from text, numbers, items or raw bytes.

        Text is encoded by `character_sets`, so set (0008,0005) first; several values are given as a list.
        Raises DataSetError when text cannot be said in the character set or a number does not fit the VR.
        """
        self._elements[tag] = Element(tag, vr, encode_value(vr, value, self.character_sets))


def encode_value(vr: str, value: Input, character_sets: Sequence[str]) -> bytes | list[DataSet]:
    """One value, or several, as the raw little endian bytes of a VR, padded to even length (PS3.5 6.2)."""
    if isinstance(value, bytes):
        return value
    values = [value] if isinstance(value, (str, int, float, DataSet)) else list(value or ())
    if vr == "SQ":
        return [item for item in values if isinstance(item, DataSet)]
    if vr == "AT":
        tags = [v if isinstance(v, int) else int(str(v), 16) for v in values]
        return b"".join(struct.pack("<HH", tag >> 16, tag & 0xFFFF) for tag in tags)
    letter = NUMBER_FORMAT.get(vr)
    if letter is not None:
        try:
            return struct.pack(f"<{len(values)}{letter}", *values)
        except struct.error as error:
            raise DataSetError(f"a value does not fit VR {vr}: {error}") from None
    text = "\\".join(str(v) for v in values)
    raw = encode(text, character_sets, vr) if vr in BY_CHARACTER_SET else _default_repertoire(text, vr)
    return raw + (b"\0" if vr == "UI" else b" ") if len(raw) & 1 else raw


def _default_repertoire(text: str, vr: str) -> bytes:
    try:
        return text.encode("ascii")
    except UnicodeEncodeError:
        raise DataSetError(f"VR {vr} takes characters of the default repertoire only") from None


def _number(part: bytes) -> int | float | None:
    text = part.strip(b" \0")
    if b"_" in text:  # Python's digit separator is no part of DS or IS
        return None
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return None
