"""Options of a service that two sides agree on per SOP class (PS3.7 D.3.3.5).

Each class reads and writes the bytes of Service-class-application-information, and answers a proposal honestly: what
is not supported, or not known here, is turned down.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Protocol, Self

__all__ = ["Options", "QueryOptions", "RetrieveOptions", "StorageLevel", "StorageOptions"]


class Options(Protocol):
    """What this side supports of a service's options."""

    def to_bytes(self) -> bytes:
        """Bytes for a proposal."""
        ...

    def answer(self, proposed: bytes) -> bytes:
        """Bytes that answer the other side's proposal."""
        ...


class _Flags:
    """Options that are bytes of 0 or 1, both sides having to say 1."""

    __slots__ = ()

    @classmethod
    def from_bytes(cls, information: bytes) -> Self:
        names = [field.name for field in fields(cls)]  # type: ignore[arg-type]  # subclasses are data classes
        return cls(**{name: value == 1 for name, value in zip(names, information, strict=False)})

    def to_bytes(self) -> bytes:
        return bytes(getattr(self, field.name) for field in fields(self))  # type: ignore[arg-type]  # as above

    def answer(self, proposed: bytes) -> bytes:
        """As many sub-fields as were offered and are known; those left out count as turned down (PS3.4 C.5.1.1.2)."""
        return bytes(theirs == 1 and ours == 1 for theirs, ours in zip(proposed, self.to_bytes(), strict=False))


@dataclass(frozen=True, slots=True)
class QueryOptions(_Flags):
    """Options of C-FIND (PS3.4 Table C.5-1)."""

    relational_queries: bool = False
    combined_date_time_matching: bool = False
    fuzzy_name_matching: bool = False
    timezone_adjustment: bool = False
    enhanced_image_conversion: bool = False
    empty_value_matching: bool = False
    multiple_value_matching: bool = False


@dataclass(frozen=True, slots=True)
class RetrieveOptions(_Flags):
    """Options of C-MOVE and C-GET (PS3.4 Table C.5-3)."""

    relational_retrieval: bool = False
    enhanced_image_conversion: bool = False


class StorageLevel(IntEnum):
    """What an acceptor keeps of an instance (PS3.4 B.4.1)."""

    LOCAL = 0
    BASE = 1
    FULL = 2
    NOT_APPLICABLE = 3


@dataclass(frozen=True, slots=True)
class StorageOptions:
    """Options of C-STORE (PS3.4 Table B.3-1): the acceptor says what it does, whatever the other proposed."""

    level: int = StorageLevel.FULL
    digital_signature_level: int = 0
    element_coercion: int = 0
    """0 never coerces elements, 1 may, 2 does not say."""

    @classmethod
    def from_bytes(cls, information: bytes) -> Self:
        """Read what the other side said; what it left out counts as not applicable or 0."""
        padded = information.ljust(6, b"\0")
        return cls(padded[0] if information else StorageLevel.NOT_APPLICABLE, padded[2], padded[4])

    def to_bytes(self) -> bytes:
        """Six bytes, of which three are reserved."""
        return bytes((self.level, 0, self.digital_signature_level, 0, self.element_coercion, 0))

    def answer(self, proposed: bytes) -> bytes:
        """What this side does."""
        del proposed
        return self.to_bytes()
