"""Journal events as pack members: what `reindex` reads to give the same archive again (docs/reference/pack-format.md).

A member is one JSON object: ``sequence``, ``kind``, ``at`` (microseconds since 1970-01-01 UTC), ``actor``, ``source``,
``reason`` and ``body``. The body of ``received`` lists the objects of a commit group with the decision about each, so
that replaying needs no decision anew.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from isocenter.errors import StorageError
from isocenter.index.record import Decision, JournalEvent, Located
from isocenter.services.record.entries import Arrived, Verdict
from isocenter.services.record.source import Source
from isocenter.storage import Location, NewMember, Placement

__all__ = [
    "VOIDED",
    "ReceivedObject",
    "event_member",
    "read_event",
    "received_body",
    "received_objects",
    "voided_body",
    "voided_sequences",
]

VOIDED = "voided"
"""Kind of the event that names events that did not happen: they lie in a pack, but the index did not enter them."""


@dataclass(frozen=True, slots=True)
class ReceivedObject:
    """One line of a ``received`` event."""

    content_id: bytes
    decision: Decision
    detail: str
    source: Source
    adopted: Placement | None = None
    """Where it lies, when it was adopted in place."""


def event_member(event: JournalEvent) -> NewMember:
    """Encode an event as the member that a pack keeps."""
    payload = orjson.dumps(
        {
            "sequence": event.sequence,
            "kind": event.kind,
            "at": event.at,
            "actor": event.actor,
            "source": event.source,
            "reason": event.reason,
            "body": orjson.Fragment(event.body),
        }
    )
    return NewMember(f"{event.sequence:016d}.event", (payload,), len(payload))


def read_event(payload: bytes, location: Located) -> JournalEvent:
    """Decode an event member. Raises StorageError when it is not one."""
    try:
        found = orjson.loads(payload)
        return JournalEvent(
            sequence=int(found["sequence"]),
            kind=str(found["kind"]),
            at=int(found["at"]),
            actor=str(found["actor"]),
            source=str(found["source"]),
            reason=str(found["reason"]),
            body=orjson.dumps(found["body"]).decode(),
            location=location,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise StorageError(f"A journal event in pack {location.name} cannot be read: {error}.") from None


def received_body(entries: Sequence[tuple[Arrived, Verdict]]) -> str:
    """List the objects of a commit group: per sender, its settings once; per object, content id and decision."""
    senders: dict[Source, list[Any]] = {}
    for entry, verdict in entries:
        whole = entry.whole
        line: list[Any] = [whole.content_id.hex(), verdict.decision.value, verdict.kind]
        extra = _extra(entry)
        if extra:
            line.append(extra)
        senders.setdefault(whole.source, []).append(line)
    received = [
        {"door": s.door, "name": s.name, "detail": s.detail, "issuer": s.default_issuer, "objects": lines}
        for s, lines in senders.items()
    ]
    return orjson.dumps({"received": received}).decode()


def _extra(entry: Arrived) -> dict[str, Any]:
    """What is not in the pack: the head that came with a file, and where an adopted file lies."""
    extra: dict[str, Any] = {}
    if entry.whole.original_head:
        extra["head"] = base64.b64encode(entry.whole.original_head).decode()
    if entry.placement is not None and entry.placement.location.kind == "file":
        location = entry.placement.location
        extra["file"] = [location.name, location.offset, location.length, entry.placement.checks.hex()]
    return extra


def received_objects(event: JournalEvent) -> list[ReceivedObject]:
    """Read the body of a ``received`` event."""
    body: Mapping[str, Any] = orjson.loads(event.body)
    return [
        ReceivedObject(
            content_id=bytes.fromhex(line[0]),
            decision=Decision(line[1]),
            detail=line[2],
            source=Source(sender["door"], sender["name"], sender["detail"], sender["issuer"]),
            adopted=_adopted(line[3]) if len(line) > 3 else None,
        )
        for sender in body["received"]
        for line in sender["objects"]
    ]


def voided_body(*sequences: int) -> dict[str, Any]:
    """Write the body of a ``voided`` event."""
    return {"events": list(sequences)}


def voided_sequences(events: Iterable[JournalEvent]) -> set[int]:
    """Return the sequences of all events that did not happen."""
    return {
        sequence for event in events if event.kind == VOIDED for sequence in orjson.loads(event.body).get("events", ())
    }


def _adopted(extra: Mapping[str, Any]) -> Placement | None:  # Any: JSON
    if "file" not in extra:
        return None
    name, offset, length, checks = extra["file"]
    return Placement(Location("file", name, offset, length), bytes.fromhex(checks))
