"""Makes the index again from the packs alone: every event of the journal, in its order, with the objects it names."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from isocenter.errors import CallerError, IsocenterError
from isocenter.index.extract import Extractor
from isocenter.index.record import JournalEvent, ReceiptUnit
from isocenter.index.write import Unit
from isocenter.services.record.arrivals import make_arrival
from isocenter.services.record.journal import read_event, received_objects
from isocenter.services.record.replay import unit_of
from isocenter.services.record.stored import content_id_of, examine
from isocenter.storage import MemberKind, PackStore, Placement, ScannedMember

__all__ = ["Rebuilt", "rebuild"]

log = logging.getLogger(__name__)

UNITS_UNDER_WAY = 256
"""Events given to the index ahead."""


@dataclass(slots=True)
class Rebuilt:
    """What a rebuild did."""

    events: int = 0
    objects: int = 0
    damaged: int = 0
    """Objects whose bytes are no longer what was acknowledged: they are missing from the new index."""
    without_event: int = 0
    """Objects that no event names: never acknowledged."""
    refused: list[str] = field(default_factory=list)
    """Events that had no effect then and have none now, such as a deletion that a hold forbade."""


def rebuild(
    storage: PackStore, submit: Callable[[Unit], Future[Any]], progress: Callable[[int, int], None] | None = None
) -> Rebuilt:
    """Enter the whole journal. ``progress`` hears (events done, events in all)."""
    objects, events = _members(storage)
    result = Rebuilt()
    extractor = Extractor()
    waiting: list[tuple[int, Future[Any]]] = []
    named: set[bytes] = set()
    for number, member in enumerate(events, 1):
        event = _read(storage, member)
        if event is None:
            result.damaged += 1
            continue
        unit = unit_of(event)
        if event.kind == "received":
            unit = _receipt(storage, extractor, event, objects, named, result)
        waiting.append((event.sequence, submit(unit)))
        result.events += 1
        if len(waiting) >= UNITS_UNDER_WAY or number == len(events):
            _settle(waiting, result)
            waiting = []
            if progress is not None:
                progress(number, len(events))
    result.without_event = len(objects.keys() - named)
    return result


def _members(storage: PackStore) -> tuple[dict[bytes, ScannedMember], list[ScannedMember]]:
    """List all objects by content id, and all events in the order of their sequence."""
    objects: dict[bytes, ScannedMember] = {}
    events: list[ScannedMember] = []
    for pack in storage.packs():
        for member in storage.scan(pack.name):
            if member.kind is MemberKind.OBJECT:
                objects[member.content_id] = member  # of several copies the last: it healed the ones before
            elif member.kind is MemberKind.DELETED:
                objects.setdefault(member.content_id, member)
            elif member.kind is MemberKind.EVENT:
                events.append(member)
    events.sort(key=lambda member: member.sequence)
    return objects, events


def _read(storage: PackStore, member: ScannedMember) -> JournalEvent | None:
    placement = storage.place(member, content_id_of)
    if placement is None:
        log.error("Journal event %s in pack %s is damaged.", member.name, member.pack)
        return None
    payload = storage.read(placement.location, 0, placement.location.length, placement.checks)
    return read_event(payload, placement.location)


def _receipt(
    storage: PackStore,
    extractor: Extractor,
    event: JournalEvent,
    objects: Mapping[bytes, ScannedMember],
    named: set[bytes],
    result: Rebuilt,
) -> ReceiptUnit:
    arrivals = []
    for received in received_objects(event):
        named.add(received.content_id)
        placement = received.adopted or _placement(storage, objects.get(received.content_id))
        try:
            if placement is None:
                raise CallerError("it is gone or damaged")
            whole = examine(storage, placement, received.content_id, received.source)
        except IsocenterError as error:
            log.warning("Object %s of event %d: %s", received.content_id.hex(), event.sequence, error)
            result.damaged += 1
            continue
        arrivals.append((make_arrival(extractor, whole, placement), received.decision, received.detail))
        result.objects += 1
    return ReceiptUnit(event, tuple(arrivals))


def _placement(storage: PackStore, member: ScannedMember | None) -> Placement | None:
    if member is None or member.kind is not MemberKind.OBJECT:
        return None
    return storage.place(member, content_id_of)


def _settle(waiting: list[tuple[int, Future[Any]]], result: Rebuilt) -> None:
    for sequence, future in waiting:
        error = future.exception()
        if isinstance(error, CallerError):
            result.refused.append(f"event {sequence}: {error}")
        elif error is not None:
            raise error
