"""The one thread that writes to the index: it takes all that waits and makes it durable in one transaction."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from isocenter.errors import ConfigurationError, IndexFailure, IsocenterError, StaleDecision
from isocenter.faults import faultpoint
from isocenter.index.patients import GenericIds
from isocenter.index.write.batch import Batch, Ids
from isocenter.index.write.known import Known
from isocenter.index.write.settle import settle
from isocenter.index.write.sql import compile_all
from isocenter.index.write.statements import Session, positional_dialect
from isocenter.index.write.units import ON_SETTLED, UNITS, Unit

__all__ = ["IndexWriter", "WriterOptions"]

_log = structlog.get_logger(__name__)

_Entry = tuple[Unit, Future[Any]]


@dataclass(frozen=True, slots=True)
class WriterOptions:
    """Bounds of the writer, and what it must know to tell patients apart."""

    generic_patient_ids: tuple[str, ...] = ()
    """Patient IDs that name nobody."""
    largest_group: int = 256
    """Units in one transaction: the first in the group waits for all of them."""
    remembered: int = 20_000
    """Studies, series and variants kept in memory, about 2 KiB each."""


class IndexWriter:
    """Commits units durably, many in one transaction.

    Units are entered in the order of ``submit``. Each future gives the unit's result after the commit, or raises:
    ``StaleDecision`` when the index has moved on since the unit was decided, ``CallerError`` for what cannot be
    granted, ``IndexFailure`` when the database failed; then nothing of the unit is in the index.
    Raises ConfigurationError at once when another process writes to the same index.
    """

    def __init__(self, engine: Engine, options: WriterOptions | None = None) -> None:
        self._engine = engine
        self._options = options or WriterOptions()
        self._generic = GenericIds.of(self._options.generic_patient_ids)
        self._known = Known(self._options.remembered)
        self._waiting: SimpleQueue[_Entry | None] = SimpleQueue()
        self._turn = threading.Lock()
        """Held by whichever thread is writing."""
        self._closing = threading.Lock()
        self._closed = False
        self._lock_file = _lock_file(engine)
        self._session: Session | None = self._open()
        self._thread = threading.Thread(target=self._run, name="index-writer", daemon=True)
        self._thread.start()

    def submit(self, unit: Unit) -> Future[Any]:
        """Queue a unit; the future is done once it is durable, or has failed. Safe to call from any thread."""
        future: Future[Any] = Future()
        with self._closing:
            if self._closed:
                raise IndexFailure("the index is closed")
            self._waiting.put((unit, future))
        return future

    def commit(self, unit: Unit) -> Future[Any]:
        """Enter a unit in the calling thread, which is quicker than waking another; like ``submit`` where one writes.

        The future is done already where this thread could write at once.
        """
        if not self._turn.acquire(blocking=False):
            return self.submit(unit)
        try:
            if self._closed:
                raise IndexFailure("the index is closed")
            future: Future[Any] = Future()
            future.set_running_or_notify_cancel()
            self._commit_group([(unit, future)])
            return future
        finally:
            self._turn.release()

    def close(self) -> None:
        """Write what waits, and stop."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._waiting.put(None)
        self._thread.join()

    def __enter__(self) -> IndexWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Everything below runs in the thread that holds the turn; `_open` also before there is another.

    def _open(self) -> Session:
        dialect = positional_dialect(self._engine.dialect.name)
        try:
            self._pooled = self._engine.raw_connection()
            session = Session(self._pooled.driver_connection, dialect, compile_all(dialect))
            if not session.lock_writer():
                self._pooled.invalidate()
                raise _another_writer()
        except (self._driver.Error, SQLAlchemyError) as error:
            raise IndexFailure("the database of the index cannot be opened") from error
        self._ids = Ids(session)
        return session

    def _run(self) -> None:
        last = False
        while not last:
            group, last = self._next_group()
            if group:
                with self._turn:
                    self._commit_group(group)
        with self._turn:
            if self._session is not None:
                with suppress(self._driver.Error):
                    self._session.unlock_writer()
                self._pooled.invalidate()
        if self._lock_file is not None:
            self._lock_file.close()

    def _next_group(self) -> tuple[list[_Entry], bool]:
        """Wait for a unit, take all others that wait too; say whether that was the end."""
        group: list[_Entry] = []
        entry = self._waiting.get()
        while entry is not None:
            if entry[1].set_running_or_notify_cancel():
                group.append(entry)
            if len(group) >= self._options.largest_group or self._waiting.empty():
                return group, False
            entry = self._waiting.get()
        return group, True

    def _commit_group(self, group: Sequence[_Entry]) -> None:
        """Commit all together; where a unit is at fault, each alone, so that it fails alone."""
        error = self._commit(group)
        if error is None:
            return
        if len(group) == 1 or isinstance(error, _DatabaseFault):
            for _, future in group:
                future.set_exception(self._blamed(error))
            return
        for entry in group:
            self._commit_group([entry])

    def _commit(self, group: Sequence[_Entry]) -> Exception | None:
        """Commit a group and resolve its futures; return what went wrong, after which nothing of it is there."""
        try:
            results = self._write([unit for unit, _ in group])
        except Exception as error:  # noqa: BLE001 - this thread supervises all units; a unit's future gets its error
            self._undo()
            return error
        for (_, future), result in zip(group, results, strict=True):
            future.set_result(result)
        self._known.trim()
        return None

    def _write(self, units: Sequence[Unit]) -> list[object]:
        session = self._session = self._session or self._reopen()
        try:
            session.begin()
            batch = Batch(session, self._known, self._ids, self._generic)
            results = []
            for unit in units:
                if isinstance(unit, ON_SETTLED):
                    settle(batch)
                results.append(UNITS[type(unit)](batch, unit))
            settle(batch)
        except self._driver.Error as error:
            if self._is_database_fault(error):
                raise _DatabaseFault from error
            raise
        faultpoint("K7")
        try:
            session.commit()
        except self._driver.Error as error:
            raise _DatabaseFault from error  # never tried again: what it left on the disk is not known
        return results

    def _reopen(self) -> Session:
        try:
            return self._open()
        except IsocenterError as error:
            raise _DatabaseFault from error

    def _is_database_fault(self, error: Exception) -> bool:
        """Tell a failing database from a row that does not fit."""
        driver = self._driver
        faults = (driver.OperationalError, driver.InterfaceError, driver.InternalError)
        return isinstance(error, faults) or type(error) is driver.DatabaseError

    def _undo(self) -> None:
        self._known.forget()
        self._ids.forget()
        try:
            if self._session is not None:
                self._session.rollback()
        except self._driver.Error:
            self._session = None
            self._pooled.invalidate()

    def _blamed(self, error: Exception) -> IsocenterError:
        """Return what the unit's future raises."""
        if isinstance(error, IsocenterError):
            return error
        failure: IsocenterError
        if isinstance(error, self._driver.IntegrityError):
            failure = StaleDecision("the index has changed since this was decided")
        else:
            cause = error.__cause__ if isinstance(error, _DatabaseFault) else error
            _log.error("index_write_failed", error=type(cause).__name__)  # never its text, which may hold values
            failure = IndexFailure("the index could not be written")
        failure.__cause__ = error
        return failure

    @property
    def _driver(self) -> Any:  # a module; DB-API drivers share no type
        return self._engine.dialect.loaded_dbapi


class _DatabaseFault(Exception):
    """The database failed, not a unit."""


def _another_writer() -> ConfigurationError:
    return ConfigurationError("another process writes to this index; stop it first")


def _lock_file(engine: Engine) -> IO[bytes] | None:
    """Take SQLite's one-writer lock: a file beside the database, which the system frees when the process ends."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return None
    file = Path(f"{engine.url.database}-writer").open("ab")  # noqa: SIM115 - open as long as the writer is
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise _another_writer() from error
    return file
