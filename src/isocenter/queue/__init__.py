"""Durable jobs: work that was promised when something was committed, and that survives a crash until it is done."""

from __future__ import annotations

from isocenter.queue.ledger import Ledger
from isocenter.queue.policy import RetryPolicy
from isocenter.queue.port import Job, JobCount, JobQueue, JobState, QueueDesk

__all__ = ["Job", "JobCount", "JobQueue", "JobState", "Ledger", "QueueDesk", "RetryPolicy"]
