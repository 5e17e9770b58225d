"""Answers queries. The ids are found first, in one bounded statement; answers are then read page by page.

So a slow reader holds no transaction open, and what it reads is what was there when it asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError

from isocenter.errors import BadRequest, IndexFailure
from isocenter.index.answers import Row, answer
from isocenter.index.compile import TimeZones, compile_count, compile_ids, leads_open
from isocenter.index.deadline import Overdue, bounded
from isocenter.index.moments import read_utc_offset
from isocenter.index.query import DateTimeRange, Query
from isocenter.index.schema import series, study

__all__ = ["FindLimits", "Finder", "Found"]


@dataclass(frozen=True, slots=True)
class FindLimits:
    """Bounds on one query, so that no question holds up the others."""

    rows: int = 100_000
    """Entities that one query may find; beyond, it must be narrowed (their ids are held in memory)."""
    seconds: float = 10.0
    """Time for one statement."""
    page: int = 256
    """Answers read at a time."""
    site_utc_offset: int = 0
    """Minutes east of UTC of values that were stored without a time zone."""


class Found:
    """What a query found; iterate once or often, the answers behind the first page are read each time."""

    def __init__(self, finder: Finder, query: Query, ids: list[int], first_page: list[Row], *, more: bool) -> None:
        self._finder = finder
        self._query = query
        self._ids = ids
        self._first_page = first_page
        self.more = more
        """Whether there is more behind the limit that was asked for."""

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[Row]:
        for page in self.pages():
            yield from page

    def pages(self) -> Iterator[list[Row]]:
        """Answers in lists of at most the page size."""
        size = self._finder.limits.page
        if self._first_page:
            yield self._first_page
        for start in range(size, len(self._ids), size):
            yield self._finder.read(self._query, self._ids[start : start + size])


class Finder:
    """Finds patients, studies, series and instances that are in force. Safe to use from many threads."""

    def __init__(
        self, engine: Engine, limits: FindLimits | None = None, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine = engine
        self.limits = limits or FindLimits()
        self._monotonic = monotonic

    def find(self, query: Query) -> Found:
        """Everything that ``query`` finds.

        Raises ``BadRequest`` when it finds more than the limit on rows or, for a key that begins with a wildcard,
        takes too long; ``IndexFailure`` when the database does not answer.
        """
        if query.offset < 0 or (query.limit is not None and query.limit < 0):
            raise BadRequest("limit and offset must not be negative")
        bound = self.limits.rows if query.limit is None else min(query.limit, self.limits.rows)
        with self._connection(query) as connection:
            statement = compile_ids(query, self._zones(connection, query)).limit(bound + 1).offset(query.offset)
            ids = list(connection.execute(statement).scalars())
            more = len(ids) > bound
            if more and query.limit is None:
                raise BadRequest(f"more than {self.limits.rows} matches: narrow the query, or ask with a limit")
            # Most answers fit one page: reading it here saves a transaction.
            first_page = answer(connection, query, ids[: min(bound, self.limits.page)]) if ids else []
        return Found(self, query, ids[:bound], first_page, more=more)

    def count(self, query: Query) -> int:
        """How many entities ``query`` finds, without regard to its limit and offset."""
        query = replace(query, limit=None, offset=0)
        with self._connection(query) as connection:
            return connection.execute(compile_count(query, self._zones(connection, query))).scalar_one()

    def read(self, query: Query, ids: list[int]) -> list[Row]:
        """Answers for row ids that ``find`` found; for ``Found``."""
        with self._connection(query) as connection:
            return answer(connection, query, ids)

    @contextmanager
    def _connection(self, query: Query) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection, bounded(connection, self.limits.seconds, self._monotonic):
                yield connection
        except Overdue as overdue:
            if (path := leads_open(query)) is not None:
                raise BadRequest(
                    "a key that begins with a wildcard took too long: give its first letters, or a date",
                    tag=path[0],
                ) from overdue
            raise IndexFailure("the query took too long: narrow it by a patient, a study or a date") from overdue
        except SQLAlchemyError as error:
            raise IndexFailure("the index does not answer") from error

    def _zones(self, connection: Connection, query: Query) -> TimeZones | None:
        """Time zones in use; read only for a query that needs them."""
        if query.timezone_offset is None or not any(isinstance(match, DateTimeRange) for _, match in query.matches):
            return None
        offsets: dict[str, int] = {}
        for table in (study, series):
            column = table.c.timezone_offset_from_utc
            used = select(column).where(table.c.partition_ref == query.partition).distinct()
            for text in connection.execute(used).scalars():
                offset = read_utc_offset(text)
                offsets[text] = self.limits.site_utc_offset if offset is None else offset
        return TimeZones(offsets)
