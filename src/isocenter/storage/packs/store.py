"""The pack store on a local disk: what the port promises, put together from its parts."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from isocenter.errors import BusyError, DamagedContent, StorageError
from isocenter.storage import members
from isocenter.storage.packs.disk import Disk, write_all
from isocenter.storage.packs.erasure import punch_member
from isocenter.storage.packs.health import WriteHealth
from isocenter.storage.packs.lane import PackLane
from isocenter.storage.packs.layout import Layout
from isocenter.storage.packs.lock import FolderLock
from isocenter.storage.packs.options import PackOptions
from isocenter.storage.packs.part import PartFile
from isocenter.storage.packs.reader import FileCache, RangeReader
from isocenter.storage.packs.rewriting import copy_members, placements
from isocenter.storage.packs.sealing import PackFile, Sealer
from isocenter.storage.packs.spill import PackSpill
from isocenter.storage.pins import Pins
from isocenter.storage.port import (
    CheckedMember,
    CheckStatus,
    ContentIdOf,
    Location,
    PackInfo,
    Placement,
    RecoveredMember,
    ScannedMember,
)
from isocenter.storage.recovery import WholeMembers
from isocenter.storage.tar import BLOCK_SIZE, padded

__all__ = ["LocalPackStore", "LocalPacks"]


class LocalPacks:
    """Packs in a data folder, to be looked at only: takes no lock, so that a check can run beside the server."""

    def __init__(self, folder: Path, options: PackOptions | None = None, disk: Disk | None = None) -> None:
        self._options = options or PackOptions()
        self._disk = disk or Disk()
        self._layout = Layout(folder, self._disk)
        self._files = FileCache(self._disk, self._options.open_files)
        self._ranges = RangeReader(self._layout, self._disk, self._files)
        self.read = self._ranges.read
        self.stream = self._ranges.stream
        self.read_ahead = self._ranges.read_ahead

    def packs(self) -> Iterator[PackInfo]:
        """List every pack in the order of their numbers; see `PackKeeper.packs`."""
        for name in self._layout.names():
            with self._reading(name) as pack:
                yield PackInfo(name, pack.size, members.sealed_end(pack) is not None)

    def scan(self, pack: str, offset: int = 0) -> Iterator[ScannedMember]:
        """List a pack's members; see `PackKeeper.scan`."""
        with self._reading(pack) as file:
            yield from members.scan_past_damage(file, offset)

    def verify(
        self, pack: str, content_id_of: ContentIdOf, expected: Iterable[tuple[str, Location]] = ()
    ) -> Iterator[CheckedMember]:
        """Read and judge every member of a pack; see `PackKeeper.verify`."""
        expected = tuple(expected)
        try:
            with self._reading(pack) as file:
                yield from members.verify(file, content_id_of, expected)
        except DamagedContent:
            for name, location in expected:
                yield CheckedMember(name, location, CheckStatus.MISSING)
        except StorageError:
            for name, location in expected:
                yield CheckedMember(name, location, CheckStatus.IO_ERROR)

    def place(self, member: ScannedMember, content_id_of: ContentIdOf) -> Placement | None:
        """Read a scanned member and give its placement; see `PackKeeper.place`."""
        with self._reading(member.pack) as pack:
            checks = members.whole_checks(pack, member, content_id_of)
        return None if checks is None else Placement(member.location, checks)

    def salvage(self, member: ScannedMember) -> Placement:
        """Give a damaged member's placement; see `PackKeeper.salvage`."""
        with self._reading(member.pack) as pack:
            return Placement(member.location, members.present_checks(pack, member))

    def close(self) -> None:
        """Close the files kept open for reading."""
        self._files.forget_all()

    @contextlib.contextmanager
    def _reading(self, pack: str) -> Iterator[PackFile]:
        with self._ranges.open_pack(pack) as fd:
            yield PackFile(self._disk, pack, fd)


class LocalPackStore(LocalPacks):
    """`PackStore` on a local disk; one process at a time per data folder.

    Raises StorageError when another process has the folder, or when the folder cannot be made.
    """

    def __init__(self, folder: Path, options: PackOptions | None = None, disk: Disk | None = None) -> None:
        super().__init__(folder, options, disk)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = FolderLock(folder)
        except OSError as error:
            raise StorageError(f"The data folder cannot be used: {error.strerror}.") from error
        try:
            self._layout.make_folders()
        except OSError as error:
            self._lock.release()
            raise StorageError(f"The data folder cannot be used: {error.strerror}.") from error
        self._health = WriteHealth(
            folder, self._disk, reserve=self._options.reserve, failure_limit=self._options.failure_limit
        )
        self._sealer = Sealer(self._layout, self._disk, self._health)
        self._pins = Pins()
        self.seal = self._sealer.seal

    @property
    def read_only(self) -> bool:
        """Whether writing is switched off after repeated failures of the disk."""
        return self._health.read_only

    def open_lane(self) -> PackLane:
        """Give a lane of its own to one writer."""
        return PackLane(self._layout, self._disk, self._health, self._sealer, self._options)

    def open_spill(self, head: bytes) -> PackSpill:
        """Begin an instance too large to buffer; see `PackWriter.open_spill`."""
        return PackSpill(self._layout, self._disk, self._health, self._sealer, head)

    def probe(self) -> bool:
        """Try the disk with a durable write of its own; a success switches writing on again."""
        path = self._layout.new_part()
        try:
            fd = self._disk.create(path)
            try:
                write_all(self._disk, fd, [b"probe"], 0)
                self._disk.fdatasync(fd)
            finally:
                self._disk.close(fd)
                self._disk.unlink(path)
            self._disk.sync_folder(path.parent)
        except OSError:
            return False
        self._health.reset()
        return True

    def pin(self, location: Location) -> AbstractContextManager[None]:
        """Keep the content in place while it is read; see `PackReader.pin`."""
        return self._pins.reading(location)

    def recover(
        self, known_ends: Mapping[str, int], content_id_of: ContentIdOf, *, sealed: Collection[str] = ()
    ) -> Iterator[RecoveredMember]:
        """Give the whole members of open packs beyond what the index knows; see `PackKeeper.recover`."""
        for name in list(self._layout.names()):
            if name not in sealed and not self._sealer.is_written(name):
                yield from self._recover(name, known_ends.get(name, 0), content_id_of)

    def _recover(self, name: str, known_end: int, content_id_of: ContentIdOf) -> Iterator[RecoveredMember]:
        try:
            fd = self._disk.open_existing(self._layout.path(name))
            try:
                pack = PackFile(self._disk, name, fd)
                if members.sealed_end(pack) is None:
                    whole = WholeMembers(pack, known_end, content_id_of)
                    yield from whole
                    self._disk.ftruncate(fd, whole.end)
                    self._sealer.complete(name, whole.end)
            finally:
                self._disk.close(fd)
        except OSError as error:
            raise StorageError(f"A pack cannot be recovered: {error.strerror}.") from error

    def punch(self, location: Location, name: str) -> None:
        """Erase an object's bytes for good; see `PackKeeper.punch`."""
        if location.kind != "pack":
            raise ValueError("an adopted file is not ours to erase")
        with self._pins.erasing(location):
            try:
                fd = self._disk.open_existing(self._layout.path(location.name))
                try:
                    punch_member(self._disk, fd, location, name)
                finally:
                    self._disk.close(fd)
            except FileNotFoundError as error:
                raise DamagedContent("The pack is missing.") from error
            except OSError as error:
                raise self._health.failed(error) from error

    def rewrite(self, members: Iterable[ScannedMember]) -> list[Placement]:
        """Copy members into a new pack, in the order given; see `PackKeeper.rewrite`."""
        members = tuple(members)
        if not members:
            return []
        self._health.admit(sum(BLOCK_SIZE + padded(member.size) for member in members))
        try:
            part = PartFile(self._layout, self._disk)
            try:
                copied, end = copy_members(part, members, self._reading)
                pack = part.publish()
            finally:
                part.discard()
        except OSError as error:
            raise self._health.failed(error) from error
        self._sealer.complete(pack, end)
        return placements(pack, copied)

    def remove(self, pack: str) -> None:
        """Remove a sealed pack; see `PackKeeper.remove`."""
        if self._sealer.is_written(pack) or pack == self._layout.newest():
            raise BusyError("The newest pack, and one that is being written, cannot be removed.")
        path = self._layout.path(pack)
        with self._pins.removing(pack):
            self._files.forget(pack)
            try:
                self._disk.unlink(path)
                self._disk.sync_folder(path.parent)
            except FileNotFoundError:
                return
            except OSError as error:
                raise self._health.failed(error) from error

    def close(self) -> None:
        """Close every file and release the folder to other processes."""
        super().close()
        self._lock.release()
