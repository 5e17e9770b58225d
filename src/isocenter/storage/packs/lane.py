"""One open pack and its one writer: groups are appended by plain vectored writes and made durable by one fdatasync."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from isocenter.faults import faultpoint
from isocenter.storage.checks import block_checks, summary
from isocenter.storage.members import kind_of
from isocenter.storage.packs.disk import Disk, write_all
from isocenter.storage.packs.health import WriteHealth
from isocenter.storage.packs.layout import Layout
from isocenter.storage.packs.options import PackOptions
from isocenter.storage.packs.sealing import Sealer, publish_folder
from isocenter.storage.port import Buffer, Location, MemberKind, NewMember, Placement
from isocenter.storage.tar import BLOCK_SIZE, encode_header, padded, padding

__all__ = ["PackLane", "encode_member"]


@dataclass(slots=True)
class _OpenPack:
    name: str
    fd: int
    opened_at: float
    end: int = 0
    durable: int = 0


class PackLane:
    """`Lane` on a local disk."""

    def __init__(self, layout: Layout, disk: Disk, health: WriteHealth, sealer: Sealer, options: PackOptions) -> None:
        self._layout = layout
        self._disk = disk
        self._health = health
        self._sealer = sealer
        self._options = options
        self._open: _OpenPack | None = None
        self._full: list[str] = []

    @property
    def pack(self) -> str | None:
        """The name of the open pack, when there is one."""
        return self._open.name if self._open else None

    @property
    def size(self) -> int:
        """Bytes in the open pack; 0 when none is open."""
        return self._open.end if self._open else 0

    def append(self, members: Sequence[NewMember], now: float = 0.0) -> list[Placement]:
        """Write whole members, in order; see `Lane.append`."""
        if not members:
            return []
        self._admit(members)
        pack = self._pack_for_append(now)
        buffers: list[Buffer] = []
        placements: list[Placement] = []
        offset = pack.end
        for member in members:
            checks = encode_member(member, int(now), buffers)
            location = Location("pack", pack.name, offset + BLOCK_SIZE, member.size)
            placements.append(Placement(location, checks))
            offset += BLOCK_SIZE + padded(member.size)
        faultpoint("K4")
        try:
            write_all(self._disk, pack.fd, buffers, pack.end)
        except OSError as error:
            self._abandon(pack)
            raise self._health.failed(error) from error
        pack.end = offset
        return placements

    def sync(self) -> None:
        """Make all that was appended durable; see `Lane.sync`."""
        pack = self._open
        if pack is None or pack.durable == pack.end:
            return
        faultpoint("K5")
        try:
            self._disk.fdatasync(pack.fd)
        except OSError as error:
            self._abandon(pack)
            raise self._health.failed(error) from error
        pack.durable = pack.end
        self._health.worked()

    def is_due(self, now: float) -> bool:
        """Whether the open pack has reached the seal size or the seal age."""
        pack = self._open
        if pack is None:
            return False
        return pack.end >= self._options.seal_size or now - pack.opened_at >= self._options.seal_age

    def seal(self) -> list[str]:
        """Seal the open pack and those the lane has moved on from; see `Lane.seal`."""
        self._close_pack()
        return self.seal_full()

    def seal_full(self) -> list[str]:
        """Seal only the packs the lane has moved on from; see `Lane.seal_full`."""
        sealed = []
        while self._full:
            self._sealer.seal(self._full[0])
            sealed.append(self._full.pop(0))
        return sealed

    def _admit(self, members: Sequence[NewMember]) -> None:
        size = sum(BLOCK_SIZE + padded(member.size) for member in members)
        if all(kind_of(member.name) is MemberKind.EVENT for member in members):
            self._health.admit_event(size)
        else:
            self._health.admit(size)

    def _pack_for_append(self, now: float) -> _OpenPack:
        if self._open is not None and self.is_due(now):
            self._close_pack()
        if self._open is None:
            self._open = self._new_pack(now)
        return self._open

    def _new_pack(self, now: float) -> _OpenPack:
        try:
            name = self._layout.new_pack()
            fd = self._disk.create(self._layout.path(name))
            try:
                publish_folder(self._layout, self._disk, name)
                self._disk.fsync(fd)
            except OSError:
                self._disk.close(fd)
                raise
        except OSError as error:
            raise self._health.failed(error) from error
        self._sealer.begin(name)
        return _OpenPack(name, fd, now)

    def _close_pack(self) -> None:
        self.sync()
        if self._open is not None:
            self._leave(self._open)

    def _abandon(self, pack: _OpenPack) -> None:
        # What the failed call left behind must not be found as whole members later: it was never acknowledged.
        with contextlib.suppress(OSError):
            self._disk.ftruncate(pack.fd, pack.durable)
        self._leave(pack)

    def _leave(self, pack: _OpenPack) -> None:
        self._open = None
        self._sealer.complete(pack.name, pack.durable)
        self._full.append(pack.name)
        with contextlib.suppress(OSError):
            self._disk.close(pack.fd)


def encode_member(member: NewMember, modified: int, buffers: list[Buffer]) -> bytes:
    """Put a member's header, parts and padding at the end of ``buffers``; gives its block checks."""
    parts = [part if isinstance(part, bytes) else memoryview(part).cast("B") for part in member.parts if len(part)]
    if sum(map(len, parts)) != member.size:
        raise ValueError("a member's parts do not add up to its size")
    checks = block_checks(parts)
    buffers.append(encode_header(member.name, member.size, summary(checks), modified))
    buffers.extend(parts)
    if zeros := padding(member.size):
        buffers.append(zeros)
    return checks
