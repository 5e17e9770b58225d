"""After a crash: what is durable and not yet in the index is entered by the same rules as on arrival.

Only open packs are looked at, from the last offset that the index knows. Events are entered in the journal's order,
whichever packs they lie in; objects that one names are entered with the decision it holds; objects that none names were
never acknowledged, and are received now.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from isocenter.errors import IsocenterError
from isocenter.index.extract import Extractor
from isocenter.index.record import JournalEvent, ReceiptUnit
from isocenter.index.write import Unit
from isocenter.services.record.arrivals import make_arrival
from isocenter.services.record.entries import Arrived
from isocenter.services.record.journal import read_event, received_objects, voided_sequences
from isocenter.services.record.replay import unit_of
from isocenter.services.record.source import Source
from isocenter.services.record.stored import content_id_of, examine
from isocenter.services.record.whole_object import WholeObject
from isocenter.storage import MemberKind, PackStore, Placement, RecoveredMember

__all__ = ["Recovered", "receive_orphans", "recover"]

log = logging.getLogger(__name__)

Submit = Callable[[Unit], "Future[Any]"]
ORPHANS = Source(door="recovery", name="recovery", detail="found whole after a restart, not acknowledged before")


@dataclass(slots=True)
class Recovered:
    """What was found beyond the index."""

    events: int = 0
    last_sequence: int = 0
    orphans: list[tuple[WholeObject, Placement]] = field(default_factory=list)
    """Objects without an event, to be received."""


def recover(storage: PackStore, submit: Submit, extractor: Extractor, known_ends: Mapping[str, int]) -> Recovered:
    """Enter what open packs hold beyond the index, seal them, and give the objects that have no event."""
    found = Recovered()
    objects: dict[bytes, Placement] = {}
    events: list[JournalEvent] = []
    for member in storage.recover(known_ends, content_id_of):
        if member.member.kind is MemberKind.OBJECT:
            objects[member.member.content_id] = member.placement
        elif member.member.kind is MemberKind.EVENT:
            events.append(_event(storage, member))
    voided = voided_sequences(events)
    for event in sorted(events, key=lambda each: each.sequence):
        found.last_sequence = event.sequence
        if event.sequence not in voided:
            _enter(storage, submit, extractor, event, objects)
            found.events += 1
    for event in events:
        if event.sequence in voided:
            _drop(event, objects)
    for content_id, placement in objects.items():
        try:
            found.orphans.append((examine(storage, placement, content_id, ORPHANS), placement))
        except IsocenterError as error:
            log.warning("An object found after a restart cannot be read: %s", error)
    return found


def receive_orphans(found: Recovered, receive: Callable[[Arrived], None]) -> None:
    """Receive the objects that have no event, and wait for them."""
    answers: list[Future[Any]] = []
    for whole, placement in found.orphans:
        answer: Future[Any] = Future()
        answers.append(answer)
        receive(Arrived(whole, answer.set_result, placement))
    for answer in answers:
        outcome = answer.result()
        if isinstance(outcome, IsocenterError):
            log.warning("An object found after a restart was not taken: %s", outcome)


def _event(storage: PackStore, member: RecoveredMember) -> JournalEvent:
    location = member.placement.location
    return read_event(storage.read(location, 0, location.length, member.placement.checks), location)


def _enter(
    storage: PackStore, submit: Submit, extractor: Extractor, event: JournalEvent, objects: dict[bytes, Placement]
) -> None:
    """Enter one event; the objects that it names are no orphans any more."""
    unit = unit_of(event) if event.kind != "received" else _receipt(storage, extractor, event, objects)
    error = submit(unit).exception()
    if error is not None:
        log.warning("Event %d was not entered: %s", event.sequence, error)


def _drop(event: JournalEvent, objects: dict[bytes, Placement]) -> None:
    """Pass over what the sender was told is not kept."""
    if event.kind == "received":
        for received in received_objects(event):
            objects.pop(received.content_id, None)


def _receipt(
    storage: PackStore, extractor: Extractor, event: JournalEvent, objects: dict[bytes, Placement]
) -> ReceiptUnit:
    arrivals = []
    for received in received_objects(event):
        placement = received.adopted or objects.pop(received.content_id, None)
        if placement is None:
            log.warning("Event %d names an object that is not in an open pack.", event.sequence)
            continue
        whole = examine(storage, placement, received.content_id, received.source)
        arrivals.append((make_arrival(extractor, whole, placement), received.decision, received.detail))
    return ReceiptUnit(event, tuple(arrivals))
