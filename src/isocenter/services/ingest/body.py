"""Where an object's bytes wait until it is whole: in memory while it is small, else in a part file on disk.

Writing to disk happens on a small pool of threads, so that a slow disk holds up the one sender and not the listener:
the door looks at ``backlog`` and stops reading from that sender until ``when_drained`` calls back.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor

from isocenter.services.ingest.budget import ByteBudget
from isocenter.storage import Placement, Spill

__all__ = ["MemoryBody", "SpilledBody"]


class MemoryBody:
    """Chunks in memory, counted against the byte budget."""

    def __init__(self, budget: ByteBudget) -> None:
        self._budget = budget
        self.chunks: list[bytes] = []
        self.size = 0

    def add(self, chunk: bytes) -> bool:
        """Keep a chunk; False, and nothing kept, when the budget has no room for it."""
        if not self._budget.take(len(chunk)):
            return False
        self.chunks.append(chunk)
        self.size += len(chunk)
        return True

    def when_drained(self, callback: Callable[[], None]) -> None:
        """Call back at once: nothing waits for a disk."""
        callback()

    def finish(self, name: str, now: float) -> None:
        """Leave the bytes in memory: they are appended to a pack with others."""

    def release(self) -> None:
        """Forget the chunks and give their bytes back to the budget; safe to repeat."""
        size, self.size = self.size, 0
        self.chunks = []
        self._budget.give_back(size)


class SpilledBody:
    """Chunks on their way to a part file."""

    def __init__(self, spill: Spill, pool: Executor) -> None:
        self._spill = spill
        self._pool = pool
        self._lock = threading.Lock()
        self._waiting: deque[bytes] = deque()
        self._backlog = 0
        self._running = False
        self._error: Exception | None = None
        self._on_idle: list[Callable[[], None]] = []

    @property
    def chunks(self) -> list[bytes]:
        """Nothing: the bytes are in the part file."""
        return []

    @property
    def backlog(self) -> int:
        """Bytes not yet written."""
        return self._backlog

    def add(self, chunk: bytes) -> None:
        """Queue a chunk for writing. Raises what an earlier write raised (StorageFull, StorageError)."""
        with self._lock:
            if self._error is not None:
                raise self._error
            self._waiting.append(chunk)
            self._backlog += len(chunk)
            if self._running:
                return
            self._running = True
        self._pool.submit(self._drain)

    def when_drained(self, callback: Callable[[], None]) -> None:
        """Call back, from any thread, once everything queued so far is written or has failed."""
        with self._lock:
            if self._running:
                self._on_idle.append(callback)
                return
        callback()

    def finish(self, name: str, now: float) -> Placement:
        """Make the part file durable under its member name; call it when drained. Raises what a write raised."""
        if self._error is not None:
            raise self._error
        return self._spill.finish(name, now)

    def release(self) -> None:
        """Remove the part file, unless it is finished, once nothing writes to it any more."""
        self.when_drained(self._spill.discard)

    def _drain(self) -> None:
        while True:
            with self._lock:
                if not self._waiting or self._error is not None:
                    self._waiting.clear()
                    self._backlog = 0
                    self._running = False
                    callbacks, self._on_idle = self._on_idle, []
                    break
                chunk = self._waiting.popleft()
            try:
                self._spill.write(chunk)
            except Exception as error:  # noqa: BLE001 - handed to whoever adds or finishes next
                self._error = error
            with self._lock:
                self._backlog -= len(chunk)
        for callback in callbacks:
            callback()
