"""Changes of what is kept: deleting and restoring, purging, rejecting, holds, damage. Each is one event.

A unit names contents, not rows: it means the same in an index that is made again from the packs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from isocenter.errors import BadRequest, Gone, Held, NotFound
from isocenter.index.patients import ONE_PERSON
from isocenter.index.record import JournalEvent
from isocenter.index.schema import DEFAULT_PARTITION, State
from isocenter.index.write.batch import Batch
from isocenter.index.write.exceptions import open_exception
from isocenter.index.write.instances import (
    InstanceRow,
    change_state,
    contents_of,
    instances_of,
    known_contents,
    live_instance,
)
from isocenter.index.write.known import StudyState
from isocenter.index.write.places import place_of_series
from isocenter.index.write.receive import DAMAGED

__all__ = [
    "ERASE_JOB",
    "AcceptUnit",
    "DamageUnit",
    "DeleteUnit",
    "EventUnit",
    "HoldUnit",
    "PurgeUnit",
    "RejectUnit",
    "ReleaseUnit",
    "RestoreUnit",
    "accept",
    "damage",
    "delete",
    "enter_event",
    "place_hold",
    "purge",
    "reject",
    "release_hold",
    "restore",
]


ERASE_JOB = "erase"
"""Kind of the job that erases purged bytes; its payload is ``{"places": [[content id, pack, offset, length], ...]}``:
where they lay when they were purged. The same object may come again meanwhile, and lies elsewhere then."""


@dataclass(frozen=True, slots=True)
class _ContentsUnit:
    event: JournalEvent
    content_ids: tuple[bytes, ...]
    partition: int = DEFAULT_PARTITION


class DeleteUnit(_ContentsUnit):
    """Take instances out of service; they can be restored until they are purged."""

    __slots__ = ()


class RestoreUnit(_ContentsUnit):
    """Put deleted instances back into the state that they had."""

    __slots__ = ()


class PurgeUnit(_ContentsUnit):
    """Enter that the bytes of deleted contents are to go; nothing brings them back but receiving them again."""

    __slots__ = ()


class RejectUnit(_ContentsUnit):
    """Take instances out of service for a reason that is about them, such as quality; the event's reason is kept."""

    __slots__ = ()


class AcceptUnit(_ContentsUnit):
    """Put quarantined or rejected instances into service; a version in force is superseded."""

    __slots__ = ()


class DamageUnit(_ContentsUnit):
    """Enter that stored bytes are missing or changed."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class EventUnit:
    """Enter an event that changes no state, such as that instances were sent to a peer."""

    event: JournalEvent
    content_ids: tuple[bytes, ...] = ()
    partition: int = DEFAULT_PARTITION


@dataclass(frozen=True, slots=True)
class HoldUnit:
    """Forbid deleting a study, or a patient's studies; of the two UIDs or IDs, one is given.

    ``patient`` is (Patient ID, issuer); all people under it are held.
    """

    event: JournalEvent
    case_id: str
    author: str
    review_date: str = ""
    study_instance_uid: str = ""
    patient: tuple[str, str] | None = None
    partition: int = DEFAULT_PARTITION


@dataclass(frozen=True, slots=True)
class ReleaseUnit:
    """End all holds of a case."""

    event: JournalEvent
    case_id: str
    partition: int = DEFAULT_PARTITION


def delete(batch: Batch, unit: DeleteUnit) -> int:
    """Delete; return how many instances it took out of service. Raises Held."""
    batch.event(unit.event)
    rows = _required(batch, unit, {State.LIVE, State.SUPERSEDED, State.QUARANTINED, State.REJECTED})
    _refuse_held(batch, rows)
    for row in rows:
        change_state(batch, row, State.DELETED, unit.event.reason)
    batch.session.many("bury", [(batch.at, ref) for ref in contents_of(batch, rows)])
    return sum(row.state is State.LIVE for row in rows)


def restore(batch: Batch, unit: RestoreUnit) -> int:
    """Restore; return how many instances are back. Raises Gone after a purge, BadRequest under a newer version."""
    batch.event(unit.event)
    rows = instances_of(batch, unit.partition, unit.content_ids)
    if any(row.state is State.PURGED for row in rows):
        raise Gone("the stored bytes are gone; only receiving the objects again brings them back")
    rows = [row for row in rows if row.state is State.DELETED]
    if not rows:
        raise NotFound("nothing of this is deleted")
    for row in rows:
        if row.former_state is State.LIVE:
            _require_free(batch, unit.partition, row)
            batch.live.add((unit.partition, row.sop_instance_uid))
        change_state(batch, row, row.former_state)
    batch.session.many("set_tombstone", [(None, ref) for ref in contents_of(batch, rows)])
    return len(rows)


def purge(batch: Batch, unit: PurgeUnit) -> tuple[bytes, ...]:
    """Purge; return the contents whose bytes may go now: those that nothing refers to. Raises Held."""
    batch.event(unit.event)
    known = known_contents(batch, unit.content_ids)
    rows = [row for row in instances_of(batch, unit.partition, unit.content_ids) if row.state is State.DELETED]
    gone: dict[int, bytes] = {}
    places: list[tuple[str, str, int, int]] = []
    for content_id, content in known.items():
        if batch.session.first("held_content", (content.id,)) is not None:
            raise Held("a hold forbids removing these bytes")
        if batch.session.run("purge", (batch.at, content.id)):
            gone[content.id] = content_id
            batch.session.run("delete_header", (content.id,))
            places += [(content_id.hex(), *row) for row in batch.session.rows("place_in_pack", (content.id,))]
    if places:
        batch.job(ERASE_JOB, orjson.dumps({"places": places}).decode())
    for row in rows:
        if row.content_ref in gone:
            change_state(batch, row, State.PURGED, unit.event.reason)
    return tuple(gone.values())


def reject(batch: Batch, unit: RejectUnit) -> int:
    """Reject; return how many instances it took out of service."""
    batch.event(unit.event)
    rows = _required(batch, unit, {State.LIVE, State.QUARANTINED})
    for row in rows:
        change_state(batch, row, State.REJECTED, unit.event.reason)
    return sum(row.state is State.LIVE for row in rows)


def accept(batch: Batch, unit: AcceptUnit) -> int:
    """Accept; return how many instances are in service now."""
    batch.event(unit.event)
    rows = _required(batch, unit, {State.QUARANTINED, State.REJECTED})
    for row in rows:
        current = live_instance(batch, unit.partition, row.sop_instance_uid)
        if current is not None:
            change_state(batch, current, State.SUPERSEDED)
        change_state(batch, row, State.LIVE)
        batch.live.add((unit.partition, row.sop_instance_uid))
    return len(rows)


def damage(batch: Batch, unit: DamageUnit) -> int:
    """List damaged contents; return how many are known."""
    batch.event(unit.event)
    rows = instances_of(batch, unit.partition, unit.content_ids)
    known = known_contents(batch, unit.content_ids)
    for content_id, content in known.items():
        batch.session.run("set_damaged", (batch.at, content.id))
        owner = next((row for row in rows if row.content_ref == content.id), None)
        detail = orjson.dumps({"sop_instance_uid": owner.sop_instance_uid if owner else ""}).decode()
        open_exception(
            batch,
            unit.partition,
            DAMAGED,
            content_id.hex(),
            detail,
            instance_ref=owner.id if owner else None,
        )
    _touch(batch, rows)
    return len(known)


def enter_event(batch: Batch, unit: EventUnit) -> None:
    """Enter an event."""
    batch.event(unit.event)
    _touch(batch, instances_of(batch, unit.partition, unit.content_ids))


def place_hold(batch: Batch, unit: HoldUnit) -> int:
    """Place a hold; return how many it is. Raises NotFound for a study that is not here."""
    batch.event(unit.event)
    batch.write_waiting()
    targets: list[tuple[int | None, int | None]] = []
    if unit.patient is not None:
        rows = batch.session.rows("patients_of_id", (unit.partition, *unit.patient))
        refs = [row[0] for row in rows] or [_awaited_patient(batch, unit.partition, *unit.patient)]
        targets = [(refs[0], None)]
    elif study := batch.session.first("study", (unit.partition, unit.study_instance_uid)):
        targets = [(None, study[0])]
    if not targets:
        raise NotFound("nothing here has that ID")
    for patient_ref, study_ref in targets:
        ref = batch.ids.take("hold")
        what = (unit.case_id, unit.author, unit.event.reason, unit.review_date)
        batch.session.run(
            "insert_hold", (ref, unit.partition, *what, patient_ref, study_ref, unit.event.sequence, None)
        )
    return len(targets)


def _awaited_patient(batch: Batch, partition: int, patient_id: str, issuer: str) -> int:
    """Enter a patient of whom nothing is here yet, or any more."""
    made = batch.new_patient(partition, patient_id, issuer, ONE_PERSON, {})
    batch.write_patients()
    return made.id


def release_hold(batch: Batch, unit: ReleaseUnit) -> int:
    """Release the holds of a case; return how many there were."""
    batch.event(unit.event)
    return batch.session.run("release_hold", (unit.event.sequence, unit.partition, unit.case_id))


def _required(batch: Batch, unit: _ContentsUnit, states: set[State]) -> list[InstanceRow]:
    rows = [row for row in instances_of(batch, unit.partition, unit.content_ids) if row.state in states]
    if not rows:
        raise NotFound("nothing of this is here in a state that allows it")
    return rows


def _require_free(batch: Batch, partition: int, row: InstanceRow) -> None:
    if live_instance(batch, partition, row.sop_instance_uid) is not None:
        raise BadRequest("another version of the instance is in force; delete it first")


def _refuse_held(batch: Batch, rows: Sequence[InstanceRow]) -> None:
    studies: dict[StudyState, None] = {}
    for series_ref in dict.fromkeys(row.series_ref for row in rows):
        studies[place_of_series(batch, series_ref)[0]] = None
    for study in studies:
        if batch.session.first("holds", (study.id, study.patient.id)) is not None:
            raise Held("a hold forbids deleting this study")


def _touch(batch: Batch, rows: Sequence[InstanceRow]) -> None:
    for row in rows:
        batch.touched[row.id, batch.sequence] = None
