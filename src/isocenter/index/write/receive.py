"""Enters what was received, as the rules of ingest decided about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import orjson

from isocenter.errors import StaleDecision
from isocenter.index.record import Arrival, Decision, ReceiptUnit, Received
from isocenter.index.schema import State
from isocenter.index.write.batch import Batch
from isocenter.index.write.exceptions import open_exception, resolve_exception
from isocenter.index.write.instances import (
    KnownContent,
    change_state,
    content_columns,
    contents_of,
    instances_of,
    known_contents,
    live_instance,
    owner_of,
)
from isocenter.index.write.places import series_in, study_in, variant_in

__all__ = ["DAMAGED", "HEADER_JOB", "receive"]

HEADER_JOB = "header_json"
"""Kind of the job that makes the DICOM JSON of new headers; its payload is ``{"contents": [row ids]}``."""
DAMAGED = "damaged-content"
"""Kind of the exception for stored bytes that are missing or changed."""


@dataclass(slots=True)
class _Receipt:
    """One unit under way."""

    batch: Batch
    partition: int
    known: Mapping[bytes, KnownContent]
    headers: list[int] = field(default_factory=list)
    """Contents whose header is to be made."""

    def content(self, arrival: Arrival) -> int:
        """Return the content's row, which is made or made whole when needed."""
        batch = self.batch
        waiting = batch.content_ids.get(arrival.content_id)
        if waiting is not None:
            return waiting
        found = self.known.get(arrival.content_id)
        if found is None:
            ref = batch.ids.take("content")
            batch.contents.append((ref, arrival.content_id, *content_columns(batch, arrival)))
            batch.content_ids[arrival.content_id] = ref
            self.headers.append(ref)
            return ref
        if not found.whole:
            self.replace(arrival, found)
        return found.id

    def replace(self, arrival: Arrival, found: KnownContent) -> None:
        """Let the arrival's bytes take the place of those that the row names."""
        self.batch.session.run("set_content", (*content_columns(self.batch, arrival), found.id))
        if found.damaged:
            resolve_exception(self.batch, self.partition, DAMAGED, arrival.content_id.hex())
        if found.purged:
            self.headers.append(found.id)

    def required(self, arrival: Arrival) -> KnownContent:
        """Return the content that the decision took for known."""
        found = self.known.get(arrival.content_id)
        if found is None:
            raise StaleDecision("the content is no longer known")
        return found

    def enter(self, arrival: Arrival, state: State, reason: str) -> Received:
        """Add a version of an instance."""
        batch, values = self.batch, arrival.attributes
        content_ref = self.content(arrival)
        study = study_in(batch, self.partition, arrival.study_instance_uid, values.study)
        series = series_in(batch, study, arrival.series_instance_uid, values.series)
        study_variant = variant_in(batch, study, values.study)
        series_variant = variant_in(batch, series, values.series)
        ref = batch.ids.take("instance")
        batch.instances.append(
            (
                ref,
                self.partition,
                series.id,
                study_variant.id,
                series_variant.id,
                content_ref,
                arrival.sop_instance_uid,
                arrival.sop_class_uid,
                int(state),
                reason,
                None,
                *values.instance,
                arrival.source,
                batch.sequence,
                batch.sequence,
            )
        )
        if state is State.LIVE:
            batch.live.add((self.partition, arrival.sop_instance_uid))
            batch.count(study, series, study_variant, series_variant, 1)
        else:
            batch.touch(study, series)
        return Received(ref, content_ref)


def receive(batch: Batch, unit: ReceiptUnit) -> tuple[Received, ...]:
    """Enter a unit; return the rows of its arrivals, in order. Raises StaleDecision when the index has moved on."""
    batch.event(unit.event)
    known = known_contents(batch, [arrival.content_id for arrival, _, _ in unit.arrivals])
    receipt = _Receipt(batch, unit.partition, known)
    received = tuple(_RULES[decision](receipt, arrival, detail) for arrival, decision, detail in unit.arrivals)
    if receipt.headers:
        batch.job(HEADER_JOB, orjson.dumps({"contents": receipt.headers}).decode())
    return received


def _new(receipt: _Receipt, arrival: Arrival, _detail: str) -> Received:
    if (receipt.partition, arrival.sop_instance_uid) in receipt.batch.live:
        raise StaleDecision("another object under the SOP Instance UID was stored at the same time")
    return receipt.enter(arrival, State.LIVE, "")


def _version(receipt: _Receipt, arrival: Arrival, _detail: str) -> Received:
    current = live_instance(receipt.batch, receipt.partition, arrival.sop_instance_uid)
    if current is None:
        raise StaleDecision("the version that was in force is no longer")
    change_state(receipt.batch, current, State.SUPERSEDED)
    return receipt.enter(arrival, State.LIVE, "")


def _quarantine(receipt: _Receipt, arrival: Arrival, detail: str) -> Received:
    kind = detail or Decision.SECOND_SOURCE.value
    entered = receipt.enter(arrival, State.QUARANTINED, kind)
    batch = receipt.batch
    batch.flush()
    about = orjson.dumps({"sop_instance_uid": arrival.sop_instance_uid, "source": arrival.source}).decode()
    subject = arrival.content_id.hex()
    open_exception(batch, receipt.partition, kind, subject, about, instance_ref=entered.instance_ref)
    return entered


def _alternate(receipt: _Receipt, arrival: Arrival, _detail: str) -> Received:
    current = live_instance(receipt.batch, receipt.partition, arrival.sop_instance_uid)
    if current is None:
        raise StaleDecision("the instance that this is a rendition of is no longer in force")
    content_ref = receipt.content(arrival)
    receipt.batch.alternates.append((current.id, content_ref, receipt.batch.sequence))
    receipt.batch.touched[current.id, receipt.batch.sequence] = None
    return Received(current.id, content_ref)


def _heal(receipt: _Receipt, arrival: Arrival, detail: str) -> Received:
    receipt.replace(arrival, receipt.required(arrival))
    return _again(receipt, arrival, detail)


def _again(receipt: _Receipt, arrival: Arrival, _detail: str) -> Received:
    batch = receipt.batch
    rows = instances_of(batch, receipt.partition, [arrival.content_id])
    found = receipt.known.get(arrival.content_id) or known_contents(batch, [arrival.content_id]).get(arrival.content_id)
    if found is None:
        raise StaleDecision("the content is no longer known")
    owner = rows[-1].id if rows else owner_of(batch, found.id)
    if owner is None:
        raise StaleDecision("the instance is no longer known")
    batch.session.run("set_seen", (batch.at, found.id))
    batch.touched[owner, batch.sequence] = None
    return Received(owner, found.id)


def _revive(receipt: _Receipt, arrival: Arrival, _detail: str) -> Received:
    batch = receipt.batch
    found = receipt.required(arrival)
    rows = [
        row
        for row in instances_of(batch, receipt.partition, [arrival.content_id])
        if row.state is State.DELETED and row.content_ref == found.id
    ]
    if not rows:
        raise StaleDecision("what was deleted cannot be revived any more")
    state = rows[-1].former_state
    if state is State.LIVE and live_instance(batch, receipt.partition, arrival.sop_instance_uid) is not None:
        raise StaleDecision("another version is in force meanwhile")
    receipt.replace(arrival, found)
    for content_ref in contents_of(batch, rows[-1:]):
        batch.session.run("set_tombstone", (None, content_ref))
    change_state(batch, rows[-1], state)
    if state is State.LIVE:
        batch.live.add((receipt.partition, arrival.sop_instance_uid))
    return Received(rows[-1].id, found.id)


_RULES: Mapping[Decision, Callable[[_Receipt, Arrival, str], Received]] = {
    Decision.NEW: _new,
    Decision.VERSION: _version,
    Decision.SECOND_SOURCE: _quarantine,
    Decision.CONFLICT: _quarantine,
    Decision.ALTERNATE: _alternate,
    Decision.HEAL: _heal,
    Decision.REVIVE: _revive,
    Decision.DUPLICATE: _again,
}
