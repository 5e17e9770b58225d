"""Walks what the caller named, and nothing else: no link is followed, no special file opened (spec A37, A40).

Each folder is reached from the named one name by name, with ``openat`` and O_NOFOLLOW, so that nothing swapped in while
we walk leads out of it. Memory is bounded by the largest folder.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from isocenter.errors import NotFound

__all__ = ["Entry", "EntryKind", "Root", "is_dicomdir", "measure", "roots", "walk"]

DICOMDIR = "DICOMDIR"
"""The name of a file-set's directory (PS3.10 8.6); media are mounted with names in any case, or with a version."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC  # never waits for a FIFO's writer


class EntryKind(Enum):
    """What lies in a folder, without following anything."""

    FILE = "file"
    LINK = "symbolic link"
    SPECIAL = "special file (device, pipe or socket)"
    UNREADABLE = "unreadable"
    """A folder that cannot be listed, or an entry that cannot be looked at."""


@dataclass(frozen=True, slots=True)
class Root:
    """A folder that the caller named, or the one that holds a file that was named."""

    path: Path
    """Absolute, links resolved: what the caller names is followed, what lies in it is not."""
    shown: Path
    """As the caller wrote it."""
    only: str = ""
    """The one file that is meant; empty for the whole folder."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a walked folder; ``folder_fd`` is open until the walk goes on."""

    root: Root
    folder: tuple[str, ...]
    name: str
    kind: EntryKind
    size: int = 0
    folder_fd: int = -1

    @property
    def shown(self) -> str:
        """The place as the caller would write it."""
        return str(self.root.shown.joinpath(*self.folder, self.name))

    @property
    def path(self) -> Path:
        """The absolute path."""
        return self.root.path.joinpath(*self.folder, self.name)

    def open(self) -> int:
        """Open it as a regular file. Raises OSError, also when it is no longer one."""
        fd = os.open(self.name, _FILE, dir_fd=self.folder_fd)
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise OSError("not a regular file")
        return fd


def roots(paths: Sequence[Path]) -> list[Root]:
    """Resolve what the caller named; a DICOMDIR stands for its folder. Raises NotFound for what is not there."""
    found = []
    for path in paths:
        try:
            resolved = path.resolve(strict=True)
        except (OSError, RuntimeError):
            raise NotFound(f"There is no {path}.") from None
        if resolved.is_dir():
            found.append(Root(resolved, path))
        elif is_dicomdir(resolved.name):
            found.append(Root(resolved.parent, path.parent))
        else:
            found.append(Root(resolved.parent, path.parent, resolved.name))
    return found


def walk(root: Root) -> Iterator[Entry]:
    """Yield everything in a root but folders: of each folder its DICOMDIR, then its files by name, then its folders."""
    try:
        top = os.open(root.path, _FOLDER)
    except OSError:
        yield Entry(root, (), "", EntryKind.UNREADABLE)
        return
    try:
        waiting: list[tuple[str, ...]] = [()]
        while waiting:
            folder = waiting.pop()
            below: list[str] = []
            yield from _folder(root, top, folder, below)
            waiting += [(*folder, name) for name in reversed(below)]
    finally:
        os.close(top)


def measure(paths: Sequence[Path]) -> tuple[int, int]:
    """Count the regular files that an import would look at, and their bytes; opens none."""
    files = size = 0
    for root in roots(paths):
        for entry in walk(root):
            if entry.kind is EntryKind.FILE:
                files += 1
                size += entry.size
    return files, size


def is_dicomdir(name: str) -> bool:
    """Tell a file-set's directory by its name."""
    return name.upper().removesuffix(";1").rstrip(".") == DICOMDIR


def _folder(root: Root, top: int, folder: tuple[str, ...], below: list[str]) -> Iterator[Entry]:
    """Yield the files of one folder and add its folders' names to ``below``."""
    try:
        fd = _descend(top, folder)
    except OSError:
        yield Entry(root, folder[:-1], folder[-1] if folder else "", EntryKind.UNREADABLE)
        return
    try:
        try:
            names = sorted([root.only] if root.only else os.listdir(fd), key=_order)  # noqa: PTH208 - a descriptor, not a path
        except OSError:
            yield Entry(root, folder[:-1], folder[-1] if folder else "", EntryKind.UNREADABLE)
            return
        for name in names:
            kind, size = _look(fd, name)
            if kind is None:
                below.append(name)
            else:
                yield Entry(root, folder, name, kind, size, fd)
    finally:
        os.close(fd)


def _order(name: str) -> tuple[bool, str]:
    return not is_dicomdir(name), name


def _look(fd: int, name: str) -> tuple[EntryKind | None, int]:
    """Say what a name stands for; None for a folder."""
    try:
        found = os.stat(name, dir_fd=fd, follow_symlinks=False)
    except OSError:
        return EntryKind.UNREADABLE, 0
    if stat.S_ISDIR(found.st_mode):
        return None, 0
    if stat.S_ISREG(found.st_mode):
        return EntryKind.FILE, found.st_size
    return (EntryKind.LINK if stat.S_ISLNK(found.st_mode) else EntryKind.SPECIAL), 0


def _descend(top: int, folder: tuple[str, ...]) -> int:
    """Open a folder below the top one, name by name."""
    fd = os.dup(top)
    for name in folder:
        try:
            below = os.open(name, _FOLDER, dir_fd=fd)
        finally:
            with suppress(OSError):
                os.close(fd)
        fd = below
    return fd
