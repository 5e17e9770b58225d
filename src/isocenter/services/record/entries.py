"""What can be recorded, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from isocenter.errors import IsocenterError
from isocenter.index.record import Decision, JournalEvent
from isocenter.index.write.units import Unit
from isocenter.services.record.source import Source
from isocenter.services.record.whole_object import WholeObject
from isocenter.storage import Placement

__all__ = ["Arrived", "Happening", "Outcome", "RecordIndex", "Result", "Verdict"]


class Result(Enum):
    """What became of an object, in the words of a report."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    KEPT_ASIDE = "kept aside"


@dataclass(frozen=True, slots=True)
class Outcome:
    """An object is durable: these bytes and their index rows survive a power cut from now on."""

    result: Result
    sop_instance_uid: str
    note: str = ""
    """What the sender should know: why the object was kept aside."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the record makes of an object, before anything of it is written."""

    decision: Decision
    kind: str = ""
    """The kind of exception to list, when one is due."""
    refused: IsocenterError | None = None

    @property
    def keeps(self) -> bool:
        """Whether there are bytes to keep: anything but what is here already, whole."""
        return self.decision is not Decision.DUPLICATE

    @property
    def result(self) -> Result:
        """The verdict in the words of a report."""
        return _RESULTS.get(self.decision, Result.STORED)


_RESULTS = {
    Decision.DUPLICATE: Result.DUPLICATE,
    Decision.CONFLICT: Result.KEPT_ASIDE,
    Decision.SECOND_SOURCE: Result.KEPT_ASIDE,
}


@dataclass(slots=True)
class Arrived:
    """A whole object that waits to be recorded; ``done`` hears of it once, from another thread."""

    whole: WholeObject
    done: Callable[[Outcome | IsocenterError], None]
    placement: Placement | None = None
    """Where it lies already: it was spilled, adopted, or found by recovery."""
    own_pack: bool = False
    """Whether it lies in a pack of its own, to be sealed once the index has it."""
    answered: bool = False

    def answer(self, answer: Outcome | IsocenterError) -> None:
        """Tell what became of it, once; the bytes in memory are free from then on."""
        if not self.answered:
            self.answered = True
            self.whole.body.release()
            self.done(answer)


@dataclass(slots=True)
class Happening:
    """An event about objects that are here already; ``unit`` makes its rows.

    ``done`` hears of it once, from another thread: what the index says the event did, or the error.
    """

    kind: str
    source: Source
    reason: str
    body: Mapping[str, Any]  # Any: JSON
    unit: Callable[[JournalEvent], Unit]
    done: Callable[[Any], None]  # Any: each unit has a result of its own
    answered: bool = False

    def answer(self, answer: Any) -> None:  # Any: as above
        """Tell what became of it, once."""
        if not self.answered:
            self.answered = True
            self.done(answer)


class RecordIndex(Protocol):
    """The part of the index that the record writes to."""

    def submit(self, unit: Unit) -> Future[Any]:  # Any: units give different results
        """Commit a unit durably, together with others; the future tells when it is, or that it failed."""

    def commit(self, unit: Unit) -> Future[Any]:  # Any: as above
        """Commit a unit in the calling thread where that is possible."""
