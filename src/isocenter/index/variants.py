"""The value that holds for a study or a series when its instances disagree.

The rule, per attribute: a value beats no value; then the value that most live instances hold; then the first in byte
order. Nothing in it depends on the order of arrival. Patient ID and its issuer are one value here: a mixture
of two identities would name a patient that no sender ever named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from isocenter.index.patients import name_to_compare

__all__ = ["IDENTITY", "disagreements", "winning_values"]

Variant = tuple[Mapping[str, str], int]
"""Values by column name, and the number of live instances that hold them."""

IDENTITY = ("patient_id", "issuer_of_patient_id")

_IDENTIFYING = ("patient_id", "issuer_of_patient_id", "patient_name", "patient_birth_date", "patient_sex")


def winning_values(variants: Iterable[Variant]) -> dict[str, str]:
    """Return the values in force, by column name; without any live instance all variants count alike."""
    known = list(variants)
    counted = [variant for variant in known if variant[1] > 0] or [(values, 1) for values, _ in known]
    if not counted:
        return {}
    if len(counted) == 1:
        return dict(counted[0][0])
    common = _agreed(values for values, _ in counted)
    names = {name for values, _ in counted for name in values} - common.keys() - set(IDENTITY)
    winners = {name: _winner(counted, (name,))[0] for name in names}
    winners.update(zip(IDENTITY, _winner(counted, IDENTITY), strict=True))
    return common | {name: value for name, value in winners.items() if value}


def _agreed(variants: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return the values that all variants hold alike: most of them, which need no vote."""
    items = [values.items() for values in variants]
    return dict(set(items[0]).intersection(*items[1:]))


def _winner(variants: Sequence[Variant], names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the winning combination; one whose first name has no value wins only where none has."""
    tally: dict[tuple[str, ...], int] = {}
    for values, count in variants:
        held = tuple(values.get(name, "") for name in names)
        tally[held] = tally.get(held, 0) + count
    return min(tally, key=lambda held: (held[0] == "", -tally[held], held))


def disagreements(variants: Iterable[Variant]) -> list[str]:
    """Return the identifying attributes for which live instances hold different values, sorted."""
    live = [values for values, count in variants if count > 0]
    return [
        name
        for name in sorted(_IDENTIFYING)
        if len({_compared(name, values[name]) for values in live if values.get(name)}) > 1
    ]


def _compared(name: str, value: str) -> str:
    """Return the form in which values are told apart: how a name is written is no disagreement."""
    return name_to_compare(value) if name == "patient_name" else value
