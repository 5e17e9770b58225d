"""All statements of the writer, in Core, with the order in which their parameters are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Table, bindparam, delete, exists, func, literal_column, select, update
from sqlalchemy.sql import ClauseElement

from isocenter.index.holds import covers, is_held
from isocenter.index.schema import (
    State,
    container,
    content,
    exception,
    header,
    header_dictionary,
    hold,
    instance,
    instance_alternate,
    is_live,
    job,
    journal,
    journal_instance,
    patient,
    series,
    series_request,
    series_variant,
    study,
    study_modality,
    study_variant,
)
from isocenter.index.write.statements import compile_sql, insert_sql

__all__ = ["LIST_SIZES", "compile_all", "list_size"]

LIST_SIZES = (1, 8, 64)
"""Sizes of the lists in ``IN``; a shorter list repeats its last value, so that few statements serve all."""

_INSERTED = (
    container, content, exception, header, header_dictionary, hold, instance, instance_alternate, job, journal,
    journal_instance, patient, series, series_request, series_variant, study, study_modality, study_variant,
)  # fmt: skip
_NUMBERED = (
    container, content, exception, header_dictionary, hold, instance, patient, series, series_variant, study,
    study_variant,
)  # fmt: skip
_ZERO: ColumnElement[int] = literal_column("0")
_EMPTY: ColumnElement[str] = literal_column("''")
_PACK: ColumnElement[str] = literal_column("'pack'")
_GONE: tuple[ColumnElement[int], ...] = (
    literal_column(str(int(State.DELETED))),
    literal_column(str(int(State.PURGED))),
)

Statements = dict[str, tuple[ClauseElement, Sequence[str]]]


def list_size(count: int) -> int:
    """Return the smallest list that holds ``count`` values; callers take at most the largest at a time."""
    return next(size for size in LIST_SIZES if size >= count)


def compile_all(dialect: Dialect) -> Mapping[str, str]:
    """Return the SQL of every statement, by name."""
    compiled = {f"insert_{table.name}": insert_sql(dialect, table) for table in _INSERTED}
    for group in (_find_rows(), _find_lists(), _count(), _change(), _patients(), _exceptions(), _reclaim()):
        for name, (statement, parameters) in group.items():
            compiled[name] = compile_sql(dialect, statement, parameters)
    # Both engines know this form of an upsert, and Core has it only per engine.
    compiled["put_header"] = compiled["insert_header"].split(" RETURNING")[0] + " ON CONFLICT (content_ref) DO NOTHING"
    return compiled


def _is(column: ColumnElement[Any], name: str | None = None) -> ColumnElement[bool]:
    return column == bindparam(name or getattr(column, "key", ""), type_=column.type)


def _find_rows() -> Statements:
    study_uid = study.c.study_instance_uid
    return {
        **{f"last_{table.name}": (select(func.max(table.c.id)), ()) for table in _NUMBERED},
        "study": (
            select(study.c.id, study.c.patient_ref, study.c.series_count, study.c.instance_count)
            .where(_is(study.c.partition_ref))
            .where(_is(study_uid)),
            ("partition_ref", "study_instance_uid"),
        ),
        "series": (
            select(series.c.id, series.c.instance_count)
            .where(_is(series.c.study_ref))
            .where(_is(series.c.series_instance_uid)),
            ("study_ref", "series_instance_uid"),
        ),
        "study_variants": (_variants(study_variant, study_variant.c.study_ref), ("study_ref",)),
        "series_variants": (_variants(series_variant, series_variant.c.series_ref), ("series_ref",)),
        "place": (
            select(series.c.partition_ref, study_uid, series.c.series_instance_uid)
            .join_from(series, study)
            .where(_is(series.c.id)),
            ("id",),
        ),
        "live": (
            _instances().where(_is(instance.c.partition_ref)).where(_is(instance.c.sop_instance_uid)).where(is_live()),
            ("partition_ref", "sop_instance_uid"),
        ),
        "container": (
            select(container.c.id).where(_is(container.c.kind)).where(_is(container.c.name)),
            ("kind", "name"),
        ),
        "modalities": (
            select(study_modality.c.modality, study_modality.c.series_count)
            .where(_is(study_modality.c.study_ref))
            .order_by(study_modality.c.modality),
            ("study_ref",),
        ),
        "modalities_now": (
            select(series.c.modality, func.count())
            .where(_is(series.c.study_ref))
            .where(series.c.instance_count > _ZERO)
            .where(series.c.modality != _EMPTY)
            .group_by(series.c.modality)
            .order_by(series.c.modality),
            ("study_ref",),
        ),
        "holds": (
            select(hold.c.id).where(
                covers(bindparam("study_ref", type_=study.c.id.type), bindparam("patient_ref", type_=patient.c.id.type))
            ),
            ("study_ref", "patient_ref"),
        ),
    }


def _instances() -> Any:  # the type of a selection of six columns says nothing more
    return select(
        instance.c.id,
        instance.c.series_ref,
        instance.c.study_variant_ref,
        instance.c.series_variant_ref,
        instance.c.content_ref,
        instance.c.state,
        instance.c.former_state,
        instance.c.sop_instance_uid,
    )


def _variants(table: Table, parent: ColumnElement[Any]) -> ClauseElement:
    return select(table.c.id, table.c.digest, table.c.attributes, table.c.instance_count).where(_is(parent))


def _find_lists() -> Statements:
    found: Statements = {}
    for size in LIST_SIZES:
        names = [f"p{position}" for position in range(size)]
        ids = [bindparam(name, type_=content.c.content_id.type) for name in names]
        found[f"contents_{size}"] = (
            select(
                content.c.content_id,
                content.c.id,
                content.c.damaged_at,
                content.c.tombstone_at,
                content.c.purged_at,
            ).where(content.c.content_id.in_(ids)),
            names,
        )
        found[f"instances_{size}"] = (
            _instances()
            .join_from(instance, content)
            .where(_is(instance.c.partition_ref))
            .where(content.c.content_id.in_(ids))
            .order_by(instance.c.id),
            ["partition_ref", *names],
        )
    return found


def _count() -> Statements:
    def add(table: Table, *columns: str) -> ClauseElement:
        return update(table).values(
            {name: table.c[name] + bindparam(f"more_{name}", type_=table.c[name].type) for name in columns}
        ).where(_is(table.c.id, "row"))  # fmt: skip

    return {
        "count_study": (
            update(study)
            .values(
                series_count=study.c.series_count + bindparam("more_series", type_=study.c.series_count.type),
                instance_count=study.c.instance_count + bindparam("more", type_=study.c.instance_count.type),
                updated_sequence=bindparam("sequence"),
            )
            .where(_is(study.c.id, "row")),
            ("more_series", "more", "sequence", "row"),
        ),
        "count_series": (add(series, "instance_count"), ("more_instance_count", "row")),
        "count_study_variant": (add(study_variant, "instance_count"), ("more_instance_count", "row")),
        "count_series_variant": (add(series_variant, "instance_count"), ("more_instance_count", "row")),
        "count_patient": (
            add(patient, "study_count", "series_count", "instance_count"),
            ("more_study_count", "more_series_count", "more_instance_count", "row"),
        ),
    }


def _set(table: Table, *columns: str) -> tuple[ClauseElement, Sequence[str]]:
    values = [(table.c[name], bindparam(f"new_{name}", type_=table.c[name].type)) for name in columns]
    return update(table).ordered_values(*values).where(_is(table.c.id, "row")), (
        *(f"new_{name}" for name in columns),
        "row",
    )


def _level_columns(table: Table, *without: str) -> list[str]:
    bookkeeping = {"id", "partition_ref", "patient_ref", "study_ref", "series_count", "instance_count", "study_count"}
    return [name for name in table.columns.keys() if name not in bookkeeping | set(without)]  # noqa: SIM118


def _change() -> Statements:
    return {
        "set_study": _set(study, *_level_columns(study, "study_instance_uid", "updated_sequence")),
        "set_series": _set(series, *_level_columns(series, "series_instance_uid")),
        "set_patient": _set(patient, *_level_columns(patient, "patient_id", "issuer_of_patient_id", "person")),
        "set_study_patient": _set(study, "patient_ref"),
        "set_person": _set(patient, "person"),
        "set_state": _set(instance, "state", "former_state", "state_reason", "state_sequence"),
        "set_seen": _set(content, "last_seen_at"),
        "set_damaged": _set(content, "damaged_at"),
        "set_purged": _set(content, "purged_at"),
        "set_tombstone": _set(content, "tombstone_at"),
        "set_content": _set(content, *[c.name for c in content.columns if c.name not in ("id", "content_id")]),
        "set_container_end": (
            update(container)
            .values(indexed_end=bindparam("end", type_=container.c.indexed_end.type))
            .where(_is(container.c.id, "row"))
            .where(container.c.indexed_end < bindparam("end_again", type_=container.c.indexed_end.type)),
            ("end", "row", "end_again"),
        ),
        "release_hold": (
            update(hold)
            .values(released_sequence=bindparam("sequence"))
            .where(_is(hold.c.partition_ref))
            .where(_is(hold.c.case_id))
            .where(hold.c.released_sequence.is_(None)),
            ("sequence", "partition_ref", "case_id"),
        ),
        "delete_modalities": (delete(study_modality).where(_is(study_modality.c.study_ref)), ("study_ref",)),
        "delete_requests": (delete(series_request).where(_is(series_request.c.series_ref)), ("series_ref",)),
        "delete_header": (delete(header).where(_is(header.c.content_ref)), ("content_ref",)),
    }


def _patients() -> Statements:
    key = (_is(patient.c.partition_ref), _is(patient.c.patient_id), _is(patient.c.issuer_of_patient_id))
    of_patient = _is(study.c.patient_ref)
    totals = select(
        func.coalesce(func.sum(study.c.series_count), _ZERO),
        func.coalesce(func.sum(study.c.instance_count), _ZERO),
        func.count().filter(study.c.instance_count > _ZERO),
    ).where(of_patient)
    return {
        "patients_of_id": (
            select(patient.c.id, patient.c.person).where(*key).order_by(patient.c.person),
            ("partition_ref", "patient_id", "issuer_of_patient_id"),
        ),
        "patient_key": (
            select(patient.c.patient_id, patient.c.issuer_of_patient_id).where(_is(patient.c.id)),
            ("id",),
        ),
        "patient": (
            select(patient.c.id).where(*key).where(_is(patient.c.person)),
            ("partition_ref", "patient_id", "issuer_of_patient_id", "person"),
        ),
        "claims": (
            select(
                study.c.id,
                study.c.patient_ref,
                study.c.study_instance_uid,
                study.c.claimed_name_folded,
                study.c.claimed_birth_date,
                study.c.instance_count,
            )
            .where(_is(study.c.partition_ref))
            .where(_is(study.c.claimed_patient_id))
            .where(_is(study.c.claimed_issuer)),
            ("partition_ref", "claimed_patient_id", "claimed_issuer"),
        ),
        "twin": (
            select(study.c.id, study.c.patient_ref)
            .where(_is(study.c.partition_ref))
            .where(_is(study.c.claimed_patient_id))
            .where(_is(study.c.claimed_issuer))
            .where(_is(study.c.claimed_name_folded))
            .where(_is(study.c.claimed_birth_date))
            .where(study.c.instance_count > _ZERO)
            .order_by(study.c.id)
            .limit(bindparam("most"))
            .offset(bindparam("skipped")),
            (
                "partition_ref",
                "claimed_patient_id",
                "claimed_issuer",
                "claimed_name_folded",
                "claimed_birth_date",
                "most",
                "skipped",
            ),
        ),
        "totals": (totals, ("patient_ref",)),
        "set_totals": _set(patient, "series_count", "instance_count", "study_count"),
        "patient_variants": (
            select(
                study_variant.c.patient_digest,
                func.min(study_variant.c.attributes),
                func.sum(study_variant.c.instance_count),
            )
            .join_from(study_variant, study)
            .where(of_patient)
            .group_by(study_variant.c.patient_digest),
            ("patient_ref",),
        ),
        "delete_patient": (
            delete(patient)
            .where(_is(patient.c.id, "row"))
            .where(~exists().where(study.c.patient_ref == patient.c.id))
            .where(~exists().where(hold.c.patient_ref == patient.c.id)),
            ("row",),
        ),
    }


def _exceptions() -> Statements:
    about = (
        exception.c.resolved_sequence.is_(None),
        _is(exception.c.partition_ref),
        _is(exception.c.kind),
        _is(exception.c.subject),
    )
    key = ("partition_ref", "kind", "subject")
    return {
        "exception": (select(exception.c.id, exception.c.detail).where(*about), key),
        "resolve_exception": (
            update(exception).values(resolved_sequence=bindparam("sequence")).where(*about),
            ("sequence", *key),
        ),
        "set_exception_detail": _set(exception, "detail"),
    }


def _reclaim() -> Statements:
    owner = instance.alias()
    unreferenced = (
        ~exists().where(instance.c.content_ref == content.c.id).where(instance.c.state.not_in(_GONE)),
        ~exists()
        .where(instance_alternate.c.content_ref == content.c.id)
        .where(owner.c.id == instance_alternate.c.instance_ref)
        .where(owner.c.state.not_in(_GONE)),
    )
    return {
        "bury": (
            update(content)
            .values(tombstone_at=bindparam("at"))
            .where(_is(content.c.id, "row"))
            .where(content.c.tombstone_at.is_(None))
            .where(*unreferenced),
            ("at", "row"),
        ),
        "purge": (
            update(content)
            .values(purged_at=bindparam("at"))
            .where(_is(content.c.id, "row"))
            .where(content.c.purged_at.is_(None))
            .where(content.c.tombstone_at.is_not(None))
            .where(*unreferenced),
            ("at", "row"),
        ),
        "held_content": (
            select(content.c.id).where(_is(content.c.id, "row"), is_held()),
            ("row",),
        ),
        "place_in_pack": (
            select(container.c.name, content.c.member_offset, content.c.member_length)
            .join(container, container.c.id == content.c.container_ref)
            .where(container.c.kind == _PACK, _is(content.c.id, "row")),
            ("row",),
        ),
        "alternates": (
            select(instance_alternate.c.content_ref).where(_is(instance_alternate.c.instance_ref)),
            ("instance_ref",),
        ),
        "alternate_owners": (
            select(instance_alternate.c.instance_ref).where(_is(instance_alternate.c.content_ref)),
            ("content_ref",),
        ),
    }
