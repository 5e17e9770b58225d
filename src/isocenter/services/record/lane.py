"""One lane: whatever arrived while the last group was made durable is the next group."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from queue import Empty, SimpleQueue

from isocenter.services.record.entries import Arrived, Happening

__all__ = ["Entry", "LaneQueue", "split"]

Entry = Arrived | Happening


class LaneQueue:
    """Entries of one lane in order of arrival, taken in groups; thread-safe.

    A group holds objects or other events, never both: what is decided about an object depends on the events before it.
    """

    def __init__(self, group_entries: int, group_bytes: int) -> None:
        self._group_entries = group_entries
        self._group_bytes = group_bytes
        self._entries: SimpleQueue[Entry | None] = SimpleQueue()  # in C: waking a thread costs a fifth of a Condition
        self._first: Entry | None = None
        """An entry that was taken out and begins the next group."""
        self._closing = threading.Lock()
        self._closed = False
        self._ended = False

    def __len__(self) -> int:
        return self._entries.qsize()

    def put(self, entry: Entry) -> bool:
        """Add an entry at the end; False, and nothing added, when the queue is closed."""
        with self._closing:
            if self._closed:
                return False
            self._entries.put(entry)
            return True

    def close(self) -> None:
        """Let `take` end once the queue is empty."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._entries.put(None)

    def take(self, timeout: float) -> list[Entry] | None:
        """Wait for entries and return the next group; empty after ``timeout`` seconds, None when closed and empty."""
        first, self._first = self._first or self._next(timeout), None
        if first is None:
            return None if self._ended else []
        group = [first]
        size = _size(first)
        while len(group) < self._group_entries and size < self._group_bytes:
            entry = self._next(0)
            if entry is None:
                break
            if type(entry) is not type(first):
                self._first = entry
                break
            group.append(entry)
            size += _size(entry)
        return group

    def _next(self, timeout: float) -> Entry | None:
        """Take one entry out; None when none comes in time, or when the queue has ended."""
        if self._ended:
            return None
        try:
            entry = self._entries.get(timeout=timeout) if timeout else self._entries.get_nowait()
        except Empty:
            return None
        self._ended = entry is None
        return entry


def _size(entry: Entry) -> int:
    return entry.whole.size if isinstance(entry, Arrived) else 0


def split(group: Sequence[Entry]) -> tuple[list[Arrived], list[Happening]]:
    """Separate objects from other events, each in order."""
    arrived = [entry for entry in group if isinstance(entry, Arrived)]
    happened = [entry for entry in group if isinstance(entry, Happening)]
    return arrived, happened
