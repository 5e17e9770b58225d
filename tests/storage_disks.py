"""Disks that fail on purpose: at the n-th system call, or by losing their power there."""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Sequence
from pathlib import Path

from isocenter.storage import Buffer
from isocenter.storage.packs import Disk


class FailingDisk(Disk):
    """Fails the n-th call that touches the disk, or that one and all after it; a failed write is half done."""

    def __init__(self, fail_at: int, number: int = errno.EIO, *, for_good: bool = False) -> None:
        self._left = fail_at
        self._number = number
        self._for_good = for_good
        self.calls: list[str] = []

    @property
    def fired(self) -> bool:
        return self._left <= 0

    def repair(self) -> None:
        self._left = 1 << 60

    def _fails(self, call: str) -> bool:
        self.calls.append(call)
        self._left -= 1
        return self._left == 0 or (self._for_good and self._left < 0)

    def _pass(self, call: str) -> None:
        if self._fails(call):
            raise OSError(self._number, os.strerror(self._number))

    def create(self, path: Path) -> int:
        self._pass("create")
        return super().create(path)

    def open_existing(self, path: Path) -> int:
        self._pass("open_existing")
        return super().open_existing(path)

    def pread(self, fd: int, length: int, offset: int) -> bytes:
        self._pass("pread")
        return super().pread(fd, length, offset)

    def pwritev(self, fd: int, buffers: Sequence[Buffer], offset: int) -> int:
        if self._fails("pwritev"):
            whole = b"".join(buffers)
            super().pwritev(fd, [whole[: len(whole) // 2]], offset)
            raise OSError(self._number, os.strerror(self._number))
        return super().pwritev(fd, buffers, offset)

    def fdatasync(self, fd: int) -> None:
        self._pass("fdatasync")
        super().fdatasync(fd)

    def fsync(self, fd: int) -> None:
        self._pass("fsync")
        super().fsync(fd)

    def ftruncate(self, fd: int, size: int) -> None:
        self._pass("ftruncate")
        super().ftruncate(fd, size)

    def rename(self, old: Path, new: Path) -> None:
        self._pass("rename")
        super().rename(old, new)

    def unlink(self, path: Path) -> None:
        self._pass("unlink")
        super().unlink(path)

    def mkdir(self, path: Path) -> None:
        self._pass("mkdir")
        super().mkdir(path)

    def free_bytes(self, path: Path) -> int:
        self._pass("free_bytes")
        return super().free_bytes(path)

    def punch(self, fd: int, offset: int, length: int) -> None:
        self._pass("punch")
        super().punch(fd, offset, length)


class ShortDisk(Disk):
    """Takes only a few bytes of each write, as a disk may."""

    def pwritev(self, fd: int, buffers: Sequence[Buffer], offset: int) -> int:
        return super().pwritev(fd, [b"".join(buffers)[:700]], offset)


class PowerCut(BaseException):
    """The power went; no handler of the program runs."""


class CutDisk(Disk):
    """Loses its power at the n-th call; `settle` then leaves on disk what a real one might have kept.

    What was synced stays. Of the rest each 512-byte sector, each size and each name is kept or lost by chance.
    """

    def __init__(self, chance: random.Random) -> None:
        self._left = 1 << 60
        self._chance = chance
        self._paths: dict[int, list[Path]] = {}
        self._durable: dict[Path, bytes] = {}
        self._named: set[Path] = set()
        self._was: dict[Path, list[Path]] = {}

    def cut_at(self, nth: int) -> None:
        """Lose the power at the n-th call from now."""
        self._left = nth

    @property
    def cut(self) -> bool:
        return self._left <= 0

    def _pass(self) -> None:
        self._left -= 1
        if self._left <= 0:
            raise PowerCut

    def _open(self, fd: int, path: Path) -> int:
        self._paths[fd] = self._was.setdefault(path, [path])
        return fd

    def create(self, path: Path) -> int:
        self._pass()
        self._durable[path] = b""
        return self._open(super().create(path), path)

    def open_existing(self, path: Path) -> int:
        return self._open(super().open_existing(path), path)

    def pwritev(self, fd: int, buffers: Sequence[Buffer], offset: int) -> int:
        if self._left == 1:
            whole = b"".join(buffers)
            super().pwritev(fd, [whole[: self._chance.randrange(len(whole) + 1)]], offset)
        self._pass()
        return super().pwritev(fd, buffers, offset)

    def fdatasync(self, fd: int) -> None:
        self._pass()
        path = self._paths[fd][0]
        self._durable[path] = path.read_bytes()

    def fsync(self, fd: int) -> None:
        if fd in self._paths:
            self.fdatasync(fd)

    def sync_folder(self, path: Path) -> None:
        self._pass()
        self._named |= {entry for entry in path.iterdir() if entry.is_file()}
        self._named -= {entry for entry in self._named if entry.parent == path and not entry.exists()}

    def ftruncate(self, fd: int, size: int) -> None:
        self._pass()
        super().ftruncate(fd, size)

    def rename(self, old: Path, new: Path) -> None:
        self._pass()
        super().rename(old, new)
        holder = self._was.pop(old)
        holder[0] = new
        self._was[new] = holder
        self._durable[new] = self._durable.pop(old)

    def unlink(self, path: Path) -> None:
        self._pass()
        super().unlink(path)

    def punch(self, fd: int, offset: int, length: int) -> None:
        self._pass()
        super().punch(fd, offset, length)

    def settle(self) -> None:
        for path, durable in self._durable.items():
            if not path.exists():
                continue
            if path not in self._named and self._chance.random() < 0.5:
                path.unlink()
                continue
            path.write_bytes(self._mixed(durable, path.read_bytes()))

    def _mixed(self, durable: bytes, live: bytes) -> bytes:
        size = self._chance.choice([len(durable), len(live), max(len(durable), len(live))])
        old, new = durable.ljust(size, b"\0"), live.ljust(size, b"\0")
        kept = self._chance.choice([0.0, 0.5, 1.0])
        sectors = [(new if self._chance.random() < kept else old)[start : start + 512] for start in range(0, size, 512)]
        return b"".join(sectors)[:size]
