"""What the walk keeps of each object: what the index holds, and what identifies the object."""

from __future__ import annotations

from isocenter.dicom.tags import SERIES_INSTANCE_UID, SOP_CLASS_UID, SOP_INSTANCE_UID, STUDY_INSTANCE_UID
from isocenter.dicom.walk import WalkResult
from isocenter.index.extract import INDEXED_ITEMS, INDEXED_TAGS
from isocenter.services.record.whole_object import Identity

__all__ = ["KEPT", "REQUIRED_UIDS", "identity_of", "read_uid", "uids_of"]

REQUIRED_UIDS = (
    (SOP_CLASS_UID, "SOP Class UID"),
    (SOP_INSTANCE_UID, "SOP Instance UID"),
    (SERIES_INSTANCE_UID, "Series Instance UID"),
    (STUDY_INSTANCE_UID, "Study Instance UID"),
)
"""In the order of `Identity`."""

KEPT: frozenset[int | tuple[int, int]] = frozenset(
    {tag for tag, _ in REQUIRED_UIDS}
    | INDEXED_TAGS
    | {(sequence, tag) for sequence, tags in INDEXED_ITEMS.items() for tag in tags}
)


def read_uid(raw: bytes | None) -> str:
    """Return a UID as text, without padding; empty when absent."""
    return (raw or b"").rstrip(b"\0 ").decode("ascii", "replace")


def uids_of(walked: WalkResult) -> tuple[str, ...]:
    """Return the required UIDs in their order; those that are absent are empty."""
    return tuple([read_uid(walked.values.get(tag)) for tag, _ in REQUIRED_UIDS])


def identity_of(walked: WalkResult) -> Identity:
    """Return what the data set says it is; parts that are absent are empty."""
    return Identity(*uids_of(walked))
