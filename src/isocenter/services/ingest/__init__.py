"""Taking objects in: bounded, checked to the last byte, durable before anything is acknowledged."""

from isocenter.services.ingest.budget import ByteBudget
from isocenter.services.ingest.in_place import InPlace
from isocenter.services.ingest.incoming import Announced, Incoming, IngestLimits
from isocenter.services.ingest.service import Ingest

__all__ = ["Announced", "ByteBudget", "InPlace", "Incoming", "Ingest", "IngestLimits"]
