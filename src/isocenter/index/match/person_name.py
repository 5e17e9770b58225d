"""Person names: folded on both sides, each component group for itself (PS3.4 C.2.2.2.1, PS3.5 6.2.1.2)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_

from isocenter.errors import BadRequest
from isocenter.index.columns import NameColumns
from isocenter.index.match.pattern import literal_prefix, matches, starts_with
from isocenter.index.name_pattern import Run, fold_pattern
from isocenter.index.names import fold, phonetic_key
from isocenter.index.query import EmptyValue, Match, MultipleValues, SingleValue, Wildcard

__all__ = ["leads_with_wildcard", "match_person_name"]


def match_person_name(names: NameColumns, match: Match, *, fuzzy: bool) -> list[ColumnElement[bool]]:
    """The conditions of which a stored name fulfils at least one when it fulfils ``match``.

    A key of one group may be met by any group of the name; a key with ``=`` is met group by group.
    ``fuzzy`` adds the names whose family name sounds alike. Each condition is about one column if it can be, so that
    an index serves it.
    """
    match match:
        case SingleValue(text) | Wildcard(text):
            return _match_groups(names, text) + (_sounds_alike(names, text) if fuzzy else [])
        case MultipleValues(alternatives):
            return [one for value in alternatives for one in match_person_name(names, value, fuzzy=fuzzy)]
        case EmptyValue():
            return [and_(*(column == "" for column in _groups(names)))]
        case _:
            raise BadRequest("a person name cannot be matched by a range, a list of UIDs or a sequence")


def leads_with_wildcard(text: str) -> bool:
    """Whether a key leaves the start of the name open, so that no index helps."""
    return any(
        bool(tokens) and isinstance(tokens[0], Run)
        for group in text.split("=")
        for tokens in fold_pattern(group).alternatives
    )


def _groups(names: NameColumns) -> tuple[ColumnElement[Any], ...]:
    return names.alphabetic, names.ideographic, names.phonetic


def _match_groups(names: NameColumns, text: str) -> list[ColumnElement[bool]]:
    if "=" not in text:
        return [_match_group(column, text) for column in _groups(names)]
    asked = [(column, group) for column, group in zip(_groups(names), text.split("="), strict=False) if group]
    return [and_(*(_match_group(column, group) for column, group in asked))] if asked else []


def _match_group(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    alternatives = [tokens for tokens in fold_pattern(text).alternatives if tokens]
    fits = or_(false(), *(matches(column, tokens) for tokens in alternatives))
    prefix = _common_start([literal_prefix(tokens) for tokens in alternatives])
    return and_(starts_with(column, prefix), fits) if prefix and len(alternatives) > 1 else fits


def _common_start(texts: Sequence[str]) -> str:
    first, last = min(texts, default=""), max(texts, default="")
    same = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return "".join(letter for letter, _ in same)


def _sounds_alike(names: NameColumns, text: str) -> list[ColumnElement[bool]]:
    """The family name sounds alike; what is given of the other components must begin as asked."""
    family, _, others = text.split("=")[0].partition("^")
    key = "" if set(family) & {"*", "?"} else phonetic_key(family)
    if not key:
        return []
    alike = names.phonetic_key == key
    given = fold(others.replace("*", "").replace("?", "")).split("^")[0]
    return [and_(alike, matches(names.alphabetic, (Run.MANY, "^", *given, Run.MANY))) if given else alike]
