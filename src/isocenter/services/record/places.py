"""The index's word for a place, as the storage's."""

from __future__ import annotations

from isocenter.index.record import Located
from isocenter.storage import Location

__all__ = ["stored_location"]


def stored_location(located: Located) -> Location:
    """Return a place that the index names as a location that the storage reads."""
    return Location("pack" if located.kind == "pack" else "file", located.name, located.offset, located.length)
