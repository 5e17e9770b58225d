"""Reading by ranges: from packs and from files adopted in place, many threads at once, every block verified."""

from __future__ import annotations

import errno
import stat
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from isocenter.errors import DamagedContent, StorageError
from isocenter.storage.checks import block_range, require_intact
from isocenter.storage.packs.disk import Disk
from isocenter.storage.packs.layout import Layout
from isocenter.storage.port import BLOCK, Location

__all__ = ["FileCache", "RangeReader"]


@dataclass(slots=True)
class _OpenFile:
    fd: int
    users: int = 0


class FileCache:
    """Keeps the files read last open, up to a limit; a file in use is never closed under its readers."""

    def __init__(self, disk: Disk, limit: int) -> None:
        self._disk = disk
        self._limit = limit
        self._lock = threading.Lock()
        self._files: OrderedDict[Path, _OpenFile] = OrderedDict()

    @contextmanager
    def borrow(self, path: Path) -> Iterator[int]:
        """Give the descriptor of a regular file, open for reading; OSError when it cannot be opened."""
        file = self._take(path)
        try:
            yield file.fd
        finally:
            self._give_back(path, file)

    def forget(self, path: Path) -> None:
        """Close a file that is about to be removed, as soon as nobody uses it."""
        with self._lock:
            file = self._files.pop(path, None)
            if file is not None and not file.users:
                self._close(file)

    def forget_all(self) -> None:
        """Close every file that is not in use."""
        with self._lock:
            idle = [path for path, file in self._files.items() if not file.users]
            for path in idle:
                self._close(self._files.pop(path))

    def _take(self, path: Path) -> _OpenFile:
        with self._lock:
            file = self._files.get(path)
            if file is not None:
                self._files.move_to_end(path)
                file.users += 1
                return file
        # Opened outside the lock: one slow disk must not hold up the readers of others.
        file = _OpenFile(self._disk.open_to_read(path), users=1)
        with self._lock:
            if path in self._files:
                self._close(file)
                file = self._files[path]
                file.users += 1
            else:
                self._files[path] = file
            self._trim()
            return file

    def _give_back(self, path: Path, file: _OpenFile) -> None:
        with self._lock:
            file.users -= 1
            if not file.users and self._files.get(path) is not file:
                self._close(file)

    def _trim(self) -> None:
        while len(self._files) > self._limit:
            _, oldest = self._files.popitem(last=False)
            if not oldest.users:
                self._close(oldest)

    def _close(self, file: _OpenFile) -> None:
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
        with self._file(location) as fd:
            data = self._disk.pread(fd, last - first, location.offset + first)
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
        with _errors_mapped(), self._files.borrow(self._layout.path(pack)) as fd:
            yield fd

    def _announce(self, location: Location, start: int, stop: int) -> None:
        with self._file(location) as fd, suppress(OSError):
            self._disk.will_need(fd, location.offset + start, stop - start)

    def _file(self, location: Location) -> AbstractContextManager[int]:
        if location.kind == "pack":
            return self.open_pack(location.name)
        return self._open_adopted(Path(location.name))

    @contextmanager
    def _open_adopted(self, path: Path) -> Iterator[int]:
        if not path.is_absolute():
            raise ValueError("an adopted file is named by its absolute path")
        with _errors_mapped(), self._files.borrow(path) as fd:
            if not stat.S_ISREG(self._disk.mode(fd)):
                raise DamagedContent("The adopted file is no longer a regular file.")
            yield fd


@contextmanager
def _errors_mapped() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _read_failure(error) from error


def _read_failure(error: OSError) -> StorageError:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return DamagedContent("The content's file is missing.")
    if error.errno == errno.ELOOP:
        return DamagedContent("The adopted file is no longer a regular file.")
    return StorageError(f"The disk failed: {errno.errorcode.get(error.errno or 0, 'unknown error')}.")
