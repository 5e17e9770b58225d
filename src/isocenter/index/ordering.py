"""The order of answers: as asked for or by default, and always total, so that pages fit together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import Column, ColumnElement, Integer

from isocenter.errors import BadRequest
from isocenter.index.attributes import ATTRIBUTES, UNIQUE_KEYS, Level
from isocenter.index.columns import NAMES, TABLES, TIMES, VALUES, value_column
from isocenter.index.query import Order, Query, SingleValue
from isocenter.index.schema import instance, patient, series

__all__ = ["Direction", "read_order"]

Direction = Callable[[ColumnElement[Any]], ColumnElement[Any]]


_DEFAULT_ORDER: Mapping[Level, tuple[Order, ...]] = {
    Level.PATIENT: (Order(0x00100010), Order(0x00100020), Order(0x00100021)),
    Level.STUDY: (Order(0x00080020, descending=True), Order(0x00080030, descending=True)),
    Level.SERIES: (Order(0x00200011),),
    Level.IMAGE: (Order(0x00200013),),
}
_NUMBERS = {0x00200011: series.c.series_order, 0x00200013: instance.c.instance_order}


def read_order(query: Query) -> Iterator[tuple[Column[Any], Direction]]:
    """Columns and how each is sorted; at the end what makes the order total."""
    for order in query.order_by or _default_order(query):
        yield _sort_column(order.tag, query.level), _falling if order.descending else _rising
    if query.level is Level.PATIENT:
        for column in (patient.c.patient_id, patient.c.issuer_of_patient_id, patient.c.person):
            yield column, _rising
    else:
        yield VALUES[UNIQUE_KEYS[query.level]], _rising
    yield TABLES[query.level].c.id, _rising


def _rising(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return column.asc().nulls_last() if isinstance(column.type, Integer) else column.asc()


def _falling(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return column.desc().nulls_last() if isinstance(column.type, Integer) else column.desc()


def _default_order(query: Query) -> Iterator[Order]:
    """By the levels above too, unless the query names one entity there."""
    named = {path[0] for path, match in query.matches if isinstance(match, SingleValue)}
    above = {Level.SERIES: 0x0020000D, Level.IMAGE: 0x0020000E}.get(query.level)
    if above is not None and above not in named:
        yield Order(above)
    yield from _DEFAULT_ORDER[query.level]


def _sort_column(tag: int, level: Level) -> Column[Any]:
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
