"""Texts, codes, UIDs and numbers: compared exactly and with regard to case (PS3.4 C.2.2.2.1)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Integer, false, or_

from isocenter.errors import BadRequest
from isocenter.index.match.pattern import matches, tokens_of
from isocenter.index.query import EmptyValue, Match, MultipleValues, SingleValue, UidList, Wildcard

__all__ = ["match_text"]


def match_text(column: ColumnElement[Any], match: Match) -> ColumnElement[bool]:
    """The condition that ``column`` fulfils ``match``; an empty stored value fulfils ``EmptyValue`` only."""
    match match:
        case SingleValue(value):
            return _equals(column, value)
        case UidList(uids):
            return column.in_(uids)
        case Wildcard(pattern):
            return matches(column, tokens_of(pattern))
        case MultipleValues(alternatives):
            return or_(false(), *(match_text(column, alternative) for alternative in alternatives))
        case EmptyValue():
            return column.is_(None) if isinstance(column.type, Integer) else column == ""
        case _:
            raise BadRequest("a text cannot be matched by a range or a sequence")


def _equals(column: ColumnElement[Any], value: str) -> ColumnElement[bool]:
    if not isinstance(column.type, Integer):
        return column == value
    if value.isascii() and value.isdecimal() and len(value) <= 9:
        return column == int(value)
    return false()
