"""The DICOM JSON of each header: made once, after the acknowledgement or at the first read, and kept in the index."""

from __future__ import annotations

import logging
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Protocol

import orjson

from isocenter.dicom.dataset import read_data_set_in_pieces
from isocenter.dicom.json_model import to_json
from isocenter.dicom.transfer_syntax import walked_as
from isocenter.errors import IsocenterError
from isocenter.index.read import StoredContent
from isocenter.services.record.places import stored_location
from isocenter.storage import PackReader

__all__ = ["HeaderMaker", "KeptHeaders"]

log = logging.getLogger(__name__)

PAGE = 256
"""Headers read from the index at a time."""
INLINE_BYTES = 4096
"""Longer values of bulk VRs are referred to: metadata of a thousand instances stays small (PS3.18 8.6.3)."""
LONGEST_VALUE = 1 << 20
"""Longer values are not even read, whatever their VR."""
_PIXEL_ELEMENT = 12
"""Bytes of an element header in explicit VR with a 32-bit length (PS3.5 7.1.2)."""


class KeptHeaders(Protocol):
    """The side table of headers."""

    def get_many(self, content_refs: Sequence[int]) -> Mapping[int, bytes]:
        """Read headers; those that were not made yet are absent."""

    def put(self, headers: Mapping[int, bytes]) -> None:
        """Keep headers."""


class HeaderMaker:
    """Gives headers as DICOM JSON, from the side table or, where it has none yet, from the stored object."""

    def __init__(self, kept: KeptHeaders, storage: PackReader) -> None:
        self._kept = kept
        self._storage = storage

    def documents(self, instances: Iterable[StoredContent]) -> Iterator[bytes]:
        """Give one JSON object per instance, in order. Raises DamagedContent for one that cannot be read."""
        iterator = iter(instances)
        while page := list(islice(iterator, PAGE)):
            found = dict(self._kept.get_many([held.content_ref for held in page]))
            missing = {held.content_ref: self.make(held) for held in page if held.content_ref not in found}
            if missing:
                self._keep(missing)
            for held in page:
                yield missing.get(held.content_ref) or found[held.content_ref]

    def fill(self, instances: Iterable[StoredContent]) -> int:
        """Make and keep the headers of new instances; gives how many. An object that cannot be read is passed over."""
        made: dict[int, bytes] = {}
        for held in instances:
            try:
                made[held.content_ref] = self.make(held)
            except IsocenterError as error:
                log.warning("The header of content %d could not be made: %s", held.content_ref, error)
        self._keep(made)
        return len(made)

    def make(self, held: StoredContent) -> bytes:
        """Make the DICOM JSON of one header. Pixel data is referred to, like other long values."""
        syntax = walked_as(held.transfer_syntax_uid)
        stop = held.data_set_length if syntax.deflated else held.header_length
        data_set = read_data_set_in_pieces(
            self._stream(held, stop), held.transfer_syntax_uid, bulk_threshold=LONGEST_VALUE
        )
        model = to_json(data_set, bulk_threshold=INLINE_BYTES)
        pixel = b"" if syntax.deflated else self._after_header(held)
        if len(pixel) >= 8:
            tag, vr = _pixel_element(pixel, held.transfer_syntax_uid)
            model[tag] = {"vr": vr, "BulkDataURI": f"bulkdata/{tag}"}
        return orjson.dumps(model)

    def _stream(self, held: StoredContent, stop: int) -> Iterator[bytes]:
        start = held.data_set_offset
        return self._storage.stream(stored_location(held.location), held.checks, start=start, stop=start + stop)

    def _after_header(self, held: StoredContent) -> bytes:
        start = held.data_set_offset + held.header_length
        stop = min(start + _PIXEL_ELEMENT, held.data_set_offset + held.data_set_length)
        return self._storage.read(stored_location(held.location), start, stop, held.checks)

    def _keep(self, headers: Mapping[int, bytes]) -> None:
        try:
            self._kept.put(headers)
        except IsocenterError as error:
            log.warning("Headers could not be kept; they are made again when they are asked for: %s", error)


def _pixel_element(start: bytes, transfer_syntax_uid: str) -> tuple[str, str]:
    """Read the tag and VR of the pixel data element; implicit VR means OW (PS3.5 A.1)."""
    syntax = walked_as(transfer_syntax_uid)
    group, element = struct.unpack_from(">HH" if syntax.big_endian else "<HH", start)
    return f"{group:04X}{element:04X}", "OW" if syntax.implicit_vr else start[4:6].decode("ascii", "replace")
