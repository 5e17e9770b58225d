"""fsck: the index against itself, the index against the packs, and every stored byte against its checks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Engine

from isocenter.index.fsck import check_index, indexed_contents
from isocenter.services.record.places import stored_location
from isocenter.services.record.stored import content_id_of
from isocenter.storage import CheckedMember, CheckStatus, Location, PackKeeper

__all__ = ["CheckReport", "Problem", "check"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: which rule, and where. Names no patient."""

    rule: str
    detail: str


@dataclass(slots=True)
class CheckReport:
    """What a check looked at and found."""

    packs: int = 0
    members: int = 0
    indexed: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def check(engine: Engine, storage: PackKeeper, progress: Callable[[int, int], None] | None = None) -> CheckReport:
    """Check everything; reads every stored byte. ``progress`` hears (packs done, packs in all)."""
    report = CheckReport()
    report.problems += [Problem(finding.rule, finding.detail) for finding in check_index(engine)]
    expected: dict[str, list[tuple[str, Location]]] = defaultdict(list)
    for content in indexed_contents(engine):
        report.indexed += 1
        if content.location.kind == "pack":
            name = f"{content.content_id.hex()}.dcm"
            expected[content.location.name].append((name, stored_location(content.location)))
    places = {name: location for members in expected.values() for name, location in members}
    packs = {pack.name for pack in storage.packs()}
    for missing in expected.keys() - packs:
        report.problems.append(Problem("MISSING", f"pack {missing} with {len(expected[missing])} objects"))
    for done, pack in enumerate(sorted(packs), 1):
        for member in storage.verify(pack, content_id_of, expected.get(pack, ())):
            report.members += 1
            if member.status is not CheckStatus.OK and not _replaced(member, places):
                where = f"pack {pack} at {member.location.offset}: {member.name or 'no readable header'}"
                report.problems.append(Problem(member.status.value, where))
        report.packs += 1
        if progress is not None:
            progress(done, len(packs))
    return report


def _replaced(member: CheckedMember, places: Mapping[str, Location]) -> bool:
    """Whether a damaged member is a copy that nothing refers to any more: the object came again and lies elsewhere."""
    place = places.get(member.name)
    return place is not None and place != member.location
