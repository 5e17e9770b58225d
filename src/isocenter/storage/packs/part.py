"""A file in ``incoming/`` that becomes a pack all at once, by its renaming, or never."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from isocenter.faults import faultpoint
from isocenter.storage.packs.disk import Disk, write_all
from isocenter.storage.packs.layout import Layout
from isocenter.storage.packs.sealing import publish_folder
from isocenter.storage.port import Buffer

__all__ = ["PartFile"]


class PartFile:
    """Written at any offset, then published. Every method but `discard` raises OSError; then `discard` it."""

    def __init__(self, layout: Layout, disk: Disk) -> None:
        self._layout = layout
        self._disk = disk
        self._path: Path = layout.new_part()
        self._fd: int | None = disk.create(self._path)

    @property
    def is_open(self) -> bool:
        """Whether it is neither published nor discarded."""
        return self._fd is not None

    def write(self, buffers: Sequence[Buffer], offset: int) -> None:
        """Write buffers, none of them empty, at an offset."""
        write_all(self._disk, self._open_fd(), buffers, offset)

    def sync(self) -> None:
        """Make durable what was written so far; it is no pack yet."""
        self._disk.fdatasync(self._open_fd())

    def publish(self) -> str:
        """Make the bytes durable, then the name that makes them a pack; gives that name."""
        faultpoint("K5")
        self._disk.fdatasync(self._open_fd())
        pack = self._layout.new_pack()
        place = self._layout.path(pack)
        self._disk.rename(self._path, place)
        self._path = place
        publish_folder(self._layout, self._disk, pack)
        self._close()
        return pack

    def discard(self) -> None:
        """Remove what was written, unless it is published."""
        if self._fd is None:
            return
        with contextlib.suppress(OSError):
            self._disk.unlink(self._path)
        self._close()

    def _open_fd(self) -> int:
        if self._fd is None:
            raise ValueError("the file is finished or discarded")
        return self._fd

    def _close(self) -> None:
        fd, self._fd = self._fd, None
        if fd is not None:
            with contextlib.suppress(OSError):
                self._disk.close(fd)
