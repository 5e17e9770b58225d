"""From pixel data and its description to the place of every frame (PS3.3 C.7.6.3, C.7.6.6; PS3.5 A.4)."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from isocenter.dicom.frames import FrameTable
from isocenter.dicom.transfer_syntax import TransferSyntax
from isocenter.dicom.walk import oddity
from isocenter.dicom.walk.recorder import Recorder

__all__ = ["DESCRIPTION_TAGS", "OFFSET_TABLE_TAGS", "locate_frames"]

_SAMPLES_PER_PIXEL, _PHOTOMETRIC_INTERPRETATION = 0x00280002, 0x00280004
_NUMBER_OF_FRAMES, _ROWS, _COLUMNS, _BITS_ALLOCATED = 0x00280008, 0x00280010, 0x00280011, 0x00280100
_EXTENDED_OFFSET_TABLE: Final = 0x7FE00001
_EXTENDED_OFFSET_TABLE_LENGTHS: Final = 0x7FE00002

DESCRIPTION_TAGS: Final = frozenset(
    [
        _SAMPLES_PER_PIXEL,
        _PHOTOMETRIC_INTERPRETATION,
        _NUMBER_OF_FRAMES,
        _ROWS,
        _COLUMNS,
        _BITS_ALLOCATED,
    ]
)
"""What must be kept of a data set to tell how long a frame is."""

OFFSET_TABLE_TAGS: Final = frozenset([_EXTENDED_OFFSET_TABLE, _EXTENDED_OFFSET_TABLE_LENGTHS])

_HALF_CHROMA: Final = frozenset([b"YBR_FULL_422", b"YBR_PARTIAL_422"])
"""Two pixels share their chroma: two samples a pixel, not three (PS3.3 C.7.6.3.1.2)."""

Located = tuple[FrameTable, "str | None"]
"""The table, and what was odd."""


@dataclass(frozen=True, slots=True)
class Description:
    """The attributes that say how long a frame is."""

    rows: int
    columns: int
    samples_per_pixel: int
    bits_allocated: int
    number_of_frames: int
    photometric_interpretation: bytes

    @classmethod
    def of(cls, values: Mapping[int, bytes]) -> Description:
        """Read them from raw little endian values; what is missing counts as 0, but one sample and one frame."""
        return cls(
            rows=_unsigned(values.get(_ROWS)) or 0,
            columns=_unsigned(values.get(_COLUMNS)) or 0,
            samples_per_pixel=_unsigned(values.get(_SAMPLES_PER_PIXEL)) or 1,
            bits_allocated=_unsigned(values.get(_BITS_ALLOCATED)) or 0,
            number_of_frames=_decimal(values.get(_NUMBER_OF_FRAMES)),
            photometric_interpretation=values.get(_PHOTOMETRIC_INTERPRETATION, b"").strip(b" \0"),
        )

    @property
    def frame_bits(self) -> int:
        """Bits of one native frame; frames of single bits follow one another without padding (PS3.5 8.1.1)."""
        samples = self.samples_per_pixel
        bits = self.rows * self.columns * self.bits_allocated
        if samples == 3 and self.photometric_interpretation in _HALF_CHROMA:
            return bits * 2
        return bits * samples


@dataclass(frozen=True, slots=True)
class Encapsulated:
    """Fragments as they were found: the first item is the basic offset table."""

    starts: array[int]
    lengths: array[int]
    end: int
    offset_table: bytes | None
    """None when it was too long to keep."""
    image_starts: array[int]
    """Numbers of the fragments that begin like a compressed image."""
    extended_offsets: bytes
    extended_lengths: bytes


def locate_frames(found: Recorder, syntax: TransferSyntax) -> Located:
    """Find the frames of the pixel data that was recorded; the one to call when there is any.

    Video is one stream over all fragments, in which frames cannot be told apart: no table, and nothing odd.
    """
    pixel_data = found.pixel_data
    if pixel_data is None:
        return FrameTable(), None
    description = Description.of(found.values)
    inflated = syntax.deflated
    if not pixel_data.encapsulated:
        return native_frames(description, pixel_data.offset, pixel_data.length, inflated=inflated)
    if syntax.video:
        return FrameTable(), None
    encapsulated = Encapsulated(
        starts=found.fragment_starts,
        lengths=found.fragment_lengths,
        end=pixel_data.offset + pixel_data.length,
        offset_table=found.offset_table,
        image_starts=found.image_starts,
        extended_offsets=found.values.get(_EXTENDED_OFFSET_TABLE, b""),
        extended_lengths=found.values.get(_EXTENDED_OFFSET_TABLE_LENGTHS, b""),
    )
    return encapsulated_frames(encapsulated, description.number_of_frames)


def native_frames(description: Description, start: int, length: int, *, inflated: bool) -> Located:
    """Divide native pixel data evenly, when the description fits its length and frames begin at whole bytes."""
    bits, count = description.frame_bits, description.number_of_frames
    if not bits or not length:
        return FrameTable(), oddity.FRAMES_UNKNOWN
    whole = (bits * count + 7) // 8
    if whole > length:
        return FrameTable(), oddity.PIXEL_DATA_SHORT
    note = oddity.PIXEL_DATA_LONG if length > whole + 1 else None
    if bits % 8 and count > 1:
        return FrameTable(), note or oddity.FRAMES_UNKNOWN
    return FrameTable.uniform(start, (bits + 7) // 8, count, inflated=inflated), note


def encapsulated_frames(found: Encapsulated, count: int) -> Located:
    """Find frames by the extended table, the basic table, one fragment a frame, where images begin, or as the only one.

    In this order. A table that does not point at fragments is noted and not used.
    """
    starts = found.starts[1:]
    if not starts:
        return FrameTable(), oddity.FRAMES_UNKNOWN
    note = None
    if found.extended_offsets:
        if _extended_fits(found, starts, count):
            return _spans(starts, range(len(starts)), found.end), None
        note = oddity.BAD_OFFSET_TABLE
    if found.offset_table or found.offset_table is None:
        firsts = _first_fragments(found.offset_table or b"", starts, count)
        if firsts is not None:
            return _spans(starts, firsts, found.end), note
        note = oddity.BAD_OFFSET_TABLE
    if len(starts) == count:
        return _spans(starts, range(count), found.end), note
    if len(found.image_starts) == count and found.image_starts[0] == 0:
        return _spans(starts, found.image_starts, found.end), note
    if count == 1 and note is None:
        return _spans(starts, range(1), found.end), None
    return FrameTable(), note or oddity.FRAMES_UNKNOWN


def _extended_fits(found: Encapsulated, starts: array[int], count: int) -> bool:
    """Check that each entry is one fragment (PS3.3 C.7.6.3.1.8)."""
    if not len(found.extended_offsets) == len(found.extended_lengths) == 8 * count == 8 * len(starts):
        return False
    base = starts[0]
    offsets = _numbers("Q", found.extended_offsets)
    lengths = _numbers("Q", found.extended_lengths)
    at_fragments = all(offset == start - base for offset, start in zip(offsets, starts, strict=True))
    return at_fragments and all(length <= held for length, held in zip(lengths, found.lengths[1:], strict=True))


def _first_fragments(table: bytes, starts: array[int], count: int) -> list[int] | None:
    """The number of each frame's first fragment by the basic offset table; None when the table is wrong."""
    if len(table) != 4 * count:
        return None
    base = starts[0]
    firsts: list[int] = []
    at = 0
    for offset in _numbers("I", table):
        while at < len(starts) and starts[at] - base < offset:
            at += 1
        if at == len(starts) or starts[at] - base != offset or (firsts and firsts[-1] == at):
            return None
        firsts.append(at)
    return firsts if firsts[0] == 0 else None


def _spans(starts: array[int], firsts: Sequence[int], end: int) -> FrameTable:
    offsets = array("Q", [starts[first] for first in firsts])
    lengths = array("Q", [after - offset for offset, after in pairwise(offsets)])
    lengths.append(end - offsets[-1])
    return FrameTable.listed(offsets, lengths)


def _numbers(letter: str, raw: bytes) -> array[int]:
    numbers = array(letter, raw)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _unsigned(raw: bytes | None) -> int | None:
    return int.from_bytes(raw[:2], "little") if raw else None


def _decimal(raw: bytes | None) -> int:
    """Number of Frames is a decimal string; nonsense counts as one frame, as its absence does."""
    text = (raw or b"").split(b"\\", 1)[0].strip(b" \0")
    return max(1, int(text)) if text.isdigit() and len(text) <= 12 else 1
