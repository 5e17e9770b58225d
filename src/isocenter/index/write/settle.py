"""Works out what follows from the changes of a transaction, before it commits.

The result depends on which instances are live and what they hold, never on the order in which they came.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from isocenter.index.extract import PATIENT_COLUMNS
from isocenter.index.variants import IDENTITY, disagreements, winning_values
from isocenter.index.write.batch import Batch
from isocenter.index.write.exceptions import open_exception, resolve_exception
from isocenter.index.write.known import PatientState, SeriesState, StudyState
from isocenter.index.write.levels import patient_columns, series_columns, study_columns
from isocenter.index.write.persons import assign_patients

__all__ = ["settle"]


def settle(batch: Batch) -> None:
    """Write what waits, then the values in force of all that changed."""
    batch.flush()
    for series, study in batch.series.items():
        if series.unsettled:
            _settle_series(batch, series, study)
    for study in batch.studies:
        if study.unsettled:
            _settle_study(batch, study)
        if study.modalities_unsettled:
            _settle_modalities(batch, study)
    assign_patients(batch, [study for study in batch.studies if study.patient_unsettled])
    for patient in batch.unsettled_patients.values():
        _settle_patient(batch, patient)
    batch.studies.clear()
    batch.series.clear()
    batch.unsettled_patients.clear()


def _settle_series(batch: Batch, series: SeriesState, study: StudyState) -> None:
    series.unsettled = False
    values = winning_values(series.votes())
    if values == series.values:
        return
    if values.get("modality") != series.values.get("modality"):
        study.modalities_unsettled = True
    requests_changed = values.get("requests") != series.values.get("requests")
    series.values = values
    batch.session.run("set_series", (*series_columns(values).values(), series.id))
    if requests_changed:
        batch.session.run("delete_requests", (series.id,))
        batch.write_requests(series, study.partition)


def _settle_study(batch: Batch, study: StudyState) -> None:
    study.unsettled = False
    _list_disagreements(batch, study)
    values = winning_values(study.votes())
    if values == study.values:
        return
    claims = ("patient_name", "patient_birth_date", *IDENTITY)
    if any(values.get(name) != study.values.get(name) for name in claims):
        study.patient_unsettled = True
    study.values = values
    batch.session.run("set_study", (*study_columns(values).values(), study.id))


def _list_disagreements(batch: Batch, study: StudyState) -> None:
    found = tuple(disagreements(study.votes()))
    if found == study.disagreeing:
        return
    study.disagreeing = found
    if found:
        detail = orjson.dumps({"attributes": found}).decode()
        open_exception(batch, study.partition, "study-values-disagree", study.uid, detail, study_ref=study.id)
    else:
        resolve_exception(batch, study.partition, "study-values-disagree", study.uid)


def _settle_modalities(batch: Batch, study: StudyState) -> None:
    """Keep Modalities in Study (0008,0061) with its number of series."""
    study.modalities_unsettled = False
    now = batch.session.rows("modalities_now", (study.id,))
    if now != batch.session.rows("modalities", (study.id,)):
        batch.session.run("delete_modalities", (study.id,))
        rows = [(study.id, modality, study.partition, count) for modality, count in now]
        batch.session.many("insert_study_modality", rows)


def _settle_patient(batch: Batch, patient: PatientState) -> None:
    """Find the patient's values in force from all studies."""
    rows = batch.session.rows("patient_variants", (patient.id,))
    if not rows:
        return  # kept for a hold alone
    living = [bytes(digest) for digest, _, count in rows if count > 0]
    patient.agreed = living[0] if len(living) == 1 else None
    values = winning_values((_patient_part(orjson.loads(json)), int(count)) for _, json, count in rows)
    batch.session.run("set_patient", (*patient_columns(values).values(), patient.id))


def _patient_part(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if name in PATIENT_COLUMNS}
