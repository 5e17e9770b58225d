"""Collects what the engine reports into a `WalkResult`."""

from __future__ import annotations

from array import array
from typing import Final

from isocenter.dicom.byte_order import swapped
from isocenter.dicom.dictionary import implicit_vr
from isocenter.dicom.transfer_syntax import TransferSyntax
from isocenter.dicom.vr import KNOWN
from isocenter.dicom.walk.limits import WalkLimits
from isocenter.dicom.walk.result import PixelData
from isocenter.errors import LimitExceeded

__all__ = ["PIXEL_TAGS", "Recorder", "vr_text"]

_VR_TEXT: Final = {vr.encode(): vr for vr in KNOWN}
PIXEL_TAGS: Final = frozenset([0x7FE00008, 0x7FE00009, 0x7FE00010])

IMAGE_STARTS: Final = frozenset([b"\xff\xd8", b"\xff\x4f", b"\xff\x0a"])
"""How a JPEG or JPEG-LS image, a JPEG 2000 codestream, a JPEG XL codestream begin."""


def vr_text(vr: bytes, tag: int) -> str:
    """Name the VR that an element came with, or the dictionary's when it came without."""
    if not vr:
        known = implicit_vr(tag)
        return known if known != "SQ" else "UN"  # one with items would be no plain value
    return _VR_TEXT.get(vr) or vr.decode("ascii")


class Recorder:
    """Keeps the values that were asked for and where pixel data and its fragments lie."""

    __slots__ = (
        "_big",
        "_fragmented",
        "_kept",
        "_limits",
        "fragment_lengths",
        "fragment_starts",
        "header_length",
        "image_starts",
        "items",
        "offset_table",
        "oversized",
        "pixel_data",
        "values",
        "vrs",
    )

    def __init__(self, syntax: TransferSyntax, limits: WalkLimits) -> None:
        self._big = syntax.big_endian
        self._limits = limits
        self._kept = 0
        self._fragmented = 0
        """The element whose fragments are counted; 0 for none or one that is of no interest."""
        self.values: dict[int, bytes] = {}
        self.vrs: dict[int, str] = {}
        self.items: dict[tuple[int, int], list[bytes]] = {}
        self.pixel_data: PixelData | None = None
        self.header_length: int | None = None
        self.offset_table: bytes | None = b""
        self.fragment_starts: array[int] = array("Q")
        self.fragment_lengths: array[int] = array("Q")
        self.image_starts: array[int] = array("Q")
        """Numbers of the fragments that begin like a compressed image."""
        self.oversized = False

    def value(self, tag: int, vr: bytes, raw: bytes, parent: int) -> None:
        """Keep a value."""
        self._kept += len(raw)
        if self._kept > self._limits.kept:
            raise LimitExceeded(f"the values asked for are longer than {self._limits.kept} bytes", tag=tag)
        text = vr_text(vr, tag)
        if self._big and vr:  # without a VR it lies in UN, which is little endian (PS3.5 6.2.2)
            raw = swapped(raw, text)
        if parent:
            self.items.setdefault((parent, tag), []).append(raw)
        else:
            self.values[tag] = raw
            self.vrs[tag] = text

    def left(self, tag: int, vr: bytes, element: int, start: int, length: int, parent: int) -> None:
        """Note native pixel data, or a value that is too long to keep."""
        if tag in PIXEL_TAGS:
            self.header_length = element
            self.pixel_data = PixelData(tag, vr_text(vr, tag), start, length, encapsulated=False)
        else:
            self.oversized = True

    def begin_sequence(self, tag: int, vr: bytes) -> None:
        """Nothing to note."""

    def end_sequence(self) -> None:
        """Nothing to note."""

    def begin_item(self) -> None:
        """Nothing to note."""

    def end_item(self) -> None:
        """Nothing to note."""

    def begin_fragments(self, tag: int, vr: bytes, element: int, start: int, parent: int) -> None:
        """Note where encapsulated pixel data starts; that of an icon inside a sequence is of no interest."""
        self._fragmented = tag if not parent and tag in PIXEL_TAGS else 0
        if self._fragmented:
            self.header_length = element
            self.pixel_data = PixelData(tag, vr_text(vr, tag) if vr else "OB", start, 0, encapsulated=True)
            self.fragment_starts = array("Q")
            self.fragment_lengths = array("Q")
            self.image_starts = array("Q")

    def fragment(self, start: int, length: int, raw: bytes) -> None:
        """Note where a fragment lies; the first item is the basic offset table."""
        if not self._fragmented:
            return
        if not self.fragment_starts:
            self.offset_table = raw if len(raw) == length else None
        elif raw in IMAGE_STARTS:
            self.image_starts.append(len(self.fragment_starts) - 1)
        self.fragment_starts.append(start)
        self.fragment_lengths.append(length)

    def end_fragments(self, end: int) -> None:
        """Note where encapsulated pixel data ends."""
        found = self.pixel_data
        if self._fragmented and found is not None:
            self.pixel_data = PixelData(found.tag, found.vr, found.offset, end - found.offset, encapsulated=True)
        self._fragmented = 0
