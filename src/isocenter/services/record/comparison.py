"""Reads the two objects that a comparison needs: the one in force from storage, the new one from where it waits."""

from __future__ import annotations

from isocenter.dicom.walk import Walker
from isocenter.index.record import Prior
from isocenter.services.record.compare import Compared, Rendition, compare
from isocenter.services.record.entries import Arrived
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

        walker = Walker(prior.transfer_syntax_uid)
        for piece in self._storage.stream(location, prior.checks, start=start, stop=start + prior.data_set_length):
            walker.feed(piece)
        return Rendition(prior.transfer_syntax_uid, prior.header_length, walker.close().pixel_data, read)

    def _new(self, entry: Arrived) -> Rendition:
        whole = entry.whole
        if entry.placement is not None:
            placement, start = entry.placement, len(whole.head)

            def read(first: int, last: int) -> bytes:
                return self._storage.read(placement.location, start + first, start + last, placement.checks)

        else:
            data = b"".join(whole.body.chunks)

            def read(first: int, last: int) -> bytes:
                return data[first:last]

        return Rendition(whole.transfer_syntax_uid, whole.walked.header_length, whole.walked.pixel_data, read)
