"""What retrieve asks of the index: where the bytes of the instances in force lie."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, Select, exists, select
from sqlalchemy.exc import SQLAlchemyError

from isocenter.errors import IndexFailure
from isocenter.index.record import ContentLocation
from isocenter.index.schema import (
    DEFAULT_PARTITION,
    State,
    container,
    content,
    instance,
    instance_alternate,
    is_live,
    is_not_live,
    series,
    study,
)

__all__ = ["RetrieveLookups", "StoredContent", "StoredInstance"]


@dataclass(frozen=True, slots=True)
class StoredContent:
    """One stored object: where it lies, and how it is laid out. Offsets and lengths are bytes."""

    content_ref: int
    content_id: bytes
    transfer_syntax_uid: str
    location: ContentLocation
    checks: bytes = field(repr=False)
    data_set_offset: int
    data_set_length: int
    header_length: int
    damaged: bool
    purged: bool


@dataclass(frozen=True, slots=True)
class StoredInstance:
    """An instance in force, and the content that is served for it first."""

    instance_ref: int
    sop_instance_uid: str
    sop_class_uid: str
    series_instance_uid: str
    study_instance_uid: str
    number_of_frames: int | None
    content: StoredContent


_Rows = list[Any]  # rows of any selection

_CONTENT = (
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
)


_LIVE_INSTANCES: Select[Any] = (
    select(
        instance.c.id,
        instance.c.sop_instance_uid,
        instance.c.sop_class_uid,
        series.c.series_instance_uid,
        study.c.study_instance_uid,
        instance.c.number_of_frames,
        *_CONTENT,
    )
    .select_from(study)
    .join(series, series.c.study_ref == study.c.id)
    .join(instance, instance.c.series_ref == series.c.id)
    .join(content, content.c.id == instance.c.content_ref)
    .join(container, container.c.id == content.c.container_ref)
    .where(is_live())
    .order_by(
        series.c.series_order.nulls_last(),
        series.c.series_instance_uid,
        instance.c.instance_order.nulls_last(),
        instance.c.sop_instance_uid,
    )
)

_CONTENTS: Select[Any] = select(*_CONTENT).join(container, container.c.id == content.c.container_ref)


class RetrieveLookups:
    """Reads for retrieve. Safe to use from many threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def instances(
        self,
        study_instance_uid: str,
        series_instance_uid: str | None = None,
        sop_instance_uid: str | None = None,
        partition: int = DEFAULT_PARTITION,
    ) -> list[StoredInstance]:
        """Return the instances in force of a study, a series or one instance.

        Ordered by series number, series UID, instance number and SOP Instance UID: the same request gives
        the same order.
        """
        statement = _LIVE_INSTANCES.where(study.c.partition_ref == partition)
        statement = statement.where(study.c.study_instance_uid == study_instance_uid)
        if series_instance_uid is not None:
            statement = statement.where(series.c.series_instance_uid == series_instance_uid)
        if sop_instance_uid is not None:
            # With the partition the key of live instances applies: one look instead of a walk through the series.
            statement = statement.where(instance.c.partition_ref == partition)
            statement = statement.where(instance.c.sop_instance_uid == sop_instance_uid)
        return [_instance(row) for row in self._rows(statement)]

    def by_uid(self, sop_instance_uid: str, partition: int = DEFAULT_PARTITION) -> StoredInstance | None:
        """Return the instance in force under a SOP Instance UID, wherever it is."""
        statement = _LIVE_INSTANCES.where(instance.c.partition_ref == partition)
        rows = self._rows(statement.where(instance.c.sop_instance_uid == sop_instance_uid))
        return next((_instance(row) for row in rows), None)

    def alternates(self, instance_ref: int) -> list[StoredContent]:
        """Return the other renditions of an instance, in the order in which they came."""
        statement = (
            select(*_CONTENT)
            .select_from(instance_alternate)
            .join(content, content.c.id == instance_alternate.c.content_ref)
            .join(container, container.c.id == content.c.container_ref)
            .where(instance_alternate.c.instance_ref == instance_ref)
            .order_by(instance_alternate.c.sequence, content.c.id)
        )
        return [_content(row) for row in self._rows(statement)]

    def content(self, content_id: bytes) -> StoredContent | None:
        """Return a content by its id, whatever refers to it."""
        rows = self._rows(_CONTENTS.where(content.c.content_id == content_id))
        return next((_content(row) for row in rows), None)

    def contents(self, content_refs: list[int]) -> list[StoredContent]:
        """Return contents by row id, in that order; unknown ones are left out."""
        found: dict[int, StoredContent] = {}
        for start in range(0, len(content_refs), 500):
            for row in self._rows(_CONTENTS.where(content.c.id.in_(content_refs[start : start + 500]))):
                found[row[0]] = _content(row)
        return [found[ref] for ref in content_refs if ref in found]

    def frames(self, content_ref: int) -> bytes:
        """Return the packed frame table of a content; empty when it has none."""
        return next(
            (bytes(row[0]) for row in self._rows(select(content.c.frames).where(content.c.id == content_ref))), b""
        )

    def was_deleted(
        self,
        study_instance_uid: str,
        series_instance_uid: str | None = None,
        sop_instance_uid: str | None = None,
        partition: int = DEFAULT_PARTITION,
    ) -> bool:
        """Say whether something under these UIDs was here and has been deleted, so that the answer is "gone"."""
        deleted = instance.c.state.in_([int(State.DELETED), int(State.PURGED)])
        statement = (
            select(study.c.id)
            .join(series, series.c.study_ref == study.c.id)
            .where(study.c.partition_ref == partition, study.c.study_instance_uid == study_instance_uid)
        )
        inner = exists().where(instance.c.series_ref == series.c.id, is_not_live(), deleted)
        if series_instance_uid is not None:
            statement = statement.where(series.c.series_instance_uid == series_instance_uid)
        if sop_instance_uid is not None:
            inner = inner.where(instance.c.partition_ref == partition)
            inner = inner.where(instance.c.sop_instance_uid == sop_instance_uid)
        return bool(self._rows(statement.where(inner).limit(1)))

    def _rows(self, statement: Select[Any]) -> _Rows:
        try:
            with self._engine.connect() as connection:
                return list(connection.execute(statement))
        except SQLAlchemyError as error:
            raise IndexFailure("the index does not answer") from error


def _instance(row: Any) -> StoredInstance:
    return StoredInstance(row[0], row[1], row[2], row[3], row[4], row[5], _content(row[6:]))


def _content(row: Any) -> StoredContent:
    return StoredContent(
        row[0],
        bytes(row[1]),
        row[2],
        ContentLocation(row[3], row[4], row[5], row[6]),
        bytes(row[7]),
        row[8],
        row[9],
        row[10],
        row[11] is not None,
        row[12] is not None,
    )
