"""What was found, from here or from a peer, as a table and as DICOM JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from isocenter.dicom import tags
from isocenter.dicom.dataset import DataSet
from isocenter.dicom.dictionary import entry
from isocenter.dicom.json_model import to_json
from isocenter.errors import DataSetError
from isocenter.index.answers import Row
from isocenter.index.attributes import ATTRIBUTES
from isocenter.index.query import Level
from isocenter.interfaces.cli.keys import attribute_name
from isocenter.interfaces.cli.output import Output

__all__ = ["COLUMNS", "print_found", "row_to_data_set"]

COLUMNS: Mapping[Level, tuple[int, ...]] = {
    Level.PATIENT: (
        tags.PATIENT_NAME,
        tags.PATIENT_ID,
        tags.PATIENT_BIRTH_DATE,
        tags.PATIENT_SEX,
        tags.NUMBER_OF_PATIENT_RELATED_STUDIES,
    ),
    Level.STUDY: (
        tags.PATIENT_NAME,
        tags.PATIENT_ID,
        tags.STUDY_DATE,
        tags.MODALITIES_IN_STUDY,
        tags.STUDY_DESCRIPTION,
        tags.ACCESSION_NUMBER,
        tags.NUMBER_OF_STUDY_RELATED_SERIES,
        tags.NUMBER_OF_STUDY_RELATED_INSTANCES,
        tags.STUDY_INSTANCE_UID,
    ),
    Level.SERIES: (
        tags.MODALITY,
        tags.SERIES_NUMBER,
        tags.SERIES_DESCRIPTION,
        tags.BODY_PART_EXAMINED,
        tags.NUMBER_OF_SERIES_RELATED_INSTANCES,
        tags.SERIES_INSTANCE_UID,
    ),
    Level.IMAGE: (
        tags.INSTANCE_NUMBER,
        tags.NUMBER_OF_FRAMES,
        tags.ROWS,
        tags.COLUMNS,
        tags.SOP_CLASS_UID,
        tags.SOP_INSTANCE_UID,
    ),
}
"""Attributes that are shown for each level, besides those that are asked for."""

_INTEGERS = frozenset({"US", "UL", "SS", "SL"})
_UTF_8 = "ISO_IR 192"


def row_to_data_set(row: Row) -> DataSet:
    """Make a data set of an answer of the index."""
    made = DataSet()
    made.set(tags.SPECIFIC_CHARACTER_SET, "CS", _UTF_8)
    for tag, values in row.values.items():
        _put(made, tag, values)
    for tag, items in row.items.items():
        made.set(tag, "SQ", [_item(item) for item in items])
    return made


def print_found(output: Output, found: Sequence[DataSet], columns: Sequence[int], *, json: bool) -> None:
    """Print answers."""
    if json:
        output.json([_json(each) for each in found])
        return
    rows = [tuple(_text(each, tag) for tag in columns) for each in found]
    output.table([attribute_name(tag) for tag in columns], rows)


def _json(found: DataSet) -> dict[str, Any]:  # Any: DICOM JSON
    return to_json(found)


def _item(values: Mapping[int, list[str]]) -> DataSet:
    made = DataSet(character_sets=(_UTF_8,))
    for tag, texts in values.items():
        _put(made, tag, texts)
    return made


def _put(made: DataSet, tag: int, values: list[str]) -> None:
    known, described = ATTRIBUTES.get(tag), entry(tag)
    vr = known.vr if known is not None else described.vr if described is not None else "LO"
    try:
        made.set(tag, vr, [int(value) for value in values] if vr in _INTEGERS else values)
    except (DataSetError, ValueError):
        made.set(tag, "UN", "\\".join(values).encode())  # the sender's value breaks its VR: shown as it is


def _text(found: DataSet, tag: int) -> str:
    items = found.items_of(tag)
    if items:
        return "; ".join(", ".join(item.text(nested) for nested in item) for item in items)
    return "\\".join(found.texts(tag))
