"""Dates and times: single values, ranges, and both read as one moment (PS3.4 C.2.2.2.1, C.2.2.2.5)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_

from isocenter.errors import BadRequest
from isocenter.index.moments import DAY_MICROS, time_span
from isocenter.index.query import DateTimeRange, EmptyValue, Match, MultipleValues, Range, SingleValue

__all__ = ["match_date", "match_date_time", "match_time"]

_LAST_DATE = "99991231"
_MINUTE = 60_000_000
Moment = tuple[str, int]
"""A date and the microseconds since its midnight."""


def match_date(column: ColumnElement[Any], match: Match) -> ColumnElement[bool]:
    """Dates are ``YYYYMMDD``, so that text sorts like time; an absent date is in no range."""
    match match:
        case SingleValue(value):
            return column == value if value else false()
        case Range(start, end):
            # Text from a digit on: what is no date at all stays out of an open range.
            return and_(column >= (start or "0"), column <= (end or _LAST_DATE))
        case MultipleValues(alternatives):
            return or_(false(), *(match_date(column, one) for one in alternatives))
        case EmptyValue():
            return column == ""
        case _:
            raise BadRequest("a date cannot be matched by a wildcard, a list of UIDs or a sequence")


def match_time(micros: ColumnElement[Any], text: ColumnElement[Any], match: Match) -> ColumnElement[bool]:
    """Times by microseconds since midnight; a key of less precision means the whole hour or minute."""
    match match:
        case SingleValue(value):
            return micros.between(*time_span(value)) if value else false()
        case Range(start, end):
            return micros.between(time_span(start)[0] if start else 0, time_span(end)[1] if end else DAY_MICROS)
        case MultipleValues(alternatives):
            return or_(false(), *(match_time(micros, text, one) for one in alternatives))
        case EmptyValue():
            return text == ""
        case _:
            raise BadRequest("a time cannot be matched by a wildcard, a list of UIDs or a sequence")


def match_date_time(
    dates: ColumnElement[Any], micros: ColumnElement[Any], match: DateTimeRange, *, shift: int = 0
) -> ColumnElement[bool]:
    """From the first moment to the last; ``shift`` is the minutes to add to the key for the stored time zone."""
    first, last = _ends(match)
    start, end = (_shifted(first, shift), _shifted(last, shift))
    conditions: list[ColumnElement[bool]] = [micros.is_not(None), dates >= "0", dates <= _LAST_DATE]
    if start:
        conditions += [dates >= start[0], or_(dates > start[0], micros >= start[1])]
    if end:
        conditions += [dates <= end[0], or_(dates < end[0], micros <= end[1])]
    return and_(*conditions)


def _ends(match: DateTimeRange) -> tuple[Moment | None, Moment | None]:
    dates, times = match.dates, match.times
    first = (dates.start, time_span(times.start)[0] if times.start else 0) if dates.start else None
    last = (dates.end, time_span(times.end)[1] if times.end else DAY_MICROS) if dates.end else None
    return first, last


def _shifted(moment: Moment | None, minutes: int) -> Moment | None:
    if moment is None or not minutes:
        return moment
    days, micros = divmod(moment[1] + minutes * _MINUTE, DAY_MICROS)
    day = date(int(moment[0][:4]), int(moment[0][4:6]), int(moment[0][6:]))
    try:
        return (day + timedelta(days=days)).strftime("%Y%m%d").rjust(8, "0"), micros
    except OverflowError:
        return moment
