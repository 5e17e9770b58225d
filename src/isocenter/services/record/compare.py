"""Compares two objects that bear the same SOP Instance UID; only called when their bytes differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from isocenter.dicom.dataset import read_data_set
from isocenter.dicom.json_model import to_json
from isocenter.dicom.walk import PixelData

__all__ = ["Compared", "Rendition", "compare"]

_ENCODING_TAGS = frozenset({"00080005", "00280004", "00280006", "00282110", "00282112", "00282114", "FFFCFFFC"})
"""Elements that change with the encoding alone: character set, photometric interpretation, planar configuration, the
record of lossy compression, trailing padding."""
_PIXEL_TAGS = frozenset({"7FE00010", "7FE00008", "7FE00009", "7FE00001", "7FE00002"})
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Rendition:
    """One object's data set: read by ranges, so that a large one is never held in memory."""

    transfer_syntax_uid: str
    header_length: int
    pixel_data: PixelData | None
    read: Callable[[int, int], bytes]
    """Gives the bytes from start to stop of the data set."""


@dataclass(frozen=True, slots=True)
class Compared:
    """How two objects differ; ``same_pixels`` is None when only decoding could tell."""

    same_metadata: bool
    same_pixels: bool | None
    same_patient: bool


def compare(first: Rendition, second: Rendition) -> Compared:
    """Compare headers as values, whatever their encoding, and pixel data as bytes."""
    one, two = _metadata(first), _metadata(second)
    return Compared(
        same_metadata=one == two,
        same_pixels=_same_pixels(first, second),
        same_patient=all(one.get(tag) == two.get(tag) for tag in ("00100020", "00100021")),
    )


def _metadata(rendition: Rendition) -> dict[str, Any]:  # Any: DICOM JSON
    header = rendition.read(0, rendition.header_length)
    model = to_json(read_data_set(header, rendition.transfer_syntax_uid))
    return {tag: value for tag, value in model.items() if tag not in _ENCODING_TAGS and tag not in _PIXEL_TAGS}


def _same_pixels(first: Rendition, second: Rendition) -> bool | None:
    one, two = first.pixel_data, second.pixel_data
    if one is None or two is None:
        return one is two
    if first.transfer_syntax_uid != second.transfer_syntax_uid and (one.encapsulated or two.encapsulated):
        return None
    if one.length != two.length:
        return False
    return all(a == b for a, b in zip(_pieces(first, one), _pieces(second, two), strict=True))


def _pieces(rendition: Rendition, pixel_data: PixelData) -> Iterator[bytes]:
    end = pixel_data.offset + pixel_data.length
    for start in range(pixel_data.offset, end, _CHUNK):
        yield rendition.read(start, min(start + _CHUNK, end))
