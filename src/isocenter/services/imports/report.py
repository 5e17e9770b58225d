"""What became of each file of an import: every one is counted once, under one heading."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from isocenter.errors import DataSetError, IsocenterError
from isocenter.services.record import Outcome, Result

__all__ = ["Counts", "DirectoryReport", "Example", "ImportReport", "Reason", "Tally"]

MAX_EXAMPLES = 5
"""Examples that are kept of each reason."""
MAX_REASONS = 100
"""Different reasons that are told apart; a report is for people."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How far an import has come; ``found`` is the sum of the four after it once all is done."""

    files: int = 0
    """Files and zip entries looked at, whatever they were."""
    bytes: int = 0
    """Bytes of them read from disk."""
    found: int = 0
    stored: int = 0
    duplicate: int = 0
    kept_aside: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Example:
    """One file, as the caller named it, and what was wrong with it."""

    where: str
    why: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Files with the same fate for the same reason."""

    text: str
    count: int
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class DirectoryReport:
    """What a DICOMDIR lists, compared with the files beside and below it. Files are read whether listed or not."""

    where: str
    listed: int
    missing: int
    """Listed and not there."""
    missing_examples: tuple[str, ...] = ()
    extra: int = 0
    """DICOM files that are there and not listed."""
    outside: int = 0
    """Listed with a name that leads out of the folder; never followed."""
    unreadable: str = ""
    """Why its list could not be read; empty when it could."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The outcome: ``counts.found`` = stored + duplicate + kept aside + refused; the other files are no DICOM."""

    counts: Counts
    kept_aside: tuple[Reason, ...]
    refused: tuple[Reason, ...]
    passed_over: tuple[Reason, ...]
    """Files that are not meant to be imported: no DICOM, links, special files, the DICOMDIR itself."""
    directories: tuple[DirectoryReport, ...] = ()
    stopped: str = ""
    """Why the import ended early; what comes after was not looked at. Empty when it went to the end."""


@dataclass(slots=True)
class _Reasons:
    """Counts by reason, the first ones with examples."""

    held: dict[str, tuple[int, list[Example]]] = field(default_factory=dict)
    count: int = 0

    def add(self, text: str, example: Example) -> None:
        if text not in self.held and len(self.held) >= MAX_REASONS:
            text = "Other reasons."
        count, examples = self.held.get(text, (0, []))
        if len(examples) < MAX_EXAMPLES:
            examples.append(example)
        self.held[text] = (count + 1, examples)
        self.count += 1

    def result(self) -> tuple[Reason, ...]:
        reasons = (Reason(text, count, tuple(examples)) for text, (count, examples) in self.held.items())
        return tuple(sorted(reasons, key=lambda reason: (-reason.count, reason.text)))


class Tally:
    """Counts outcomes as they come; thread-safe, since the record answers from threads of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files = 0
        self._bytes = 0
        self._found = 0
        self._stored = 0
        self._duplicate = 0
        self._kept_aside = _Reasons()
        self._refused = _Reasons()
        self._passed_over = _Reasons()
        self._directories: list[DirectoryReport] = []

    def looked_at(self, size: int) -> None:
        """Count a file or zip entry of that many bytes on disk."""
        with self._lock:
            self._files += 1
            self._bytes += size

    def passed_over(self, where: str, reason: str) -> None:
        """Count a file that is not to be imported."""
        with self._lock:
            self._passed_over.add(reason, Example(where, reason))

    def found(self) -> None:
        """Count a file that is to be imported; `refused` or `outcome` must follow, once."""
        with self._lock:
            self._found += 1

    def refused(self, where: str, error: IsocenterError) -> None:
        """Count a file that was found and cannot be kept."""
        text = "The data set is malformed." if isinstance(error, DataSetError) else str(error)
        with self._lock:
            self._refused.add(text, Example(where, str(error)))

    def outcome(self, where: str, outcome: Outcome) -> None:
        """Count a file that was found and is durable."""
        with self._lock:
            if outcome.result is Result.STORED:
                self._stored += 1
            elif outcome.result is Result.DUPLICATE:
                self._duplicate += 1
            else:
                self._kept_aside.add(outcome.note, Example(where, outcome.note))

    def directory(self, report: DirectoryReport) -> None:
        """Add the report on a DICOMDIR."""
        with self._lock:
            self._directories.append(report)

    def counts(self) -> Counts:
        """Give the counts so far."""
        with self._lock:
            return Counts(
                files=self._files,
                bytes=self._bytes,
                found=self._found,
                stored=self._stored,
                duplicate=self._duplicate,
                kept_aside=self._kept_aside.count,
                refused=self._refused.count,
            )

    def report(self, stopped: str = "") -> ImportReport:
        """Give the whole report."""
        counts = self.counts()
        with self._lock:
            return ImportReport(
                counts,
                self._kept_aside.result(),
                self._refused.result(),
                self._passed_over.result(),
                tuple(self._directories),
                stopped,
            )
