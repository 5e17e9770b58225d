"""What commands need of the rest of the program; the composition root supplies it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from isocenter.index.read.for_record import ExceptionEntry, HistoryEntry
from isocenter.services.check import CheckReport
from isocenter.services.find import Find
from isocenter.services.ingest import Ingest
from isocenter.services.record.rebuild import Rebuilt
from isocenter.services.retrieve import Retrieve
from isocenter.settings import Settings

__all__ = ["Archive", "Composition", "Histories", "Reader", "RunningServer"]

Progress = Callable[[int, int], None]
"""Hears how much is done, and of how much."""


class Histories(Protocol):
    """What the record tells about itself."""

    def history(self, sop_instance_uid: str) -> Sequence[HistoryEntry]:
        """List all events that touched any version of an instance, in order."""

    def exceptions(self) -> Sequence[ExceptionEntry]:
        """List what a person should look at, the newest first."""


class Reader(Protocol):
    """The index, read beside a running server."""

    @property
    def find(self) -> Find:
        """Finds what is in force."""

    @property
    def record(self) -> Histories:
        """Tells the histories."""


class Archive(Reader, Protocol):
    """The whole archive, ours alone while it is open."""

    @property
    def ingest(self) -> Ingest:
        """Takes objects in."""

    @property
    def retrieve(self) -> Retrieve:
        """Gives objects back."""

    def check(self, progress: Progress | None = None) -> CheckReport:
        """Check everything that is kept."""


class _Listener(Protocol):
    @property
    def port(self) -> int:
        """The port that is listened on."""


class RunningServer(Protocol):
    """A server whose doors are open."""

    @property
    def dimse(self) -> _Listener:
        """The DICOM listener."""

    @property
    def web(self) -> _Listener:
        """The web listener."""


class Composition(Protocol):
    """Makes what commands use; nothing is opened before a command asks."""

    def open_archive(self, settings: Settings) -> AbstractContextManager[Archive]:
        """Open the archive for this process alone. Raises StorageError when another one has it."""

    def open_reader(self, settings: Settings) -> AbstractContextManager[Reader]:
        """Open the index only."""

    def reindex(self, settings: Settings, progress: Progress | None = None) -> Rebuilt:
        """Make the index again from the packs."""

    def serve(self, settings: Settings, announce: Callable[[RunningServer], None]) -> None:
        """Run the server until SIGTERM or SIGINT; ``announce`` is called once, when the doors are open."""
