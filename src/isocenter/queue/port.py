"""What workers and operators can do with jobs.

Jobs are put in by whoever commits what causes them, in the same transaction; so there is no ``enqueue`` here. A worker
leases jobs for a while, keeps the lease alive, and says how each ended. A worker that dies says nothing: its lease
runs out and the job is given to another one, so every job must bear being done twice.

Moments are microseconds since 1970-01-01 UTC. ``now`` is the caller's clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

__all__ = ["Job", "JobCount", "JobQueue", "JobState", "QueueDesk"]


class JobState(IntEnum):
    """Where a job stands."""

    PENDING = 0
    LEASED = 1
    DONE = 2
    POISON = 3
    """Given up; it waits for a person, who can replay it."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job as leased by a worker; the lease is proven by the worker's name and the number of the attempt."""

    id: int
    kind: str
    lane: str
    """A destination, or empty for work inside; one lane's trouble does not hold up the others."""
    payload: str
    """JSON, understood by whoever handles this kind."""
    attempts: int
    """This one included."""
    worker: str


@dataclass(frozen=True, slots=True)
class JobCount:
    """How many jobs of a kind and lane stand where, and when the first of them is or was due."""

    kind: str
    lane: str
    state: JobState
    jobs: int
    first_due_at: int


class JobQueue(Protocol):
    """A worker's side. Every method is one durable transaction; jobs whose lease was lost are passed over."""

    def lanes(self, now: int, kind: str) -> list[str]:
        """Lanes of this kind with jobs that are due, or whose lease ran out."""
        ...

    def lease(self, now: int, kind: str, worker: str, *, lane: str = "", limit: int = 1) -> list[Job]:
        """Give this worker the jobs that are due longest. ``worker`` is a name that no other worker bears."""
        ...

    def heartbeat(self, now: int, jobs: Sequence[Job]) -> list[Job]:
        """Prolong the leases; returns the jobs that are still this worker's. The others must be let go."""
        ...

    def done(self, now: int, jobs: Sequence[Job]) -> list[Job]:
        """The jobs are finished; returns those that were still this worker's."""
        ...

    def retry(self, now: int, job: Job, error: str) -> JobState | None:
        """The job failed and may do better later: PENDING, or POISON after too many attempts; None: lease lost.

        ``error`` is kept for people: it holds no patient's data and no secret.
        """
        ...

    def poison(self, now: int, job: Job, error: str) -> bool:
        """The job failed and will fail again; whether it was still this worker's."""
        ...


class QueueDesk(Protocol):
    """An operator's side."""

    def counts(self) -> list[JobCount]:
        """How many jobs there are, by kind, lane and state."""
        ...

    def replay(self, now: int, ids: Sequence[int]) -> int:
        """Start poisoned jobs over, as if they had never been tried; returns how many."""
        ...

    def forget(self, before: int) -> int:
        """Remove jobs that were done before that moment; returns how many."""
        ...
