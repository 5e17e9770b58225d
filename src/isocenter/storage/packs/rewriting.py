"""Copying members together into a new pack: compaction, merging of small packs, making a series contiguous."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

from isocenter.errors import DamagedContent
from isocenter.storage.checks import BlockChecks, summary
from isocenter.storage.members import PackBytes
from isocenter.storage.packs.part import PartFile
from isocenter.storage.port import BLOCK, Location, Placement, ScannedMember
from isocenter.storage.tar import BLOCK_SIZE, padding

__all__ = ["copy_members", "placements"]

_COPY_AT_ONCE = 64 * BLOCK


def copy_members(
    part: PartFile, members: Iterable[ScannedMember], reading: Callable[[str], AbstractContextManager[PackBytes]]
) -> tuple[list[tuple[int, int, bytes]], int]:
    """Copy members one after the other, headers as they are, checking every byte on the way.

    Gives offset, length and checks of each payload, and the end of the last member. Raises DamagedContent for a member
    that is not what its header says.
    """
    copied = []
    end = 0
    for member in members:
        with reading(member.pack) as pack:
            checks = _copy_one(part, pack, member, end)
        if summary(checks) != member.check:
            raise DamagedContent("A member to be copied is not what was stored.")
        copied.append((end + BLOCK_SIZE, member.size, checks))
        end += BLOCK_SIZE + member.size + len(padding(member.size))
    return copied, end


def _copy_one(part: PartFile, pack: PackBytes, member: ScannedMember, place: int) -> bytes:
    # The header is copied and not made anew: a later version may have written fields that this one does not know.
    part.write([pack.read_at(member.offset - BLOCK_SIZE, member.offset)], place)
    checks = BlockChecks()
    while checks.size < member.size:
        start = member.offset + checks.size
        data = pack.read_at(start, min(start + _COPY_AT_ONCE, member.offset + member.size))
        if not data:
            raise DamagedContent("A member to be copied is shorter than its header says.")
        part.write([data], place + BLOCK_SIZE + checks.size)
        checks.update(data)
    if zeros := padding(member.size):
        part.write([zeros], place + BLOCK_SIZE + member.size)
    return checks.result()


def placements(pack: str, copied: Iterable[tuple[int, int, bytes]]) -> list[Placement]:
    """Turn what was copied into placements in the pack that it became."""
    return [Placement(Location("pack", pack, offset, length), checks) for offset, length, checks in copied]
