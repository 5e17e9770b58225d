"""Journal events as units of the index: what an event of the journal did, and does again when the index is rebuilt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from isocenter.index.read import ContentIdentity
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

__all__ = ["contents_body", "contents_in", "identified_body", "identities_in", "unit_of"]

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


def identified_body(contents: Sequence[ContentIdentity]) -> dict[str, Any]:  # Any: JSON
    """Write the body of an event after which these contents may not be readable any more.

    It says which objects they are, so that an index made again from the packs still knows that they were here.
    """
    objects = {
        each.content_id.hex(): [
            each.sop_instance_uid,
            each.sop_class_uid,
            each.series_instance_uid,
            each.study_instance_uid,
            each.transfer_syntax_uid,
        ]
        for each in contents
    }
    return {**contents_body(tuple(each.content_id for each in contents)), "objects": objects}


def identities_in(event: JournalEvent) -> dict[bytes, ContentIdentity]:
    """Read which objects an event's contents are, by content id; empty for an event that does not say."""
    objects: Mapping[str, list[str]] = orjson.loads(event.body).get("objects", {})
    return {bytes.fromhex(name): ContentIdentity(bytes.fromhex(name), *uids) for name, uids in objects.items()}


def contents_in(event: JournalEvent) -> set[bytes]:
    """Read the contents that an event is about."""
    return {bytes.fromhex(content_id) for content_id in orjson.loads(event.body).get("contents", ())}


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
