"""What a walk found."""

from __future__ import annotations

from dataclasses import dataclass, field

from isocenter.dicom.frames import FrameTable

__all__ = ["PixelData", "WalkResult"]


@dataclass(frozen=True, slots=True)
class PixelData:
    """The pixel data element at the top level: (7FE0,0010), or (7FE0,0008), (7FE0,0009) for floating point.

    ``offset`` and ``length`` are those of the value; for encapsulated data of its items, the basic offset table
    included and the sequence delimiter not.
    """

    tag: int
    vr: str
    offset: int
    length: int
    encapsulated: bool


@dataclass(frozen=True, slots=True)
class WalkResult:
    """What one pass over a data set gives; offsets are bytes from its start, of the inflated one if deflated."""

    values: dict[int, bytes] = field(default_factory=dict)
    """Top-level values that were asked for, as stored, binary numbers in little endian."""
    vrs: dict[int, str] = field(default_factory=dict)
    """Their VRs; from the dictionary when the encoding gives none."""
    items: dict[tuple[int, int], list[bytes]] = field(default_factory=dict)
    """Values in the items of top-level sequences that were asked for, by (sequence, element)."""
    character_set: tuple[str, ...] = ()
    """Defined terms of Specific Character Set (0008,0005) at the top level."""
    pixel_data: PixelData | None = None
    frames: FrameTable = field(default_factory=FrameTable)
    header_length: int = 0
    """Where the pixel data element starts, or where the last element ends when there is none."""
    size: int = 0
    """Bytes of the data set as received."""
    inflated_size: int = 0
    """Bytes after inflating; equal to ``size`` when nothing was deflated."""
    deflated: bool = False
    elements: int = 0
    """Elements at all levels."""
    oddities: tuple[str, ...] = ()
    """What was odd and yet whole, as words of `isocenter.dicom.walk.oddity`, sorted."""
