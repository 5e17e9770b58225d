"""Where each frame of a pixel data element lies, in a form that is small in memory and in the index."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import Struct
from typing import Final

from isocenter.errors import DataSetError

__all__ = ["FrameTable", "fragments_of"]

_HEADER: Final = Struct("<BQQQ")
_ITEM: Final = Struct("<HHI")
_UNIFORM, _TOUCHING, _LISTED = 1, 2, 3
_INFLATED: Final = 0x80
_NARROW: Final = 0x40
"""Lengths are written in four bytes each, not eight."""


def _empty() -> array[int]:
    return array("Q")


@dataclass(frozen=True, slots=True)
class FrameTable:
    """A sequence of (offset, length), one for each frame, in bytes from the start of the data set.

    A frame of encapsulated pixel data is the span of its fragments with their item headers; `fragments_of`
    takes those off. An empty table means that there are no frames or that they cannot be told apart.
    """

    first: int = 0
    """Offset of the first frame, when all have one length."""
    length: int = 0
    """That one length."""
    count: int = 0
    inflated: bool = False
    """Offsets refer to the inflated data set, so a frame cannot be read as a range of the stored bytes."""
    offsets: array[int] = field(default_factory=_empty)
    """Empty when frames have one length and follow one another."""
    lengths: array[int] = field(default_factory=_empty)

    @classmethod
    def uniform(cls, first: int, length: int, count: int, *, inflated: bool = False) -> FrameTable:
        """Frames of one length, one after another, as native pixel data has them."""
        return cls(first, length, count, inflated)

    @classmethod
    def listed(cls, offsets: array[int], lengths: array[int], *, inflated: bool = False) -> FrameTable:
        """Frames given one by one; both arrays are of type ``Q``."""
        return cls(0, 0, len(offsets), inflated, offsets, lengths)

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[int, int]:
        if index < 0:
            index += self.count
        if not 0 <= index < self.count:
            raise IndexError("no such frame")
        if self.offsets:
            return self.offsets[index], self.lengths[index]
        return self.first + index * self.length, self.length

    def __iter__(self) -> Iterator[tuple[int, int]]:
        if self.offsets:
            return zip(self.offsets, self.lengths, strict=True)
        return ((self.first + index * self.length, self.length) for index in range(self.count))

    def pack(self) -> bytes:
        """Write the table compactly: 25 bytes for native frames, else 4 to 16 bytes a frame; empty for none."""
        if not self.count:
            return b""
        flags = _INFLATED if self.inflated else 0
        if not self.offsets:
            return _HEADER.pack(_UNIFORM | flags, self.count, self.first, self.length)
        if max(self.lengths) <= 0xFFFFFFFF:
            flags |= _NARROW
        lengths = _to_bytes(self.lengths, narrow=bool(flags & _NARROW))
        if self._touching():
            return _HEADER.pack(_TOUCHING | flags, self.count, self.offsets[0], 0) + lengths
        offsets = _to_bytes(self.offsets, narrow=False)
        return _HEADER.pack(_LISTED | flags, self.count, 0, 0) + lengths + offsets

    @classmethod
    def unpack(cls, packed: bytes) -> FrameTable:
        """Read what `pack` wrote; raises DataSetError when it is something else."""
        if not packed:
            return cls()
        if len(packed) < _HEADER.size:
            raise DataSetError("a packed frame table is cut short")
        flags, count, first, length = _HEADER.unpack_from(packed)
        inflated = bool(flags & _INFLATED)
        kind = flags & 0x0F
        if kind == _UNIFORM:
            return cls.uniform(first, length, count, inflated=inflated)
        width = 4 if flags & _NARROW else 8
        split = _HEADER.size + count * width
        expected = split + (count * 8 if kind == _LISTED else 0)
        if kind not in (_TOUCHING, _LISTED) or len(packed) != expected:
            raise DataSetError("a packed frame table is not of this form")
        lengths = _from_bytes(packed[_HEADER.size : split], width)
        offsets = _from_bytes(packed[split:], 8) if kind == _LISTED else _running(first, lengths)
        return cls.listed(offsets, lengths, inflated=inflated)

    def _touching(self) -> bool:
        return self.offsets == _running(self.offsets[0], self.lengths)


def fragments_of(span: bytes | memoryview) -> list[memoryview]:
    """Split the span of a frame of encapsulated pixel data into its fragments, without copying (PS3.5 A.4).

    Raises DataSetError when the span is not made of whole items.
    """
    view = memoryview(span)
    fragments: list[memoryview] = []
    pos = 0
    while pos < len(view):
        if pos + 8 > len(view):
            raise DataSetError("a fragment is cut short", offset=pos)
        group, element, length = _ITEM.unpack_from(view, pos)
        pos += 8
        if (group, element) != (0xFFFE, 0xE000) or pos + length > len(view):
            raise DataSetError("a frame is not made of whole fragments", offset=pos)
        fragments.append(view[pos : pos + length])
        pos += length
    return fragments


def _running(first: int, lengths: array[int]) -> array[int]:
    """Offsets of spans that touch one another."""
    offsets = _empty()
    for length in lengths:
        offsets.append(first)
        first += length
    return offsets


def _to_bytes(numbers: array[int], *, narrow: bool) -> bytes:
    written = array("I", numbers) if narrow else array("Q", numbers)
    if sys.byteorder == "big":
        written.byteswap()
    return written.tobytes()


def _from_bytes(raw: bytes, width: int) -> array[int]:
    read = array("I" if width == 4 else "Q", raw)
    if sys.byteorder == "big":
        read.byteswap()
    return read if width == 8 else array("Q", read)
