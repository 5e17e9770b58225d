"""Files named by a number of our own: nothing that a peer or a data set says becomes part of a path."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from isocenter.errors import StorageError

__all__ = ["Draft", "NumberedFiles"]

_NAME = re.compile(r"([0-9]{6,})\.(?:dcm|part)", re.ASCII)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Draft:
    """A file that is being written; it gets its name when it is whole."""

    def __init__(self, path: Path, fd: int) -> None:
        self._path = path
        self._fd = fd
        self.size = 0
        """Bytes written."""

    def write(self, data: bytes | memoryview) -> None:
        """Write all of it. Raises OSError."""
        rest = memoryview(data)
        while len(rest):
            written = os.write(self._fd, rest)
            rest = rest[written:]
            self.size += written

    def finish(self) -> Path:
        """Give the file its name; gives the path. Raises OSError."""
        os.close(self._fd)
        path = self._path.with_suffix(".dcm")
        self._path.rename(path)
        return path

    def discard(self) -> None:
        """Remove what was written."""
        with suppress(OSError):
            os.close(self._fd)
        with suppress(OSError):
            self._path.unlink()


class NumberedFiles:
    """Makes files ``000001.dcm``, ``000002.dcm`` ... in a folder, after those that are there."""

    def __init__(self, folder: Path) -> None:
        """Make the folder when there is none. Raises StorageError when that fails."""
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            taken = [int(found[1]) for path in folder.iterdir() if (found := _NAME.fullmatch(path.name))]
        except OSError as error:
            raise StorageError(f"The folder {folder} cannot be used: {error.strerror}.") from None
        self._last = max(taken, default=0)

    def begin(self) -> Draft:
        """Make the next file. Raises OSError."""
        while True:
            self._last += 1
            path = self.folder / f"{self._last:06d}.part"
            with suppress(FileExistsError):
                return Draft(path, os.open(path, _NEW, 0o600))
