"""Identifiers of queries and retrievals, to and from the query model (PS3.4 C.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from isocenter.dicom.charset import best_character_set
from isocenter.dicom.dataset import DataSet
from isocenter.dicom.dictionary import entry
from isocenter.dicom.tags import (
    QUERY_RETRIEVE_LEVEL,
    RETRIEVE_AE_TITLE,
    SPECIFIC_CHARACTER_SET,
)
from isocenter.errors import BadRequest
from isocenter.index.answers import Row
from isocenter.index.attributes import ATTRIBUTES
from isocenter.index.query import Level, Path

__all__ = ["AnswerStyle", "encode_row", "read_level", "text_keys"]


@dataclass(frozen=True, slots=True)
class AnswerStyle:
    """How answers to one query are written."""

    retrieve_ae_title: str
    requested_character_sets: tuple[str, ...]
    peer_character_set: str
    empty_keys: tuple[int, ...]
    """Keys that were asked for and are answered, so that they are there even when nothing is known."""


def read_level(identifier: DataSet, top: Level) -> Level:
    """Read Query/Retrieve Level (0008,0052). Raises BadRequest when it is missing or not one of the model's."""
    text = identifier.text(QUERY_RETRIEVE_LEVEL).strip()
    try:
        level = Level[text]
    except KeyError:
        what = f"{text[:16]!r} is not a level" if text else "it is missing"
        raise BadRequest(f"Query/Retrieve Level (0008,0052): {what}.", tag=QUERY_RETRIEVE_LEVEL) from None
    if level < top:
        raise BadRequest("The Study Root has no PATIENT level.", tag=QUERY_RETRIEVE_LEVEL)
    return level


def text_keys(identifier: DataSet) -> Iterator[tuple[Path, str]]:
    """Yield each key as its path and its text, several values with backslashes between them."""
    for element in identifier.elements():
        items = identifier.items_of(element.tag)
        if not items:
            yield (element.tag,), "\\".join(identifier.texts(element.tag))
            continue
        for nested in items[0].elements():
            yield (element.tag, nested.tag), "\\".join(items[0].texts(nested.tag))


def encode_row(row: Row, style: AnswerStyle) -> DataSet:
    """Write one answer as a data set, in a character set that can hold all of it."""
    texts = [value for values in row.values.values() for value in values]
    texts += [value for items in row.items.values() for item in items for values in item.values() for value in values]
    answer = DataSet()
    character_sets = _character_sets(texts, style)
    if character_sets:
        answer.set(SPECIFIC_CHARACTER_SET, "CS", list(character_sets))
    answer.set(QUERY_RETRIEVE_LEVEL, "CS", row.level.name)
    answer.set(RETRIEVE_AE_TITLE, "AE", style.retrieve_ae_title)
    for tag in style.empty_keys:
        _set(answer, tag, [])
    for tag, values in row.values.items():
        _set(answer, tag, values)
    for tag, items in row.items.items():
        answer.set(tag, "SQ", [_item(item, character_sets) for item in items])
    return answer


def _character_sets(texts: list[str], style: AnswerStyle) -> tuple[str, ...]:
    if all(text.isascii() for text in texts):
        return ()
    preferred = (style.peer_character_set,) if style.peer_character_set else style.requested_character_sets
    return tuple(best_character_set(texts, preferred))


def _item(values: Mapping[int, list[str]], character_sets: tuple[str, ...]) -> DataSet:
    item = DataSet(character_sets=character_sets)
    for tag, texts in values.items():
        _set(item, tag, texts)
    return item


def _set(answer: DataSet, tag: int, values: list[str]) -> None:
    known = ATTRIBUTES.get(tag)
    described = entry(tag)
    vr = known.vr if known is not None else described.vr if described is not None else "UN"
    if vr in ("US", "UL", "SS", "SL"):
        answer.set(tag, vr, [int(value) for value in values])
    elif vr == "SQ":
        answer.set(tag, vr, [])
    else:
        answer.set(tag, vr, values)
