"""Unique identifiers: their syntax, new ones, and those of this implementation (PS3.5 section 9, annex B)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

__all__ = [
    "IMPLEMENTATION_CLASS_UID",
    "IMPLEMENTATION_VERSION_NAME",
    "MAX_LENGTH",
    "from_random",
    "is_valid",
]

MAX_LENGTH: Final = 64
"""PS3.5 9.1."""

IMPLEMENTATION_CLASS_UID: Final = "2.25.282918870237192290356650269623408857777"
"""This implementation, in file meta and associations (PS3.7 D.3.3.2); derived once from a random UUID (PS3.5 B.2)."""

IMPLEMENTATION_VERSION_NAME: Final = "ISOCENTER_0_1"
"""At most 16 characters (PS3.7 D.3.3.2.3)."""

_SYNTAX: Final = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))+", re.ASCII)


@lru_cache(maxsize=4096)
def is_valid(uid: str) -> bool:
    """Say whether a UID keeps to PS3.5 9.1: at most 64 characters, components without leading zeros."""
    return len(uid) <= MAX_LENGTH and _SYNTAX.fullmatch(uid) is not None


def from_random(sixteen: bytes) -> str:
    """Make a UID under the root 2.25 from sixteen random bytes, as a version 4 UUID (PS3.5 B.2)."""
    if len(sixteen) != 16:
        raise ValueError("a UUID is made of 16 bytes")
    number = int.from_bytes(sixteen, "big")
    number = number & ~(0xF << 76) | 4 << 76  # version 4
    number = number & ~(0x3 << 62) | 2 << 62  # the variant of RFC 4122
    return f"2.25.{number}"
