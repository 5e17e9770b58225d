"""Answers of queries as DICOM JSON (PS3.18 F.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from isocenter.dicom.dictionary import entry
from isocenter.index.answers import Row
from isocenter.index.attributes import ATTRIBUTES

__all__ = ["row_to_json"]

Json = dict[str, Any]  # Any: DICOM JSON


def row_to_json(row: Row, extra: Mapping[int, tuple[str, list[str]]]) -> Json:
    """Write one row; ``extra`` gives further attributes as VR and values. Keys ascend."""
    found: dict[int, Json] = {tag: _attribute(_vr(tag), values) for tag, values in row.values.items()}
    found |= {tag: _attribute(vr, values) for tag, (vr, values) in extra.items()}
    for tag, items in row.items.items():
        nested = [{f"{inner:08X}": _attribute(_item_vr(tag, inner), v) for inner, v in item.items()} for item in items]
        found[tag] = {"vr": "SQ", "Value": nested} if nested else {"vr": "SQ"}
    return {f"{tag:08X}": found[tag] for tag in sorted(found)}


def _vr(tag: int) -> str:
    known = ATTRIBUTES.get(tag)
    if known is not None:
        return known.vr
    described = entry(tag)
    return described.vr if described is not None else "UN"


def _item_vr(sequence: int, tag: int) -> str:
    known = ATTRIBUTES.get(sequence)
    return dict(known.items).get(tag, "LO") if known is not None else "LO"


def _attribute(vr: str, values: list[str]) -> Json:
    if not values:
        return {"vr": vr}
    if vr == "PN":
        return {"vr": vr, "Value": [_person_name(value) for value in values]}
    if vr in ("IS", "US", "UL", "SS", "SL"):
        return {"vr": vr, "Value": [_number(value) for value in values]}
    return {"vr": vr, "Value": values}


def _person_name(text: str) -> dict[str, str]:
    groups = zip(("Alphabetic", "Ideographic", "Phonetic"), text.split("="), strict=False)
    return {name: group for name, group in groups if group}


def _number(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:
        return text
