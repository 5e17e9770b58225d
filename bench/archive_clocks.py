"""An archive whose lane says how its CPU time divides: the real parts, each with a clock around it."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from typing import Any, Final

from isocenter.app import Archive
from isocenter.index.engine import EngineOptions, open_engine
from isocenter.index.migrations.upgrade import upgrade
from isocenter.index.write import IndexWriter, Unit, WriterOptions
from isocenter.settings import Settings
from isocenter.storage import Lane, NewMember, Placement
from isocenter.storage.packs import LocalPackStore

__all__ = ["APPEND", "INDEX", "JUDGE", "SYNC", "StageClocks", "timed_archive"]

JUDGE: Final = "judge, journal event, hand back"
APPEND: Final = "append to the pack"
SYNC: Final = "sync the pack"
INDEX: Final = "index transaction"
_THREAD_CLOCK: Final = 6  # CPUCLOCK_PERTHREAD_MASK | CPUCLOCK_SCHED, what pthread_getcpuclockid(3) gives


class StageClocks:
    """CPU seconds by stage."""

    def __init__(self) -> None:
        self._seconds: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def running(self, stage: str) -> Iterator[None]:
        """Count what this thread uses in the block."""
        start = time.thread_time()
        try:
            yield
        finally:
            self._seconds[stage] += time.thread_time() - start

    def read(self) -> Mapping[str, float]:
        """Return the seconds so far; what a lane uses outside the other stages is judging."""
        lanes = sum(
            time.clock_gettime((~thread.native_id << 3) | _THREAD_CLOCK)
            for thread in threading.enumerate()
            if thread.native_id is not None and thread.name.startswith("lane-")
        )
        return {**self._seconds, JUDGE: lanes - sum(self._seconds.values())}


@contextmanager
def timed_archive(settings: Settings, clocks: StageClocks) -> Iterator[Archive]:
    """Open an archive as the server does, with clocks around its storage and its index."""
    with ExitStack() as stack:
        storage = _TimedStore(settings, clocks)
        stack.callback(storage.close)
        engine = open_engine(settings.database_url, EngineOptions(cache_bytes=settings.index.cache_bytes))
        stack.callback(engine.dispose)
        upgrade(engine)
        writer = _TimedWriter(engine, WriterOptions(generic_patient_ids=settings.record.generic_patient_ids))
        writer.clocks = clocks
        stack.callback(writer.close)
        archive = Archive(settings, engine, storage, writer)
        stack.callback(archive.close)
        yield archive


class _TimedWriter(IndexWriter):
    clocks: StageClocks

    def commit(self, unit: Unit) -> Future[Any]:  # Any: units give different results
        with self.clocks.running(INDEX):
            return super().commit(unit)


class _TimedStore(LocalPackStore):
    def __init__(self, settings: Settings, clocks: StageClocks) -> None:
        super().__init__(settings.data)
        self._clocks = clocks

    def open_lane(self) -> Lane:  # type: ignore[override]  # callers know the port's type only
        return _TimedLane(super().open_lane(), self._clocks)


class _TimedLane:
    def __init__(self, lane: Lane, clocks: StageClocks) -> None:
        self._lane = lane
        self._clocks = clocks

    @property
    def pack(self) -> str | None:
        return self._lane.pack

    @property
    def size(self) -> int:
        return self._lane.size

    def append(self, members: Sequence[NewMember], now: float = 0.0) -> list[Placement]:
        with self._clocks.running(APPEND):
            return self._lane.append(members, now)

    def sync(self) -> None:
        with self._clocks.running(SYNC):
            self._lane.sync()

    def is_due(self, now: float) -> bool:
        return self._lane.is_due(now)

    def seal(self) -> list[str]:
        return self._lane.seal()

    def seal_full(self) -> list[str]:
        return self._lane.seal_full()
