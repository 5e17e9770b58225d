"""Where each attribute lies in the tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Table

from isocenter.index.attributes import Level
from isocenter.index.schema import instance, patient, series, study

__all__ = ["NAMES", "TABLES", "TIMES", "VALUES", "NameColumns", "value_column"]

TABLES: Mapping[Level, Table] = {
    Level.PATIENT: patient,
    Level.STUDY: study,
    Level.SERIES: series,
    Level.IMAGE: instance,
}

VALUES: Mapping[int, Column[Any]] = {
    0x00080016: instance.c.sop_class_uid,
    0x00080018: instance.c.sop_instance_uid,
    0x00080020: study.c.study_date,
    0x00080030: study.c.study_time,
    0x00080050: study.c.accession_number,
    0x00080060: series.c.modality,
    0x00080090: study.c.referring_physician_name,
    0x00081030: study.c.study_description,
    0x0008103E: series.c.series_description,
    0x00100010: patient.c.patient_name,
    0x00100020: patient.c.patient_id,
    0x00100021: patient.c.issuer_of_patient_id,
    0x00100030: patient.c.patient_birth_date,
    0x00100032: patient.c.patient_birth_time,
    0x00100040: patient.c.patient_sex,
    0x00101001: patient.c.other_patient_names,
    0x00102160: patient.c.ethnic_group,
    0x00104000: patient.c.patient_comments,
    0x00180015: series.c.body_part_examined,
    0x0020000D: study.c.study_instance_uid,
    0x0020000E: series.c.series_instance_uid,
    0x00200010: study.c.study_id,
    0x00200011: series.c.series_number,
    0x00200013: instance.c.instance_number,
    0x00200060: series.c.laterality,
    0x00201200: patient.c.study_count,
    0x00201202: patient.c.series_count,
    0x00201204: patient.c.instance_count,
    0x00201206: study.c.series_count,
    0x00201208: study.c.instance_count,
    0x00201209: series.c.instance_count,
    0x00280008: instance.c.number_of_frames,
    0x00280010: instance.c.rows,
    0x00280011: instance.c.columns,
    0x00280100: instance.c.bits_allocated,
    0x00400244: series.c.performed_procedure_step_start_date,
    0x00400245: series.c.performed_procedure_step_start_time,
}
"""The column that holds an attribute's value; what is gathered from several rows is in ``answers`` instead."""

TIMES: Mapping[int, Column[Any]] = {
    0x00080030: study.c.study_time_micros,
    0x00400245: series.c.performed_procedure_step_start_time_micros,
}
"""Times of day in microseconds."""

_TIMEZONES: Mapping[Level, Column[Any]] = {
    Level.STUDY: study.c.timezone_offset_from_utc,
    Level.SERIES: series.c.timezone_offset_from_utc,
    Level.IMAGE: series.c.timezone_offset_from_utc,
}


@dataclass(frozen=True, slots=True)
class NameColumns:
    """The columns of a person name: the folded groups, and how its family name sounds."""

    alphabetic: Column[Any]
    ideographic: Column[Any]
    phonetic: Column[Any]
    phonetic_key: Column[Any]


NAMES: Mapping[int, NameColumns] = {
    0x00080090: NameColumns(
        study.c.referring_physician_name_alphabetic_folded,
        study.c.referring_physician_name_ideographic_folded,
        study.c.referring_physician_name_phonetic_folded,
        study.c.referring_physician_name_phonetic_key,
    ),
    0x00100010: NameColumns(
        patient.c.patient_name_alphabetic_folded,
        patient.c.patient_name_ideographic_folded,
        patient.c.patient_name_phonetic_folded,
        patient.c.patient_name_phonetic_key,
    ),
}


def value_column(tag: int, level: Level) -> Column[Any] | None:
    """The column that an answer of ``level`` takes this attribute from; None when it is gathered."""
    if tag == 0x00080201:
        return _TIMEZONES[level]
    return VALUES.get(tag)
