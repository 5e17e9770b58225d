"""What of the archive a request means, and what is sent for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from isocenter.index.query import Level

__all__ = ["Outgoing", "Scope", "Selection"]


@dataclass(frozen=True, slots=True)
class Scope:
    """A study, a series of it, or an instance of that, as an address names it; None means all."""

    study_instance_uid: str
    series_instance_uid: str | None = None
    sop_instance_uid: str | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """The unique keys of a retrieval (PS3.4 C.4.2.1.4): one or more values of the level, and of those above it."""

    level: Level
    keys: Mapping[Level, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An instance as it is sent: its encoding, and its data set in pieces of even length but the last."""

    transfer_syntax_uid: str
    pieces: Iterator[bytes]
