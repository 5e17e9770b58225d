"""The jobs in a table of the index's own database, so that they commit with what causes them.

One implementation for SQLite and PostgreSQL: on PostgreSQL workers skip rows that others are about to lease
(``SKIP LOCKED``); on SQLite there is one writer at a time anyway.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, Table, Update, case, func, literal_column, or_, select, tuple_, union
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.elements import ColumnElement

from isocenter.errors import IndexFailure
from isocenter.queue.policy import RetryPolicy
from isocenter.queue.port import Job, JobCount, JobState

__all__ = ["Ledger"]

MAX_ERROR = 500
"""Characters of an error that are kept."""
_AT_ONCE = 500
"""Jobs in one statement, below the bound on parameters of either engine."""


class Ledger:
    """Jobs in ``table``, whose columns are those of the index's job table. Safe to use from many threads."""

    def __init__(
        self, engine: Engine, table: Table, policy: RetryPolicy | None = None, chance: random.Random | None = None
    ) -> None:
        self._engine = engine
        self._jobs = table
        self._policy = policy or RetryPolicy()
        self._chance = chance or random.Random()  # noqa: S311  (spreads waits, keeps no secret)

    def lanes(self, now: int, kind: str) -> list[str]:
        """See ``JobQueue``."""
        jobs = self._jobs.c
        due = select(jobs.lane).where(self._is(JobState.PENDING), jobs.kind == kind, jobs.due_at <= now)
        lost = select(jobs.lane).where(self._is(JobState.LEASED), jobs.kind == kind, jobs.lease_until < now)
        with self._transaction() as connection:
            return sorted(connection.execute(union(due, lost)).scalars())

    def lease(self, now: int, kind: str, worker: str, *, lane: str = "", limit: int = 1) -> list[Job]:
        """See ``JobQueue``."""
        jobs = self._jobs.c
        due = (
            select(jobs.id)
            .where(self._is(JobState.PENDING), jobs.kind == kind, jobs.lane == lane, jobs.due_at <= now)
            .order_by(jobs.due_at, jobs.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("due")
            .prefix_with("MATERIALIZED")  # run once: run again, it would lock further rows
        )
        leased = (
            self._jobs.update()
            .where(jobs.id.in_(select(due.c.id)), self._is(JobState.PENDING))
            .values(
                state=JobState.LEASED,
                leased_by=worker,
                lease_until=now + self._policy.lease,
                attempts=jobs.attempts + 1,
            )
            .returning(jobs.id, jobs.payload, jobs.attempts, jobs.due_at)
        )
        with self._transaction() as connection:
            self._take_back(connection, now, kind, lane)
            rows = sorted(connection.execute(leased).all(), key=lambda row: (row.due_at, row.id))
        return [Job(row.id, kind, lane, row.payload, row.attempts, worker) for row in rows]

    def heartbeat(self, now: int, jobs: Sequence[Job]) -> list[Job]:
        """See ``JobQueue``."""
        return self._settle(jobs, self._jobs.update().values(lease_until=now + self._policy.lease))

    def done(self, now: int, jobs: Sequence[Job]) -> list[Job]:
        """See ``JobQueue``."""
        finished = self._jobs.update().values(
            state=JobState.DONE, finished_at=now, leased_by="", lease_until=None, last_error=""
        )
        return self._settle(jobs, finished)

    def retry(self, now: int, job: Job, error: str) -> JobState | None:
        """See ``JobQueue``."""
        if job.attempts >= self._policy.attempts:
            return JobState.POISON if self.poison(now, job, error) else None
        later = now + self._policy.wait(job.attempts, self._chance)
        again = self._jobs.update().values(
            state=JobState.PENDING, due_at=later, leased_by="", lease_until=None, last_error=error[:MAX_ERROR]
        )
        return JobState.PENDING if self._settle([job], again) else None

    def poison(self, now: int, job: Job, error: str) -> bool:
        """See ``JobQueue``."""
        given_up = self._jobs.update().values(
            state=JobState.POISON, finished_at=now, leased_by="", lease_until=None, last_error=error[:MAX_ERROR]
        )
        return bool(self._settle([job], given_up))

    def counts(self) -> list[JobCount]:
        """See ``QueueDesk``."""
        jobs = self._jobs.c
        counted = select(jobs.kind, jobs.lane, jobs.state, func.count(), func.min(jobs.due_at))
        counted = counted.group_by(jobs.kind, jobs.lane, jobs.state).order_by(jobs.kind, jobs.lane, jobs.state)
        with self._transaction() as connection:
            rows = connection.execute(counted).all()
        return [JobCount(kind, lane, JobState(state), count, due) for kind, lane, state, count, due in rows]

    def replay(self, now: int, ids: Sequence[int]) -> int:
        """See ``QueueDesk``."""
        again = self._jobs.update().values(state=JobState.PENDING, due_at=now, attempts=0, finished_at=None)
        replayed = 0
        with self._transaction() as connection:
            for start in range(0, len(ids), _AT_ONCE):
                chosen = self._jobs.c.id.in_(ids[start : start + _AT_ONCE])
                statement = again.where(chosen, self._is(JobState.POISON)).returning(self._jobs.c.id)
                replayed += len(connection.execute(statement).all())
        return replayed

    def forget(self, before: int) -> int:
        """See ``QueueDesk``."""
        old = self._jobs.delete().where(self._is(JobState.DONE), self._jobs.c.finished_at < before)
        with self._transaction() as connection:
            return len(connection.execute(old.returning(self._jobs.c.id)).all())

    def _take_back(self, connection: Connection, now: int, kind: str, lane: str) -> None:
        """Jobs whose worker fell silent are due again; those that outlived too many workers are poison."""
        jobs = self._jobs.c
        lost = (
            select(jobs.id)
            .where(self._is(JobState.LEASED), jobs.kind == kind, jobs.lane == lane, jobs.lease_until < now)
            .with_for_update(skip_locked=True)
        )
        spent = jobs.attempts >= self._policy.attempts
        connection.execute(
            self._jobs.update()
            .where(jobs.id.in_(lost), self._is(JobState.LEASED))
            .values(
                state=case((spent, int(JobState.POISON)), else_=int(JobState.PENDING)),
                finished_at=case((spent, now), else_=None),
                leased_by="",
                lease_until=None,
                last_error="the worker fell silent",
            )
        )

    def _settle(self, jobs: Sequence[Job], change: Update) -> list[Job]:
        """Change the jobs whose lease still holds, and return these."""
        columns = self._jobs.c
        held: set[tuple[int, int]] = set()
        with self._transaction() as connection:
            for start in range(0, len(jobs), _AT_ONCE):
                some = jobs[start : start + _AT_ONCE]
                ours = tuple_(columns.id, columns.attempts).in_([(job.id, job.attempts) for job in some])
                by = or_(*(columns.leased_by == worker for worker in {job.worker for job in some}))
                statement = change.where(self._is(JobState.LEASED), ours, by).returning(columns.id, columns.attempts)
                held.update((row.id, row.attempts) for row in connection.execute(statement))
        return [job for job in jobs if (job.id, job.attempts) in held]

    def _is(self, state: JobState) -> ColumnElement[bool]:
        """Written as a literal, so that the partial indexes apply."""
        return self._jobs.c.state == literal_column(str(int(state)))

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise IndexFailure("the ledger of jobs does not answer") from error
