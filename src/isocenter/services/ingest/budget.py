"""One budget for all received bytes held in memory, whoever sends them."""

from __future__ import annotations

import threading

__all__ = ["ByteBudget"]


class ByteBudget:
    """Counts bytes against a limit; thread-safe.

    ``take`` never blocks: who gets no more writes to disk instead.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self._lock = threading.Lock()

    @property
    def used(self) -> int:
        """Bytes taken at the moment."""
        return self._used

    def take(self, size: int) -> bool:
        """Take ``size`` bytes if the limit allows; says whether it did."""
        with self._lock:
            if self._used + size > self._limit:
                return False
            self._used += size
            return True

    def give_back(self, size: int) -> None:
        """Return bytes that were taken."""
        with self._lock:
            self._used -= size
