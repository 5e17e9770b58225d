"""What goes into the index, as values: arrivals, journal events, and the units that are committed whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, Protocol

from isocenter.index.schema import DEFAULT_PARTITION, State

__all__ = [
    "Arrival",
    "Attributes",
    "ContentLocation",
    "Decision",
    "InstanceValues",
    "JournalEvent",
    "LevelValues",
    "Located",
    "Prior",
    "ReceiptUnit",
    "Received",
]


class Located(Protocol):
    """Where bytes lie: the storage's own location will do."""

    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def offset(self) -> int: ...  # noqa: D102
    @property
    def length(self) -> int: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class ContentLocation:
    """A byte range of a pack or a file; ``kind`` is ``pack`` or ``file``."""

    kind: str
    name: str
    offset: int
    length: int


class Decision(Enum):
    """What the rules of ingest made of one arrival."""

    NEW = "new"
    """Live; nothing was known under its SOP Instance UID."""
    VERSION = "version"
    """Live; what was live is superseded."""
    SECOND_SOURCE = "second-source"
    """Kept aside: another sender's variant never displaces the first."""
    CONFLICT = "conflict"
    """Kept aside: another object under a known UID; the detail says in what it differs."""
    ALTERNATE = "alternate"
    """The live instance in another transfer syntax, kept beside it."""
    HEAL = "heal"
    """Known content whose stored bytes were damaged: these bytes take their place."""
    REVIVE = "revive"
    """Deleted within its grace, and sent again: live."""
    DUPLICATE = "duplicate"
    """Known and whole; only seen again."""


@dataclass(frozen=True, slots=True, eq=False)
class LevelValues:
    """The indexed values of one level, the same object for all instances that share them.

    ``values`` maps column names to text; an absent attribute has no entry. ``digest`` identifies the set,
    ``patient_digest`` its patient part (empty at the series level), ``json`` is what the variant's row holds.
    """

    values: Mapping[str, str]
    json: str
    digest: bytes
    patient_digest: bytes = b""


class InstanceValues(NamedTuple):
    """The indexed values of one instance; None where absent or not a number."""

    instance_number: str = ""
    instance_order: int | None = None
    rows: int | None = None
    columns: int | None = None
    number_of_frames: int | None = None
    bits_allocated: int | None = None


@dataclass(frozen=True, slots=True)
class Attributes:
    """The decoded values of one instance that can be searched, by level; patient and study are one level here."""

    study: LevelValues
    series: LevelValues
    instance: InstanceValues


@dataclass(frozen=True, slots=True)
class Arrival:
    """One object, kept durably by the storage and not yet indexed.

    ``frames`` and ``checks`` are packed as the storage and the walker made them. Lengths and offsets are bytes;
    ``data_set_offset`` counts from the first byte of the Part 10 file.
    """

    sop_instance_uid: str
    sop_class_uid: str
    series_instance_uid: str
    study_instance_uid: str
    content_id: bytes
    transfer_syntax_uid: str
    location: Located
    checks: bytes
    data_set_offset: int
    data_set_length: int
    header_length: int
    frames: bytes
    attributes: Attributes
    source: str = ""


@dataclass(frozen=True, slots=True)
class JournalEvent:
    """One event of the journal, the custody record. ``at`` is microseconds since 1970-01-01 UTC; ``body`` is JSON."""

    sequence: int
    kind: str
    at: int
    actor: str = ""
    source: str = ""
    reason: str = ""
    body: str = "{}"
    location: Located | None = None


@dataclass(frozen=True, slots=True)
class ReceiptUnit:
    """What was received together and is committed together: all of it or nothing.

    Each arrival comes with the decision about it and its detail: for a conflict the exception's kind, such as
    ``other-pixels``; else empty.
    """

    event: JournalEvent
    arrivals: tuple[tuple[Arrival, Decision, str], ...]
    partition: int = DEFAULT_PARTITION


@dataclass(frozen=True, slots=True)
class Received:
    """The rows that one arrival led to."""

    instance_ref: int
    content_ref: int


@dataclass(frozen=True, slots=True)
class Prior:
    """A version of an instance that the index holds: what the rules compare an arrival with."""

    instance_ref: int
    sop_instance_uid: str
    sop_class_uid: str
    series_instance_uid: str
    study_instance_uid: str
    patient_id: str
    issuer_of_patient_id: str
    state: State
    source: str
    sequence: int
    content_ref: int
    content_id: bytes
    transfer_syntax_uid: str
    location: ContentLocation
    checks: bytes = field(repr=False)
    data_set_offset: int
    data_set_length: int
    header_length: int
    damaged: bool
    purged: bool
    alternate: bool
    """This content is another rendition of the instance, not the one that is served first."""
