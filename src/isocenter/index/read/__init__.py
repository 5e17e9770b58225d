"""Reads of the index other than queries: one class for each use."""

from __future__ import annotations

from isocenter.index.read.for_ingest import IngestLookups
from isocenter.index.read.for_record import ContentIdentity, Counters, ExceptionEntry, HistoryEntry, RecordLookups
from isocenter.index.read.for_retrieve import RetrieveLookups, StoredContent, StoredInstance

__all__ = [
    "ContentIdentity",
    "Counters",
    "ExceptionEntry",
    "HistoryEntry",
    "IngestLookups",
    "RecordLookups",
    "RetrieveLookups",
    "StoredContent",
    "StoredInstance",
]
