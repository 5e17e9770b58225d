"""Enters compressed headers and the dictionaries that they were compressed with."""

from __future__ import annotations

from dataclasses import dataclass

from isocenter.index.write.batch import Batch

__all__ = ["HeaderRow", "HeaderUnit", "NewDictionary", "put_headers"]


@dataclass(frozen=True, slots=True)
class NewDictionary:
    """A dictionary that the database does not have: ``kind`` is ``series`` or ``trained``."""

    kind: str
    series_ref: int | None
    body: bytes


@dataclass(frozen=True, slots=True)
class HeaderRow:
    """One compressed header. ``dictionary`` is a row id, or a new dictionary's place in the unit, or None."""

    content_ref: int
    body: bytes
    dictionary: int | NewDictionary | None = None


@dataclass(frozen=True, slots=True)
class HeaderUnit:
    """Headers that are entered together. Entering a header again changes nothing: a content never changes."""

    rows: tuple[HeaderRow, ...]


def put_headers(batch: Batch, unit: HeaderUnit) -> dict[NewDictionary, int]:
    """Enter headers; return the row ids of the new dictionaries."""
    made: dict[NewDictionary, int] = {}
    batch.write_waiting()
    for row in unit.rows:
        dictionary = row.dictionary
        if isinstance(dictionary, NewDictionary):
            if dictionary not in made:
                made[dictionary] = batch.ids.take("header_dictionary")
                new = (made[dictionary], dictionary.kind, dictionary.series_ref, dictionary.body)
                batch.session.run("insert_header_dictionary", new)
            dictionary = made[dictionary]
        batch.session.run("put_header", (row.content_ref, dictionary, row.body))
    return made
