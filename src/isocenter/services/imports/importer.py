"""Imports files: recognises them, hands them to `Ingest`, several at a time, and counts what became of each."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from isocenter.dicom.part10 import FileMeta
from isocenter.dicom.uid import is_valid
from isocenter.errors import (
    IndexFailure,
    InvalidUid,
    IsocenterError,
    NotSupported,
    ReadOnly,
    StorageError,
    StorageFull,
)
from isocenter.services.imports.directory import MAX_DIRECTORY_BYTES, Directories, Directory
from isocenter.services.imports.places import Entry, EntryKind, Root, is_dicomdir, roots, walk
from isocenter.services.imports.report import Counts, ImportReport, Tally
from isocenter.services.imports.sources import ByteSource, FileSource, Kind, Recognised, recognise
from isocenter.services.imports.zips import ZipEntry, ZipLimits, open_zip
from isocenter.services.ingest import Incoming, Ingest
from isocenter.services.record import Outcome, Source

__all__ = ["ImportLimits", "ImportMode", "ImportOptions", "Importer"]

FATAL = (StorageFull, ReadOnly, IndexFailure)
"""Faults of this system that the next file would meet too: the import stops, to be repeated later."""
BACKLOG_BYTES = 8 * 1024 * 1024
"""Bytes of one large file that may wait for the disk before we stop reading it."""

Progress = Callable[[Counts], None]


class ImportMode(Enum):
    """What becomes of the files."""

    COPY = "copy"
    """Their data sets are copied into packs; the files are not needed any more."""
    ADOPT = "adopt"
    """They stay where they are and are relied on there."""


@dataclass(frozen=True, slots=True)
class ImportLimits:
    """Bounds on an import."""

    in_flight: int = 64
    """Objects that wait to be durable at the same time: enough for full commit groups."""
    zip: ZipLimits = field(default_factory=ZipLimits)


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How an import is done."""

    user: str
    """Who imports: the source that later versions of the same objects are compared with."""
    mode: ImportMode = ImportMode.COPY
    default_issuer: str = ""
    """Issuer of Patient ID where a file names none."""


class Importer:
    """Takes in files; repeating an import does no harm, since what is here already is only counted."""

    def __init__(self, ingest: Ingest, limits: ImportLimits | None = None) -> None:
        self._ingest = ingest
        self._limits = limits or ImportLimits()

    def run(self, paths: Sequence[Path], options: ImportOptions, progress: Progress | None = None) -> ImportReport:
        """Import files, folders, zip archives and media; returns when every object is durable or refused.

        ``progress`` is called from this thread after each file. Raises NotFound when a path is not there, before
        anything is read.
        """
        places = roots(paths)
        run = _Run(self._ingest, self._limits, options, progress)
        try:
            for root in places:
                run.root(root)
                if run.stopped:
                    break
        finally:
            run.end()
        return run.report()


class _Run:
    """One import."""

    def __init__(self, ingest: Ingest, limits: ImportLimits, options: ImportOptions, progress: Progress | None) -> None:
        self._ingest = ingest
        self._limits = limits
        self._options = options
        self._progress = progress
        self._tally = Tally()
        self._directories = Directories()
        self._room = threading.Semaphore(limits.in_flight)
        self._source = Source("import", options.user)
        self._lane = ingest.join_lane()
        self.stopped = ""

    def root(self, root: Root) -> None:
        """Import one thing that the caller named."""
        self._source = Source(
            "import",
            self._options.user,
            f"{self._options.mode.value} from {_printable(root.path / root.only)}",
            self._options.default_issuer,
        )
        for entry in walk(root):
            self._report_directories(self._directories.leave(root, entry.folder))
            self._entry(entry)
            if self._progress is not None:
                self._progress(self._tally.counts())
            if self.stopped:
                return
        self._report_directories(self._directories.leave(None, ()))

    def end(self) -> None:
        """Wait until every object under way is durable or refused."""
        for _ in range(self._limits.in_flight):
            self._room.acquire()
        self._ingest.leave_lane(self._lane)
        self._report_directories(self._directories.leave(None, ()))

    def report(self) -> ImportReport:
        """Give the report."""
        return self._tally.report(self.stopped)

    # What lies in folders.

    def _entry(self, entry: Entry) -> None:
        listed = entry.kind is not EntryKind.FILE or self._directories.saw((*entry.folder, entry.name))
        if entry.kind in (EntryKind.LINK, EntryKind.SPECIAL):
            self._tally.looked_at(0)
            self._tally.passed_over(entry.shown, f"A {entry.kind.value}; it is not followed.")
            return
        self._tally.looked_at(entry.size)
        try:
            fd = entry.open() if entry.kind is EntryKind.FILE else -1
            if fd < 0:
                raise PermissionError
        except OSError:
            self._refuse(entry.shown, NotSupported("It cannot be opened: missing permission, or gone meanwhile."))
            return
        try:
            self._file(entry, fd, listed)
        finally:
            os.close(fd)

    def _file(self, entry: Entry, fd: int, listed: bool) -> None:
        file = FileSource(fd, entry.path, entry.shown)
        try:
            first = file.read()
        except OSError:
            self._refuse(entry.shown, _unreadable())
            return
        recognised = recognise(first)
        if recognised.kind is Kind.ZIP:
            self._zip(entry, fd)
        elif recognised.kind is Kind.DIRECTORY and recognised.meta is not None:
            self._directory(entry, file, first, recognised.meta)
        else:
            if recognised.kind is Kind.DICOM and not listed:
                self._directories.extra()
            self._object(file, first, recognised)

    def _directory(self, entry: Entry, file: FileSource, first: bytes, meta: FileMeta) -> None:
        self._tally.passed_over(entry.shown, "A DICOMDIR; the files are taken from the folders themselves.")
        if not is_dicomdir(entry.name):
            return
        directory = Directory(entry.root, entry.folder, entry.shown)
        if file.size > MAX_DIRECTORY_BYTES:
            directory.unreadable("It is too large.")
        else:
            try:
                data = b"".join([first, *iter(file.read, b"")])
                directory.read(data[meta.data_set_offset :], meta.transfer_syntax_uid)
            except OSError:
                directory.unreadable("The disk failed.")
        self._directories.add(directory)

    def _report_directories(self, closed: list[Directory]) -> None:
        for directory in closed:
            self._tally.directory(directory.report())

    # What lies in zip archives.

    def _zip(self, entry: Entry, fd: int) -> None:
        try:
            archive = open_zip(fd, entry.shown, self._limits.zip)
        except IsocenterError as error:
            self._refuse(entry.shown, error)
            return
        self._tally.passed_over(entry.shown, "A zip archive; what is in it is counted by itself.")
        for member in archive:
            self._tally.looked_at(0)
            if member.is_link:
                self._tally.passed_over(member.shown, f"A {EntryKind.LINK.value}; it is not followed.")
            else:
                self._member(member)
            if self._progress is not None:
                self._progress(self._tally.counts())
            if self.stopped:
                return

    def _member(self, member: ZipEntry) -> None:
        try:
            first = member.read()
        except IsocenterError as error:
            self._refuse(member.shown, error)
            return
        except OSError:
            self._refuse(member.shown, _unreadable())
            return
        try:
            recognised = recognise(first)
            if recognised.kind is Kind.ZIP:
                self._refuse(member.shown, NotSupported("A zip archive inside a zip archive; unpack the outer one."))
            elif recognised.kind is Kind.DIRECTORY:
                self._tally.passed_over(member.shown, "A DICOMDIR inside a zip archive; not compared with its files.")
            elif recognised.kind is Kind.DICOM and self._options.mode is ImportMode.ADOPT:
                self._refuse(member.shown, NotSupported("What lies in a zip archive cannot be adopted in place."))
            else:
                self._object(member, first, recognised)
        finally:
            member.close()

    # One object.

    def _object(self, file: ByteSource, first: bytes, recognised: Recognised) -> None:
        """Count a file that is no DICOM; keep one that is."""
        meta = recognised.meta
        if recognised.kind is Kind.OTHER:
            self._tally.passed_over(file.shown, "Not DICOM." if first else "Empty.")
        elif recognised.kind is Kind.GZIP:
            self._refuse(file.shown, NotSupported("A file compressed with gzip; unpack it first."))
        elif recognised.error is not None or meta is None:
            self._refuse(file.shown, recognised.error or _unreadable())
        else:
            self._tally.found()
            self._room.acquire()
            try:
                self._keep(file, first, meta)
            except IsocenterError as error:
                self._answer(file.shown, error)
            except OSError:
                self._answer(file.shown, _unreadable())
            except BaseException:
                self._room.release()
                raise

    def _keep(self, file: ByteSource, first: bytes, meta: FileMeta) -> None:
        if not is_valid(meta.transfer_syntax_uid):
            raise InvalidUid("The transfer syntax in the file meta information is not a UID by PS3.5 9.1.")
        if self._options.mode is ImportMode.ADOPT:
            self._adopt(file, first, meta)
        else:
            self._copy(file, first, meta)

    def _copy(self, file: ByteSource, first: bytes, meta: FileMeta) -> None:
        head = first[: meta.data_set_offset]
        incoming = self._ingest.begin(self._source, meta.transfer_syntax_uid, None, head)
        try:
            for chunk in _data_set(file, first, meta):
                incoming.write(chunk)
                _wait_for_disk(incoming)
            file.settle()
        except BaseException:
            incoming.discard()
            raise
        try:
            self._ingest.keep(incoming, self._lane, self._done(file.shown))
        except IsocenterError:
            incoming.discard()
            raise

    def _adopt(self, file: ByteSource, first: bytes, meta: FileMeta) -> None:
        if file.path is None or not isinstance(file, FileSource):
            raise NotSupported("What lies in a zip archive cannot be adopted in place.")
        if _printable(file.path) != str(file.path):
            raise NotSupported("Its name is not UTF-8 text, so it cannot be adopted in place; import a copy.")
        head = first[: meta.data_set_offset]
        in_place = self._ingest.begin_in_place(self._source, meta.transfer_syntax_uid, file.path, head)
        for chunk in _data_set(file, first, meta):
            in_place.write(chunk)
        file.make_durable()
        file.settle()
        self._ingest.keep_in_place(in_place, self._lane, self._done(file.shown))

    # Answers.

    def _done(self, shown: str) -> Callable[[Outcome | IsocenterError], None]:
        return lambda answer: self._answer(shown, answer)

    def _answer(self, shown: str, answer: Outcome | IsocenterError) -> None:
        """Count what became of an object that was found, from whatever thread, and make room for the next."""
        if isinstance(answer, IsocenterError):
            self._note(answer)
            self._tally.refused(shown, answer)
        else:
            self._tally.outcome(shown, answer)
        self._room.release()

    def _refuse(self, shown: str, error: IsocenterError) -> None:
        """Count what never became an object under way."""
        self._tally.found()
        self._tally.refused(shown, error)

    def _note(self, error: IsocenterError) -> None:
        if isinstance(error, FATAL) and not self.stopped:
            self.stopped = str(error)


def _data_set(file: ByteSource, first: bytes, meta: FileMeta) -> Iterator[bytes | memoryview]:
    """Give the data set: the rest of the first chunk, then the chunks after it."""
    yield memoryview(first)[meta.data_set_offset :]
    while chunk := file.read():
        yield chunk


def _wait_for_disk(incoming: Incoming) -> None:
    if incoming.backlog > BACKLOG_BYTES:
        drained = threading.Event()
        incoming.when_drained(drained.set)
        drained.wait()


def _unreadable() -> StorageError:
    return StorageError("The medium that it lies on failed while it was read.")


def _printable(path: Path) -> str:
    """Give a path as text that any file can hold; bytes that are no UTF-8 are replaced."""
    return os.fsencode(path).decode("utf-8", "replace")
