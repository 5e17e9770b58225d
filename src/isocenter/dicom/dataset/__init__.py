"""A data set in memory: read from bytes, changed by name, written back."""

from __future__ import annotations

from isocenter.dicom.dataset.model import BulkData, DataSet, Element, Fragments, Value

__all__ = ["BulkData", "DataSet", "Element", "Fragments", "Value"]
