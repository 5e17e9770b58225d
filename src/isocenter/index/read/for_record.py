"""What the record tells about itself: histories, exceptions, counters, what may be purged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Engine, Select, func, select, union
from sqlalchemy.exc import SQLAlchemyError

from isocenter.errors import IndexFailure
from isocenter.index.holds import is_held
from isocenter.index.schema import (
    DEFAULT_PARTITION,
    JobState,
    State,
    content,
    exception,
    instance,
    instance_alternate,
    is_live,
    is_not_live,
    job,
    journal,
    journal_instance,
    patient,
    series,
    study,
)

__all__ = ["ContentIdentity", "Counters", "ExceptionEntry", "HistoryEntry", "RecordLookups"]


_Rows = list[Any]  # rows of any selection


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One event in the life of an instance. ``at`` is microseconds since 1970-01-01 UTC; ``body`` is JSON."""

    sequence: int
    kind: str
    at: int
    actor: str
    source: str
    reason: str
    body: str
    content_id: bytes
    """The version that it touched."""


@dataclass(frozen=True, slots=True)
class ContentIdentity:
    """Which object a content is: what remains known of it when its bytes are gone."""

    content_id: bytes
    sop_instance_uid: str
    sop_class_uid: str
    series_instance_uid: str
    study_instance_uid: str
    transfer_syntax_uid: str


@dataclass(frozen=True, slots=True)
class ExceptionEntry:
    """One thing that a person should look at."""

    id: int
    kind: str
    subject: str
    sequence: int
    at: int
    detail: dict[str, Any]
    study_instance_uid: str
    sop_instance_uid: str


@dataclass(frozen=True, slots=True)
class Counters:
    """How much is in force, and what waits for someone."""

    patients: int
    studies: int
    series: int
    instances: int
    quarantined: int
    damaged: int
    exceptions: int
    jobs_waiting: int
    jobs_failed: int
    last_sequence: int


class RecordLookups:
    """Reads for the command line and status pages. Safe to use from many threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def history(self, sop_instance_uid: str, partition: int = DEFAULT_PARTITION) -> list[HistoryEntry]:
        """Return all events that touched any version of an instance, in order."""
        versions = [
            select(instance.c.id, instance.c.sequence, instance.c.content_ref).where(
                instance.c.partition_ref == partition, instance.c.sop_instance_uid == sop_instance_uid, condition
            )
            for condition in (is_live(), is_not_live())
        ]
        version = union(*versions).cte("version")
        touched = union(
            select(version.c.sequence, version.c.content_ref),
            select(journal_instance.c.sequence, version.c.content_ref).join(
                version, version.c.id == journal_instance.c.instance_ref
            ),
        ).subquery("touched")
        statement = (
            select(
                journal.c.sequence,
                journal.c.kind,
                journal.c.at,
                journal.c.actor,
                journal.c.source,
                journal.c.reason,
                journal.c.body,
                content.c.content_id,
            )
            .join(touched, touched.c.sequence == journal.c.sequence)
            .join(content, content.c.id == touched.c.content_ref)
            .order_by(journal.c.sequence, content.c.id)
        )
        return [
            HistoryEntry(row[0], row[1], row[2], row[3], row[4], row[5], row[6], bytes(row[7]))
            for row in self._rows(statement)
        ]

    def exceptions(
        self, partition: int = DEFAULT_PARTITION, *, limit: int = 1000, before: int | None = None
    ) -> list[ExceptionEntry]:
        """Return open exceptions, the newest first; ``before`` is the id of the last one of the page before."""
        statement = (
            select(exception, study.c.study_instance_uid, instance.c.sop_instance_uid)
            .outerjoin(study, study.c.id == exception.c.study_ref)
            .outerjoin(instance, instance.c.id == exception.c.instance_ref)
            .where(exception.c.resolved_sequence.is_(None), exception.c.partition_ref == partition)
            .order_by(exception.c.id.desc())
            .limit(limit)
        )
        if before is not None:
            statement = statement.where(exception.c.id < before)
        return [
            ExceptionEntry(
                row.id,
                row.kind,
                row.subject,
                row.sequence,
                row.at,
                orjson.loads(row.detail),
                row.study_instance_uid or "",
                row.sop_instance_uid or "",
            )
            for row in self._rows(statement)
        ]

    def counters(self) -> Counters:
        """Return the counters of all partitions together."""
        return Counters(
            patients=self._number(select(func.count()).where(patient.c.instance_count > 0)),
            studies=self._number(select(func.count()).where(study.c.instance_count > 0)),
            series=self._number(select(func.sum(study.c.series_count))),
            instances=self._number(select(func.sum(study.c.instance_count))),
            quarantined=self._number(
                select(func.count()).where(is_not_live(), instance.c.state == int(State.QUARANTINED))
            ),
            damaged=self._number(select(func.count()).where(content.c.damaged_at.is_not(None))),
            exceptions=self._number(select(func.count()).where(exception.c.resolved_sequence.is_(None))),
            jobs_waiting=self._number(
                select(func.count()).where(job.c.state.in_([int(JobState.PENDING), int(JobState.LEASED)]))
            ),
            jobs_failed=self._number(select(func.count()).where(job.c.state == int(JobState.POISON))),
            last_sequence=self._number(select(func.max(journal.c.sequence))),
        )

    def purgeable(self, buried_before: int, limit: int = 1000) -> list[bytes]:
        """Return contents whose grace is over: named for deletion before that moment, not held, and not purged yet."""
        statement = (
            select(content.c.content_id)
            .where(content.c.tombstone_at < buried_before, content.c.purged_at.is_(None), ~is_held())
            .order_by(content.c.tombstone_at)
            .limit(limit)
        )
        return [bytes(row[0]) for row in self._rows(statement)]

    def contents_of(
        self,
        study_instance_uid: str,
        series_instance_uid: str | None = None,
        sop_instance_uid: str | None = None,
        *,
        states: frozenset[State] = frozenset({State.LIVE}),
        partition: int = DEFAULT_PARTITION,
    ) -> list[bytes]:
        """Return the content ids of a study's, series' or instance's versions in these states: what units name."""
        statement = (
            select(content.c.content_id)
            .select_from(study)
            .join(series, series.c.study_ref == study.c.id)
            .join(instance, instance.c.series_ref == series.c.id)
            .join(content, content.c.id == instance.c.content_ref)
            .where(study.c.partition_ref == partition, study.c.study_instance_uid == study_instance_uid)
            .where(instance.c.state.in_(sorted(map(int, states))))
            .order_by(instance.c.id)
        )
        if series_instance_uid is not None:
            statement = statement.where(series.c.series_instance_uid == series_instance_uid)
        if sop_instance_uid is not None:
            statement = statement.where(instance.c.partition_ref == partition)
            statement = statement.where(instance.c.sop_instance_uid == sop_instance_uid)
        live, other = statement.where(is_live()), statement.where(is_not_live())
        return [bytes(row[0]) for part in (live, other) for row in self._rows(part)]

    def identities(self, content_ids: Sequence[bytes]) -> list[ContentIdentity]:
        """Return which objects these contents are, in order; unknown ones are left out."""
        held = content.join(instance, instance.c.content_ref == content.c.id)
        beside = content.join(instance_alternate, instance_alternate.c.content_ref == content.c.id)
        beside = beside.join(instance, instance.c.id == instance_alternate.c.instance_ref)
        found: dict[bytes, ContentIdentity] = {}
        for start in range(0, len(content_ids), 500):
            some = content.c.content_id.in_(content_ids[start : start + 500])
            for source in (beside, held):
                statement = (
                    select(
                        content.c.content_id,
                        instance.c.sop_instance_uid,
                        instance.c.sop_class_uid,
                        series.c.series_instance_uid,
                        study.c.study_instance_uid,
                        content.c.transfer_syntax_uid,
                    )
                    .select_from(source)
                    .join(series, series.c.id == instance.c.series_ref)
                    .join(study, study.c.id == series.c.study_ref)
                    .where(some)
                )
                found |= {bytes(row[0]): ContentIdentity(bytes(row[0]), *row[1:]) for row in self._rows(statement)}
        return [found[content_id] for content_id in content_ids if content_id in found]

    def _number(self, statement: Select[Any]) -> int:
        return int(self._rows(statement)[0][0] or 0)

    def _rows(self, statement: Select[Any]) -> _Rows:
        try:
            with self._engine.connect() as connection:
                return list(connection.execute(statement))
        except SQLAlchemyError as error:
            raise IndexFailure("the index does not answer") from error
