"""An instance too large to buffer: written to a part file as it arrives, then renamed to be a pack of its own."""

from __future__ import annotations

import contextlib

from isocenter.faults import faultpoint
from isocenter.storage.checks import BlockChecks, summary
from isocenter.storage.packs.disk import Disk, write_all
from isocenter.storage.packs.health import WriteHealth
from isocenter.storage.packs.layout import Layout
from isocenter.storage.packs.sealing import Sealer, publish_folder
from isocenter.storage.port import Buffer, Location, Placement
from isocenter.storage.tar import BLOCK_SIZE, encode_header, padded, padding

__all__ = ["PackSpill"]

_ADMIT_EVERY = 16 * 1024 * 1024
"""Bytes between two looks at the free space."""


class PackSpill:
    """`Spill` on a local disk. The room for the tar header stays zero until the instance is complete."""

    def __init__(self, layout: Layout, disk: Disk, health: WriteHealth, sealer: Sealer, head: bytes) -> None:
        self._layout = layout
        self._disk = disk
        self._health = health
        self._sealer = sealer
        self._checks = BlockChecks()
        self._admitted = 0
        self._path = layout.new_part()
        self._fd: int | None = None
        health.admit(len(head))
        try:
            self._fd = disk.create(self._path)
        except OSError as error:
            raise health.failed(error) from error
        self.write(head)

    @property
    def size(self) -> int:
        """Bytes of the Part 10 file so far, head included."""
        return self._checks.size

    def write(self, data: Buffer) -> None:
        """Append to the instance; see `Spill.write`."""
        view = data if isinstance(data, bytes) else memoryview(data).cast("B")
        if not view:
            return
        if self.size + len(view) > self._admitted:
            self._health.admit(max(len(view), _ADMIT_EVERY))
            self._admitted = self.size + max(len(view), _ADMIT_EVERY)
        try:
            write_all(self._disk, self._file(), [view], BLOCK_SIZE + self.size)
        except OSError as error:
            self.discard()
            raise self._health.failed(error) from error
        self._checks.update(view)

    def finish(self, name: str, now: float = 0.0) -> Placement:
        """Make the instance durable as a pack of its own; see `Spill.finish`."""
        fd = self._file()
        checks = self._checks.result()
        try:
            self._complete(fd, encode_header(name, self.size, summary(checks), int(now)))
            pack = self._publish()
        except OSError as error:
            self.discard()
            raise self._health.failed(error) from error
        self._health.worked()
        return Placement(Location("pack", pack, BLOCK_SIZE, self.size), checks)

    def discard(self) -> None:
        """Remove what was written."""
        if self._fd is None:
            return
        with contextlib.suppress(OSError):
            self._disk.unlink(self._path)
        self._close()

    def _complete(self, fd: int, header: bytes) -> None:
        faultpoint("K4")
        if zeros := padding(self.size):
            write_all(self._disk, fd, [zeros], BLOCK_SIZE + self.size)
        write_all(self._disk, fd, [header], 0)
        faultpoint("K5")
        self._disk.fdatasync(fd)

    def _publish(self) -> str:
        pack = self._layout.new_pack()
        place = self._layout.path(pack)
        self._disk.rename(self._path, place)
        self._path = place
        publish_folder(self._layout, self._disk, pack)
        self._sealer.complete(pack, BLOCK_SIZE + padded(self.size))
        self._close()
        return pack

    def _file(self) -> int:
        if self._fd is None:
            raise ValueError("the spill is finished or discarded")
        return self._fd

    def _close(self) -> None:
        fd, self._fd = self._fd, None
        if fd is not None:
            with contextlib.suppress(OSError):
                self._disk.close(fd)
