"""Journal events as units of the index: what an event of the journal did, and does again when the index is rebuilt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from isocenter.index.record import JournalEvent
from isocenter.index.write.changes import (
    AcceptUnit,
    DamageUnit,
    DeleteUnit,
    EventUnit,
    HoldUnit,
    PurgeUnit,
    RejectUnit,
    ReleaseUnit,
    RestoreUnit,
)
from isocenter.index.write.units import Unit

__all__ = ["contents_body", "unit_of"]

_OF_CONTENTS: Mapping[str, Callable[[JournalEvent, tuple[bytes, ...]], Unit]] = {
    "deleted": DeleteUnit,
    "restored": RestoreUnit,
    "purged": PurgeUnit,
    "rejected": RejectUnit,
    "accepted": AcceptUnit,
    "damaged": DamageUnit,
}


def contents_body(content_ids: tuple[bytes, ...]) -> dict[str, Any]:  # Any: JSON
    """Write the body of an event about contents."""
    return {"contents": [content_id.hex() for content_id in content_ids]}


def unit_of(event: JournalEvent) -> Unit:
    """Make the unit of any event but ``received``, whose objects have to be read first."""
    body: Mapping[str, Any] = orjson.loads(event.body)
    content_ids = tuple(bytes.fromhex(content_id) for content_id in body.get("contents", ()))
    of_contents = _OF_CONTENTS.get(event.kind)
    if of_contents is not None:
        return of_contents(event, content_ids)
    if event.kind == "held":
        patient = body.get("patient")
        return HoldUnit(
            event,
            body["case_id"],
            body["author"],
            body.get("review_date", ""),
            body.get("study_instance_uid", ""),
            (patient[0], patient[1]) if patient else None,
        )
    if event.kind == "released":
        return ReleaseUnit(event, body["case_id"])
    return EventUnit(event, content_ids)
