"""Checks that the index agrees with itself. Only reads; reports what is wrong and repairs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Engine, Select, Table, func, select, text

from isocenter.index.record import ContentLocation
from isocenter.index.schema import (
    container,
    content,
    header,
    instance,
    is_live,
    patient,
    series,
    series_variant,
    study,
    study_modality,
    study_variant,
)

__all__ = ["Finding", "IndexedContent", "check_index", "indexed_contents"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: which rule, and the rows. Names no patient."""

    rule: str
    detail: str


@dataclass(frozen=True, slots=True)
class IndexedContent:
    """A content that must be in the storage, to be compared with it."""

    content_id: bytes
    transfer_syntax_uid: str
    location: ContentLocation
    checks: bytes
    damaged: bool


def check_index(engine: Engine) -> list[Finding]:
    """Check counters, values and references, and let the database check its files."""
    with engine.connect() as connection:
        return [
            *_check_database(connection),
            *_check_counters(connection),
            *_check_modalities(connection),
            *_check_rows(connection),
        ]


def indexed_contents(engine: Engine) -> Iterator[IndexedContent]:
    """Yield every content whose bytes should be there, in the order in which they lie."""
    columns = (
        content.c.content_id,
        content.c.transfer_syntax_uid,
        container.c.kind,
        container.c.name,
        content.c.member_offset,
        content.c.member_length,
        content.c.checks,
        content.c.damaged_at,
    )
    statement = (
        select(*columns)
        .join(container, container.c.id == content.c.container_ref)
        .where(content.c.purged_at.is_(None))
        .order_by(content.c.container_ref, content.c.member_offset)
    )
    with engine.connect().execution_options(yield_per=1000) as connection:
        for row in connection.execute(statement):
            location = ContentLocation(row[2], row[3], row[4], row[5])
            yield IndexedContent(bytes(row[0]), row[1], location, bytes(row[6]), row[7] is not None)


def _check_database(connection: Connection) -> Iterator[Finding]:
    if connection.dialect.name != "sqlite":
        return
    for (line,) in connection.execute(text("PRAGMA integrity_check")):
        if line != "ok":
            yield Finding("database", str(line))
    for row in connection.execute(text("PRAGMA foreign_key_check")):
        yield Finding("reference", f"{row[0]} row {row[1]} refers to a missing {row[2]}")


def _check_counters(connection: Connection) -> Iterator[Finding]:
    """Compare each counter with a count (I5)."""
    live_series = select(series.c.study_ref, func.count().label("n")).where(series.c.instance_count > 0)
    of_study = select(series.c.study_ref, func.sum(series.c.instance_count).label("n"))
    live_studies = select(study.c.patient_ref, func.count().label("n")).where(study.c.instance_count > 0)
    of_patient = study.c.patient_ref
    counted: tuple[tuple[Table, str, Select[int, int]], ...] = (
        (series, "instance_count", _live_by(instance.c.series_ref)),
        (study_variant, "instance_count", _live_by(instance.c.study_variant_ref)),
        (series_variant, "instance_count", _live_by(instance.c.series_variant_ref)),
        (study, "instance_count", of_study.group_by(series.c.study_ref)),
        (study, "series_count", live_series.group_by(series.c.study_ref)),
        (patient, "instance_count", select(of_patient, func.sum(study.c.instance_count)).group_by(of_patient)),
        (patient, "series_count", select(of_patient, func.sum(study.c.series_count)).group_by(of_patient)),
        (patient, "study_count", live_studies.group_by(of_patient)),
    )
    for table, column, count in counted:
        true = {row[0]: int(row[1]) for row in connection.execute(count)}
        for ref, shown in connection.execute(select(table.c.id, table.c[column])):
            if shown != true.get(ref, 0):
                yield Finding("counter", f"{table.name} row {ref}: {column} is {shown}, counted {true.get(ref, 0)}")


def _live_by(column: ColumnElement[int]) -> Select[int, int]:
    return select(column, func.count()).where(is_live()).group_by(column)


def _check_modalities(connection: Connection) -> Iterator[Finding]:
    now = (
        select(series.c.study_ref, series.c.modality, func.count())
        .where(series.c.instance_count > 0, series.c.modality != "")
        .group_by(series.c.study_ref, series.c.modality)
    )
    kept = select(study_modality.c.study_ref, study_modality.c.modality, study_modality.c.series_count)
    differing = {tuple(row) for row in connection.execute(now)} ^ {tuple(row) for row in connection.execute(kept)}
    for ref in sorted({row[0] for row in differing}):
        yield Finding("modalities", f"study row {ref}: modalities differ from those of its series")


def _check_rows(connection: Connection) -> Iterator[Finding]:
    """Find rows that break the record's rules (I3)."""
    live_without_bytes = (
        select(instance.c.id).join(content, content.c.id == instance.c.content_ref).where(is_live())
    ).where(content.c.purged_at.is_not(None))
    for (ref,) in connection.execute(live_without_bytes):
        yield Finding("content", f"instance row {ref} is in force and its content is purged")
    live_and_buried = (
        select(instance.c.id).join(content, content.c.id == instance.c.content_ref).where(is_live())
    ).where(content.c.tombstone_at.is_not(None))
    for (ref,) in connection.execute(live_and_buried):
        yield Finding("content", f"instance row {ref} is in force and its content is named for deletion")
    beyond = (
        select(content.c.id)
        .join(container, container.c.id == content.c.container_ref)
        .where(content.c.member_offset + content.c.member_length > container.c.indexed_end)
    )
    for (ref,) in connection.execute(beyond):
        yield Finding("container", f"content row {ref} lies beyond what its container is indexed to")
    misplaced = (
        select(instance.c.id)
        .join(series, series.c.id == instance.c.series_ref)
        .join(study_variant, study_variant.c.id == instance.c.study_variant_ref)
        .where(study_variant.c.study_ref != series.c.study_ref)
    )
    for (ref,) in connection.execute(misplaced):
        yield Finding("variant", f"instance row {ref} holds values of another study")
    orphans = select(header.c.content_ref).join(content, content.c.id == header.c.content_ref, isouter=True)
    for (ref,) in connection.execute(orphans.where(content.c.id.is_(None))):
        yield Finding("header", f"header of content row {ref} has no content")
