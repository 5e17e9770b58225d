"""Compares two objects that bear the same SOP Instance UID; only called when their bytes differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from blake3 import blake3

from isocenter.dicom.dataset import BulkData, DataSet, read_data_set_in_pieces
from isocenter.dicom.json_model import BulkPath, to_json
from isocenter.dicom.walk import PixelData

__all__ = ["Compared", "Rendition", "compare"]

_ENCODING_TAGS = frozenset({"00080005", "00280004", "00280006", "00282110", "00282112", "00282114", "FFFCFFFC"})
"""Elements that change with the encoding alone: character set, photometric interpretation, planar configuration, the
record of lossy compression, trailing padding."""
_PIXEL_TAGS = frozenset({"7FE00010", "7FE00008", "7FE00009", "7FE00001", "7FE00002"})
_CHUNK = 1 << 20
_LONG = 64 * 1024
"""Bytes; longer values are compared by digest and not held in memory."""


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
    """Give the header as JSON, with a digest in the place of each long value."""
    data_set = read_data_set_in_pieces(
        _pieces(rendition, 0, rendition.header_length), rendition.transfer_syntax_uid, bulk_threshold=_LONG
    )
    model = to_json(data_set, bulk_uri=lambda path: _digest(rendition, data_set, path))
    return {tag: value for tag, value in model.items() if tag not in _ENCODING_TAGS and tag not in _PIXEL_TAGS}


def _same_pixels(first: Rendition, second: Rendition) -> bool | None:
    one, two = first.pixel_data, second.pixel_data
    if one is None or two is None:
        return one is two
    if first.transfer_syntax_uid != second.transfer_syntax_uid and (one.encapsulated or two.encapsulated):
        return None
    if one.length != two.length:
        return False
    pieces = zip(_pixel_pieces(first, one), _pixel_pieces(second, two), strict=True)
    return all(a == b for a, b in pieces)


def _pixel_pieces(rendition: Rendition, pixel_data: PixelData) -> Iterator[bytes]:
    return _pieces(rendition, pixel_data.offset, pixel_data.offset + pixel_data.length)


def _pieces(rendition: Rendition, start: int, stop: int) -> Iterator[bytes]:
    for at in range(start, stop, _CHUNK):
        yield rendition.read(at, min(at + _CHUNK, stop))


def _digest(rendition: Rendition, data_set: DataSet, path: BulkPath) -> str:
    """Digest the long value at a path of tags and item numbers."""
    holder = data_set
    for tag, number in zip(path[:-1:2], path[1::2], strict=True):
        items = holder[tag].value
        assert isinstance(items, list)  # noqa: S101 - the path came from this data set
        holder = items[number - 1]
    place = holder[path[-1]].value
    assert isinstance(place, BulkData)  # noqa: S101 - as above
    digest = blake3()
    for piece in _pieces(rendition, place.offset, place.offset + place.length):
        digest.update(piece)
    return digest.hexdigest()
