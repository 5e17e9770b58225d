"""What ingest asks of the index: which versions of an instance are known, and what was indexed so far."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Dialect, Engine, Select, bindparam, func, literal_column, select, union_all
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import PoolProxiedConnection

from isocenter.errors import IndexFailure
from isocenter.index.record import ContentLocation, Prior
from isocenter.index.schema import (
    DEFAULT_PARTITION,
    State,
    container,
    content,
    instance,
    instance_alternate,
    is_live,
    is_not_live,
    journal,
    series,
    study,
    study_variant,
)
from isocenter.index.write.sql import LIST_SIZES, list_size
from isocenter.index.write.statements import compile_sql, positional_dialect

__all__ = ["IngestLookups"]


class IngestLookups:
    """Reads for ingest and recovery. Safe to use from many threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._own = threading.local()
        dialect = positional_dialect(engine.dialect.name)
        self._priors = {size: _priors_sql(dialect, size) for size in LIST_SIZES}
        self._alternates = {size: _alternates_sql(dialect, size) for size in LIST_SIZES}

    def priors(self, sop_instance_uids: Sequence[str], partition: int = DEFAULT_PARTITION) -> dict[str, list[Prior]]:
        """Return all versions of these instances, by UID: the live one first, then the latest; none for a new UID."""
        found: dict[str, list[Prior]] = {}
        try:
            connection = self._connection()
            cursor = connection.cursor()
            for chunk in _chunks(sop_instance_uids):
                rows = _fetch(cursor, self._priors[len(chunk)], (partition, *chunk, partition, *chunk))
                if rows:
                    refs = list({row[0] for row in rows})
                    for some in _chunks(refs):
                        rows += _fetch(cursor, self._alternates[len(some)], some)
                for row in rows:
                    prior = _prior(row)
                    found.setdefault(prior.sop_instance_uid, []).append(prior)
            connection.rollback()  # ends what a read began, where the engine begins something
        except (self._driver.Error, SQLAlchemyError) as error:
            self._own.connection = None
            raise IndexFailure("the index does not answer") from error
        for versions in found.values():
            versions.sort(key=lambda prior: (prior.alternate, prior.state is not State.LIVE, -prior.sequence))
        return found

    def _connection(self) -> PoolProxiedConnection:
        """Return this thread's own connection: lanes ask for every group, and the pool costs as much as the answer."""
        connection: PoolProxiedConnection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = self._engine.raw_connection()
        return connection

    def last_sequence(self) -> int:
        """Return the number of the last journal event; 0 before the first."""
        with self._engine.connect() as connection:
            return int(connection.execute(select(func.max(journal.c.sequence))).scalar() or 0)

    def pack_ends(self) -> Mapping[str, int]:
        """Return for each pack the offset up to which its members are in the index."""
        statement = select(container.c.name, container.c.indexed_end).where(container.c.kind == "pack")
        with self._engine.connect() as connection:
            return {row.name: row.indexed_end for row in connection.execute(statement)}

    @property
    def _driver(self) -> Any:  # a module; DB-API drivers share no type
        return self._engine.dialect.loaded_dbapi


def _fetch(cursor: Any, sql: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    cursor.execute(sql, parameters)
    return list(cursor.fetchall())


def _chunks(values: Sequence[Any]) -> list[tuple[Any, ...]]:
    largest = LIST_SIZES[-1]
    chunks = [tuple(values[start : start + largest]) for start in range(0, len(values), largest)]
    return [chunk + (chunk[-1],) * (list_size(len(chunk)) - len(chunk)) for chunk in chunks]


def _columns(sequence: ColumnElement[Any], alternate: int) -> tuple[ColumnElement[Any], ...]:
    return (
        instance.c.id,
        instance.c.sop_instance_uid,
        instance.c.sop_class_uid,
        series.c.series_instance_uid,
        study.c.study_instance_uid,
        study_variant.c.attributes,
        instance.c.state,
        instance.c.source,
        sequence,
        content.c.id,
        content.c.content_id,
        content.c.transfer_syntax_uid,
        container.c.kind,
        container.c.name,
        content.c.member_offset,
        content.c.member_length,
        content.c.checks,
        content.c.data_set_offset,
        content.c.data_set_length,
        content.c.header_length,
        content.c.damaged_at,
        content.c.purged_at,
        literal_column(str(alternate)).label("alternate"),
    )


def _placed(statement: Select[Any]) -> Select[Any]:
    return (
        statement.join(series, series.c.id == instance.c.series_ref)
        .join(study, study.c.id == series.c.study_ref)
        .join(study_variant, study_variant.c.id == instance.c.study_variant_ref)
        .join(container, container.c.id == content.c.container_ref)
    )


def _priors_sql(dialect: Dialect, size: int) -> str:
    parts, names = [], []
    for prefix, condition in (("a", is_live()), ("b", is_not_live())):
        own = [f"{prefix}{position}" for position in range(size)]
        names += [f"{prefix}_partition", *own]
        uids = [bindparam(name, type_=instance.c.sop_instance_uid.type) for name in own]
        statement = select(*_columns(instance.c.sequence, 0)).select_from(instance)
        parts.append(
            _placed(statement.join(content, content.c.id == instance.c.content_ref))
            .where(instance.c.partition_ref == bindparam(f"{prefix}_partition", type_=instance.c.id.type))
            .where(instance.c.sop_instance_uid.in_(uids))
            .where(condition)
        )
    return compile_sql(dialect, union_all(*parts), names)


def _alternates_sql(dialect: Dialect, size: int) -> str:
    names = [f"p{position}" for position in range(size)]
    refs = [bindparam(name, type_=instance.c.id.type) for name in names]
    statement = (
        select(*_columns(instance_alternate.c.sequence, 1))
        .select_from(instance_alternate)
        .join(instance, instance.c.id == instance_alternate.c.instance_ref)
        .join(content, content.c.id == instance_alternate.c.content_ref)
    )
    return compile_sql(dialect, _placed(statement).where(instance.c.id.in_(refs)), names)


def _prior(row: tuple[Any, ...]) -> Prior:
    values = orjson.loads(row[5])
    return Prior(
        instance_ref=row[0],
        sop_instance_uid=row[1],
        sop_class_uid=row[2],
        series_instance_uid=row[3],
        study_instance_uid=row[4],
        patient_id=values.get("patient_id", ""),
        issuer_of_patient_id=values.get("issuer_of_patient_id", ""),
        state=State(row[6]),
        source=row[7],
        sequence=row[8],
        content_ref=row[9],
        content_id=bytes(row[10]),
        transfer_syntax_uid=row[11],
        location=ContentLocation(row[12], row[13], row[14], row[15]),
        checks=bytes(row[16]),
        data_set_offset=row[17],
        data_set_length=row[18],
        header_length=row[19],
        damaged=row[20] is not None,
        purged=row[21] is not None,
        alternate=bool(row[22]),
    )
