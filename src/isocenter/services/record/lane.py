"""One lane: whatever arrived while the last group was made durable is the next group."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence

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
        self._entries: deque[Entry] = deque()
        self._ready = threading.Condition()
        self._closed = False

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, entry: Entry) -> bool:
        """Add an entry at the end; False, and nothing added, when the queue is closed."""
        with self._ready:
            if self._closed:
                return False
            self._entries.append(entry)
            self._ready.notify()
            return True

    def close(self) -> None:
        """Let `take` end once the queue is empty."""
        with self._ready:
            self._closed = True
            self._ready.notify_all()

    def take(self, timeout: float) -> list[Entry] | None:
        """Wait for entries and return the next group; empty after ``timeout`` seconds, None when closed and empty."""
        with self._ready:
            if not self._entries and not self._closed:
                self._ready.wait(timeout)
            if not self._entries:
                return None if self._closed else []
            group: list[Entry] = []
            size = 0
            kind = type(self._entries[0])
            while self._entries and len(group) < self._group_entries and size < self._group_bytes:
                if type(self._entries[0]) is not kind:
                    break
                entry = self._entries.popleft()
                size += entry.whole.size if isinstance(entry, Arrived) else 0
                group.append(entry)
            return group


def split(group: Sequence[Entry]) -> tuple[list[Arrived], list[Happening]]:
    """Separate objects from other events, each in order."""
    arrived = [entry for entry in group if isinstance(entry, Arrived)]
    happened = [entry for entry in group if isinstance(entry, Happening)]
    return arrived, happened
