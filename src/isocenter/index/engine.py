"""Opens the database of the index so that what is committed survives a power cut.

SQLite runs with a write-ahead log and ``synchronous=FULL``: with ``NORMAL``, 200 of 200 commits were lost in a power
cut. PostgreSQL is asked whether it is set to keep what it commits, and refused if not.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import QueuePool

from isocenter.errors import ConfigurationError, IndexFailure

__all__ = ["Durability", "EngineOptions", "checkpoint", "open_engine", "optimize", "write_transaction"]

MIB = 1024 * 1024
_WRITING = "isocenter_writing"


class Durability(Enum):
    """Whether a commit must be on the disk when it returns."""

    REQUIRED = "required"
    WAIVED = "waived"
    """For an index that is being made again from the packs, and for tests: a crash means starting over."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How the database is opened; the sizes are those of the settings."""

    cache_bytes: int = 64 * MIB
    mmap_bytes: int = 256 * MIB
    busy_seconds: float = 30.0
    connections: int = 16
    """At the same time; further ones wait."""
    checkpoint_pages: int = 4000
    """SQLite copies its log into the database after so many pages (4 KiB each): rarer than its default of 1000,
    because each copy costs the commit that meets it two more syncs."""
    durability: Durability = Durability.REQUIRED


def open_engine(url: str | URL, options: EngineOptions | None = None) -> Engine:
    """Connect to the database. Raises ConfigurationError when it is of no known kind or would lose commits."""
    options = options or EngineOptions()
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _open_sqlite(parsed, options)
    if backend == "postgresql":
        return _open_postgresql(parsed.set(drivername="postgresql+psycopg"), options)
    raise ConfigurationError(f"index.url: {backend} is not supported; use sqlite or postgresql")


def _open_sqlite(url: URL, options: EngineOptions) -> Engine:
    if not url.database or url.database == ":memory:":
        raise ConfigurationError("index.url: SQLite needs a file")
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=options.connections,
        max_overflow=0,
        connect_args={"timeout": options.busy_seconds, "check_same_thread": False},
    )
    synchronous = "FULL" if options.durability is Durability.REQUIRED else "OFF"

    def prepare(connection: Any, _record: Any) -> None:  # Any: the driver's own connection
        connection.isolation_level = None  # transactions begin below, so that changes of tables are in them too
        for pragma in (
            f"busy_timeout={int(options.busy_seconds * 1000)}",
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            "foreign_keys=ON",
            f"cache_size=-{options.cache_bytes // 1024}",
            f"mmap_size={options.mmap_bytes}",
            f"wal_autocheckpoint={options.checkpoint_pages}",
            "temp_store=MEMORY",
            "case_sensitive_like=ON",  # as in PostgreSQL, and prefixes can use an index
        ):
            connection.execute(f"PRAGMA {pragma}")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", _begin)
    with _connected(engine) as connection:
        mode = connection.execute(text("PRAGMA journal_mode")).scalar_one()
    if mode != "wal":
        engine.dispose()
        raise ConfigurationError("index.url: the file system does not allow SQLite's write-ahead log")
    return engine


def _begin(connection: Connection) -> None:
    """Begin as a reader of one state, or at once as the writer: a reader that turns writer can fail."""
    writing = connection.get_execution_options().get(_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def write_transaction(engine: Engine) -> Iterator[Connection]:
    """Give a connection in a transaction that will write; it commits at the end, or rolls back on an error."""
    with engine.connect().execution_options(**{_WRITING: True}) as connection, connection.begin():
        yield connection


def _open_postgresql(url: URL, options: EngineOptions) -> Engine:
    engine = create_engine(
        url,
        pool_size=options.connections,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={"application_name": "isocenter"},
    )
    if options.durability is Durability.REQUIRED:
        try:
            _require_durable(engine)
        except ConfigurationError:
            engine.dispose()
            raise
    return engine


def _require_durable(engine: Engine) -> None:
    with _connected(engine) as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            if connection.execute(text(f"SHOW {setting}")).scalar_one() == "off":
                raise ConfigurationError(
                    f"PostgreSQL has {setting} = off, so it can lose what was acknowledged; switch it on"
                )


@contextmanager
def _connected(engine: Engine) -> Iterator[Connection]:
    """Give a connection; a failure comes without the driver's text, which may name users and hosts."""
    try:
        connection = engine.connect()
    except OperationalError as error:
        raise IndexFailure("the database of the index cannot be opened") from error
    with connection:
        yield connection


def checkpoint(engine: Engine) -> None:
    """Move SQLite's log into the database file and empty it; nothing to do elsewhere."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))


def optimize(engine: Engine) -> None:
    """Let the database look at its tables again, so that it chooses the right indexes."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
