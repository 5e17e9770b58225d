"""Opens an empty database to make an index again in: fast while it is made, durable once it is whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, select

from isocenter.errors import ConfigurationError
from isocenter.index.engine import Durability, EngineOptions, checkpoint, open_engine, optimize
from isocenter.index.migrations import upgrade
from isocenter.index.schema import journal
from isocenter.index.write import IndexWriter, WriterOptions

__all__ = ["rebuilding"]


@contextmanager
def rebuilding(url: str, options: WriterOptions | None = None) -> Iterator[tuple[Engine, IndexWriter]]:
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
            yield engine, writer
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
