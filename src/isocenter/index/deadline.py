"""Bounds the time that one statement may take, on either engine."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

__all__ = ["Overdue", "bounded"]

_STEPS = 20_000
"""Virtual machine steps of SQLite between two looks at the clock: below a millisecond, and not felt."""
_QUERY_CANCELED = "57014"


class Overdue(Exception):
    """The statement was stopped because its time was up."""


@contextmanager
def bounded(connection: Connection, seconds: float, monotonic: Callable[[], float]) -> Iterator[None]:
    """Statements inside are stopped after ``seconds`` in all (SQLite) or each (PostgreSQL); then ``Overdue``."""
    driver = connection.connection.driver_connection
    try:
        if isinstance(driver, sqlite3.Connection):
            with _progress(driver, monotonic() + seconds, monotonic):
                yield
        else:
            connection.execute(text(f"SET LOCAL statement_timeout = {max(1, int(seconds * 1000))}"))
            yield
    except DBAPIError as error:
        if _was_stopped(error.orig):
            raise Overdue from error
        raise


@contextmanager
def _progress(driver: sqlite3.Connection, end: float, monotonic: Callable[[], float]) -> Iterator[None]:
    driver.set_progress_handler(lambda: monotonic() > end, _STEPS)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)


def _was_stopped(error: Any) -> bool:  # what a driver raises has no common type
    if isinstance(error, sqlite3.OperationalError):
        return error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT
    return getattr(error, "sqlstate", None) == _QUERY_CANCELED
