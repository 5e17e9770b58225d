"""One transaction under way: rows that wait to be written, and the counters that they move.

Units add to it; ``flush`` writes what waits, so that later statements see it. Afterwards ``settle`` works out what
follows from the changes: values in force, patients, modalities, exceptions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from isocenter.index.patients import GenericIds
from isocenter.index.record import JournalEvent, Located
from isocenter.index.schema import JobState, series, study
from isocenter.index.write.known import Known, PatientState, SeriesState, StudyState, VariantState
from isocenter.index.write.levels import patient_columns, requests_of, row_of, series_columns, study_columns
from isocenter.index.write.statements import Session

__all__ = ["Batch", "Ids"]

Row = tuple[Any, ...]


class Ids:
    """Row ids, handed out without asking the database: there is one writer."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._last: dict[str, int] = {}

    def take(self, table: str) -> int:
        """Return the next id of a table."""
        last = self._last.get(table)
        if last is None:
            found = self._session.first(f"last_{table}", ())
            last = int(found[0] or 0) if found else 0
        self._last[table] = last + 1
        return last + 1

    def forget(self) -> None:
        """Read them again: the transaction failed."""
        self._last.clear()


class Batch:
    """Rows and counters of one transaction."""

    def __init__(self, session: Session, known: Known, ids: Ids, generic: GenericIds) -> None:
        self.session = session
        self.known = known
        self.ids = ids
        self.generic = generic
        self.sequence = 0
        self.at = 0
        self.contents: list[Row] = []
        self.content_ids: dict[bytes, int] = {}
        """Contents that wait to be written."""
        self.instances: list[Row] = []
        self.live: set[tuple[int, str]] = set()
        """SOP Instance UIDs that became live in this transaction."""
        self.touched: dict[tuple[int, int], None] = {}
        """Instances and the events that touched them, other than by receiving them."""
        self._entered: set[tuple[int, int]] = set()
        self.alternates: list[Row] = []
        self.fresh_patients: list[tuple[PatientState, Row]] = []
        self.patients_by_id: dict[tuple[int, str, str], PatientState] = {}
        """Patients made in this transaction, by partition, Patient ID and issuer."""
        self.unsettled_patients: dict[int, PatientState] = {}
        self.studies: dict[StudyState, None] = {}
        self.series: dict[SeriesState, StudyState] = {}
        self.places: dict[int, tuple[StudyState, SeriesState]] = {}
        """Study and series by the series' row, for units that change many instances."""
        self._study_variants: dict[VariantState, int] = {}
        self._series_variants: dict[VariantState, int] = {}
        self._journal: list[Row] = []
        self._jobs: list[Row] = []
        self._ends: dict[int, int] = {}

    # What units add.

    def event(self, event: JournalEvent) -> None:
        """Enter an event; what follows belongs to it."""
        self.sequence, self.at = event.sequence, event.at
        where: Row = (None, None, None)
        if event.location is not None:
            where = (self.container(event.location), event.location.offset, event.location.length)
        self._journal.append(
            (event.sequence, event.kind, event.at, event.actor, event.source, event.reason, event.body, *where)
        )

    def job(self, kind: str, payload: str) -> None:
        """Enter a job that is to be done once this is committed."""
        self._jobs.append((kind, payload, None, "", int(JobState.PENDING), 0, self.at, self.at, "", None, None, ""))

    def container(self, location: Located) -> int:
        """Return the row of a pack or file, which from now on is indexed up to this location's end."""
        key = (location.kind, location.name)
        ref = self.known.containers.get(key)
        if ref is None:
            found = self.session.first("container", key)
            ref = found[0] if found else self._new_container(key)
            self.known.containers[key] = ref
        end = location.offset + location.length
        if end > self._ends.get(ref, -1):
            self._ends[ref] = end
        return ref

    def _new_container(self, key: tuple[str, str]) -> int:
        ref = self.ids.take("container")
        self.session.run("insert_container", (ref, *key, 0))
        return ref

    def count(
        self,
        study: StudyState,
        series: SeriesState,
        study_variant: VariantState,
        series_variant: VariantState,
        step: int,
    ) -> None:
        """Move all counters for one instance that became live (+1) or is no longer (-1)."""
        study_variant.count += step
        study_variant.pending += step
        series_variant.count += step
        series_variant.pending += step
        self._study_variants[study_variant] = study.id
        self._series_variants[series_variant] = series.id
        if len(study.variants) > 1:
            study.unsettled = True
        if len(series.variants) > 1:
            series.unsettled = True
        patient = study.patient
        patient.instances += step
        series.count += step
        series.pending += step
        study.count += step
        study.pending += step
        if series.count == (1 if step > 0 else 0):
            study.series_count += step
            study.series_pending += step
            study.modalities_unsettled = True
            patient.series += step
        turned = study.count == (1 if step > 0 else 0)
        if turned:
            patient.studies += step
            study.patient_unsettled = study.patient_unsettled or not study.fresh
        if patient.agreed != study_variant.patient_digest or (turned and not study.fresh):
            self.unsettled_patients[patient.id] = patient
        self.touch(study, series)

    def touch(self, study: StudyState, series: SeriesState) -> None:
        """Note that rows of this study and series change with this event."""
        study.sequence = self.sequence
        self.studies[study] = None
        self.series[series] = study

    def new_variant(self, level: StudyState | SeriesState, variant: VariantState) -> VariantState:
        """Enter a set of values that its study or series did not have."""
        if isinstance(level, StudyState):
            self._study_variants[variant] = level.id
        else:
            self._series_variants[variant] = level.id
        level.unsettled = level.unsettled or bool(level.variants)
        self.known.grow(1)
        return level.add(variant)

    # Writing.

    def flush(self) -> None:
        """Write what waits, parents before children."""
        session = self.session
        session.many("insert_journal", self._taken(self._journal))
        session.many("insert_content", self._taken(self.contents))
        self.content_ids.clear()
        session.many("set_container_end", [(end, ref, end) for ref, end in self._ends.items()])
        self._ends.clear()
        self.write_patients()
        self._flush_studies()
        self._flush_series()
        self._flush_variants("study_variant", self._study_variants)
        self._flush_variants("series_variant", self._series_variants)
        session.many("insert_instance", self._taken(self.instances))
        session.many("insert_journal_instance", [pair for pair in self.touched if pair not in self._entered])
        self._entered.update(self.touched)
        self.touched.clear()
        session.many("insert_instance_alternate", self._taken(self.alternates))
        session.many("insert_job", self._taken(self._jobs))

    def write_waiting(self) -> None:
        """Write what waits if there is any, so that a query sees all instances."""
        if self.instances or self.contents or self.alternates:
            self.flush()

    def write_patients(self) -> None:
        """Write the patients that were made."""
        for state, row in self._taken(self.fresh_patients):
            self.session.run("insert_patient", (*row, state.studies, state.series, state.instances))
            state.studies = state.series = state.instances = 0

    @staticmethod
    def _taken(rows: list[Any]) -> list[Any]:
        taken = rows[:]
        rows.clear()
        return taken

    def _flush_studies(self) -> None:
        changed, patients = [], {}
        for state in self.studies:
            patients[state.patient.id] = state.patient
            if state.fresh:
                self.session.run("insert_study", self._study_row(state))
                state.fresh = False
            else:
                changed.append((state.series_pending, state.pending, state.sequence, state.id))
            state.series_pending = state.pending = 0
        self.session.many("count_study", changed)
        moved = [one for one in patients.values() if one.studies or one.series or one.instances]
        self.session.many("count_patient", [(one.studies, one.series, one.instances, one.id) for one in moved])
        for one in moved:
            one.studies = one.series = one.instances = 0

    def _study_row(self, state: StudyState) -> Row:
        return row_of(
            study,
            study_columns(state.values),
            {
                "id": state.id,
                "partition_ref": state.partition,
                "patient_ref": state.patient.id,
                "study_instance_uid": state.uid,
                "series_count": state.series_count,
                "instance_count": state.count,
                "updated_sequence": state.sequence,
            },
        )

    def _flush_series(self) -> None:
        changed = []
        for state, parent in self.series.items():
            if state.fresh:
                self.session.run("insert_series", self._series_row(state, parent))
                self.write_requests(state, parent.partition)
                state.fresh = False
            elif state.pending:
                changed.append((state.pending, state.id))
            state.pending = 0
        self.session.many("count_series", changed)

    @staticmethod
    def _series_row(state: SeriesState, parent: StudyState) -> Row:
        return row_of(
            series,
            series_columns(state.values),
            {
                "id": state.id,
                "partition_ref": parent.partition,
                "study_ref": parent.id,
                "series_instance_uid": state.uid,
                "instance_count": state.count,
            },
        )

    def write_requests(self, state: SeriesState, partition: int) -> None:
        """Write the request items in force for a series."""
        rows = [(state.id, item, partition, *pair) for item, pair in enumerate(requests_of(state.values))]
        self.session.many("insert_series_request", rows)

    def _flush_variants(self, kind: str, variants: dict[VariantState, int]) -> None:
        changed = []
        for variant, parent in variants.items():
            if variant.fresh:
                digests = (variant.digest, variant.patient_digest) if kind == "study_variant" else (variant.digest,)
                row = (variant.id, parent, *digests, variant.json, variant.count)
                self.session.run(f"insert_{kind}", row)
                variant.fresh = False
            elif variant.pending:
                changed.append((variant.pending, variant.id))
            variant.pending = 0
        self.session.many(f"count_{kind}", changed)
        variants.clear()

    def new_patient(
        self, partition: int, patient_id: str, issuer: str, person: str, values: Mapping[str, str]
    ) -> PatientState:
        """Enter a patient; it is written with its first study."""
        state = PatientState(self.ids.take("patient"))
        self.known.patients[state.id] = state
        key = (state.id, partition, issuer, patient_id, person)
        self.fresh_patients.append((state, (*key, *patient_columns(values).values())))
        return state
