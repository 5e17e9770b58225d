"""Readers hold what they read in place; an erasure waits its turn."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from isocenter.errors import BusyError, Gone
from isocenter.storage.port import Location

__all__ = ["Pins"]


class Pins:
    """Counts the readers of each content, so that none loses it under its hands."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readers: Counter[Location] = Counter()
        self._erasing: set[Location] = set()
        self._removing: set[str] = set()

    @contextmanager
    def reading(self, location: Location) -> Iterator[None]:
        """Hold the content in place; raises Gone while it is being erased."""
        with self._lock:
            if location in self._erasing or location.name in self._removing:
                raise Gone("The content is being erased.")
            self._readers[location] += 1
        try:
            yield
        finally:
            with self._lock:
                self._readers[location] -= 1
                if not self._readers[location]:
                    del self._readers[location]

    @contextmanager
    def erasing(self, location: Location) -> Iterator[None]:
        """Keep readers out; raises BusyError while there is one: try again later."""
        with self._lock:
            if location in self._readers or location in self._erasing:
                raise BusyError("The content is being read.")
            self._erasing.add(location)
        try:
            yield
        finally:
            with self._lock:
                self._erasing.discard(location)

    @contextmanager
    def removing(self, pack: str) -> Iterator[None]:
        """Keep readers out of a whole pack; raises BusyError while there is one."""
        with self._lock:
            if any(location.name == pack for location in self._readers):
                raise BusyError("The pack is being read.")
            self._removing.add(pack)
        try:
            yield
        finally:
            with self._lock:
                self._removing.discard(pack)
