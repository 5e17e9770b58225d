"""What a stopped process left in its open packs: whole members are given to the index, the rest is cut off."""

from __future__ import annotations

from collections.abc import Iterator

from isocenter.storage.members import PackBytes, scan, whole_checks
from isocenter.storage.port import ContentIdOf, MemberKind, Placement, RecoveredMember
from isocenter.storage.tar import padded

__all__ = ["WholeMembers"]


class WholeMembers:
    """Iterates over the whole members of an open pack from the index's known end on; `end` is where to cut.

    Stops at the first member that is zero, short, of bad checksum, or not its hash: whatever follows a torn member was
    never acknowledged. A deleted member has no bytes to verify and nothing to index; it is passed over.
    """

    def __init__(self, pack: PackBytes, known_end: int, content_id_of: ContentIdOf) -> None:
        self._pack = pack
        self._content_id_of = content_id_of
        # A pack shorter than the index says has lost members: nothing is recovered, and nothing cut.
        self.end = padded(min(known_end, pack.size))

    def __iter__(self) -> Iterator[RecoveredMember]:
        for member in scan(self._pack, self.end):
            if member.kind is not MemberKind.DELETED:
                checks = whole_checks(self._pack, member, self._content_id_of)
                if checks is None:
                    return
                yield RecoveredMember(member, Placement(member.location, checks))
            self.end = member.offset + padded(member.size)
