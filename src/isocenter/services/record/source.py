"""Who brings an object, as far as keeping it depends on that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Source"]


@dataclass(frozen=True, slots=True)
class Source:
    """The origin of an object.

    ``name`` identifies it: the peer's AE title, the importing user. A later version of an object replaces the one in
    force only when it comes from the same name. ``detail`` is for the journal: address, title called, door.
    """

    door: str
    name: str
    detail: str = ""
    default_issuer: str = ""
    conflicts: Literal["keep", "refuse"] = "keep"
