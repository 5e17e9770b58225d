"""An index as a hospital of some years has it: written in bulk, with the program's own rules for every column."""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Table

from isocenter.index.engine import Durability, EngineOptions, checkpoint, open_engine, write_transaction
from isocenter.index.extract import level_values, patient_digest
from isocenter.index.migrations.upgrade import upgrade
from isocenter.index.schema import (
    DEFAULT_PARTITION,
    State,
    container,
    content,
    instance,
    journal,
    patient,
    series,
    series_variant,
    study,
    study_modality,
    study_variant,
)
from isocenter.index.write.levels import patient_columns, row_of, series_columns, study_columns

__all__ = ["BigIndex", "write_big_index"]

Rows = defaultdict[Table, list[tuple[Any, ...]]]  # Any: what a column of a database holds

INSTANCES_PER_STUDY: Final = 10
STUDIES_PER_PATIENT: Final = 2
_STUDIES_AT_ONCE: Final = 5_000
_PART10_BYTES: Final = 527_814
_ONLY_CONTAINER: Final = 1
_AT: Final = 1_700_000_000_000_000
_MODALITIES: Final = ("CT", "MR", "CR", "US", "MG")
_ONSETS: Final = ("b", "br", "d", "f", "g", "h", "k", "kl", "l", "m", "n", "p", "r", "s", "st", "t", "v", "w", "z")
_MIDDLES: Final = ("a", "e", "i", "o", "u", "ö", "ei", "au")
_ENDS: Final = ("ber", "der", "ger", "ler", "mann", "ner", "sen", "ski", "ster", "ton", "tova", "vic", "well", "zak")
_GIVEN: Final = ("Ada", "Ben", "Clara", "David", "Eva", "Finn", "Greta", "Hugo", "Ida", "Jan", "Kira", "Leo", "Mia")


@dataclass(frozen=True, slots=True)
class BigIndex:
    """What can be asked for."""

    studies: int
    instances: int
    patient_ids: Sequence[str]
    family_names: Sequence[str]


def write_big_index(file: Path, studies: int, chance: random.Random) -> BigIndex:
    """Write an index of so many studies, ten instances each, as the server finds it when it starts."""
    people = [_person(number, chance) for number in range(studies // STUDIES_PER_PATIENT)]
    file.parent.mkdir(parents=True)
    engine = open_engine(f"sqlite:///{file}", EngineOptions(durability=Durability.WAIVED))
    try:
        upgrade(engine)
        with write_transaction(engine) as connection:
            _insert(connection, _ground())
        for start in range(0, studies, _STUDIES_AT_ONCE):
            rows: Rows = defaultdict(list)
            for number in range(start, min(start + _STUDIES_AT_ONCE, studies)):
                _add_study(rows, number, people, chance)
            with write_transaction(engine) as connection:
                _insert(connection, rows)
        checkpoint(engine)
    finally:
        engine.dispose()
    return BigIndex(
        studies,
        studies * INSTANCES_PER_STUDY,
        [person["patient_id"] for person in people],
        sorted({person["patient_name"].partition("^")[0] for person in people}),
    )


def _insert(connection: Connection, rows: Rows) -> None:
    for table, values in rows.items():
        statement = str(table.insert().compile(dialect=connection.dialect))
        connection.exec_driver_sql(statement, values)


def _ground() -> Rows:
    """Return one pack that holds everything, and the one event that received it."""
    rows: Rows = defaultdict(list)
    rows[container].append(row_of(container, {"id": _ONLY_CONTAINER, "kind": "pack", "name": "big", "indexed_end": 0}))
    event = {"sequence": 1, "kind": "received", "at": _AT, "body": "{}"}
    rows[journal].append(row_of(journal, event, {"container_ref": None, "member_offset": None, "member_length": None}))
    return rows


def _person(number: int, chance: random.Random) -> Mapping[str, str]:
    family = chance.choice(_ONSETS) + chance.choice(_MIDDLES) + chance.choice(_ONSETS) + chance.choice(_MIDDLES)
    return {
        "patient_name": f"{family}{chance.choice(_ENDS)}^{chance.choice(_GIVEN)}".title(),
        "patient_id": f"{7_000_000 + 7 * number}",
        "patient_birth_date": f"{chance.randint(1930, 2015)}{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}",
        "patient_sex": chance.choice("FM"),
    }


def _add_study(rows: Rows, number: int, people: Sequence[Mapping[str, str]], chance: random.Random) -> None:
    ref = number + 1
    owner = number % len(people)
    person = people[owner]
    modality = chance.choice(_MODALITIES)
    values = {
        **person,
        "study_date": f"{chance.randint(2012, 2025)}{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}",
        "study_time": f"{chance.randint(6, 21):02d}{chance.randint(0, 59):02d}00",
        "accession_number": f"A{20_000_000 + 3 * number}",
        "study_id": str(number),
        "study_description": f"{modality} examination",
        "referring_physician_name": f"Doctor{number % 300:03d}^Ref",
    }
    counts = {"series_count": 1, "instance_count": INSTANCES_PER_STUDY}
    keys = {"id": ref, "partition_ref": DEFAULT_PARTITION, "patient_ref": owner + 1, "updated_sequence": 1}
    if number < len(people):
        totals = {name: STUDIES_PER_PATIENT * count for name, count in {"study_count": 1, **counts}.items()}
        named = {name: person[name] for name in ("patient_id",)}
        rows[patient].append(row_of(patient, keys, named, patient_columns(person), totals))
    uid = {"study_instance_uid": _uid("study", number)}
    rows[study].append(row_of(study, keys, uid, study_columns(values), counts))
    level = level_values(values, patient=patient_digest(values))
    variant = {"study_ref": ref, "digest": level.digest, "patient_digest": level.patient_digest}
    rows[study_variant].append(row_of(study_variant, {"id": ref, "attributes": level.json}, variant, counts))
    modalities = {"study_ref": ref, "modality": modality, "partition_ref": DEFAULT_PARTITION}
    rows[study_modality].append(row_of(study_modality, modalities, counts))
    _add_series(rows, number, modality)


def _add_series(rows: Rows, number: int, modality: str) -> None:
    ref = number + 1
    values = {"modality": modality, "series_number": "1", "series_description": f"{modality} axial"}
    counts = {"instance_count": INSTANCES_PER_STUDY}
    keys = {"id": ref, "partition_ref": DEFAULT_PARTITION, "study_ref": ref, "series_ref": ref}
    uid = {"series_instance_uid": _uid("series", number)}
    rows[series].append(row_of(series, keys, uid, series_columns(values), counts))
    level = level_values(values)
    variant = {"digest": level.digest, "attributes": level.json}
    rows[series_variant].append(row_of(series_variant, keys, variant, counts))
    for index in range(INSTANCES_PER_STUDY):
        _add_instance(rows, ref, number * INSTANCES_PER_STUDY + index, index)


def _add_instance(rows: Rows, series_ref: int, number: int, index: int) -> None:
    ref = number + 1
    rows[content].append(
        row_of(
            content,
            {
                "id": ref,
                "content_id": hashlib.sha256(f"content {number}".encode()).digest(),
                "transfer_syntax_uid": "1.2.840.10008.1.2.1",
                "container_ref": _ONLY_CONTAINER,
                "member_offset": number * (_PART10_BYTES + 698),
                "member_length": _PART10_BYTES,
                "data_set_offset": 334,
                "data_set_length": _PART10_BYTES - 334,
                "header_length": 3200,
                "frames": b"\1",
                "checks": bytes(36),
                "encoding": "plain",
                "damaged_at": None,
                "last_seen_at": _AT,
                "tombstone_at": None,
                "purged_at": None,
            },
        )
    )
    rows[instance].append(
        row_of(
            instance,
            {
                "id": ref,
                "partition_ref": DEFAULT_PARTITION,
                "series_ref": series_ref,
                "study_variant_ref": series_ref,
                "series_variant_ref": series_ref,
                "content_ref": ref,
                "sop_instance_uid": _uid("instance", number),
                "sop_class_uid": "1.2.840.10008.5.1.4.1.1.2",
                "state": int(State.LIVE),
                "former_state": None,
                "instance_number": str(index + 1),
                "instance_order": index + 1,
                "rows": 512,
                "columns": 512,
                "number_of_frames": 1,
                "bits_allocated": 16,
                "source": "BENCH",
                "sequence": 1,
                "state_sequence": 1,
            },
        )
    )


def _uid(level: str, number: int) -> str:
    digest = hashlib.sha256(f"isocenter big index {level} {number}".encode()).digest()
    return f"2.25.{10**38 + int.from_bytes(digest[:15], 'big')}"
