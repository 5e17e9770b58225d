"""Finds or makes the study and series that an instance belongs to."""

from __future__ import annotations

from typing import Any

import orjson

from isocenter.errors import IndexFailure
from isocenter.index.extract import patient_digest
from isocenter.index.patients import ONE_PERSON, own_person
from isocenter.index.record import LevelValues
from isocenter.index.variants import disagreements, winning_values
from isocenter.index.write.batch import Batch
from isocenter.index.write.known import PatientState, SeriesState, StudyState, VariantState

__all__ = ["Place", "place_of_series", "series_in", "study_in", "variant_in"]

Place = tuple[StudyState, SeriesState]


def study_in(batch: Batch, partition: int, uid: str, values: LevelValues) -> StudyState:
    """Return the study; a new one gets ``values`` and a patient to start with."""
    found = batch.known.study(partition, uid) or _read_study(batch, partition, uid)
    if found is not None:
        return found
    patient, made = _first_patient(batch, partition, uid, values)
    state = StudyState(batch.ids.take("study"), uid, 0, partition=partition, patient=patient)
    state.fresh = True
    state.values = dict(values.values)
    state.patient_unsettled = state.newcomer = not made
    batch.known.remember(state)
    return state


def series_in(batch: Batch, study: StudyState, uid: str, values: LevelValues) -> SeriesState:
    """Return a series of the study; a new one gets ``values`` to start with."""
    found = study.series.get(uid) or _read_series(batch, study, uid)
    if found is not None:
        return found
    state = SeriesState(batch.ids.take("series"), uid, 0)
    state.fresh = True
    state.values = dict(values.values)
    study.series[uid] = state
    batch.known.grow(1)
    batch.touch(study, state)
    return state


def variant_in(batch: Batch, level: StudyState | SeriesState, values: LevelValues) -> VariantState:
    """Return the study's or series' variant that holds these values."""
    found = level.variants.get(values.digest)
    if found is not None:
        return found
    table = "study_variant" if isinstance(level, StudyState) else "series_variant"
    variant = VariantState(batch.ids.take(table), values.digest, values.values, 0, values.json, values.patient_digest)
    variant.fresh = True
    return batch.new_variant(level, variant)


def place_of_series(batch: Batch, series_ref: int) -> Place:
    """Return study and series of a row that refers to them."""
    place = batch.places.get(series_ref)
    if place is None:
        place = batch.places[series_ref] = _read_place(batch, series_ref)
    return place


def _read_place(batch: Batch, series_ref: int) -> Place:
    found = batch.session.first("place", (series_ref,))
    if found is None:
        raise IndexFailure("an instance without a series: run fsck")
    partition, study_uid, series_uid = found
    study = batch.known.study(partition, study_uid) or _read_study(batch, partition, study_uid)
    if study is None:
        raise IndexFailure("a series without a study: run fsck")
    series = study.series.get(series_uid) or _read_series(batch, study, series_uid)
    if series is None:
        raise IndexFailure("an instance without a series: run fsck")
    return study, series


def _read_study(batch: Batch, partition: int, uid: str) -> StudyState | None:
    row = batch.session.first("study", (partition, uid))
    if row is None:
        return None
    ref, patient_ref, series_count, instance_count = row
    patient = batch.known.patients.get(patient_ref)
    if patient is None:
        patient = batch.known.patients[patient_ref] = PatientState(patient_ref)
    state = StudyState(ref, uid, instance_count, partition=partition, patient=patient, series_count=series_count)
    _read_variants(state, batch.session.rows("study_variants", (ref,)))
    for variant in state.variants.values():
        variant.patient_digest = patient_digest(variant.values)
    state.values = winning_values(state.votes())
    state.disagreeing = tuple(disagreements(state.votes()))
    batch.known.remember(state)
    return state


def _read_series(batch: Batch, study: StudyState, uid: str) -> SeriesState | None:
    row = batch.session.first("series", (study.id, uid))
    if row is None:
        return None
    state = SeriesState(row[0], uid, row[1])
    _read_variants(state, batch.session.rows("series_variants", (state.id,)))
    state.values = winning_values(state.votes())
    study.series[uid] = state
    batch.known.grow(1 + len(state.variants))
    return state


def _read_variants(state: StudyState | SeriesState, rows: list[tuple[Any, ...]]) -> None:
    for ref, digest, attributes, count in rows:
        state.add(VariantState(ref, bytes(digest), orjson.loads(attributes), count, attributes))


def _first_patient(batch: Batch, partition: int, study_uid: str, values: LevelValues) -> tuple[PatientState, bool]:
    """Return the patient that a new study starts with, and whether it was made for it."""
    patient_id = values.values.get("patient_id", "")
    issuer = values.values.get("issuer_of_patient_id", "")
    if patient_id in batch.generic:
        person = own_person(study_uid)
        row = batch.session.first("patient", (partition, patient_id, issuer, person))
    else:
        person = ONE_PERSON
        pending = batch.patients_by_id.get((partition, patient_id, issuer))
        if pending is not None:
            return pending, False
        known = batch.session.rows("patients_of_id", (partition, patient_id, issuer))
        row = next((one for one in known if not one[1].startswith("study:")), None)
    if row is not None:
        return batch.known.patients.setdefault(row[0], PatientState(row[0])), False
    made = batch.new_patient(partition, patient_id, issuer, person, values.values)
    made.agreed = values.patient_digest
    if person == ONE_PERSON:
        batch.patients_by_id[partition, patient_id, issuer] = made
    return made, True
