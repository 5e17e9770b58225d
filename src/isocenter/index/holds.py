"""What a hold covers, as a condition in SQL."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, or_

from isocenter.index.schema import content, hold, instance, instance_alternate, patient, series, study

__all__ = ["covers", "is_held"]


def is_held() -> ColumnElement[bool]:
    """Whether a hold covers the study, or the patient, of an instance that has the content; all versions count."""
    own, beside = instance.alias(), instance.alias()
    return or_(
        exists()
        .where(own.c.content_ref == content.c.id)
        .where(series.c.id == own.c.series_ref)
        .where(study.c.id == series.c.study_ref)
        .where(covers(study.c.id, study.c.patient_ref)),
        exists()
        .where(instance_alternate.c.content_ref == content.c.id)
        .where(beside.c.id == instance_alternate.c.instance_ref)
        .where(series.c.id == beside.c.series_ref)
        .where(study.c.id == series.c.study_ref)
        .where(covers(study.c.id, study.c.patient_ref)),
    )


def covers(study_ref: ColumnElement[int], patient_ref: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether a row of ``hold`` covers a study of a patient.

    A patient's hold is by Patient ID and issuer: it covers all people under them, and studies that come later.
    """
    held, theirs = patient.alias(), patient.alias()
    same_id = (
        exists()
        .where(held.c.id == hold.c.patient_ref)
        .where(theirs.c.id == patient_ref)
        .where(theirs.c.partition_ref == held.c.partition_ref)
        .where(theirs.c.patient_id == held.c.patient_id)
        .where(theirs.c.issuer_of_patient_id == held.c.issuer_of_patient_id)
    )
    return hold.c.released_sequence.is_(None) & ((hold.c.study_ref == study_ref) | same_id)
