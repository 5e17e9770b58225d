"""Who is one person: which studies belong to the same patient.

Studies join by Patient ID and its issuer. Two of them name different people where their birth dates both exist and
differ, and their names both exist and differ. People are the connected components of what is compatible.
An empty ID, or one that is given to anyone, joins nothing: such a study has a patient of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache

from isocenter.index.names import fold_person_name

__all__ = ["ONE_PERSON", "Claim", "GenericIds", "name_to_compare", "own_person", "people"]

ONE_PERSON = ""
"""``patient.person`` when all studies under the ID are of one person, the usual case."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Whom the studies of one spelling name; an empty value says nothing."""

    name_folded: str
    birth_date: str

    def compatible(self, other: Claim) -> bool:
        """Say whether both can be the same person."""
        names_differ = self.name_folded and other.name_folded and self.name_folded != other.name_folded
        dates_differ = self.birth_date and other.birth_date and self.birth_date != other.birth_date
        return not (names_differ and dates_differ)


@dataclass(frozen=True, slots=True)
class GenericIds:
    """Patient IDs that name nobody, compared in capitals without outer spaces; an empty one always is."""

    values: frozenset[str]

    @classmethod
    def of(cls, values: Iterable[str]) -> GenericIds:
        """Take the list as the settings hold it."""
        return cls(frozenset(value.strip().upper() for value in values) | {""})

    def __contains__(self, patient_id: str) -> bool:
        return patient_id.strip().upper() in self.values


def own_person(study_instance_uid: str) -> str:
    """Return ``patient.person`` for a study whose ID names nobody."""
    return f"study:{study_instance_uid}"


@lru_cache(maxsize=1024)
def name_to_compare(person_name: str) -> str:
    """Return the folded group that tells people apart: the first that is there."""
    folded = fold_person_name(person_name)
    return folded.alphabetic or folded.ideographic or folded.phonetic


def people(living: Collection[Claim], others: Collection[Claim] = ()) -> dict[Claim, str]:
    """Return each claim's ``patient.person``.

    ``living`` are the claims of studies with live instances; only these decide how many people there are.
    ``others``, of studies without, follow the first compatible person, else the first of all.
    """
    groups = _components(living or others)
    labels = [ONE_PERSON] if len(groups) == 1 else [_label(group) for group in groups]
    ordered = sorted(zip(labels, groups, strict=True), key=lambda pair: pair[0])
    result = {claim: label for label, group in ordered for claim in group}
    for claim in set(others) - set(result):
        fitting = (label for label, group in ordered if any(claim.compatible(member) for member in group))
        result[claim] = next(fitting, ordered[0][0])
    return result


def _components(claims: Collection[Claim]) -> list[list[Claim]]:
    """Join claims that share a name or a birth date; one that lacks either is compatible with all."""
    distinct = list(dict.fromkeys(claims))
    if any(not claim.name_folded or not claim.birth_date for claim in distinct):
        return [distinct]
    parent: dict[str, str] = {}

    def root(node: str) -> str:
        while parent.setdefault(node, node) != node:
            parent[node] = node = parent[parent[node]]
        return node

    for claim in distinct:
        parent[root(f"name {claim.name_folded}")] = root(f"date {claim.birth_date}")
    groups: dict[str, list[Claim]] = {}
    for claim in distinct:
        groups.setdefault(root(f"date {claim.birth_date}"), []).append(claim)
    return list(groups.values())


def _label(group: list[Claim]) -> str:
    """Name a person by the smallest claim, in a digest: the label is part of a key and must stay short."""
    first = min((claim.birth_date, claim.name_folded) for claim in group)
    return hashlib.blake2b("\0".join(first).encode(), digest_size=12).hexdigest()
