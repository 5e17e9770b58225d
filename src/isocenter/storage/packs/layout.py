"""Names and places of packs: twelve digits from a counter, never anything that a sender wrote."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

from isocenter.storage.packs.disk import Disk

__all__ = ["Layout"]

_FOLDER = re.compile(r"[0-9]{9}")
_PACK = re.compile(r"([0-9]{12})\.tar")


class Layout:
    """Maps pack names to paths under one data folder, and hands out new names in order.

    ``packs/<first nine digits>/<twelve digits>.tar``, so that no folder holds more than a thousand packs;
    ``incoming/`` holds what is not a pack yet, on the same file system.
    """

    def __init__(self, folder: Path, disk: Disk) -> None:
        self.packs = folder / "packs"
        self.incoming = folder / "incoming"
        self._disk = disk
        self._lock = threading.Lock()
        self._next_pack: int | None = None
        self._next_part = 1

    def make_folders(self) -> None:
        """Make what is missing, durably, and remove the part files that a stopped process left."""
        self.packs.parent.mkdir(parents=True, exist_ok=True)
        for folder in (self.packs, self.incoming):
            if not folder.is_dir():
                self._disk.mkdir(folder)
        self._disk.sync_folder(self.packs.parent)
        for part in self.incoming.glob("*.part"):
            self._disk.unlink(part)

    def path(self, pack: str) -> Path:
        """Give a pack's path; ValueError when that is no pack's name."""
        if not (len(pack) == 12 and pack.isascii() and pack.isdigit()):
            raise ValueError("a pack is named by twelve digits")
        return self.packs / pack[:9] / f"{pack}.tar"

    def names(self) -> Iterator[str]:
        """List the packs there are, in order."""
        for folder in self._folders():
            yield from self._names_in(folder)

    def newest(self) -> str:
        """Name the pack with the highest number there is; zeros when there is none."""
        return f"{self._highest():012d}"

    def new_pack(self) -> str:
        """Hand out the next name; its folder exists then, durably."""
        with self._lock:
            if self._next_pack is None:
                self._next_pack = self._highest() + 1
            name = f"{self._next_pack:012d}"
            folder = self.path(name).parent
            if not folder.is_dir():
                self._disk.mkdir(folder)
                self._disk.sync_folder(self.packs)
            self._next_pack += 1
            return name

    def new_part(self) -> Path:
        """Hand out the path of a new part file."""
        with self._lock:
            number = self._next_part
            self._next_part += 1
        return self.incoming / f"{number:016d}.part"

    def _folders(self) -> list[Path]:
        return sorted(entry for entry in self.packs.iterdir() if _FOLDER.fullmatch(entry.name))

    def _names_in(self, folder: Path) -> list[str]:
        matches = (_PACK.fullmatch(entry.name) for entry in folder.iterdir())
        return sorted(match[1] for match in matches if match and match[1].startswith(folder.name))

    def _highest(self) -> int:
        for folder in reversed(self._folders()):
            if names := self._names_in(folder):
                return int(names[-1])
        return 0
