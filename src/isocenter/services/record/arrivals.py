"""Turns an object and its place into what the index enters."""

from __future__ import annotations

from collections.abc import Callable

from isocenter.index.extract import Extractor
from isocenter.index.record import Arrival
from isocenter.services.record.entries import Arrived
from isocenter.services.record.whole_object import WholeObject
from isocenter.storage import Placement

__all__ = ["arrival_maker", "make_arrival"]


def arrival_maker(extractor: Extractor) -> Callable[[Arrived, Placement], Arrival]:
    """Return a function that makes arrivals of entries; the extractor remembers the last series' values."""
    return lambda entry, placement: make_arrival(extractor, entry.whole, placement)


def make_arrival(extractor: Extractor, whole: WholeObject, placement: Placement) -> Arrival:
    """Make the arrival of one object."""
    identity, walked = whole.identity, whole.walked
    return Arrival(
        sop_instance_uid=identity.sop_instance_uid,
        sop_class_uid=identity.sop_class_uid,
        series_instance_uid=identity.series_instance_uid,
        study_instance_uid=identity.study_instance_uid,
        content_id=whole.content_id,
        transfer_syntax_uid=whole.transfer_syntax_uid,
        location=placement.location,
        checks=placement.checks,
        data_set_offset=len(whole.head),
        data_set_length=whole.size,
        header_length=walked.header_length,
        frames=walked.frames.pack(),
        attributes=extractor.extract(walked, whole.source.default_issuer),
        source=whole.source.name,
    )
