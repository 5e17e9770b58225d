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

from isocenter.errors import CallerError, DamagedContent, IsocenterError, ObjectError, StaleDecision
from isocenter.index.extract import Extractor
from isocenter.index.record import JournalEvent, ReceiptUnit
from isocenter.index.write import Unit
from isocenter.services.record.arrivals import make_arrival
from isocenter.services.record.entries import Arrived, Happening
from isocenter.services.record.journal import VOIDED, read_event, received_objects, voided_body, voided_sequences
from isocenter.services.record.replay import unit_of
from isocenter.services.record.source import Source
from isocenter.services.record.stored import content_id_of, examine
from isocenter.services.record.whole_object import WholeObject
from isocenter.storage import MemberKind, PackStore, Placement, RecoveredMember

__all__ = ["Recovered", "receive_orphans", "recover", "settled_ends", "void_refused"]

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
    refused: list[int] = field(default_factory=list)
    """Events that the index refuses, to be voided: nobody was told that they happened."""


def recover(storage: PackStore, submit: Submit, extractor: Extractor, known_ends: Mapping[str, int]) -> Recovered:
    """Enter what open packs hold beyond the index, seal them, and give the objects that have no event."""
    found = Recovered()
    objects: dict[bytes, Placement] = {}
    events: list[JournalEvent] = []
    for member in storage.recover(known_ends, content_id_of):
        if member.member.kind is MemberKind.OBJECT:
            objects[member.member.content_id] = member.placement  # of several copies any is as good
        elif member.member.kind is MemberKind.EVENT:
            events.append(_event(storage, member))
    voided = voided_sequences(events)
    for event in sorted(events, key=lambda each: each.sequence):
        found.last_sequence = event.sequence
        if event.sequence not in voided:
            _enter(storage, submit, extractor, event, objects, found)
    named = {
        received.content_id for event in events if event.kind == "received" for received in received_objects(event)
    }
    for content_id, placement in objects.items():
        if content_id in named:
            continue  # entered, or not to be: the sender of what a voided event names was told so
        try:
            found.orphans.append((examine(storage, placement, content_id, ORPHANS), placement))
        except (DamagedContent, ObjectError) as error:
            log.warning("An object found after a restart cannot be read: %s", error)
    return found


def settled_ends(storage: PackStore) -> dict[str, int]:
    """Return for each open pack up to where it was durable for certain, when no index says what it knows.

    A commit group ends with its event, and is appended once the group before it is durable. So what lies before the
    last group was acknowledged, and is not to be cut off if it is damaged today.
    """
    ends: dict[str, int] = {}
    for pack in storage.packs():
        if not pack.sealed:
            events = [member for member in storage.scan(pack.name) if member.kind is MemberKind.EVENT]
            ends[pack.name] = events[-2].offset + events[-2].size if len(events) > 1 else 0
    return ends


def void_refused(found: Recovered, record: Callable[[Happening], None]) -> None:
    """Have the journal say which events did not happen, so that a rebuild agrees; waits for it."""
    for sequence in found.refused:
        answer: Future[Any] = Future()
        record(Happening(VOIDED, ORPHANS, "refused after a restart", voided_body(sequence), unit_of, answer.set_result))
        answer.result()


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
    storage: PackStore,
    submit: Submit,
    extractor: Extractor,
    event: JournalEvent,
    objects: dict[bytes, Placement],
    found: Recovered,
) -> None:
    """Enter one event. Raises IndexFailure."""
    unit = unit_of(event) if event.kind != "received" else _receipt(storage, extractor, event, objects)
    error = submit(unit).exception()
    if isinstance(error, CallerError | StaleDecision):
        log.warning("Event %d was not entered: %s", event.sequence, error)
        found.refused.append(event.sequence)
    elif error is not None:
        raise error
    else:
        found.events += 1


def _receipt(
    storage: PackStore, extractor: Extractor, event: JournalEvent, objects: dict[bytes, Placement]
) -> ReceiptUnit:
    arrivals = []
    for received in received_objects(event):
        placement = received.adopted or objects.get(received.content_id)
        if placement is None:
            log.warning("Event %d names an object that is not in an open pack.", event.sequence)
            continue
        try:
            whole = examine(storage, placement, received.content_id, received.source)
        except (DamagedContent, ObjectError) as error:
            log.warning("An object of event %d cannot be read: %s", event.sequence, error)
            continue
        arrivals.append((make_arrival(extractor, whole, placement), received.decision, received.detail))
    return ReceiptUnit(event, tuple(arrivals))
