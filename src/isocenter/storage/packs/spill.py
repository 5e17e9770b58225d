"""An instance too large to buffer: written to a part file as it arrives, then renamed to be a pack of its own."""

from __future__ import annotations

from isocenter.faults import faultpoint
from isocenter.storage.checks import BlockChecks, summary
from isocenter.storage.packs.disk import Disk
from isocenter.storage.packs.health import WriteHealth
from isocenter.storage.packs.layout import Layout
from isocenter.storage.packs.part import PartFile
from isocenter.storage.packs.sealing import Sealer
from isocenter.storage.port import Buffer, Location, Placement
from isocenter.storage.tar import BLOCK_SIZE, encode_header, padded, padding

__all__ = ["PackSpill"]

_ADMIT_EVERY = 16 * 1024 * 1024
"""Bytes between two looks at the free space."""
_SYNC_EVERY = 16 * 1024 * 1024
"""Bytes between two syncs, so that the disk never has a gigabyte to catch up with at the end of an instance, while
others wait for theirs. Ten large senders at once took 13 s instead of 15, and the slowest small object 0.8 s, not 1."""


class PackSpill:
    """`Spill` on a local disk. The room for the tar header stays zero until the instance is complete."""

    def __init__(self, layout: Layout, disk: Disk, health: WriteHealth, sealer: Sealer, head: bytes) -> None:
        self._health = health
        self._sealer = sealer
        self._checks = BlockChecks()
        self._admitted = 0
        self._synced = 0
        health.admit(len(head))
        faultpoint("K1")
        try:
            self._part = PartFile(layout, disk)
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
            self._admit(len(view))
        try:
            self._part.write([view], BLOCK_SIZE + self.size)
            if self.size - self._synced >= _SYNC_EVERY:
                self._part.sync()
                self._synced = self.size
        except OSError as error:
            self.discard()
            raise self._health.failed(error) from error
        self._checks.update(view)

    def finish(self, name: str, now: float = 0.0) -> Placement:
        """Make the instance durable as a pack of its own; see `Spill.finish`."""
        checks = self._checks.result()
        faultpoint("K4")
        try:
            if zeros := padding(self.size):
                self._part.write([zeros], BLOCK_SIZE + self.size)
            self._part.write([encode_header(name, self.size, summary(checks), int(now))], 0)
            pack = self._part.publish()
        except OSError as error:
            self.discard()
            raise self._health.failed(error) from error
        self._sealer.complete(pack, BLOCK_SIZE + padded(self.size))
        self._health.worked()
        return Placement(Location("pack", pack, BLOCK_SIZE, self.size), checks)

    def discard(self) -> None:
        """Remove what was written."""
        self._part.discard()

    def _admit(self, size: int) -> None:
        ahead = max(size, _ADMIT_EVERY)
        self._health.admit(ahead)
        self._admitted = self.size + ahead
