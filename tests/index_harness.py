"""Makes arrivals and feeds them to an index, for tests of the record."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, select

from isocenter.index.extract import level_values, patient_digest
from isocenter.index.record import (
    Arrival,
    Attributes,
    ContentLocation,
    Decision,
    InstanceValues,
    JournalEvent,
    LevelValues,
    ReceiptUnit,
)
from isocenter.index.schema import metadata, patient, series, study, study_modality
from isocenter.index.write import IndexWriter

CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"

STUDY = {
    "patient_id": "P1",
    "issuer_of_patient_id": "HOSPITAL",
    "patient_name": "Doe^Jane",
    "patient_birth_date": "19700101",
    "patient_sex": "F",
    "study_date": "20240102",
    "study_time": "0910",
    "accession_number": "A1",
    "study_id": "S1",
    "referring_physician_name": "House^Gregory",
}
SERIES = {"modality": "CT", "series_number": "1", "series_description": "AXIAL"}


def study_values(**values: str) -> LevelValues:
    merged = {name: value for name, value in {**STUDY, **values}.items() if value}
    return level_values(merged, patient=patient_digest(merged))


def series_values(**values: str) -> LevelValues:
    return level_values({name: value for name, value in {**SERIES, **values}.items() if value})


@dataclass
class Feed:
    """Arrivals one after the other in one pack, with a journal of its own."""

    sequences: Callable[[], int] = field(default_factory=lambda: itertools.count(1).__next__)
    offset: int = 0

    def arrival(
        self,
        uid: str,
        *,
        study: str = "1.2.3",
        series: str = "1.2.3.1",
        study_values: LevelValues | None = None,
        series_values: LevelValues | None = None,
        source: str = "MODALITY",
        version: str = "",
        number: int | None = None,
        syntax: str = EXPLICIT,
    ) -> Arrival:
        location = ContentLocation("pack", "p-000001.tar", self.offset, 1000)
        self.offset += 1024
        return Arrival(
            sop_instance_uid=uid,
            sop_class_uid=CT,
            series_instance_uid=series,
            study_instance_uid=study,
            content_id=content_id(uid, version),
            transfer_syntax_uid=syntax,
            location=location,
            checks=b"\1\2\3\4",
            data_set_offset=300,
            data_set_length=700,
            header_length=200,
            frames=b"",
            attributes=Attributes(
                study_values or globals()["study_values"](),
                series_values or globals()["series_values"](),
                InstanceValues(str(number or ""), number, 512, 512, None, 16),
            ),
            source=source,
        )

    def event(self, kind: str = "received", reason: str = "") -> JournalEvent:
        sequence = self.sequences()
        return JournalEvent(sequence, kind, 1_700_000_000_000_000 + sequence, actor="test", reason=reason)

    def receipt(self, *entries: Arrival | tuple[Arrival, Decision] | tuple[Arrival, Decision, str]) -> ReceiptUnit:
        """A unit; an arrival alone is new."""
        arrivals = []
        for entry in entries:
            parts = entry if isinstance(entry, tuple) else (entry, Decision.NEW)
            arrivals.append((parts[0], parts[1], parts[2] if len(parts) > 2 else ""))
        return ReceiptUnit(self.event(), tuple(arrivals))


def content_id(uid: str, version: str = "") -> bytes:
    return hashlib.sha256(f"{uid} {version}".encode()).digest()


def write(writer: IndexWriter, *units: Any) -> list[Any]:
    """Submit all, then wait for all."""
    futures = [writer.submit(unit) for unit in units]
    return [future.result(timeout=60) for future in futures]


def outcome(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """What doors serve at the upper levels, without surrogate ids and moments, in a fixed order."""
    with engine.connect() as connection:
        names = {
            row.id: (row.issuer_of_patient_id, row.patient_id, row.person)
            for row in connection.execute(select(patient))
        }
        studies = {row.id: row.study_instance_uid for row in connection.execute(select(study))}
        return {
            "patient": _rows(connection.execute(select(patient)).mappings().all(), {}),
            "study": _rows(connection.execute(select(study)).mappings().all(), {"patient_ref": names}),
            "series": _rows(connection.execute(select(series)).mappings().all(), {"study_ref": studies}),
            "study_modality": _rows(
                connection.execute(select(study_modality)).mappings().all(), {"study_ref": studies}
            ),
            "exception": sorted(
                tuple(row)
                for row in connection.execute(
                    select(
                        metadata.tables["exception"].c.kind,
                        metadata.tables["exception"].c.subject,
                        metadata.tables["exception"].c.detail,
                    ).where(metadata.tables["exception"].c.resolved_sequence.is_(None))
                )
            ),
        }


def _rows(rows: Sequence[Any], references: dict[str, dict[int, Any]]) -> list[tuple[Any, ...]]:
    result = []
    for row in rows:
        values = {name: value for name, value in row.items() if name not in {"id", "updated_sequence"}}
        for column, names in references.items():
            values[column] = names[values[column]]
        result.append(tuple((name, repr(value)) for name, value in values.items()))
    return sorted(result)
