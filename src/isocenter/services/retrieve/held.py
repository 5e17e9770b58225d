"""What is held, and what of it is meant by a request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from isocenter.index.query import Level
from isocenter.storage import Location

__all__ = ["Held", "Outgoing", "Scope", "Selection"]


@dataclass(frozen=True, slots=True)
class Scope:
    """A study, a series of it, or an instance of that, as an address names it; empty parts mean all."""

    study_instance_uid: str
    series_instance_uid: str = ""
    sop_instance_uid: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """The unique keys of a retrieval (PS3.4 C.4.2.1.4): one or more values of the level, and of those above it."""

    level: Level
    keys: Mapping[Level, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Held:
    """One instance in force and where its bytes lie."""

    sop_class_uid: str
    sop_instance_uid: str
    series_instance_uid: str
    study_instance_uid: str
    transfer_syntax_uid: str
    content_ref: int
    location: Location
    checks: bytes = field(repr=False)
    data_set_offset: int = 0
    data_set_length: int = 0
    header_length: int = 0


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An instance as it is sent: its encoding, and its data set in pieces of even length but the last."""

    transfer_syntax_uid: str
    pieces: Iterator[bytes]
