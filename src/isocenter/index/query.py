"""What can be asked: one query model for C-FIND, QIDO-RS, the web list and the command line.

A query is a value. Doors make it from keys (``keys.read_keys``), ``finder.Finder`` answers it. The kinds of matching
are those of PS3.4 C.2.2.2; docs/reference/matching.md says them in words.
"""

from __future__ import annotations

from dataclasses import dataclass

from isocenter.index.attributes import Level

__all__ = [
    "DateTimeRange",
    "EmptyValue",
    "Level",
    "Match",
    "MultipleValues",
    "Order",
    "Path",
    "Query",
    "Range",
    "SequenceMatch",
    "SingleValue",
    "UidList",
    "Universal",
    "Wildcard",
]

Path = tuple[int, ...]
"""An attribute: its tag, or a sequence's tag and a tag in its items."""


@dataclass(frozen=True, slots=True)
class Universal:
    """Matches everything, also where nothing is stored."""


@dataclass(frozen=True, slots=True)
class SingleValue:
    """Exactly this value; person names and times by the rules of their own."""

    value: str


@dataclass(frozen=True, slots=True)
class Wildcard:
    """``*`` is any run of characters, ``?`` exactly one; neither can be written as itself."""

    pattern: str


@dataclass(frozen=True, slots=True)
class UidList:
    """Any of these UIDs."""

    uids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """Dates (``YYYYMMDD``) or times (``HH[MM[SS[.F]]]``) between two ends, both included; None is open."""

    start: str | None
    end: str | None


@dataclass(frozen=True, slots=True)
class DateTimeRange:
    """A range of dates and one of times read as one: from the first moment to the last (PS3.4 C.2.2.2.5.2)."""

    dates: Range
    times: Range


@dataclass(frozen=True, slots=True)
class EmptyValue:
    """Matches only where nothing or an empty value is stored."""


@dataclass(frozen=True, slots=True)
class MultipleValues:
    """Any of several."""

    alternatives: tuple[SingleValue | Wildcard, ...]


@dataclass(frozen=True, slots=True)
class SequenceMatch:
    """At least one item fulfils all of these (PS3.4 C.2.2.2.6)."""

    items: tuple[tuple[int, Match], ...]


Match = (
    Universal | SingleValue | Wildcard | UidList | Range | DateTimeRange | EmptyValue | MultipleValues | SequenceMatch
)


@dataclass(frozen=True, slots=True)
class Order:
    """Sort by this attribute, of the query's level or above it."""

    tag: int
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """One question. Only what is in force is ever found.

    Without ``order_by`` the order is: patients by name, ID, issuer; studies newest first; series and instances by
    number within their study and series. Ties are settled by UID, so the same question gives the same order.
    """

    level: Level
    partition: int = 1
    matches: tuple[tuple[Path, Match], ...] = ()
    returns: frozenset[int] = frozenset()
    """Tags to return; the unique keys of the level and of those above it come in any case."""
    ignored: tuple[Path, ...] = ()
    """Keys that were asked for and are not known here, or not at this level: neither matched nor returned."""
    relational: bool = False
    """Whether unique keys of the levels above may be left out (PS3.4 C.4.1.2.2.2)."""
    limit: int | None = None
    offset: int = 0
    order_by: tuple[Order, ...] = ()
    fuzzy: bool = False
    """Whether names that sound alike match too."""
    timezone_offset: int | None = None
    """Minutes east of UTC that combined dates and times of the keys are meant in (0008,0201)."""
