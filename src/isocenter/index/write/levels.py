"""The columns of patient, study and series that follow from the values in force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import Table

from isocenter.index.extract import read_integer
from isocenter.index.moments import read_time, time_span
from isocenter.index.names import fold_person_name, phonetic_key
from isocenter.index.patients import name_to_compare
from isocenter.index.schema import patient, series, study

__all__ = ["patient_columns", "requests_of", "row_of", "series_columns", "study_columns"]

Columns = dict[str, str | int | None]


def row_of(table: Table, *parts: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return a whole row in the order of the table's columns; what no part names is empty text."""
    merged: dict[str, Any] = {}
    for part in parts:
        merged.update(part)
    return tuple(merged.get(column.name, "") for column in table.columns)


def patient_columns(values: Mapping[str, str]) -> Columns:
    """Return the patient's columns other than its key and counters, in the table's order."""
    columns = _person_name("patient_name", values)
    for name in (
        "patient_birth_date",
        "patient_birth_time",
        "patient_sex",
        "other_patient_names",
        "ethnic_group",
        "patient_comments",
    ):
        columns[name] = values.get(name, "")
    return _ordered(patient, columns)


def study_columns(values: Mapping[str, str]) -> Columns:
    """Return the study's columns: its own, and what it claims about its patient."""
    columns = _person_name("referring_physician_name", values)
    for name in ("study_date", "accession_number", "study_id", "study_description", "timezone_offset_from_utc"):
        columns[name] = values.get(name, "")
    columns.update(_time("study_time", values))
    columns["claimed_issuer"] = values.get("issuer_of_patient_id", "")
    columns["claimed_patient_id"] = values.get("patient_id", "")
    columns["claimed_name_folded"] = name_to_compare(values.get("patient_name", ""))
    columns["claimed_birth_date"] = values.get("patient_birth_date", "")
    return _ordered(study, columns)


def series_columns(values: Mapping[str, str]) -> Columns:
    """Return the series' columns."""
    columns: Columns = {
        name: values.get(name, "")
        for name in (
            "modality",
            "series_number",
            "series_description",
            "body_part_examined",
            "laterality",
            "performed_procedure_step_start_date",
            "timezone_offset_from_utc",
        )
    }
    columns["series_order"] = read_integer(values.get("series_number", ""))
    columns.update(_time("performed_procedure_step_start_time", values))
    return _ordered(series, columns)


def requests_of(values: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the items of Request Attributes Sequence: scheduled procedure step ID, requested procedure ID."""
    pairs = orjson.loads(values["requests"]) if "requests" in values else []
    return [(step, procedure) for step, procedure in pairs]


def _person_name(name: str, values: Mapping[str, str]) -> Columns:
    text = values.get(name, "")
    folded = fold_person_name(text)
    return {
        name: text,
        f"{name}_alphabetic_folded": folded.alphabetic,
        f"{name}_ideographic_folded": folded.ideographic,
        f"{name}_phonetic_folded": folded.phonetic,
        f"{name}_phonetic_key": phonetic_key(text) if text else "",
    }


def _time(name: str, values: Mapping[str, str]) -> Columns:
    text = values.get(name, "")
    read = read_time(text) if text else None
    return {name: text, f"{name}_micros": None if read is None else time_span(read)[0]}


def _ordered(table: Table, columns: Columns) -> Columns:
    return {column.name: columns[column.name] for column in table.columns if column.name in columns}
