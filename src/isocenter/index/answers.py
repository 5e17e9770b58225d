"""Turns row ids into answers: values as DICOM text, with what is gathered from the rows below (PS3.4 C.6.2.1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, Connection, literal_column, select

from isocenter.index.attributes import ATTRIBUTES, UNIQUE_KEYS, Level, levels_down_to
from isocenter.index.columns import TABLES, value_column
from isocenter.index.compile import joined
from isocenter.index.query import Query
from isocenter.index.schema import (
    content,
    instance,
    instance_alternate,
    is_live,
    series,
    series_request,
    study_modality,
)

__all__ = ["Row", "answer"]

_AVAILABILITY = 0x00080056
_MODALITIES = 0x00080061
_SOP_CLASSES = 0x00080062
_TRANSFER_SYNTAXES = 0x00083002
_REQUESTS = 0x00400275
_GATHERED = {
    _AVAILABILITY: Level.STUDY,
    _MODALITIES: Level.STUDY,
    _SOP_CLASSES: Level.STUDY,
    _TRANSFER_SYNTAXES: Level.IMAGE,
    _REQUESTS: Level.SERIES,
}
_LISTS = frozenset({0x00101001})
"""Columns that hold several values with backslashes between them."""


@dataclass(frozen=True, slots=True)
class Row:
    """One entity found: each returned tag with its values as text; no values means present and empty."""

    level: Level
    values: Mapping[int, list[str]]
    items: Mapping[int, list[Mapping[int, list[str]]]] = field(default_factory=dict)
    """For a sequence, its items."""


def answer(connection: Connection, query: Query, ids: Sequence[int]) -> list[Row]:
    """Answers for these row ids, in their order; what is no longer in force is left out."""
    tags = sorted(query.returns | {UNIQUE_KEYS[level] for level in _keyed_levels(query)})
    columns = {tag: column for tag in tags if (column := value_column(tag, query.level)) is not None}
    asked = {tag for tag in tags if tag in _GATHERED}
    found = _rows(connection, query.level, ids, columns, {_owner(query.level, tag) for tag in asked})
    gathered = {tag: _GATHERERS[tag](connection, query.level, found) for tag in asked}
    rows = []
    for row in found:
        values = {tag: _texts(tag, row[f"v{tag:08x}"]) for tag in columns}
        items: dict[int, list[Mapping[int, list[str]]]] = {}
        for tag, by_owner in gathered.items():
            held = by_owner.get(row[_label(_owner(query.level, tag))], [])
            if ATTRIBUTES[tag].vr == "SQ":
                items[tag] = held
            else:
                values[tag] = held
        rows.append(Row(query.level, values, items))
    return rows


def _keyed_levels(query: Query) -> Iterable[Level]:
    """Levels whose unique keys are in every answer; the patient's only when it is asked for or is the level."""
    return (level for level in levels_down_to(query.level) if level > Level.PATIENT or query.level is Level.PATIENT)


def _owner(level: Level, tag: int) -> Level:
    """The level whose row id gathered values belong to."""
    return level if tag == _AVAILABILITY else _GATHERED[tag]


def _label(level: Level) -> str:
    return f"id_{level.name.lower()}"


_Found = Sequence[Mapping[str, Any]]


def _rows(
    connection: Connection, level: Level, ids: Sequence[int], columns: Mapping[int, Column[Any]], owners: set[Level]
) -> list[Mapping[str, Any]]:
    own = TABLES[level]
    owners = owners | {level}
    statement = select(
        *(column.label(f"v{tag:08x}") for tag, column in columns.items()),
        *(TABLES[owner].c.id.label(_label(owner)) for owner in sorted(owners)),
        *((instance.c.content_ref.label("content"),) if level is Level.IMAGE else ()),
    )
    tables = {column.table for column in columns.values()} | {TABLES[owner] for owner in owners}
    in_force = is_live() if level is Level.IMAGE else own.c.instance_count > literal_column("0")
    statement = statement.select_from(joined(level, tables)).where(own.c.id.in_(ids), in_force)
    by_id = {row[_label(level)]: row for row in connection.execute(statement).mappings()}
    return [dict(by_id[one]) for one in ids if one in by_id]


def _texts(tag: int, value: object) -> list[str]:
    if value is None or value == "":
        return []
    return str(value).split("\\") if tag in _LISTS else [str(value)]


def _owners(found: _Found, level: Level) -> list[int]:
    return list({row[_label(level)] for row in found})


def _lists(pairs: Iterable[tuple[int, str]]) -> dict[int, list[Any]]:
    values: dict[int, list[Any]] = defaultdict(list)
    for owner, value in pairs:
        values[owner].append(value)
    return values


def _modalities(connection: Connection, level: Level, found: _Found) -> dict[int, list[Any]]:
    held = study_modality.c
    statement = select(held.study_ref, held.modality).order_by(held.modality)
    statement = statement.where(
        held.study_ref.in_(_owners(found, Level.STUDY)), held.series_count > literal_column("0"), held.modality != ""
    )
    return _lists(connection.execute(statement))


def _sop_classes(connection: Connection, level: Level, found: _Found) -> dict[int, list[Any]]:
    statement = select(series.c.study_ref, instance.c.sop_class_uid).distinct()
    statement = statement.join(instance, instance.c.series_ref == series.c.id).order_by(instance.c.sop_class_uid)
    statement = statement.where(series.c.study_ref.in_(_owners(found, Level.STUDY)), is_live())
    return _lists(connection.execute(statement))


def _availability(connection: Connection, level: Level, found: _Found) -> dict[int, list[Any]]:
    """ONLINE, or UNAVAILABLE where a copy is damaged: an entity is as available as its least available instance."""
    ids = _owners(found, level)
    own = TABLES[level]
    bad = select(content.c.id).where(content.c.damaged_at.is_not(None))
    statement = select(own.c.id).select_from(joined(Level.IMAGE, {own})).distinct()
    statement = statement.where(own.c.id.in_(ids), is_live(), instance.c.content_ref.in_(bad))
    damaged = set(connection.execute(statement).scalars())
    return {one: ["UNAVAILABLE" if one in damaged else "ONLINE"] for one in ids}


def _transfer_syntaxes(connection: Connection, level: Level, found: _Found) -> dict[int, list[Any]]:
    """The syntax that an instance is kept in first, then those of its other renditions."""
    kept = select(content.c.id, content.c.transfer_syntax_uid)
    kept = kept.where(content.c.id.in_([row["content"] for row in found]))
    syntaxes = dict(connection.execute(kept).all())
    values = {row[_label(level)]: [syntaxes[row["content"]]] for row in found}
    others = select(instance_alternate.c.instance_ref, content.c.transfer_syntax_uid)
    others = others.join(content, content.c.id == instance_alternate.c.content_ref)
    others = others.where(instance_alternate.c.instance_ref.in_(list(values))).order_by(content.c.transfer_syntax_uid)
    for owner, syntax in connection.execute(others):
        if syntax not in values[owner]:
            values[owner].append(syntax)
    return values


def _requests(connection: Connection, level: Level, found: _Found) -> dict[int, list[Any]]:
    held = series_request.c
    statement = select(held.series_ref, held.scheduled_procedure_step_id, held.requested_procedure_id)
    statement = statement.where(held.series_ref.in_(_owners(found, Level.SERIES))).order_by(held.series_ref, held.item)
    items: dict[int, list[Any]] = defaultdict(list)
    for owner, step, procedure in connection.execute(statement):
        items[owner].append({0x00400009: [step] if step else [], 0x00401001: [procedure] if procedure else []})
    return items


_GATHERERS = {
    _AVAILABILITY: _availability,
    _MODALITIES: _modalities,
    _SOP_CLASSES: _sop_classes,
    _TRANSFER_SYNTAXES: _transfer_syntaxes,
    _REQUESTS: _requests,
}
