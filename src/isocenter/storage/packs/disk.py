"""The system calls that packs are written and read with, as one object, so that a test can make any of them fail."""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Sequence
from pathlib import Path

from isocenter.storage.port import Buffer

__all__ = ["IOV_MAX", "Disk", "write_all"]

IOV_MAX = min(os.sysconf("SC_IOV_MAX"), 1024) if "SC_IOV_MAX" in os.sysconf_names else 16
"""Buffers that one pwritev takes; more of them go in several calls."""

_PUNCH_KEEPING_SIZE = 0x02 | 0x01
_ZEROS = bytes(1 << 20)


class Disk:
    """The operating system as it is. Every method raises OSError and nothing else."""

    def create(self, path: Path) -> int:
        """Make a file that must not exist yet; opened to read and write."""
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)

    def open_existing(self, path: Path) -> int:
        """Open a file to read and write."""
        return os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)

    def open_to_read(self, path: Path) -> int:
        """Open a regular file to read; a symbolic link is refused, a pipe does not block."""
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)

    def close(self, fd: int) -> None:
        """Close a file."""
        os.close(fd)

    def pread(self, fd: int, length: int, offset: int) -> bytes:
        """Read at an offset; fewer bytes than asked for where the file ends."""
        data = os.pread(fd, length, offset)
        while 0 < len(data) < length and (more := os.pread(fd, length - len(data), offset + len(data))):
            data += more  # Linux gives at most 2 GiB a call
        return data

    def pwritev(self, fd: int, buffers: Sequence[Buffer], offset: int) -> int:
        """Write buffers at an offset; gives how many bytes were taken."""
        return os.pwritev(fd, buffers, offset)

    def fdatasync(self, fd: int) -> None:
        """Make a file's bytes and size durable."""
        os.fdatasync(fd)

    def fsync(self, fd: int) -> None:
        """Make a file and all that is known about it durable."""
        os.fsync(fd)

    def sync_folder(self, path: Path) -> None:
        """Make the names in a folder durable."""
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self.fsync(fd)
        finally:
            os.close(fd)

    def ftruncate(self, fd: int, size: int) -> None:
        """Set a file's size; what is added reads as zeros."""
        os.ftruncate(fd, size)

    def size(self, fd: int) -> int:
        """Give a file's size."""
        return os.fstat(fd).st_size

    def mode(self, fd: int) -> int:
        """Give a file's type and permission bits."""
        return os.fstat(fd).st_mode

    def rename(self, old: Path, new: Path) -> None:
        """Give a file another name."""
        os.rename(old, new)  # noqa: PTH104 - one place for all system calls

    def unlink(self, path: Path) -> None:
        """Remove a name."""
        os.unlink(path)  # noqa: PTH108 - one place for all system calls

    def mkdir(self, path: Path) -> None:
        """Make a folder."""
        os.mkdir(path, 0o750)  # noqa: PTH102 - one place for all system calls

    def free_bytes(self, path: Path) -> int:
        """Give the bytes that an unprivileged process may still write on this file system."""
        state = os.statvfs(path)
        return state.f_bavail * state.f_frsize

    def punch(self, fd: int, offset: int, length: int) -> None:
        """Give a range's space back; it reads as zeros. Where that is not supported, zeros are written."""
        try:
            _punch_hole(fd, offset, length)
        except OSError as error:
            if error.errno not in (errno.EOPNOTSUPP, errno.ENOSYS):
                raise
            for start in range(0, length, len(_ZEROS)):
                write_all(self, fd, [_ZEROS[: length - start]], offset + start)

    def will_need(self, fd: int, offset: int, length: int) -> None:
        """Tell the kernel that a range is read soon."""
        os.posix_fadvise(fd, offset, length, os.POSIX_FADV_WILLNEED)


def write_all(disk: Disk, fd: int, buffers: Sequence[Buffer], offset: int) -> None:
    """Write all buffers in as few calls as the system allows; none may be empty."""
    for first in range(0, len(buffers), IOV_MAX):
        batch = buffers[first : first + IOV_MAX]
        while batch:
            written = disk.pwritev(fd, batch, offset)
            if written <= 0:
                raise OSError(errno.EIO, "nothing was written")
            offset += written
            batch = _remaining(batch, written)


def _remaining(buffers: Sequence[Buffer], written: int) -> Sequence[Buffer]:
    for number, buffer in enumerate(buffers):
        if written < len(buffer):
            return [memoryview(buffer)[written:], *buffers[number + 1 :]]
        written -= len(buffer)
    return ()


def _punch_hole(fd: int, offset: int, length: int) -> None:
    # Python has no fallocate with a mode; linux/falloc.h names the two flags.
    fallocate = getattr(ctypes.CDLL(None, use_errno=True), "fallocate", None)
    if fallocate is None:
        raise OSError(errno.ENOSYS, "no fallocate")
    fallocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    if fallocate(fd, _PUNCH_KEEPING_SIZE, offset, length) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
