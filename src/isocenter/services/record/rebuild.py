"""Makes the index again from the packs alone: every event of the journal, in its order, with the objects it names."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import orjson

from isocenter.errors import CallerError, StaleDecision
from isocenter.index.read import ContentIdentity
from isocenter.index.record import Decision, JournalEvent, ReceiptUnit
from isocenter.index.write import DamageUnit, Unit
from isocenter.services.record.contents import PackContents
from isocenter.services.record.journal import read_event, received_objects, voided_sequences
from isocenter.services.record.replay import contents_body, contents_in, identities_in, unit_of
from isocenter.services.record.source import Source
from isocenter.services.record.stored import content_id_of
from isocenter.storage import MemberKind, PackStore, ScannedMember

__all__ = ["Rebuilt", "rebuild"]

log = logging.getLogger(__name__)

REBUILD = Source(door="rebuild", name="rebuild")
"""Who finds what no event names."""
UNITS_UNDER_WAY = 256
"""Events given to the index ahead."""


@dataclass(slots=True)
class Rebuilt:
    """What a rebuild did."""

    events: int = 0
    objects: int = 0
    damaged: int = 0
    """Events and objects that are lost, and objects whose damage nobody had noticed: these are listed, not served."""
    without_event: int = 0
    """Objects that no event names: never acknowledged, or their event is damaged. They are received now."""
    refused: list[str] = field(default_factory=list)
    """Events that had no effect then and have none now, such as a deletion that a hold forbade."""


def rebuild(
    storage: PackStore, submit: Callable[[Unit], Future[Any]], progress: Callable[[int, int], None] | None = None
) -> Rebuilt:
    """Enter the whole journal. ``progress`` hears (events done, events in all).

    Holds come last: what happened under them happened, and who was held may no longer be told from what is left of
    objects that were purged since.
    """
    result = Rebuilt()
    members = [member for pack in storage.packs() for member in storage.scan(pack.name)]
    events = [member for member in members if member.kind is MemberKind.EVENT]
    events.sort(key=lambda member: member.sequence)
    known = _Foreknown.read(storage, events)
    contents = PackContents(storage, members, known.identities)
    waiting: list[tuple[int, Future[Any]]] = []
    holds: list[tuple[int, Unit]] = []
    for number, member in enumerate(events, 1):
        event = _read(storage, member)
        if event is None:
            result.damaged += 1
        elif event.sequence in known.voided:
            _pass_over(event, contents)
        elif event.kind in ("held", "released"):
            holds.append((event.sequence, unit_of(event)))
            result.events += 1
        else:
            unit = _receipt(event, contents, result) if event.kind == "received" else unit_of(event)
            waiting.append((event.sequence, submit(unit)))
            result.events += 1
        if len(waiting) >= UNITS_UNDER_WAY or number == len(events):
            _settle(waiting, result)
            waiting = []
            if progress is not None:
                progress(number, len(events))
    last = events[-1].sequence if events else 0
    found_now = [(unit.event.sequence, unit) for unit in _found_now(contents, known, last + 1, result)]
    _settle([(sequence, submit(unit)) for sequence, unit in (*holds, *found_now)], result)
    return result


@dataclass(slots=True)
class _Foreknown:
    """What later events say about earlier ones."""

    voided: set[int] = field(default_factory=set)
    identities: dict[bytes, ContentIdentity] = field(default_factory=dict)
    damaged: set[bytes] = field(default_factory=set)
    at: int = 0

    @classmethod
    def read(cls, storage: PackStore, members: Sequence[ScannedMember]) -> _Foreknown:
        known = cls()
        for member in members:
            event = _read(storage, member)
            if event is None:
                continue
            known.at = event.at
            known.voided |= voided_sequences([event])
            if event.kind != "received":
                known.identities |= identities_in(event)
            if event.kind == "damaged":
                known.damaged |= contents_in(event)
        return known


def _read(storage: PackStore, member: ScannedMember) -> JournalEvent | None:
    placement = storage.place(member, content_id_of)
    if placement is None:
        log.error("Journal event %s in pack %s is damaged.", member.name, member.pack)
        return None
    payload = storage.read(placement.location, 0, placement.location.length, placement.checks)
    return read_event(payload, placement.location)


def _receipt(event: JournalEvent, contents: PackContents, result: Rebuilt) -> ReceiptUnit:
    arrivals = []
    for received in received_objects(event):
        contents.name(received.content_id)
        arrival = contents.arrival(received)
        if arrival is None:
            log.warning("Object %s of event %d is lost.", received.content_id.hex(), event.sequence)
            result.damaged += 1
            continue
        arrivals.append((arrival, received.decision, received.detail))
        result.objects += 1
    return ReceiptUnit(event, tuple(arrivals))


def _pass_over(event: JournalEvent, contents: PackContents) -> None:
    """Leave out what did not happen; the sender was told so."""
    if event.kind == "received":
        for received in received_objects(event):
            contents.name(received.content_id)


def _found_now(
    contents: PackContents, known: _Foreknown, sequence: int, result: Rebuilt
) -> Iterator[DamageUnit | ReceiptUnit]:
    """Enter what the journal does not tell: damage that nobody had noticed, and objects that no event names."""
    noticed = [content_id for content_id in contents.salvaged if content_id not in known.damaged]
    result.damaged += len(noticed)
    if noticed:
        body = orjson.dumps(contents_body(tuple(noticed))).decode()
        event = JournalEvent(sequence, "damaged", known.at, REBUILD.name, "", "found by a rebuild", body)
        yield DamageUnit(event, tuple(noticed))
        sequence += 1
    for content_id in contents.unnamed():
        result.without_event += 1
        arrival = contents.orphan(content_id, REBUILD)
        if arrival is not None:
            event = JournalEvent(sequence, "received", known.at, REBUILD.name, "", "found by a rebuild")
            yield ReceiptUnit(event, ((arrival, Decision.NEW, ""),))
            sequence += 1


def _settle(waiting: Sequence[tuple[int, Future[Any]]], result: Rebuilt) -> None:
    for sequence, future in waiting:
        error = future.exception()
        if isinstance(error, CallerError | StaleDecision):
            result.refused.append(f"event {sequence}: {error}")
        elif error is not None:
            raise error
