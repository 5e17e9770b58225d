"""A query as SQL: the ids of the entities that fulfil it, in order.

Tables are joined only as far up as keys and order need. The partition is asked of each table that a key narrows
by an index; only when there is none, of the query's own table and of those that it sorts by. So the planner starts
from a key, and a query without keys walks an index in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    Select,
    Table,
    false,
    func,
    literal_column,
    or_,
    select,
    union_all,
)

from isocenter.index.attributes import ATTRIBUTES, DATE_TIME_PAIRS, Level
from isocenter.index.columns import NAMES, TABLES, TIMES, VALUES, value_column
from isocenter.index.match import match_date, match_date_time, match_person_name, match_text, match_time
from isocenter.index.match.pattern import literal_prefix, tokens_of
from isocenter.index.match.person_name import leads_with_wildcard
from isocenter.index.match.related import RELATED
from isocenter.index.ordering import Direction, read_order
from isocenter.index.query import (
    DateTimeRange,
    EmptyValue,
    Match,
    MultipleValues,
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

_KEPT_AS = 0x00083002
"""Available Transfer Syntax UID: its rows know no partition, and lead to no few instances."""
_MAX_LOOKUPS = 64
"""Lookups by index for one name; SQLite joins 500 SELECTs at most."""


def compile_ids(query: Query, zones: TimeZones | None = None) -> Select[int]:
    """Row ids of what ``query`` finds, in its order; limit and offset are the caller's to add."""
    plan = _Plan.of(query)
    found = plan.found(zones)
    if plan.sorts_by_what_narrows:
        return found.order_by(*(clause(column) for column, clause in plan.order))
    # Kept apart from the sorting: a planner without statistics walks the index of the order instead of the key's.
    columns = [column.label(f"s{at}") for at, (column, _) in enumerate(plan.order)]
    kept = found.add_columns(*columns).cte("found").prefix_with("MATERIALIZED")
    return select(kept.c.id).order_by(*(clause(kept.c[f"s{at}"]) for at, (_, clause) in enumerate(plan.order)))


def compile_count(query: Query, zones: TimeZones | None = None) -> Select[int]:
    """How many entities ``query`` finds, without regard to limit and offset."""
    return select(func.count()).select_from(_Plan.of(query).found(zones).subquery())


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
    return not leads_with_wildcard(pattern) if tag in NAMES else bool(literal_prefix(tokens_of(pattern)))


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where the search starts: the order, and the tables that a key narrows by an index."""

    query: Query
    order: tuple[tuple[Column[Any], Direction], ...]
    scanned: frozenset[Table]
    """The tables whose partition is asked for; none where a key leads to row ids by itself."""
    leads: bool
    """Whether a key of one column narrows the query."""
    sorts_by_what_narrows: bool

    @classmethod
    def of(cls, query: Query) -> _Plan:
        order = tuple(read_order(query))
        tags = [path[0] for path, match in query.matches if _is_narrow(path[0], match)]
        related = [path[0] for path, _ in query.matches if path[0] in RELATED and path[0] != _KEPT_AS]
        along = all(VALUES[tag] is order[0][0] for tag in tags) and (bool(tags) or not related)
        tables = frozenset(TABLES[ATTRIBUTES[tag].level] for tag in tags if tag not in NAMES)
        if not tags and not related:
            tables = frozenset({_first_table(query, _table_of(order[0][0]))})
        return cls(query, order, tables, bool(tags), along)

    def found(self, zones: TimeZones | None) -> Select[int]:
        own = TABLES[self.query.level]
        conditions: list[ColumnElement[bool]] = [_in_force(self.query.level)]
        tables: set[FromClause] = {column.table for column, _ in self.order}
        for path, match in self.query.matches:
            conditions.append(self._condition(path[0], match, zones))
            tables.add(TABLES[ATTRIBUTES[path[0]].level])
        conditions += [table.c.partition_ref == self.query.partition for table in self.scanned]
        return select(own.c.id).select_from(joined(self.query.level, tables)).where(*conditions)

    def _condition(self, tag: int, match: Match, zones: TimeZones | None) -> ColumnElement[bool]:
        if tag not in RELATED:
            return _condition(self.query, tag, match, zones)
        related = RELATED[tag](self.query.partition, match)
        return or_(false(), *(one.among_few() if self.leads else one.among_all() for one in related))


def _table_of(column: Column[Any]) -> Table:
    return next(table for table in TABLES.values() if table is column.table)


def _first_table(query: Query, otherwise: Table) -> Table:
    """Where a name must be looked for without an index, that is done before anything is joined."""
    for path, match in query.matches:
        if isinstance(match, Wildcard) and path[0] in NAMES:
            return TABLES[ATTRIBUTES[path[0]].level]
    return otherwise


def _in_force(level: Level) -> ColumnElement[bool]:
    """Doors see live instances, and what holds at least one."""
    return is_live() if level is Level.IMAGE else TABLES[level].c.instance_count > literal_column("0")


def _is_narrow(tag: int, match: Match) -> bool:
    """Whether a key leads to its rows by an index."""
    if tag not in _INDEXED:
        return False
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
    if tag in NAMES:
        return _name(query, tag, match)
    if isinstance(match, DateTimeRange):
        return _date_time(query, tag, match, zones)
    column = VALUES[tag]
    if tag in TIMES:
        return match_time(TIMES[tag], column, match)
    if ATTRIBUTES[tag].vr == "DA":
        return match_date(column, match)
    return match_text(column, match)


def _name(query: Query, tag: int, match: Match) -> ColumnElement[bool]:
    """Each group of a name has its index; asked one by one, the planner uses them, asked with OR it may not."""
    conditions = match_person_name(NAMES[tag], match, fuzzy=query.fuzzy)
    if not conditions or len(conditions) > _MAX_LOOKUPS or not _is_narrow(tag, match):
        return or_(false(), *conditions)
    table = TABLES[ATTRIBUTES[tag].level]
    here = select(table.c.id).where(table.c.partition_ref == query.partition)
    return table.c.id.in_(union_all(*(here.where(condition) for condition in conditions)))


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
