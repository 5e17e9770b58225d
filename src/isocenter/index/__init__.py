"""The index: finds what the packs hold, and can be made again from them."""

from __future__ import annotations

__all__: list[str] = []
