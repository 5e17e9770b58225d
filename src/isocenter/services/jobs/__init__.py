"""Work after the acknowledgement: drains the outbox that commits with what caused it."""

from isocenter.services.jobs.worker import JobWorker

__all__ = ["JobWorker"]
