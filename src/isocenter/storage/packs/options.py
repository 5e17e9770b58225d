"""What can be chosen about packs on a local disk."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PackOptions"]


@dataclass(frozen=True, slots=True)
class PackOptions:
    """Limits of a pack store, each with its reason."""

    seal_size: int = 1 << 30
    """Bytes after which a pack is closed: large enough that packs are few, small enough to move or rewrite one."""

    seal_age: float = 6 * 3600.0
    """Seconds after which a pack is closed, so that a quiet archive's packs also reach the backup."""

    reserve: int = 1 << 30
    """Free bytes that received objects may not use: the database, logs and deletions go on when the disk is full."""

    open_files: int = 128
    """Packs held open for reading; well under the usual limit of 1,024 descriptors."""

    failure_limit: int = 3
    """Failed writes in a row after which the store turns read-only: one may be chance, three are the disk."""
