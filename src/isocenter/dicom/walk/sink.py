"""Between the engine and who uses it: what is to be handed on, and to whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

__all__ = ["Buffer", "Plan", "Sink"]

Buffer: TypeAlias = "bytes | bytearray | memoryview"

_NO_TAGS: Final[frozenset[int]] = frozenset()
_FAR: Final = 1 << 62


class Sink(Protocol):
    """What the engine reports to. Offsets are bytes from the start of the (inflated) data set."""

    def value(self, tag: int, vr: bytes, raw: bytes, parent: int) -> None:
        """Take a complete value; ``vr`` is empty when not given, ``parent`` is the sequence's tag or 0."""

    def left(self, tag: int, vr: bytes, element: int, start: int, length: int, parent: int) -> None:
        """Note a value that was asked for and left in place: its element's and its own first byte."""

    def begin_sequence(self, tag: int, vr: bytes) -> None:
        """A sequence opens."""

    def end_sequence(self) -> None:
        """The innermost sequence closes."""

    def begin_item(self) -> None:
        """An item opens."""

    def end_item(self) -> None:
        """The innermost item closes."""

    def begin_fragments(self, tag: int, vr: bytes, element: int, start: int, parent: int) -> None:
        """Encapsulated data opens: its element's first byte and that of its first item."""

    def fragment(self, start: int, length: int, raw: bytes) -> None:
        """One item of encapsulated data: its first byte, the length of its content, and the content or its start.

        The whole content comes of as many items as the plan asks for, of the others the first two bytes.
        """

    def end_fragments(self, end: int) -> None:
        """Encapsulated data closes: the first byte of its delimiter."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to hand on: everything, or the values of some tags."""

    everything: bool = False
    tags: frozenset[int] = _NO_TAGS
    """Top-level tags."""
    nested: Mapping[int, frozenset[int]] = field(default_factory=dict)
    """Tags in the items of a top-level sequence, by the sequence's tag."""
    left: frozenset[int] = _NO_TAGS
    """Of these, whose place is wanted and not the value."""
    longest: int = _FAR
    """Bytes; a longer value is left in place."""
    fragments: int = _FAR
    """How many items of encapsulated data are handed on with their content."""
