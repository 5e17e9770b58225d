"""Gives studies to the patients that they name, and makes, renames or removes patients as that needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from isocenter.index.patients import Claim, own_person, people
from isocenter.index.write.batch import Batch
from isocenter.index.write.exceptions import open_exception, resolve_exception
from isocenter.index.write.known import PatientState, StudyState
from isocenter.index.write.levels import study_columns

__all__ = ["assign_patients"]

Key = tuple[int, str, str]
"""Partition, Patient ID, issuer."""


@dataclass(frozen=True, slots=True)
class _Member:
    """A study under one Patient ID."""

    study_ref: int
    patient_ref: int
    study_instance_uid: str
    claim: Claim
    live: bool


def assign_patients(batch: Batch, studies: Sequence[StudyState]) -> None:
    """Find again the patient of each of these studies, and of all studies that share an ID with them."""
    keys: dict[Key, None] = {}
    affected: set[int] = set()
    unsettled = {study.id for study in studies}
    for study in studies:
        study.patient_unsettled = False
        newcomer, study.newcomer = study.newcomer, False
        if newcomer and _follow_twin(batch, study, unsettled):
            continue
        before = batch.session.first("patient_key", (study.patient.id,))
        if before is not None and before[0] not in batch.generic:
            keys[study.partition, before[0], before[1]] = None
        key = (study.partition, study.values.get("patient_id", ""), study.values.get("issuer_of_patient_id", ""))
        if key[1] in batch.generic:
            affected |= _own_patient(batch, key, study)
        else:
            keys[key] = None
    for key in sorted(keys):
        affected |= _group(batch, key)
    for patient_ref in sorted(affected):
        _count_again(batch, patient_ref)


def _follow_twin(batch: Batch, study: StudyState, unsettled: set[int]) -> bool:
    """Give a new study the patient of a study that claims the same: nothing changes for others then.

    It spares looking at all studies of a patient who has many.
    """
    if study.values.get("patient_id", "") in batch.generic or not study.count:
        return False
    columns = study_columns(study.values)
    claim = [columns[f"claimed_{name}"] for name in ("patient_id", "issuer", "name_folded", "birth_date")]
    twin = batch.session.first("twin", (study.partition, *claim, 1, 0))
    if twin is None or twin[0] in unsettled:
        return False
    before = study.patient.id
    if twin[1] != before:
        _move(batch, study.partition, study.id, study.uid, _patient(batch, twin[1]))
        _count_again(batch, before)
        _count_again(batch, twin[1])
    return True


def _own_patient(batch: Batch, key: Key, study: StudyState) -> set[int]:
    """Give a study whose ID names nobody a patient of its own; return the patients that this changes."""
    person = own_person(study.uid)
    row = batch.session.first("patient", (*key, person))
    target = _patient(batch, row[0]) if row is not None else _make(batch, key, person, study.values)
    if target.id == study.patient.id:
        return set()
    before = study.patient.id
    _move(batch, key[0], study.id, study.uid, target)
    return {before, target.id}


def _group(batch: Batch, key: Key) -> set[int]:
    """Give all studies under one ID to the people it stands for; return the patients that this changes."""
    members = [
        _Member(ref, patient_ref, uid, Claim(name, birth_date), count > 0)
        for ref, patient_ref, uid, name, birth_date, count in batch.session.rows("claims", key)
    ]
    rows = {person: ref for ref, person in batch.session.rows("patients_of_id", key) if not person.startswith("study:")}
    if not members:
        return set(rows.values())
    persons = people(
        {member.claim for member in members if member.live}, {member.claim for member in members if not member.live}
    )
    _list_people(batch, key, {persons[member.claim] for member in members if member.live}, known=len(rows))
    targets = _rows_of_people(batch, key, members, persons, rows)
    affected = set(rows.values()) - set(targets.values())
    for member in members:
        target = targets[persons[member.claim]]
        if target != member.patient_ref:
            _move(batch, key[0], member.study_ref, member.study_instance_uid, _patient(batch, target))
            affected |= {member.patient_ref, target}
    return affected


def _rows_of_people(
    batch: Batch, key: Key, members: Sequence[_Member], persons: Mapping[Claim, str], rows: Mapping[str, int]
) -> dict[str, int]:
    """Return each person's row: the one that has the name, else a free one that holds most of the studies, else new."""
    wanted = sorted(set(persons.values()))
    targets = {person: rows[person] for person in wanted if person in rows}
    free = set(rows.values()) - set(targets.values())
    for person in wanted:
        if person in targets:
            continue
        held = Counter(
            member.patient_ref for member in members if persons[member.claim] == person and member.patient_ref in free
        )
        if held:
            ref = min(held, key=lambda one: (-held[one], one))
            free.discard(ref)
            batch.session.run("set_person", (person, ref))
        else:
            ref = _make(batch, key, person, {}).id
        targets[person] = ref
    return targets


def _list_people(batch: Batch, key: Key, persons: set[str], *, known: int) -> None:
    subject = orjson.dumps([key[2], key[1]]).decode()
    if len(persons) > 1:
        detail = orjson.dumps({"people": len(persons)}).decode()
        open_exception(batch, key[0], "two-people-one-id", subject, detail)
    elif known > 1:
        resolve_exception(batch, key[0], "two-people-one-id", subject)


def _patient(batch: Batch, ref: int) -> PatientState:
    state = batch.known.patients.get(ref)
    if state is None:
        state = batch.known.patients[ref] = PatientState(ref)
    return state


def _make(batch: Batch, key: Key, person: str, values: Mapping[str, str]) -> PatientState:
    made = batch.new_patient(*key, person, values)
    batch.write_patients()
    return made


def _move(batch: Batch, partition: int, study_ref: int, study_uid: str, target: PatientState) -> None:
    batch.session.run("set_study_patient", (target.id, study_ref))
    batch.unsettled_patients[target.id] = target
    known = batch.known.study(partition, study_uid)
    if known is not None:
        known.patient = target


def _count_again(batch: Batch, patient_ref: int) -> None:
    """Take a patient's counters from its studies; remove the patient when it has none and no hold."""
    if batch.session.run("delete_patient", (patient_ref,)):
        batch.unsettled_patients.pop(patient_ref, None)
        return
    totals = batch.session.first("totals", (patient_ref,))
    if totals is not None:
        batch.session.run("set_totals", (*map(int, totals), patient_ref))
    batch.unsettled_patients[patient_ref] = _patient(batch, patient_ref)
