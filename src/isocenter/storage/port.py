"""What the rest of the program may ask of storage, and the values that pass through that port.

Three small ports by use: `PackWriter` keeps bytes, `PackReader` gives them back, `PackKeeper` looks after what is kept.
A `PackStore` is all three. Storage knows no index: where a decision needs one, the caller passes in what the index
knows. The contract of durability: what `Lane.append` placed survives a power cut once `Lane.sync` has returned, what
`Spill.finish` placed once that has returned.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from typing import Literal, Protocol

__all__ = [
    "BLOCK",
    "Buffer",
    "CheckStatus",
    "CheckedMember",
    "ContentIdOf",
    "Lane",
    "Location",
    "MemberKind",
    "NewMember",
    "PackInfo",
    "PackKeeper",
    "PackReader",
    "PackStore",
    "PackWriter",
    "Placement",
    "ReadRange",
    "RecoveredMember",
    "ScannedMember",
    "Spill",
]

BLOCK = 64 * 1024
"""Bytes under one CRC32C: small enough that reading one frame checks little else, large enough to keep checks short."""

Buffer = bytes | bytearray | memoryview

ReadRange = Callable[[int, int], bytes]
"""Gives the bytes from start to stop of one Part 10 file; shorter only where the file ends."""

ContentIdOf = Callable[[ReadRange, int], bytes]
"""Computes the 32-byte content id of a Part 10 file of that size, reading it by ranges."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where one Part 10 file lies: a byte range of a pack, or of a file adopted in place.

    ``name`` is the pack's twelve digits, or the adopted file's absolute path. ``offset`` is that of the first byte of
    the Part 10 file, ``length`` its size in bytes.
    """

    kind: Literal["pack", "file"]
    name: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a member was put, and the CRC32C (uint32, little endian) of each of its 64 KiB blocks in turn."""

    location: Location
    checks: bytes


@dataclass(frozen=True, slots=True)
class NewMember:
    """A whole Part 10 file, or a whole journal event, about to be appended.

    ``name`` is ``<content id hex>.dcm`` or ``<16-digit sequence>.event``; ``parts`` are the bytes in order and ``size``
    is the sum of their lengths. The buffers must not change until `Lane.append` returns.
    """

    name: str
    parts: tuple[Buffer, ...]
    size: int


class MemberKind(Enum):
    """What a member's name says it is."""

    OBJECT = "object"
    """A Part 10 file, named by its content id."""
    EVENT = "event"
    """A journal event, named by its sequence."""
    DELETED = "deleted"
    """The place of an object whose bytes were punched out."""
    OTHER = "other"
    """Written by a later version: kept and skipped."""


@dataclass(frozen=True, slots=True)
class ScannedMember:
    """A member as its tar header describes it; ``offset`` is that of the payload's first byte.

    ``check`` is the CRC32C of the member's checks, written in the header; it covers every byte of the payload.
    """

    pack: str
    name: str
    kind: MemberKind
    offset: int
    size: int
    check: int
    modified: int

    @property
    def location(self) -> Location:
        """The member's payload as a location."""
        return Location("pack", self.pack, self.offset, self.size)

    @property
    def content_id(self) -> bytes:
        """The 32 bytes that the name spells; for objects and deleted objects only."""
        return bytes.fromhex(self.name.removeprefix(".deleted/").removesuffix(".dcm"))

    @property
    def sequence(self) -> int:
        """The journal sequence that the name spells; for events only."""
        return int(self.name.removesuffix(".event"))


@dataclass(frozen=True, slots=True)
class RecoveredMember:
    """A whole member beyond what the index knew, its bytes verified, with its checks computed anew."""

    member: ScannedMember
    placement: Placement


@dataclass(frozen=True, slots=True)
class PackInfo:
    """A pack as it lies: its size in bytes, and whether it is sealed (it will never grow again)."""

    name: str
    size: int
    sealed: bool


class CheckStatus(Enum):
    """The outcome of verifying one member."""

    OK = "OK"
    MISSING = "MISSING"
    SIZE = "SIZE"
    HASH = "HASH"
    IO_ERROR = "IO_ERROR"


@dataclass(frozen=True, slots=True)
class CheckedMember:
    """What `PackKeeper.verify` found at one place; ``name`` is empty where not even a header could be read."""

    name: str
    location: Location
    status: CheckStatus


class Lane(Protocol):
    """One open pack with one writer: used by one thread at a time, which is the caller's duty.

    The lane opens its pack at the first append and moves to a new one by itself at the seal size or seal age. After a
    failed write or sync the pack is abandoned: what was synced before stays, nothing is ever appended to it again, and
    the next append starts a new pack.
    """

    @property
    def pack(self) -> str | None:
        """The name of the pack that the next append goes to, when one is open."""

    @property
    def size(self) -> int:
        """Bytes in the open pack; 0 when none is open."""

    def append(self, members: Sequence[NewMember], now: float = 0.0) -> list[Placement]:
        """Write whole members, in order; nothing is durable before `sync`.

        ``now`` (seconds since 1970) dates the members and the pack's age. Raises StorageFull before a byte is written
        when the group would cut into the reserve (events alone may), ReadOnly, or StorageError after a failed write;
        then none of these members is kept.
        """

    def sync(self) -> None:
        """Make all that was appended durable. On StorageError nothing since the last sync is kept; never try again."""

    def is_due(self, now: float) -> bool:
        """Whether the open pack has reached the seal size or the seal age."""

    def seal(self) -> list[str]:
        """Seal the open pack and those the lane has moved on from; gives their names.

        Call it when the index has committed every member appended so far: recovery does not look into sealed packs.
        """

    def seal_full(self) -> list[str]:
        """Seal only the packs the lane has moved on from; gives their names. The same condition holds."""


class Spill(Protocol):
    """An instance too large to buffer, written as it arrives and placed as a pack of its own."""

    @property
    def size(self) -> int:
        """Bytes of the Part 10 file so far, head included."""

    def write(self, data: Buffer) -> None:
        """Append to the instance. Raises StorageFull or StorageError; then `discard` is all that is left to do."""

    def finish(self, name: str, now: float = 0.0) -> Placement:
        """Make the instance durable under its member name; the pack is sealed by `PackWriter.seal` once indexed."""

    def discard(self) -> None:
        """Remove what was written; nothing happens when the instance is finished or discarded already."""


class PackWriter(Protocol):
    """Keeps bytes."""

    @property
    def read_only(self) -> bool:
        """Whether writing is switched off after repeated failures of the disk."""

    def open_lane(self) -> Lane:
        """Give a lane of its own to one writer. No file is made before its first append."""

    def open_spill(self, head: bytes) -> Spill:
        """Begin an instance whose Part 10 head (preamble, DICM, file meta) is ``head``."""

    def seal(self, pack: str) -> None:
        """Seal a pack that nobody writes to and whose members are all indexed; nothing happens when it is sealed."""

    def probe(self) -> bool:
        """Try the disk with a durable write of its own; a success switches writing on again."""


class PackReader(Protocol):
    """Gives bytes back, never unverified; safe to use from many threads."""

    def read(self, location: Location, start: int, stop: int, checks: bytes) -> bytes:
        """Give bytes ``start`` to ``stop`` of the Part 10 file, after checking the 64 KiB blocks they lie in.

        Raises DamagedContent when they are missing or not what was acknowledged, StorageError when the disk fails.
        """

    def stream(
        self, location: Location, checks: bytes, *, start: int = 0, stop: int | None = None, chunk: int = 1 << 20
    ) -> Iterator[bytes]:
        """Give the Part 10 file (or bytes ``start`` to ``stop``) in pieces of about ``chunk`` bytes, each verified."""

    def read_ahead(self, locations: Iterable[Location]) -> None:
        """Tell the disk which contents are read soon, so that a scattered series comes as fast as a contiguous one."""

    def pin(self, location: Location) -> AbstractContextManager[None]:
        """Keep the content in place while it is read; `PackKeeper.punch` refuses meanwhile. Gone if it is too late."""


class PackKeeper(Protocol):
    """Looks after what is kept: lists, recovers, verifies, deletes."""

    def packs(self) -> Iterator[PackInfo]:
        """List every pack in the order of their numbers."""

    def scan(self, pack: str, offset: int = 0) -> Iterator[ScannedMember]:
        """List a pack's members from a header's offset on; ends at the first that is not whole.

        In a sealed pack, which was whole once, a broken header is passed over and the members behind it are listed.
        """

    def recover(
        self, known_ends: Mapping[str, int], content_id_of: ContentIdOf, *, sealed: Collection[str] = ()
    ) -> Iterator[RecoveredMember]:
        """Give the whole members of open packs beyond what the index knows, and cut off what is not whole.

        ``known_ends`` maps a pack to the end of its last indexed member, ``sealed`` names packs known to be sealed,
        which are not even opened. Run it to its end, index what it gave, then `PackWriter.seal` every open pack.
        """

    def verify(
        self, pack: str, content_id_of: ContentIdOf, expected: Iterable[tuple[str, Location]] = ()
    ) -> Iterator[CheckedMember]:
        """Read every member of a pack and compare it with its name, its header and what the index expects there."""

    def place(self, member: ScannedMember, content_id_of: ContentIdOf) -> Placement | None:
        """Read a scanned member and give its placement, checks computed anew; None when it is not what it was."""

    def salvage(self, member: ScannedMember) -> Placement:
        """Give a damaged member's placement, with checks of its bytes as they are now: to see what is left of it."""

    def punch(self, location: Location, name: str) -> None:
        """Erase an object's bytes for good: its header is renamed ``.deleted/<content id>``, its payload punched out.

        Safe to repeat at any time, also after a crash. Raises BusyError while the content is pinned.
        """

    def rewrite(self, members: Iterable[ScannedMember]) -> list[Placement]:
        """Copy members into a new pack, in the order given, durably and every byte verified.

        Leaves dead members behind (compaction), joins small packs, makes a series contiguous. When the index has
        committed the new places, `PackWriter.seal` the new pack and `remove` what nothing refers to any more. Raises
        DamagedContent for a member that is not what was stored; then there is no new pack.
        """

    def remove(self, pack: str) -> None:
        """Remove a pack that nothing refers to; nothing happens when it is gone already.

        Raises BusyError while it is written or read, and for the newest pack, so that no name is ever used twice.
        """


class PackStore(PackWriter, PackReader, PackKeeper, Protocol):
    """All of storage; `close` gives up its files and its lock."""

    def close(self) -> None:
        """Close every file and release the store to other processes. Open lanes' packs stay open to recovery."""
