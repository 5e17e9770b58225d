from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from blake3 import blake3

from isocenter.storage import NewMember, PackStore, ReadRange
from isocenter.storage.memory import MemoryStore
from isocenter.storage.packs import LocalPackStore, PackOptions

NO_RESERVE = PackOptions(reserve=0)


def content_id_of(read: ReadRange, size: int) -> bytes:
    """A stand-in for the content id of Part 10 files: storage is told how to compute it and knows no DICOM."""
    digest = blake3()
    for start in range(0, size, 1 << 20):
        digest.update(read(start, start + (1 << 20)))
    return digest.digest()


def object_member(content: bytes, piece: int = 40_000) -> NewMember:
    parts = tuple(memoryview(content)[start : start + piece] for start in range(0, len(content), piece))
    return NewMember(f"{blake3(content).hexdigest()}.dcm", parts, len(content))


def event_member(sequence: int, body: bytes = b"{}") -> NewMember:
    return NewMember(f"{sequence:016d}.event", (body,), len(body))


def content(seed: int, size: int) -> bytes:
    return blake3(seed.to_bytes(8, "little")).digest(size)


class Harness:
    """One kind of store, with the few handles that a test needs beyond the port."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.folder = folder
        self._memory: MemoryStore | None = None
        self._store: PackStore | None = None

    def open(self, **limits: Any) -> PackStore:
        """Open the store as a new process would: what an earlier one held open is left behind."""
        if self.kind == "memory":
            self._memory = self._memory.reopened() if self._memory else MemoryStore(**limits)
            return self._memory
        if self._store is not None:
            self._store.close()
        self._store = LocalPackStore(self.folder, PackOptions(**{"reserve": 0, **limits}))
        return self._store

    def change(self, pack: str, edit: Callable[[bytearray], object]) -> None:
        """Damage a pack behind the store's back."""
        if self._memory is not None:
            edit(self._memory.content_of(pack))
            return
        path = self.folder / "packs" / pack[:9] / f"{pack}.tar"
        data = bytearray(path.read_bytes())
        edit(data)
        with path.open("r+b") as file:
            file.write(data)
            file.truncate()

    def remove(self, pack: str) -> None:
        if self._memory is not None:
            self._memory._packs.pop(pack)
        else:
            (self.folder / "packs" / pack[:9] / f"{pack}.tar").unlink()

    def bytes_of(self, pack: str) -> bytes:
        if self._memory is not None:
            return bytes(self._memory.content_of(pack))
        return (self.folder / "packs" / pack[:9] / f"{pack}.tar").read_bytes()
