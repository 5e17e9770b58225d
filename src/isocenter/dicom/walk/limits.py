"""The bounds of a walk: memory and time depend on these, not on what a sender puts into a data set."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["WalkLimits"]


@dataclass(frozen=True, slots=True)
class WalkLimits:
    """Bounds of one walk; passing one raises LimitExceeded."""

    depth: int = 64
    """Sequences inside one another. Structured reports, the deepest in use, stay below 20."""

    elements: int = 1_000_000
    """Elements at all levels. A large enhanced multi-frame header has some 500,000."""

    items: int = 1_000_000
    """Sequence items at all levels."""

    fragments: int = 1_000_000
    """Fragments of encapsulated pixel data: each costs 16 bytes while the walk lasts."""

    size: int = 8 << 30
    """Bytes of the data set as received and, for a deflated one, also as inflated."""

    value: int = 8 << 20
    """Bytes of one value that is asked for; a longer one is walked over and noted, not refused."""

    kept: int = 64 << 20
    """Bytes of all values that are asked for, together."""

    inflate_ratio: int = 200
    """Inflated bytes for each deflated one; real headers stay below 20."""

    inflate_floor: int = 1 << 20
    """Inflated bytes that are always allowed: a short stream of zeros is no attack."""

    trailing_zeros: int = 64 << 10
    """Zero bytes after the last element: padding is short, a hole in a file is long."""
