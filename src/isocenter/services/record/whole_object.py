"""An object that arrived whole and is not yet durable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from isocenter.dicom.walk import WalkResult
from isocenter.services.record.source import Source
from isocenter.storage import Buffer, Placement

__all__ = ["Body", "Identity", "WholeObject"]


@dataclass(frozen=True, slots=True)
class Identity:
    """The UIDs that place an object."""

    sop_class_uid: str
    sop_instance_uid: str
    series_instance_uid: str
    study_instance_uid: str


class Body(Protocol):
    """The bytes of a data set while they wait: in memory, or on their way to a part file."""

    @property
    def chunks(self) -> Sequence[bytes]:
        """The bytes in memory, in order; none for a part file."""

    def when_drained(self, callback: Callable[[], None]) -> None:
        """Call back, from any thread, once nothing waits to be written."""

    def finish(self, name: str, now: float) -> Placement | None:
        """Make a part file durable under a member's name; None when the bytes are in memory. Call it when drained."""

    def release(self) -> None:
        """Forget the bytes: they are durable elsewhere, or not wanted. Safe to repeat."""


@dataclass(frozen=True, slots=True)
class WholeObject:
    """An object whose structure closes and whose identity is sound."""

    identity: Identity
    content_id: bytes
    transfer_syntax_uid: str
    head: bytes
    """The preamble and file meta that we write before the data set."""
    body: Body
    size: int
    """Bytes of the data set."""
    walked: WalkResult
    source: Source
    original_head: bytes = b""
    """Preamble and file meta as they came with a file, when they differ from what we write."""

    @property
    def member_name(self) -> str:
        """The name under which a pack holds it."""
        return f"{self.content_id.hex()}.dcm"

    @property
    def parts(self) -> tuple[Buffer, ...]:
        """The Part 10 file in order."""
        return (self.head, *self.body.chunks)
