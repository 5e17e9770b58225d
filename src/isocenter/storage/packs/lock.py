"""One process at a time: two writers would hand out the same pack names."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from isocenter.errors import BusyError

__all__ = ["FolderLock"]


class FolderLock:
    """Holds ``storage.lock`` in a data folder; the system releases it when the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        self._fd: int | None = os.open(folder / "storage.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self.release()
            raise BusyError("Another process is using this data folder.") from error

    def release(self) -> None:
        """Let another process in."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)
