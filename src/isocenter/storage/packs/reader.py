"""Reading by ranges: from packs and from files adopted in place, many threads at once, every block verified."""

from __future__ import annotations

import errno
import stat
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from isocenter.errors import DamagedContent, StorageError
from isocenter.storage.checks import block_range, require_intact
from isocenter.storage.packs.disk import Disk
from isocenter.storage.packs.layout import Layout
from isocenter.storage.port import BLOCK, Location

__all__ = ["FileCache", "OpenFile", "RangeReader"]


@dataclass(slots=True)
class OpenFile:
    """A file open for reading, and how many are reading it."""

    key: str
    fd: int
    users: int = 0


class FileCache:
    """Keeps the files read last open, up to a limit; a file in use is never closed under its readers."""

    def __init__(self, disk: Disk, limit: int) -> None:
        self._disk = disk
        self._limit = limit
        self._lock = threading.Lock()
        self._files: OrderedDict[str, OpenFile] = OrderedDict()

    def __len__(self) -> int:
        return len(self._files)

    def take(self, key: str, path_of: Callable[[str], Path]) -> OpenFile:
        """Give the file of that key, to be given back; OSError when it cannot be opened."""
        with self._lock:
            file = self._files.get(key)
            if file is not None:
                self._files.move_to_end(key)
                file.users += 1
                return file
        # Opened outside the lock: one slow disk must not hold up the readers of others.
        file = OpenFile(key, self._disk.open_to_read(path_of(key)), users=1)
        with self._lock:
            if key in self._files:
                self._close(file)
                file = self._files[key]
                file.users += 1
            else:
                self._files[key] = file
            self._trim()
            return file

    def give_back(self, file: OpenFile) -> None:
        """End the use of a file."""
        with self._lock:
            file.users -= 1
            if not file.users and self._files.get(file.key) is not file:
                self._close(file)

    def forget(self, key: str) -> None:
        """Close a file that is about to be removed, as soon as nobody uses it."""
        with self._lock:
            file = self._files.pop(key, None)
            if file is not None and not file.users:
                self._close(file)

    def forget_all(self) -> None:
        """Close every file, each as soon as nobody uses it."""
        for key in list(self._files):
            self.forget(key)

    def _trim(self) -> None:
        while len(self._files) > self._limit:
            _, oldest = self._files.popitem(last=False)
            if not oldest.users:
                self._close(oldest)

    def _close(self, file: OpenFile) -> None:
        with suppress(OSError):
            self._disk.close(file.fd)


class RangeReader:
    """Gives verified ranges of stored Part 10 files."""

    def __init__(self, layout: Layout, disk: Disk, files: FileCache) -> None:
        self._layout = layout
        self._disk = disk
        self._files = files

    def read(self, location: Location, start: int, stop: int, checks: bytes) -> bytes:
        """Give bytes ``start`` to ``stop`` of the Part 10 file; see `PackReader.read`."""
        first, last = block_range(location, start, stop, checks)
        if start == stop:
            return b""
        try:
            file = self._take(location)
            try:
                data = self._disk.pread(file.fd, last - first, location.offset + first)
            finally:
                self._files.give_back(file)
        except OSError as error:
            raise _read_failure(error) from None  # its text has the path, and paths of adopted files name people
        if len(data) != last - first:
            raise DamagedContent("The content is shorter than what was stored.")
        require_intact(data, first // BLOCK, checks)
        return data if (start, stop) == (first, last) else data[start - first : stop - first]

    def stream(
        self, location: Location, checks: bytes, *, start: int = 0, stop: int | None = None, chunk: int = 1 << 20
    ) -> Iterator[bytes]:
        """Give the Part 10 file in verified pieces; see `PackReader.stream`."""
        stop = location.length if stop is None else stop
        step = max(chunk - chunk % BLOCK, BLOCK)
        block_range(location, start, stop, checks)
        while start < stop:
            end = min(start - start % BLOCK + step, stop)
            if end < stop:
                self._announce(location, end, min(end + step, stop))
            yield self.read(location, start, end, checks)
            start = end

    def read_ahead(self, locations: Iterable[Location]) -> None:
        """Tell the kernel which contents are read soon; see `PackReader.read_ahead`."""
        for location in locations:
            self._announce(location, 0, location.length)

    @contextmanager
    def open_pack(self, pack: str) -> Iterator[int]:
        """Give a descriptor to read a pack with; raises DamagedContent when there is no such pack."""
        try:
            file = self._files.take(pack, self._layout.path)
            try:
                yield file.fd
            finally:
                self._files.give_back(file)
        except OSError as error:
            raise _read_failure(error) from None

    def _announce(self, location: Location, start: int, stop: int) -> None:
        try:
            file = self._take(location)
            try:
                self._disk.will_need(file.fd, location.offset + start, stop - start)
            finally:
                self._files.give_back(file)
        except OSError as error:
            raise _read_failure(error) from None

    def _take(self, location: Location) -> OpenFile:
        if location.kind == "pack":
            return self._files.take(location.name, self._layout.path)
        file = self._files.take(location.name, _adopted_path)
        if not stat.S_ISREG(self._disk.mode(file.fd)):
            self._files.give_back(file)
            raise DamagedContent("The adopted file is no longer a regular file.")
        return file


def _adopted_path(name: str) -> Path:
    path = Path(name)
    if not path.is_absolute():
        raise ValueError("an adopted file is named by its absolute path")
    return path


def _read_failure(error: OSError) -> StorageError:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return DamagedContent("The content's file is missing.")
    if error.errno == errno.ELOOP:
        return DamagedContent("The adopted file is no longer a regular file.")
    return StorageError(f"The disk failed: {errno.errorcode.get(error.errno or 0, 'unknown error')}.")
