"""The one writer of the index: units of change, grouped into durable transactions."""

from __future__ import annotations

from isocenter.index.write.changes import (
    AcceptUnit,
    DamageUnit,
    DeleteUnit,
    EventUnit,
    HoldUnit,
    PurgeUnit,
    RejectUnit,
    ReleaseUnit,
    RestoreUnit,
)
from isocenter.index.write.headers import HeaderRow, HeaderUnit, NewDictionary
from isocenter.index.write.units import Unit
from isocenter.index.write.writer import IndexWriter, WriterOptions

__all__ = [
    "AcceptUnit",
    "DamageUnit",
    "DeleteUnit",
    "EventUnit",
    "HeaderRow",
    "HeaderUnit",
    "HoldUnit",
    "IndexWriter",
    "NewDictionary",
    "PurgeUnit",
    "RejectUnit",
    "ReleaseUnit",
    "RestoreUnit",
    "Unit",
    "WriterOptions",
]
