"""Which packs are being written, which are complete, and how a complete one is sealed."""

from __future__ import annotations

import threading

from isocenter.errors import BusyError, DamagedContent, StorageError
from isocenter.faults import faultpoint
from isocenter.storage.members import seal_tail, sealed_end
from isocenter.storage.packs.disk import Disk, write_all
from isocenter.storage.packs.health import WriteHealth
from isocenter.storage.packs.layout import Layout

__all__ = ["PackFile", "Sealer", "publish_folder"]


class PackFile:
    """An open pack's bytes by range, at the size it had when this object was made."""

    def __init__(self, disk: Disk, name: str, fd: int) -> None:
        self._disk = disk
        self._fd = fd
        self.name = name
        self.size = disk.size(fd)

    def read_at(self, start: int, stop: int) -> bytes:
        """Give bytes start to stop, fewer where the pack ends."""
        stop = min(stop, self.size)
        return self._disk.pread(self._fd, stop - start, start) if start < stop else b""


class Sealer:
    """Keeps count of the packs of this process: being written, or complete at a known end; and seals the complete."""

    def __init__(self, layout: Layout, disk: Disk, health: WriteHealth) -> None:
        self._layout = layout
        self._disk = disk
        self._health = health
        self._lock = threading.Lock()
        self._writing: set[str] = set()
        self._ends: dict[str, int] = {}

    def begin(self, pack: str) -> None:
        """Note that a writer has the pack."""
        with self._lock:
            self._writing.add(pack)

    def complete(self, pack: str, end: int) -> None:
        """Note that the pack's writer is done with it; its whole and durable members end at ``end``."""
        with self._lock:
            self._writing.discard(pack)
            self._ends[pack] = end

    def is_written(self, pack: str) -> bool:
        """Whether a writer has the pack."""
        return pack in self._writing

    def seal(self, pack: str) -> None:
        """Cut a complete pack to its end and close it for good; one without a member is removed."""
        if self.is_written(pack):
            raise BusyError("The pack is being written.")
        path = self._layout.path(pack)
        try:
            fd = self._disk.open_existing(path)
        except FileNotFoundError as error:
            if self._ends.pop(pack, None) == 0:
                return
            raise DamagedContent("The pack is missing.") from error
        except OSError as error:
            raise self._health.failed(error) from error
        try:
            self._seal_file(pack, fd)
        except OSError as error:
            raise self._health.failed(error) from error
        finally:
            self._disk.close(fd)
        with self._lock:
            self._ends.pop(pack, None)

    def _seal_file(self, pack: str, fd: int) -> None:
        if sealed_end(PackFile(self._disk, pack, fd)) is not None:
            return
        end = self._ends.get(pack)
        if end is None:
            raise StorageError("The pack was left open by another process and has not been recovered.")
        if end == 0:
            path = self._layout.path(pack)
            self._disk.unlink(path)
            self._disk.sync_folder(path.parent)
            return
        self._disk.ftruncate(fd, end)
        write_all(self._disk, fd, [seal_tail(pack, end)], end)
        self._disk.fsync(fd)


def publish_folder(layout: Layout, disk: Disk, pack: str) -> None:
    """Make a new pack's name durable, before anything in it counts."""
    faultpoint("K6")
    disk.sync_folder(layout.path(pack).parent)
