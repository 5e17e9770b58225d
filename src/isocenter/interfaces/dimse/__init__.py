"""The DICOM listener and its services."""

from isocenter.interfaces.dimse.callers import Callers, Knock, read_knocks
from isocenter.interfaces.dimse.server import DimseServer

__all__ = ["Callers", "DimseServer", "Knock", "read_knocks"]
