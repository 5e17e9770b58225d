"""The pack store's twin in memory: the same promises and the same bytes, without a disk, for tests and trials."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from isocenter.errors import BusyError, DamagedContent, StorageFull
from isocenter.storage import members
from isocenter.storage.checks import block_checks, block_range, require_intact, summary
from isocenter.storage.pins import Pins
from isocenter.storage.port import (
    BLOCK,
    Buffer,
    CheckedMember,
    CheckStatus,
    ContentIdOf,
    Location,
    MemberKind,
    NewMember,
    PackInfo,
    Placement,
    RecoveredMember,
    ScannedMember,
)
from isocenter.storage.recovery import WholeMembers
from isocenter.storage.tar import BLOCK_SIZE, decode_header, encode_header, padded, padding, renamed

__all__ = ["MemoryStore"]


@dataclass(slots=True)
class _Pack:
    name: str
    data: bytearray = field(default_factory=bytearray)
    written: bool = False

    @property
    def size(self) -> int:
        return len(self.data)

    def read_at(self, start: int, stop: int) -> bytes:
        return bytes(self.data[start:stop])

    def add(self, name: str, content: bytes, now: float) -> Placement:
        checks = block_checks([content])
        self.data += encode_header(name, len(content), summary(checks), int(now))
        location = Location("pack", self.name, self.size, len(content))
        self.data += content + padding(len(content))
        return Placement(location, checks)


class _Lane:
    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._open: _Pack | None = None
        self._opened_at = 0.0
        self._full: list[str] = []

    @property
    def pack(self) -> str | None:
        return self._open.name if self._open else None

    @property
    def size(self) -> int:
        return self._open.size if self._open else 0

    def append(self, members: Sequence[NewMember], now: float = 0.0) -> list[Placement]:
        if not members:
            return []
        contents = [b"".join(member.parts) for member in members]
        if any(len(content) != member.size for content, member in zip(contents, members, strict=True)):
            raise ValueError("a member's parts do not add up to its size")
        events = all(members_kind is MemberKind.EVENT for members_kind in map(_kind, members))
        self._store.admit(sum(BLOCK_SIZE + padded(member.size) for member in members), events=events)
        if self.is_due(now):
            self._leave()
        if self._open is None:
            self._open, self._opened_at = self._store.new_pack(written=True), now
        return [self._open.add(member.name, content, now) for member, content in zip(members, contents, strict=True)]

    def sync(self) -> None:
        """Memory is as durable as it will be."""

    def is_due(self, now: float) -> bool:
        if self._open is None:
            return False
        return self._open.size >= self._store.seal_size or now - self._opened_at >= self._store.seal_age

    def seal(self) -> list[str]:
        self._leave()
        return self.seal_full()

    def seal_full(self) -> list[str]:
        sealed, self._full = self._full, []
        for pack in sealed:
            self._store.seal(pack)
        return sealed

    def _leave(self) -> None:
        if self._open is not None:
            self._open.written = False
            self._full.append(self._open.name)
            self._open = None


def _kind(member: NewMember) -> MemberKind:
    return members.kind_of(member.name)


class _Spill:
    def __init__(self, store: MemoryStore, head: bytes) -> None:
        self._store = store
        self._content: bytearray | None = bytearray(head)
        self.size = len(head)

    def write(self, data: Buffer) -> None:
        if self._content is None:
            raise ValueError("the spill is finished or discarded")
        self._store.admit(len(self._content) + len(data), events=False)
        self._content += data
        self.size = len(self._content)

    def finish(self, name: str, now: float = 0.0) -> Placement:
        if self._content is None:
            raise ValueError("the spill is finished or discarded")
        placement = self._store.new_pack(written=False).add(name, bytes(self._content), now)
        self._content = None
        return placement

    def discard(self) -> None:
        self._content = None


class MemoryStore:
    """`PackStore` in memory.

    ``capacity`` bytes stand for the disk, ``reserve`` of them only for events. `reopened` gives what a new process
    would find.
    """

    def __init__(
        self,
        *,
        seal_size: int = 1 << 30,
        seal_age: float = 6 * 3600.0,
        capacity: int = 1 << 30,
        reserve: int = 0,
    ) -> None:
        self.seal_size = seal_size
        self.seal_age = seal_age
        self.read_only = False
        self._capacity = capacity
        self._reserve = reserve
        self._packs: dict[str, _Pack] = {}
        self._pins = Pins()

    def reopened(self) -> MemoryStore:
        """Give the store that a new process would open over the same bytes."""
        store = MemoryStore(
            seal_size=self.seal_size, seal_age=self.seal_age, capacity=self._capacity, reserve=self._reserve
        )
        store._packs = {name: _Pack(name, pack.data) for name, pack in self._packs.items()}
        return store

    def content_of(self, pack: str) -> bytearray:
        """Give a pack's bytes themselves, for a test to damage."""
        return self._packs[pack].data

    def new_pack(self, *, written: bool) -> _Pack:
        """Make the next pack."""
        number = int(max(self._packs, default="0")) + 1
        pack = _Pack(f"{number:012d}", written=written)
        self._packs[pack.name] = pack
        return pack

    def admit(self, size: int, *, events: bool) -> None:
        """Raise StorageFull when ``size`` bytes more do not fit."""
        used = sum(pack.size for pack in self._packs.values())
        if used + size > self._capacity - (0 if events else self._reserve):
            raise StorageFull("No room left above the reserve.")

    def open_lane(self) -> _Lane:
        """Give a lane of its own to one writer."""
        return _Lane(self)

    def open_spill(self, head: bytes) -> _Spill:
        """Begin an instance too large to buffer."""
        self.admit(len(head), events=False)
        return _Spill(self, head)

    def seal(self, pack: str) -> None:
        """Close a pack for good."""
        held = self._pack(pack)
        if held.written:
            raise BusyError("The pack is being written.")
        if not held.data:
            del self._packs[pack]
        elif members.sealed_end(held) is None:
            held.data += members.seal_tail(pack, held.size)

    def probe(self) -> bool:
        """Memory works."""
        return True

    def read(self, location: Location, start: int, stop: int, checks: bytes) -> bytes:
        """Give bytes ``start`` to ``stop`` of the Part 10 file, verified."""
        first, last = block_range(location, start, stop, checks)
        data = self._pack(location.name).read_at(location.offset + first, location.offset + last)
        if len(data) != last - first:
            raise DamagedContent("The content is shorter than what was stored.")
        require_intact(data, first // BLOCK, checks)
        return data[start - first : stop - first]

    def stream(
        self, location: Location, checks: bytes, *, start: int = 0, stop: int | None = None, chunk: int = 1 << 20
    ) -> Iterator[bytes]:
        """Give the Part 10 file in verified pieces."""
        stop = location.length if stop is None else stop
        for position in range(start, stop, chunk):
            yield self.read(location, position, min(position + chunk, stop), checks)

    def read_ahead(self, locations: Iterable[Location]) -> None:
        """Nothing is nearer than memory."""

    def pin(self, location: Location) -> AbstractContextManager[None]:
        """Keep the content in place while it is read."""
        return self._pins.reading(location)

    def packs(self) -> Iterator[PackInfo]:
        """List every pack in the order of their numbers."""
        for name, pack in sorted(self._packs.items()):
            yield PackInfo(name, pack.size, members.sealed_end(pack) is not None)

    def scan(self, pack: str, offset: int = 0) -> Iterator[ScannedMember]:
        """List a pack's members from a header's offset on."""
        return members.scan_past_damage(self._pack(pack), offset)

    def recover(
        self, known_ends: Mapping[str, int], content_id_of: ContentIdOf, *, sealed: Collection[str] = ()
    ) -> Iterator[RecoveredMember]:
        """Give the whole members of open packs beyond what the index knows, and cut off the rest."""
        for name, pack in sorted(self._packs.items()):
            if name in sealed or pack.written or members.sealed_end(pack) is not None:
                continue
            whole = WholeMembers(pack, known_ends.get(name, 0), content_id_of)
            yield from whole
            del pack.data[whole.end :]

    def place(self, member: ScannedMember, content_id_of: ContentIdOf) -> Placement | None:
        """Read a scanned member and give its placement."""
        pack = self._packs.get(member.pack)
        checks = None if pack is None else members.whole_checks(pack, member, content_id_of)
        return None if checks is None else Placement(member.location, checks)

    def salvage(self, member: ScannedMember) -> Placement:
        """Give a damaged member's placement, with checks of its bytes as they are now."""
        return Placement(member.location, members.present_checks(self._pack(member.pack), member))

    def verify(
        self, pack: str, content_id_of: ContentIdOf, expected: Iterable[tuple[str, Location]] = ()
    ) -> Iterator[CheckedMember]:
        """Read and judge every member of a pack."""
        if pack in self._packs:
            yield from members.verify(self._packs[pack], content_id_of, expected)
        else:
            for name, location in expected:
                yield CheckedMember(name, location, CheckStatus.MISSING)

    def punch(self, location: Location, name: str) -> None:
        """Erase an object's bytes for good."""
        if location.kind != "pack":
            raise ValueError("an adopted file is not ours to erase")
        gone = members.deleted_name(name)
        with self._pins.erasing(location):
            pack = self._pack(location.name)
            block = pack.read_at(location.offset - BLOCK_SIZE, location.offset)
            header = decode_header(block)
            if header is None or header.size != location.length or header.name not in (name, gone):
                raise DamagedContent("The pack does not hold this content where it should be.")
            pack.data[location.offset - BLOCK_SIZE : location.offset] = renamed(block, gone)
            pack.data[location.offset : location.offset + location.length] = bytes(location.length)

    def rewrite(self, members: Iterable[ScannedMember]) -> list[Placement]:
        """Copy members into a new pack, in the order given."""
        copies = []
        for member in members:
            raw = self._pack(member.pack).read_at(member.offset - BLOCK_SIZE, member.offset + padded(member.size))
            checks = block_checks([raw[BLOCK_SIZE : BLOCK_SIZE + member.size]])
            if summary(checks) != member.check:
                raise DamagedContent("A member to be copied is not what was stored.")
            copies.append((raw, member.size, checks))
        if not copies:
            return []
        self.admit(sum(len(raw) for raw, _, _ in copies), events=False)
        pack = self.new_pack(written=False)
        placements = []
        for raw, size, checks in copies:
            placements.append(Placement(Location("pack", pack.name, pack.size + BLOCK_SIZE, size), checks))
            pack.data += raw
        return placements

    def remove(self, pack: str) -> None:
        """Remove a pack that nothing refers to."""
        held = self._packs.get(pack)
        if held is None:
            return
        if held.written or pack == max(self._packs):
            raise BusyError("The newest pack, and one that is being written, cannot be removed.")
        with self._pins.removing(pack):
            del self._packs[pack]

    def close(self) -> None:
        """Nothing is held."""

    def _pack(self, name: str) -> _Pack:
        if name not in self._packs:
            raise DamagedContent("The pack is missing.")
        return self._packs[name]
