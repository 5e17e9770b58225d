"""A query as SQL: the ids of the entities that fulfil it, in order.

Tables are joined only as far up as keys and order need. The partition is asked of each table that a key narrows
by an index; only when there is none, of the query's own table and of those that it sorts by. So the planner starts
from a key, and a query without keys walks an index in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Table, func, literal_column, or_, select

from isocenter.errors import BadRequest
from isocenter.index.attributes import ATTRIBUTES, DATE_TIME_PAIRS, Level
from isocenter.index.columns import NAMES, TABLES, TIMES, VALUES, value_column
from isocenter.index.match import match_date, match_date_time, match_person_name, match_text, match_time
from isocenter.index.match.pattern import has_prefix, tokens_of
from isocenter.index.match.person_name import leads_with_wildcard
from isocenter.index.match.related import RELATED
from isocenter.index.query import (
    DateTimeRange,
    EmptyValue,
    Match,
    MultipleValues,
    Order,
    Path,
    Query,
    Wildcard,
)
from isocenter.index.schema import instance, is_live, patient, series, study

__all__ = ["TimeZones", "compile_count", "compile_ids", "joined", "leads_open"]


@dataclass(frozen=True, slots=True)
class TimeZones:
    """The offsets from UTC, in minutes, that stored values can have: as text in the rows, '' being the site's own."""

    offsets: Mapping[str, int]


_ABOVE: Mapping[Table, ColumnElement[bool]] = {
    instance: instance.c.series_ref == series.c.id,
    series: series.c.study_ref == study.c.id,
    study: study.c.patient_ref == patient.c.id,
}
"""How each table finds the one above it."""

_INDEXED = frozenset(
    {0x00080016, 0x00080018, 0x00080020, 0x00080030, 0x00080050, 0x00080060, 0x00080090, 0x00100010, 0x00100020}
    | {0x00100030, 0x0020000D, 0x0020000E, 0x00200010, 0x00200011, 0x00200013, 0x00400244, 0x00400245}
)
"""Attributes whose columns have an index that begins with the partition."""

_DEFAULT_ORDER: Mapping[Level, tuple[Order, ...]] = {
    Level.PATIENT: (Order(0x00100010), Order(0x00100020), Order(0x00100021)),
    Level.STUDY: (Order(0x00080020, descending=True), Order(0x00080030, descending=True)),
    Level.SERIES: (Order(0x00200011),),
    Level.IMAGE: (Order(0x00200013),),
}
_NUMBERS = {0x00200011: series.c.series_order, 0x00200013: instance.c.instance_order}


def compile_ids(query: Query, zones: TimeZones | None = None) -> Select[int]:
    """Row ids of what ``query`` finds, in its order; limit and offset are the caller's to add."""
    order = list(_order(query))
    return _found(query, zones, [column for column, _ in order]).order_by(*(clause for _, clause in order))


def compile_count(query: Query, zones: TimeZones | None = None) -> Select[int]:
    """How many entities ``query`` finds, without regard to limit and offset."""
    return select(func.count()).select_from(_found(query, zones, []).subquery())


def joined(level: Level, tables: Iterable[FromClause]) -> FromClause:
    """The table of ``level``, joined upwards until all of ``tables`` are in."""
    wanted = set(tables)
    source: FromClause = TABLES[level]
    for lower in sorted(Level, reverse=True):
        below = [TABLES[other] for other in Level if other < lower]
        if lower <= level and wanted & set(below):
            source = source.join(TABLES[Level(lower - 1)], _ABOVE[TABLES[lower]])
    return source


def leads_open(query: Query) -> Path | None:
    """The first key that begins with a wildcard: why a query may take long."""
    for path, match in query.matches:
        alternatives = match.alternatives if isinstance(match, MultipleValues) else (match,)
        for alternative in alternatives:
            if isinstance(alternative, Wildcard) and not _has_start(path[0], alternative.pattern):
                return path
    return None


def _has_start(tag: int, pattern: str) -> bool:
    return not leads_with_wildcard(pattern) if tag in NAMES else has_prefix(tokens_of(pattern))


def _found(query: Query, zones: TimeZones | None, ordered: Sequence[Any]) -> Select[int]:
    own = TABLES[query.level]
    conditions: list[ColumnElement[bool]] = [_in_force(query.level)]
    tables: set[FromClause] = {column.table for column in ordered}
    narrowed: set[Table] = set()
    for path, match in query.matches:
        table = TABLES[ATTRIBUTES[path[0]].level]
        conditions.append(_condition(query, path[0], match, zones))
        tables.add(table)
        if path[0] in _INDEXED and _is_narrow(path[0], match):
            narrowed.add(table)
    scanned = narrowed or {own, *(column.table for column in ordered)}
    conditions += [table.c.partition_ref == query.partition for table in scanned]
    return select(own.c.id).select_from(joined(query.level, tables)).where(*conditions)


def _in_force(level: Level) -> ColumnElement[bool]:
    """Doors see live instances, and what holds at least one."""
    return is_live() if level is Level.IMAGE else TABLES[level].c.instance_count > literal_column("0")


def _is_narrow(tag: int, match: Match) -> bool:
    match match:
        case EmptyValue():
            return False
        case Wildcard(pattern):
            return _has_start(tag, pattern)
        case MultipleValues(alternatives):
            return all(_is_narrow(tag, alternative) for alternative in alternatives)
        case _:
            return True


def _condition(query: Query, tag: int, match: Match, zones: TimeZones | None) -> ColumnElement[bool]:
    if tag in RELATED:
        return RELATED[tag](query.partition, match)
    if tag in NAMES:
        return match_person_name(NAMES[tag], match, fuzzy=query.fuzzy)
    if isinstance(match, DateTimeRange):
        return _date_time(query, tag, match, zones)
    column = VALUES[tag]
    if tag in TIMES:
        return match_time(TIMES[tag], column, match)
    if ATTRIBUTES[tag].vr == "DA":
        return match_date(column, match)
    return match_text(column, match)


def _date_time(query: Query, tag: int, match: DateTimeRange, zones: TimeZones | None) -> ColumnElement[bool]:
    dates, micros = VALUES[tag], TIMES[DATE_TIME_PAIRS[tag]]
    if query.timezone_offset is None or zones is None:
        return match_date_time(dates, micros, match)
    stored = value_column(0x00080201, ATTRIBUTES[tag].level)
    assert stored is not None  # noqa: S101  (studies and series have one)
    return or_(
        *(
            (stored == text) & match_date_time(dates, micros, match, shift=offset - query.timezone_offset)
            for text, offset in zones.offsets.items()
        )
    )


def _order(query: Query) -> Iterator[tuple[Any, ColumnElement[Any]]]:
    """Columns and how each is sorted; at the end what makes the order total."""
    for order in query.order_by or _default_order(query):
        column = _sort_column(order.tag, query.level)
        clause = column.desc() if order.descending else column.asc()
        yield column, clause.nulls_last() if column.nullable else clause
    if query.level is Level.PATIENT:
        for column in (patient.c.patient_id, patient.c.issuer_of_patient_id, patient.c.person):
            yield column, column.asc()
    else:
        column = VALUES[{Level.STUDY: 0x0020000D, Level.SERIES: 0x0020000E, Level.IMAGE: 0x00080018}[query.level]]
        yield column, column.asc()
    yield TABLES[query.level].c.id, TABLES[query.level].c.id.asc()


def _default_order(query: Query) -> Iterator[Order]:
    """By the levels above too, unless the query names one entity there."""
    named = {path[0] for path, _ in query.matches}
    above = {Level.SERIES: 0x0020000D, Level.IMAGE: 0x0020000E}.get(query.level)
    if above is not None and above not in named:
        yield Order(above)
    yield from _DEFAULT_ORDER[query.level]


def _sort_column(tag: int, level: Level) -> Any:
    attribute = ATTRIBUTES.get(tag)
    if attribute is None or attribute.level > level:
        raise BadRequest("this attribute cannot be sorted by at this level", tag=tag)
    if tag in NAMES:
        return NAMES[tag].alphabetic
    column = TIMES.get(tag, _NUMBERS.get(tag))
    if column is None:
        column = value_column(tag, level)
    if column is None:
        raise BadRequest("this attribute cannot be sorted by", tag=tag)
    return column
