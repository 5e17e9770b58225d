"""Reads the two objects that a comparison needs: the one in force from storage, the new one from where it waits."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from isocenter.dicom.transfer_syntax import EXPLICIT_VR_LITTLE_ENDIAN, lookup
from isocenter.dicom.walk import Walker, WalkResult
from isocenter.index.record import Prior
from isocenter.services.record.compare import Compared, Rendition, compare
from isocenter.services.record.entries import Arrived
from isocenter.services.record.inflated import InflatedRanges
from isocenter.services.record.places import stored_location
from isocenter.storage import PackReader

__all__ = ["Comparator"]


class Comparator:
    """Compares an arrival with the version in force; called only when their bytes differ."""

    def __init__(self, storage: PackReader) -> None:
        self._storage = storage

    def __call__(self, prior: Prior, entry: Arrived) -> Compared:
        """Say how they differ. Raises DamagedContent when the stored one cannot be read."""
        return compare(self._stored(prior), self._new(entry))

    def _stored(self, prior: Prior) -> Rendition:
        location = stored_location(prior.location)
        start = prior.data_set_offset

        def read(first: int, last: int) -> bytes:
            return self._storage.read(location, start + first, start + last, prior.checks)

        def stream() -> Iterable[bytes]:
            return self._storage.stream(location, prior.checks, start=start, stop=start + prior.data_set_length)

        walker = Walker(prior.transfer_syntax_uid)
        for piece in stream():
            walker.feed(piece)
        return _rendition(prior.transfer_syntax_uid, walker.close(), read, stream)

    def _new(self, entry: Arrived) -> Rendition:
        whole = entry.whole
        if entry.placement is None:
            chunks = whole.body.chunks
            data = b"".join(chunks)
            return _rendition(
                whole.transfer_syntax_uid, whole.walked, lambda first, last: data[first:last], lambda: chunks
            )
        placement, start = entry.placement, len(whole.head)

        def read(first: int, last: int) -> bytes:
            return self._storage.read(placement.location, start + first, start + last, placement.checks)

        def stream() -> Iterable[bytes]:
            return self._storage.stream(placement.location, placement.checks, start=start, stop=start + whole.size)

        return _rendition(whole.transfer_syntax_uid, whole.walked, read, stream)


def _rendition(
    transfer_syntax_uid: str,
    walked: WalkResult,
    read: Callable[[int, int], bytes],
    stream: Callable[[], Iterable[bytes]],
) -> Rendition:
    """Make an object readable by the offsets of its walk, which are those of the inflated stream of a deflated one."""
    syntax = lookup(transfer_syntax_uid)
    if syntax is None or not syntax.deflated:
        return Rendition(transfer_syntax_uid, walked.header_length, walked.pixel_data, read)
    return Rendition(EXPLICIT_VR_LITTLE_ENDIAN, walked.header_length, walked.pixel_data, InflatedRanges(stream).read)
