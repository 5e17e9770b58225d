"""Where acknowledged bytes lie: the port, packs on a local disk, and their twin in memory."""

from __future__ import annotations

from isocenter.storage.port import (
    BLOCK,
    Buffer,
    CheckedMember,
    CheckStatus,
    ContentIdOf,
    Lane,
    Location,
    MemberKind,
    NewMember,
    PackInfo,
    PackKeeper,
    PackReader,
    PackStore,
    PackWriter,
    Placement,
    ReadRange,
    RecoveredMember,
    ScannedMember,
    Spill,
)

__all__ = [
    "BLOCK",
    "Buffer",
    "CheckStatus",
    "CheckedMember",
    "ContentIdOf",
    "Lane",
    "Location",
    "MemberKind",
    "NewMember",
    "PackInfo",
    "PackKeeper",
    "PackReader",
    "PackStore",
    "PackWriter",
    "Placement",
    "ReadRange",
    "RecoveredMember",
    "ScannedMember",
    "Spill",
]
