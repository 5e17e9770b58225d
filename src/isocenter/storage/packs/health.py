"""Whether the disk may be written to: the reserve of free space, and what repeated failures lead to."""

from __future__ import annotations

import errno
import threading
from pathlib import Path

from isocenter.errors import ReadOnly, StorageError, StorageFull
from isocenter.storage.packs.disk import Disk

__all__ = ["WriteHealth"]

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class WriteHealth:
    """Admits writes while the disk has room and works; shared by all writers of a store."""

    def __init__(self, folder: Path, disk: Disk, *, reserve: int, failure_limit: int) -> None:
        self._folder = folder
        self._disk = disk
        self._reserve = reserve
        self._failure_limit = failure_limit
        self._lock = threading.Lock()
        self._failures = 0

    @property
    def read_only(self) -> bool:
        """Whether as many writes as the limit says have failed in a row."""
        return self._failures >= self._failure_limit

    def admit(self, size: int) -> None:
        """Raise ReadOnly or StorageFull when ``size`` bytes may not be written now; one statvfs."""
        self._admit(size, self._reserve)

    def admit_event(self, size: int) -> None:
        """As `admit`, but within the reserve, which is kept so that deletions can still be recorded on a full disk."""
        self._admit(size, 0)

    def _admit(self, size: int, reserve: int) -> None:
        if self.read_only:
            raise ReadOnly("Writing is switched off after repeated failures of the disk.")
        try:
            free = self._disk.free_bytes(self._folder)
        except OSError as error:
            raise self.failed(error) from error
        if free - size < reserve:
            raise StorageFull("No room left above the reserve.")

    def failed(self, error: OSError) -> StorageError:
        """Count a failure and give the exception to raise; a full disk is not a broken one and is not counted."""
        if error.errno in _FULL:
            return StorageFull("No room left on the disk.")
        with self._lock:
            self._failures += 1
        return StorageError(f"The disk failed: {errno.errorcode.get(error.errno or 0, 'unknown error')}.")

    def worked(self) -> None:
        """Note a durable write: failures before it no longer count, unless writing is switched off already."""
        if self._failures and not self.read_only:
            self.reset()

    def reset(self) -> None:
        """Switch writing on again."""
        with self._lock:
            self._failures = 0
