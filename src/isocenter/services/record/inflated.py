"""Reads a deflated data set by ranges of what it inflates to, holding no more than one range."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from isocenter.dicom.walk import WalkLimits
from isocenter.dicom.walk.inflate import Inflater

__all__ = ["InflatedRanges"]


class InflatedRanges:
    """Inflates forward to each range; one that lies behind the last begins anew."""

    def __init__(self, deflated: Callable[[], Iterable[bytes]]) -> None:
        self._deflated = deflated
        self._pieces = self._inflate()
        self._ahead = b""
        self._at = 0

    def read(self, start: int, stop: int) -> bytes:
        """Return the inflated bytes from ``start`` to ``stop``, fewer where the data set ends before."""
        if start < self._at:
            self._pieces, self._ahead, self._at = self._inflate(), b"", 0
        wanted = bytearray()
        while self._at < stop:
            if not self._ahead:
                self._ahead = next(self._pieces, b"")
                if not self._ahead:
                    break
            skipped = min(max(start - self._at, 0), len(self._ahead))
            taken = min(max(stop - self._at - skipped, 0), len(self._ahead) - skipped)
            wanted += self._ahead[skipped : skipped + taken]
            self._ahead = self._ahead[skipped + taken :]
            self._at += skipped + taken
        return bytes(wanted)

    def _inflate(self) -> Iterator[bytes]:
        inflater = Inflater(WalkLimits())
        for piece in self._deflated():
            yield from inflater.feed(piece)
        yield from inflater.close()
