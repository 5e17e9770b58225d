"""Reads dates, times and offsets from UTC as keys write them (PS3.5 6.2), the old forms with points and colons too."""

from __future__ import annotations

import re
from datetime import date

__all__ = ["DAY_MICROS", "read_date", "read_time", "read_utc_offset", "time_span"]

DAY_MICROS = 86_400_000_000
_MINUTE = 60_000_000
_DATE = re.compile(r"(\d{4})(\.?)(\d{2})\2(\d{2})", re.ASCII)
_TIME = re.compile(r"(\d{2})(?:(:?)(\d{2})(?:\2(\d{2})(?:\.(\d{1,6}))?)?)?", re.ASCII)
_OFFSET = re.compile(r"([+-])(\d{2})(\d{2})", re.ASCII)


def read_date(text: str) -> str | None:
    """``YYYYMMDD`` of a DA, or of the older ``YYYY.MM.DD``; None when it is no date of the calendar."""
    found = _DATE.fullmatch(text.strip())
    if found is None:
        return None
    year, _, month, day = found.groups()
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return None
    return year + month + day


def read_time(text: str) -> str | None:
    """A TM without colons, in the precision that it came in; None when it is no time of day."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    hour, _, minute, second, fraction = found.groups()
    if int(hour) > 23 or int(minute or 0) > 59 or int(second or 0) > 60:
        return None
    return hour + (minute or "") + (second or "") + (f".{fraction}" if fraction else "")


def time_span(time: str) -> tuple[int, int]:
    """First and last microsecond since midnight that ``time`` may mean: 10 is 10:00 to 10:59.

    ``time`` is as ``read_time`` returns it.
    """
    whole, _, fraction = time.partition(".")
    hour, minute, second = (int(whole[at : at + 2] or 0) for at in (0, 2, 4))
    start = (hour * 60 + minute) * _MINUTE + second * 1_000_000 + int(fraction.ljust(6, "0") or 0)
    if fraction:
        length: int = 10 ** (6 - len(fraction))
    else:
        length = {2: 60 * _MINUTE, 4: _MINUTE, 6: 1_000_000}[len(whole)]
    return start, start + length - 1


def read_utc_offset(text: str) -> int | None:
    """Minutes east of UTC of a Timezone Offset From UTC, ``+0130``; None when it is none."""
    found = _OFFSET.fullmatch(text.strip())
    if found is None:
        return None
    sign, hours, minutes = found.groups()
    offset = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or offset > 14 * 60:
        return None
    return -offset if sign == "-" else offset
