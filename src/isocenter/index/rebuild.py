"""Makes an index again: units from the journal, in its order, into an empty database."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from isocenter.errors import ConfigurationError
from isocenter.index.engine import Durability, EngineOptions, checkpoint, open_engine, optimize
from isocenter.index.migrations import upgrade
from isocenter.index.schema import journal
from isocenter.index.write import IndexWriter, Unit, WriterOptions

__all__ = ["Replay", "rebuilding"]

UNITS_UNDER_WAY = 1024
"""Units given to the writer ahead: enough that its transactions are large, few enough for memory."""


class Replay:
    """Feeds units to the writer, and stops at the first that fails."""

    def __init__(self, writer: IndexWriter) -> None:
        self._writer = writer
        self._under_way: deque[Future[Any]] = deque()

    def feed(self, units: Iterable[Unit], progress: Callable[[int], None] | None = None) -> int:
        """Enter units in the order given, which is the journal's; return how many. ``progress`` gets the number so far.

        Raises what the first failing unit raises; units before it are entered, some after it may be.
        """
        done = 0
        for unit in units:
            self._under_way.append(self._writer.submit(unit))
            if len(self._under_way) >= UNITS_UNDER_WAY:
                self._under_way.popleft().result()
                done += 1
                if progress is not None:
                    progress(done)
        return done + self.drain()

    def drain(self) -> int:
        """Wait for all units under way; return how many these were."""
        waited = len(self._under_way)
        while self._under_way:
            self._under_way.popleft().result()
        return waited


@contextmanager
def rebuilding(url: str, options: WriterOptions | None = None) -> Iterator[tuple[Engine, Replay]]:
    """Open an empty database for a rebuild; at the end it is durable and ready to be served from.

    While it runs, commits are not synced: after a crash the database is worthless and is to be deleted.
    Raises ConfigurationError when the database holds events already.
    """
    engine = open_engine(url, EngineOptions(durability=Durability.WAIVED))
    try:
        upgrade(engine)
        with engine.connect() as connection:
            if connection.execute(select(journal.c.sequence).limit(1)).first() is not None:
                raise ConfigurationError("the index is not empty; a rebuild needs a new one")
        with IndexWriter(engine, options) as writer:
            replay = Replay(writer)
            yield engine, replay
            replay.drain()
        optimize(engine)
        checkpoint(engine)
    finally:
        engine.dispose()
    _sync(engine)


def _sync(engine: Engine) -> None:
    """Sync SQLite's file, which nothing has synced so far, and its folder; PostgreSQL was durable all the time."""
    if engine.dialect.name != "sqlite":
        return
    file = Path(str(engine.url.database))
    for path in (file, file.parent):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
