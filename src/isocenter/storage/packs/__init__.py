"""Packs: append-only tar files of Part 10 files on a local disk."""

from __future__ import annotations

from isocenter.storage.packs.disk import Disk
from isocenter.storage.packs.options import PackOptions
from isocenter.storage.packs.store import LocalPacks, LocalPackStore

__all__ = ["Disk", "LocalPackStore", "LocalPacks", "PackOptions"]
