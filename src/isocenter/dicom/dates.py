"""Dates and times as DICOM writes them, older forms included, and ranges of them (PS3.5 6.2, PS3.4 C.2.2.2.5).

Nothing here asks for the present time. A value that makes no sense gives None; a range that makes no sense is the
caller's fault and raises BadRequest.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from typing import Generic, TypeVar

from isocenter.errors import BadRequest

__all__ = [
    "Span",
    "date_span",
    "datetime_span",
    "format_date",
    "format_datetime",
    "format_time",
    "parse_date",
    "parse_datetime",
    "parse_offset",
    "parse_time",
    "time_span",
]

T = TypeVar("T", date, time, datetime)

# ACR-NEMA wrote 1993.08.22 and 10:09:07.5 (PS3.5 6.2 DA and TM, notes); a hyphened date is common and harmless.
_DATE = re.compile(r"(\d{4})([.\-/]?)(\d{2})\2(\d{2})", re.ASCII)
_TIME = re.compile(r"(\d{2})(?:(:?)(\d{2})(?:\2(\d{2})(?:\.(\d{0,6})\d*)?)?)?", re.ASCII)
_DATETIME = re.compile(
    r"(\d{4})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:\.(\d{1,6}))?)?)?)?)?)?([+-]\d{4})?", re.ASCII
)
_OFFSET = re.compile(r"([+-])(\d{2})(\d{2})", re.ASCII)
_LONGEST = 64
"""Characters of a key that are looked at; a range of two full moments has 53 (PS3.4 C.2.2.2.5)."""


@dataclass(frozen=True, slots=True)
class Span(Generic[T]):
    """From the first to the last moment, both included; None where it is open."""

    first: T | None
    last: T | None


def parse_date(text: str) -> date | None:
    """Read a DA value: ``19930822`` or the older ``1993.08.22``."""
    match = _DATE.fullmatch(text.strip(" \0"))
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[3]), int(match[4]))
    except ValueError:
        return None


def parse_time(text: str) -> time | None:
    """Read a TM value: ``HH``, ``HHMM``, ``HHMMSS`` with up to six decimals, or the older ``HH:MM:SS``."""
    span = _time_extent(text)
    return span.first if span is not None else None


def parse_datetime(text: str, default_zone: tzinfo | None = None) -> datetime | None:
    """Read a DT value; what it leaves out counts as the start of the period.

    ``default_zone`` applies when the value has no offset; without one the result is naive.
    """
    span = _datetime_extent(text, default_zone)
    return span.first if span is not None else None


def parse_offset(text: str) -> timezone | None:
    """Read an offset from UTC such as ``+0100`` (PS3.5 6.2 DT, PS3.3 C.12.1.1.8)."""
    match = _OFFSET.fullmatch(text.strip(" \0"))
    if match is None or int(match[3]) > 59:
        return None
    minutes = int(match[2]) * 60 + int(match[3])
    signed = -minutes if match[1] == "-" else minutes
    return timezone(timedelta(minutes=signed)) if -12 * 60 <= signed <= 14 * 60 else None


def format_date(value: date) -> str:
    """Write a DA value."""
    return f"{value.year:04d}{value.month:02d}{value.day:02d}"


def format_time(value: time) -> str:
    """Write a TM value, with decimals only where there are some."""
    text = f"{value.hour:02d}{value.minute:02d}{value.second:02d}"
    return f"{text}.{value.microsecond:06d}" if value.microsecond else text


def format_datetime(value: datetime) -> str:
    """Write a DT value, with the offset when the moment has one."""
    offset = value.utcoffset()
    text = format_date(value) + format_time(value.time())
    if offset is None:
        return text
    minutes = int(offset.total_seconds()) // 60
    return f"{text}{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"


def date_span(text: str) -> Span[date]:
    """Read a DA key: a date, or a range ``a-b``, ``a-``, ``-b``."""
    return _span(text.strip(" \0"), lambda part: _same(parse_date(part)), "date")


def time_span(text: str) -> Span[time]:
    """Read a TM key: a time, or a range; ``10`` alone means the whole hour.

    A range may end before it begins: then it runs over midnight, and the caller decides what that means.
    """
    return _span(text.strip(" \0"), _time_extent, "time")


def datetime_span(text: str, default_zone: tzinfo | None = None) -> Span[datetime]:
    """Read a DT key: a moment, a period such as ``2024``, or a range of them.

    A hyphen and four digits that can be an offset from UTC are one (PS3.4 C.2.2.2.5.3).
    """
    return _span(text.strip(" \0"), lambda part: _datetime_extent(part, default_zone), "date and time")


def _span(text: str, extent: Callable[[str], Span[T] | None], what: str) -> Span[T]:
    whole = extent(text)
    if whole is not None:
        return whole
    for match in re.finditer("-", text[:_LONGEST]):
        before, after = text[: match.start()].strip(), text[match.end() :].strip()
        first, last = extent(before) if before else None, extent(after) if after else None
        fits = (first is not None or not before) and (last is not None or not after)
        if fits and (before or after):
            return Span(first.first if first else None, last.last if last else None)
    raise BadRequest(f"This is neither a {what} nor a range of them.")


def _same(value: date | None) -> Span[date] | None:
    return Span(value, value) if value is not None else None


def _time_extent(text: str) -> Span[time] | None:
    match = _TIME.fullmatch(text.strip(" \0"))
    if match is None:
        return None
    hour, minute, second, decimals = match[1], match[3], match[4], match[5] or ""
    try:
        first = time(int(hour), int(minute or 0), _second(second), int(decimals.ljust(6, "0") or 0))
        last = time(
            int(hour),
            int(minute or 59),
            _second(second) if second else 59,
            int(decimals.ljust(6, "9")),
        )
    except ValueError:
        return None
    return Span(first, last)


def _second(text: str | None) -> int:
    """A leap second (PS3.5 6.2 allows 60) counts as the second before it: Python's clock has none."""
    second = int(text or 0)
    return 59 if second == 60 else second


def _datetime_extent(text: str, default_zone: tzinfo | None) -> Span[datetime] | None:
    match = _DATETIME.fullmatch(text.strip(" \0"))
    if match is None:
        return None
    zone = default_zone
    if match[8]:
        zone = parse_offset(match[8])
        if zone is None:
            return None
    year, month, day, hour, minute = (int(part) if part else None for part in match.groups()[:5])
    decimals = match[7] or ""
    try:
        first = datetime(
            year or 0,
            month or 1,
            day or 1,
            hour or 0,
            minute or 0,
            _second(match[6]),
            int(decimals.ljust(6, "0")),
            tzinfo=zone,
        )
        return Span(first, _last_moment(first, [part is not None for part in match.groups()[:6]], decimals))
    except (ValueError, OverflowError):
        return None


def _last_moment(first: datetime, given: list[bool], decimals: str) -> datetime:
    """The end of the period that a value names by leaving out its finer parts."""
    _, month, day, hour, minute, second = given
    if not month:
        return first.replace(month=12, day=31, hour=23, minute=59, second=59, microsecond=999999)
    if not day:
        last_day = monthrange(first.year, first.month)[1]
        return first.replace(day=last_day, hour=23, minute=59, second=59, microsecond=999999)
    if not hour:
        return first.replace(hour=23, minute=59, second=59, microsecond=999999)
    if not minute:
        return first.replace(minute=59, second=59, microsecond=999999)
    if not second:
        return first.replace(second=59, microsecond=999999)
    return first.replace(microsecond=int(decimals.ljust(6, "9")))
