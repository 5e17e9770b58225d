"""Runs jobs on a thread, out of the way of what is arriving."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence

from isocenter.errors import IsocenterError
from isocenter.queue.port import Job, JobQueue

__all__ = ["JobHandler", "JobWorker"]

log = logging.getLogger(__name__)

JobHandler = Callable[[Sequence[Job]], None]
"""Does jobs of one kind; what it raises is retried later."""


class JobWorker:
    """Leases jobs and gives them to their handlers.

    While objects arrive it waits, so that a sender is not slowed by work that can be done a second later; at the
    latest after ``patience`` seconds it goes on all the same.
    """

    def __init__(
        self,
        queue: JobQueue,
        handlers: Mapping[str, JobHandler],
        *,
        clock: Callable[[], float],
        busy: Callable[[], bool],
        name: str,
        batch: int = 64,
        idle_seconds: float = 0.5,
        patience: int = 20,
    ) -> None:
        self._queue = queue
        self._handlers = handlers
        self._clock = clock
        self._busy = busy
        self._name = name
        self._batch = batch
        self._idle_seconds = idle_seconds
        self._patience = patience
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def close(self) -> None:
        """Finish the jobs in hand and end."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def run_once(self) -> int:
        """Do the jobs that are due now, at most one batch of each kind; gives how many."""
        return sum(self._run_kind(kind, handler) for kind, handler in self._handlers.items())

    def _run(self) -> None:
        waited = 0
        while not self._stop.is_set():
            if self._busy() and waited < self._patience:
                waited += 1
                self._stop.wait(self._idle_seconds)
                continue
            waited = 0
            try:
                done = self.run_once()
            except Exception:
                log.exception("The ledger of jobs did not answer.")
                done = 0
            if not done:
                self._stop.wait(self._idle_seconds)

    def _run_kind(self, kind: str, handler: JobHandler) -> int:
        jobs = self._queue.lease(self._now(), kind, self._name, limit=self._batch)
        if not jobs:
            return 0
        try:
            handler(jobs)
        except Exception as error:
            if not isinstance(error, IsocenterError):
                log.exception("Jobs of kind %s failed.", kind)
            for job in jobs:
                self._queue.retry(self._now(), job, str(error) if isinstance(error, IsocenterError) else "fault")
        else:
            self._queue.done(self._now(), jobs)
        return len(jobs)

    def _now(self) -> int:
        return int(self._clock() * 1_000_000)
