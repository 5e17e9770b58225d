"""A data set in memory: read from bytes, changed by name, written back."""

from __future__ import annotations

from isocenter.dicom.dataset.model import BulkData, DataSet, Element, Fragments, Value
from isocenter.dicom.dataset.read import read_data_set, read_data_set_in_pieces
from isocenter.dicom.dataset.write import write_data_set

__all__ = [
    "BulkData",
    "DataSet",
    "Element",
    "Fragments",
    "Value",
    "read_data_set",
    "read_data_set_in_pieces",
    "write_data_set",
]
