"""Reads the keys of a request into a query: which kind of matching each value asks for (PS3.4 C.2.2.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from isocenter.errors import BadRequest
from isocenter.index.attributes import ATTRIBUTES, DATE_TIME_PAIRS, UNIQUE_KEYS, Attribute, Level
from isocenter.index.moments import read_date, read_time, read_utc_offset
from isocenter.index.query import (
    DateTimeRange,
    EmptyValue,
    Match,
    MultipleValues,
    Path,
    Query,
    Range,
    SequenceMatch,
    SingleValue,
    UidList,
    Universal,
    Wildcard,
)

__all__ = ["MAX_VALUES", "MAX_WILDCARDS", "KeyRules", "read_keys", "require_unique_keys"]

MAX_VALUES = 10_000
"""Values in one key: a list of UIDs of a large study fits, a database's bound on parameters is not reached."""
MAX_WILDCARDS = 16
"""Runs of wildcards in one key, so that one comparison stays short."""

_WILDCARD_VRS = frozenset({"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"})
_LEADING_SPACES_COUNT = frozenset({"LT", "ST", "UC", "UR", "UT"})
_LISTS_ALWAYS = frozenset({0x00080061})
"""Modalities in Study: callers send ``CT\\MR`` without having negotiated lists, and can mean only one thing."""
_OF_THE_DOOR = frozenset({0x00080005, 0x00080052, 0x00080054, 0x00081190, 0x00880130, 0x00880140})
"""Answered by each door itself: character set, level, where to retrieve from, media."""
_TIMEZONE = 0x00080201


@dataclass(frozen=True, slots=True)
class KeyRules:
    """What was agreed with the caller (PS3.4 C.5.1.1; PS3.18 8.3.4)."""

    combined_date_time: bool = False
    empty_value: bool = False
    multiple_values: bool = False


def read_keys(query: Query, keys: Iterable[tuple[Path, str]], rules: KeyRules | None = None) -> Query:
    """``query`` with the matches and returns that ``keys`` ask for.

    A key is a path and its text, several values with backslashes between them. Empty text asks only for the value.
    Raises ``BadRequest``, with the tag, for a text that its VR does not allow.
    """
    rules = rules or KeyRules()
    matches: dict[Path, Match] = {}
    returns = set(query.returns)
    ignored: list[Path] = []
    timezone = query.timezone_offset
    for path, text in keys:
        if path[0] in _OF_THE_DOOR or path[0] & 0xFFFF == 0:
            continue
        if path == (_TIMEZONE,) and text.strip():
            timezone = _timezone(text)
        attribute = _attribute(path, query.level)
        if attribute is None:
            ignored.append(path)
            continue
        returns.add(path[0])
        if not ATTRIBUTES[path[0]].matchable:
            continue
        match = _read(attribute, text, rules)
        if not isinstance(match, Universal):
            matches[path] = match
    merged = _merge_sequences(matches)
    if rules.combined_date_time:
        _combine(merged)
    return replace(
        query,
        matches=query.matches + tuple(merged.items()),
        returns=frozenset(returns),
        ignored=query.ignored + tuple(ignored),
        timezone_offset=timezone,
    )


def require_unique_keys(query: Query, top: Level) -> None:
    """Refuse a query that does not name the entities above its level, as the hierarchical method asks.

    ``top`` is PATIENT or STUDY: the root of the information model (PS3.4 C.4.1.3.1.1).
    """
    if query.relational:
        return
    named = dict(query.matches)
    for level in Level:
        if top <= level < query.level:
            tag = UNIQUE_KEYS[level]
            if not isinstance(named.get((tag,)), SingleValue):
                raise BadRequest(f"a query at level {query.level.name} needs one value of {_name(tag)}", tag=tag)


def _attribute(path: Path, level: Level) -> Attribute | None:
    attribute = ATTRIBUTES.get(path[0])
    if attribute is None or attribute.level > level:
        return None
    if len(path) == 1:
        return attribute
    for tag, vr in attribute.items:
        if path[1:] == (tag,):
            return Attribute(tag, vr, attribute.level)
    return None


def _read(attribute: Attribute, text: str, rules: KeyRules) -> Match:
    if "\0" in text:
        raise BadRequest(f"the value of {_name(attribute.tag)} holds a zero character", tag=attribute.tag)
    text = text.rstrip(" ") if attribute.vr in _LEADING_SPACES_COUNT else text.strip(" ")
    if not text or set(text) == {"*"}:
        return Universal()
    if rules.empty_value and text == '""':
        return EmptyValue()
    if attribute.vr == "SQ":
        return Universal()
    return _READERS.get(attribute.vr, _read_text)(attribute, text, rules)


def _read_text(attribute: Attribute, text: str, rules: KeyRules) -> Match:
    listed = rules.multiple_values or attribute.tag in _LISTS_ALWAYS
    if "\\" not in text or not listed or attribute.vr in _LEADING_SPACES_COUNT:
        return _read_one(attribute, text)
    read = [_read_one(attribute, value.strip(" ")) for value in _bounded(attribute, text)]
    if not read or any(isinstance(value, Wildcard) and set(value.pattern) == {"*"} for value in read):
        return Universal()
    return MultipleValues(tuple(read))


def _read_one(attribute: Attribute, text: str) -> SingleValue | Wildcard:
    # Full-width wildcards are wildcards where names fold to half width.
    wild = "*?＊？" if attribute.vr == "PN" else "*?"
    if attribute.vr not in _WILDCARD_VRS or not set(text) & set(wild):
        return SingleValue(text)
    runs = sum(1 for at, one in enumerate(text) if one in wild and (at == 0 or text[at - 1] not in wild))
    if runs > MAX_WILDCARDS:
        raise BadRequest(
            f"the value of {_name(attribute.tag)} has more than {MAX_WILDCARDS} wildcards", tag=attribute.tag
        )
    return Wildcard(text)


def _read_uids(attribute: Attribute, text: str, rules: KeyRules) -> Match:
    uids = tuple(dict.fromkeys(value.strip(" ") for value in _bounded(attribute, text)))
    if not uids:
        return Universal()
    return SingleValue(uids[0]) if len(uids) == 1 else UidList(uids)


def _read_number(attribute: Attribute, text: str, rules: KeyRules) -> Match:
    """IS and US are compared as the index keeps them: ``01`` is ``1`` (PS3.5 6.2)."""
    values = _bounded(attribute, text) if rules.multiple_values else [text]
    numbers = tuple(SingleValue(_canonical(value.strip(" "))) for value in values)
    return numbers[0] if len(numbers) == 1 else MultipleValues(numbers)


def _canonical(number: str) -> str:
    try:
        return str(int(number)) if number.isascii() and "_" not in number else number
    except ValueError:
        return number


def _read_dates(attribute: Attribute, text: str, rules: KeyRules) -> Match:
    return _read_span(attribute, text, rules, read_date)


def _read_times(attribute: Attribute, text: str, rules: KeyRules) -> Match:
    return _read_span(attribute, text, rules, read_time)


def _read_span(
    attribute: Attribute, text: str, rules: KeyRules, read: Callable[[str], str | None]
) -> SingleValue | Range | MultipleValues:
    def end(part: str) -> str | None:
        part = part.strip(" ")
        value = read(part) if part else None
        if part and value is None:
            raise BadRequest(f"{_name(attribute.tag)}: not a {attribute.vr} value or range", tag=attribute.tag)
        return value

    if "\\" in text and rules.multiple_values:
        return MultipleValues(tuple(SingleValue(end(value) or "") for value in _bounded(attribute, text)))
    first, dash, last = text.partition("-")
    if not dash:
        return SingleValue(end(first) or "")
    start, stop = end(first), end(last)
    if start is None and stop is None:
        raise BadRequest(f"{_name(attribute.tag)}: a range needs at least one end", tag=attribute.tag)
    return Range(start, stop)


_READERS: Mapping[str, Callable[[Attribute, str, KeyRules], Match]] = {
    "UI": _read_uids,
    "IS": _read_number,
    "US": _read_number,
    "DA": _read_dates,
    "TM": _read_times,
}


def _bounded(attribute: Attribute, text: str) -> list[str]:
    values = [value for value in text.split("\\") if value.strip(" ")]
    if len(values) > MAX_VALUES:
        raise BadRequest(f"{_name(attribute.tag)} has more than {MAX_VALUES} values", tag=attribute.tag)
    return values


def _merge_sequences(matches: Mapping[Path, Match]) -> dict[Path, Match]:
    """Keys inside a sequence become one match: they must hold in the same item."""
    merged: dict[Path, Match] = {path: match for path, match in matches.items() if len(path) == 1}
    for path, match in matches.items():
        if len(path) == 2:
            before = merged.get(path[:1])
            items = before.items if isinstance(before, SequenceMatch) else ()
            merged[path[:1]] = SequenceMatch((*items, (path[1], match)))
    return merged


def _combine(matches: dict[Path, Match]) -> None:
    for date_tag, time_tag in DATE_TIME_PAIRS.items():
        dates, times = matches.get((date_tag,)), matches.get((time_tag,))
        if isinstance(dates, Range) and isinstance(times, Range):
            del matches[(time_tag,)]
            matches[(date_tag,)] = DateTimeRange(dates, times)


def _timezone(text: str) -> int:
    offset = read_utc_offset(text)
    if offset is None:
        raise BadRequest("Timezone Offset From UTC (0008,0201) is not of the form +HHMM", tag=_TIMEZONE)
    return offset


def _name(tag: int) -> str:
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
