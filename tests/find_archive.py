"""A small made-up archive for tests of finding, and a naive matcher to compare the compiled SQL with."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from isocenter.index import schema
from isocenter.index.attributes import ATTRIBUTES, DATE_TIME_PAIRS, UNIQUE_KEYS, Level
from isocenter.index.moments import read_time, time_span
from isocenter.index.name_pattern import Run, fold_pattern
from isocenter.index.names import fold_person_name, phonetic_key
from isocenter.index.query import (
    DateTimeRange,
    EmptyValue,
    Match,
    MultipleValues,
    Query,
    Range,
    SequenceMatch,
    SingleValue,
    UidList,
    Wildcard,
)

NAMES = (
    "Müller^Anna", "MUELLER^ANNA", "Muller^Bernd", "Miller^Ann", "Łódź^Jan", "Lodz^Ewa", "Ёлкин^Пётр", "Елкин^Иван",
    "Yamada^Tarou=山田^太郎=やまだ^たろう", "O'Neil^Sean", "ONeil^Pat", "Smith-Jones^Mary^^Dr", "Smith Jones^Mary",
    "Schmidt", "Schmitt^A%b_c", "김^희중", "Doe^", "",
)  # fmt: skip
IDS = ("P1", "p1", "P2", "P%3", "P_4", "P\\5", "[P6]", "")
DESCRIPTIONS = ("CT THORAX", "ct thorax", "Head 100%", "a_b", "[x]", "", "*")
MODALITIES = ("CT", "MR", "US", "SR", "")
DATES = ("20231231", "20240101", "20240115", "20240229", "20240301", "", "20240102")
TIMES = ("", "000000", "0959", "10", "101530.25", "235959.999999", "rubbish", "1200")
SEXES = ("M", "F", "O", "")
SOP_CLASSES = ("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.88.11")
SYNTAXES = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.70")
ZONES = ("", "+0100", "-0500")


@dataclass
class Entity:
    """One row of a level, with the values by tag of it and of all above."""

    id: int
    level: Level
    values: dict[int, Any]
    modalities: set[str] = field(default_factory=set)
    sop_classes: set[str] = field(default_factory=set)
    syntaxes: set[str] = field(default_factory=set)
    requests: list[dict[int, str]] = field(default_factory=list)
    live: int = 0
    partition: int = 1
    parents: tuple[Entity, ...] = ()


@dataclass
class Archive:
    entities: dict[Level, list[Entity]]
    rows: dict[str, list[dict[str, Any]]]

    def insert(self, connection: Connection) -> None:
        for table in schema.metadata.sorted_tables:
            if self.rows.get(table.name):
                connection.execute(table.insert(), self.rows[table.name])


def micros(text: str) -> int | None:
    time = read_time(text)
    return None if time is None else time_span(time)[0]


def name_columns(column: str, name: str) -> dict[str, str]:
    folded = fold_person_name(name)
    return {
        column: name,
        f"{column}_alphabetic_folded": folded.alphabetic,
        f"{column}_ideographic_folded": folded.ideographic,
        f"{column}_phonetic_folded": folded.phonetic,
        f"{column}_phonetic_key": phonetic_key(name),
    }


class Builder:
    """Draws an archive: some entities hold nothing that is in force, some lie in another partition."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.archive = Archive({level: [] for level in Level}, {})
        self.add("partition", id=1, name="default")
        self.add("partition", id=2, name="other")
        self.add("container", id=1, kind="pack", name="p", indexed_end=0)

    def add(self, table: str, **row: Any) -> None:
        self.archive.rows.setdefault(table, []).append(row)

    def build(self, patients: int = 24) -> Archive:
        for number in range(1, patients + 1):
            self.patient(number)
        return self.archive

    def entity(self, level: Level, number: int, values: dict[int, Any], *parents: Entity) -> Entity:
        inherited = {tag: value for parent in parents for tag, value in parent.values.items()}
        made = Entity(number, level, inherited | values, parents=parents)
        made.partition = parents[0].partition if parents else 1 + (number % 6 == 0)
        self.archive.entities[level].append(made)
        return made

    def patient(self, number: int) -> None:
        pick = self.chance.choice
        values = {
            0x00100010: pick(NAMES), 0x00100020: pick(IDS), 0x00100021: pick(("", "HOSP")),
            0x00100030: pick(DATES), 0x00100040: pick(SEXES),
        }  # fmt: skip
        patient = self.entity(Level.PATIENT, number, values)
        studies = [self.study(number * 10 + n, patient) for n in range(self.chance.randint(0, 3))]
        self.add(
            "patient",
            id=number,
            partition_ref=patient.partition,
            issuer_of_patient_id=values[0x00100021],
            patient_id=values[0x00100020],
            person=str(number),
            patient_birth_date=values[0x00100030],
            patient_sex=values[0x00100040],
            study_count=sum(1 for study in studies if study.live),
            instance_count=patient.live,
            **name_columns("patient_name", values[0x00100010]),
        )

    def study(self, number: int, patient: Entity) -> Entity:
        pick = self.chance.choice
        values = {
            0x0020000D: f"1.2.{number}", 0x00080020: pick(DATES), 0x00080030: pick(TIMES), 0x00080050: pick(IDS),
            0x00200010: pick(IDS), 0x00081030: pick(DESCRIPTIONS), 0x00080090: pick(NAMES), 0x00080201: pick(ZONES),
        }  # fmt: skip
        study = self.entity(Level.STUDY, number, values, patient)
        all_series = [self.series(number * 10 + n, study, patient) for n in range(self.chance.randint(1, 3))]
        for modality in {series.values[0x00080060] for series in all_series}:
            count = sum(1 for series in all_series if series.live and series.values[0x00080060] == modality)
            self.add(
                "study_modality", study_ref=number, modality=modality, partition_ref=study.partition, series_count=count
            )
        self.add("study_variant", id=number, study_ref=number, digest=b"", patient_digest=b"", attributes="{}")
        self.add(
            "study",
            id=number,
            partition_ref=study.partition,
            patient_ref=patient.id,
            study_instance_uid=values[0x0020000D],
            study_date=values[0x00080020],
            study_time=values[0x00080030],
            study_time_micros=micros(values[0x00080030]),
            accession_number=values[0x00080050],
            study_id=values[0x00200010],
            study_description=values[0x00081030],
            timezone_offset_from_utc=values[0x00080201],
            series_count=sum(1 for series in all_series if series.live),
            instance_count=study.live,
            updated_sequence=0,
            **name_columns("referring_physician_name", values[0x00080090]),
        )
        return study

    def series(self, number: int, study: Entity, patient: Entity) -> Entity:
        pick = self.chance.choice
        values = {
            0x0020000E: f"1.2.3.{number}", 0x00080060: pick(MODALITIES), 0x00200011: pick(("", "1", "2", "10", "x")),
            0x0008103E: pick(DESCRIPTIONS), 0x00400244: pick(DATES), 0x00400245: pick(TIMES),
        }  # fmt: skip
        series = self.entity(Level.SERIES, number, values, study, patient)
        for item in range(self.chance.randint(0, 2)):
            request = {0x00400009: pick(("S1", "S2", "")), 0x00401001: pick(("R1", "R2", ""))}
            series.requests.append(request)
            self.add(
                "series_request",
                series_ref=number,
                item=item,
                partition_ref=series.partition,
                scheduled_procedure_step_id=request[0x00400009],
                requested_procedure_id=request[0x00401001],
            )
        for n in range(self.chance.randint(1, 3)):
            self.image(number * 10 + n, series, study, patient)
        order = values[0x00200011]
        self.add("series_variant", id=number, series_ref=number, digest=b"", attributes="{}")
        self.add(
            "series",
            id=number,
            partition_ref=series.partition,
            study_ref=study.id,
            series_instance_uid=values[0x0020000E],
            modality=values[0x00080060],
            series_number=order,
            series_order=int(order) if order.isdecimal() else None,
            series_description=values[0x0008103E],
            performed_procedure_step_start_date=values[0x00400244],
            performed_procedure_step_start_time=values[0x00400245],
            performed_procedure_step_start_time_micros=micros(values[0x00400245]),
            instance_count=series.live,
        )
        return series

    def image(self, number: int, series: Entity, study: Entity, patient: Entity) -> None:
        pick = self.chance.choice
        values = {
            0x00080018: f"1.2.3.4.{number}", 0x00080016: pick(SOP_CLASSES), 0x00200013: pick(("", "1", "2", "03")),
            0x00280010: pick((None, 64, 512)),
        }  # fmt: skip
        image = self.entity(Level.IMAGE, number, values, series, study, patient)
        state = pick((0, 0, 0, 1, 2, 3, 4))
        syntax = pick(SYNTAXES)
        image.syntaxes.add(syntax)
        if state == 0:
            for entity in (image, *image.parents):
                entity.live += 1
                entity.sop_classes.add(values[0x00080016])
                entity.modalities.add(series.values[0x00080060])
        self.add(
            "content", id=number, content_id=number.to_bytes(32, "big"), transfer_syntax_uid=syntax, container_ref=1,
            member_offset=0, member_length=0, data_set_offset=0, data_set_length=0, header_length=0, frames=b"",
            checks=b"", damaged_at=1 if number % 7 == 0 else None, last_seen_at=0,
        )  # fmt: skip
        order = values[0x00200013]
        self.add(
            "instance",
            id=number,
            partition_ref=image.partition,
            series_ref=series.id,
            study_variant_ref=study.id,
            series_variant_ref=series.id,
            content_ref=number,
            sop_instance_uid=values[0x00080018],
            sop_class_uid=values[0x00080016],
            state=state,
            instance_number=order,
            instance_order=int(order) if order.isdecimal() else None,
            rows=values[0x00280010],
            sequence=0,
            state_sequence=0,
        )


def naive_find(archive: Archive, query: Query) -> set[str]:
    """Unique keys of what ``query`` should find, by looking at every entity."""
    return {
        unique(entity)
        for entity in archive.entities[query.level]
        if entity.live
        and entity.partition == query.partition
        and all(_fulfils(entity, path[0], match, fuzzy=query.fuzzy) for path, match in query.matches)
    }


def unique(entity: Entity) -> str:
    if entity.level is Level.PATIENT:
        return str([entity.values.get(tag) for tag in (0x00100010, 0x00100020, 0x00100021, 0x00100030, 0x00100040)])
    return str(entity.values[UNIQUE_KEYS[entity.level]])


def _at(entity: Entity, level: Level) -> Entity:
    return next(one for one in (entity, *entity.parents) if one.level is level)


def _fulfils(entity: Entity, tag: int, match: Match, *, fuzzy: bool) -> bool:
    attribute = ATTRIBUTES[tag]
    owner = _at(entity, attribute.level)
    if tag == 0x00080061:
        return _any(owner.modalities - {""}, match)
    if tag == 0x00080062:
        return _any(owner.sop_classes, match)
    if tag == 0x00083002:
        return _any(owner.syntaxes, match)
    if isinstance(match, SequenceMatch):
        empty = all(isinstance(key, EmptyValue) for _, key in match.items)
        return (empty and not owner.requests) or any(
            all(_value(item[inner], key) for inner, key in match.items) for item in owner.requests
        )
    value = owner.values.get(tag)
    if attribute.vr == "PN":
        return _name(value, match, fuzzy=fuzzy)
    if isinstance(match, DateTimeRange):
        return _moment(value, owner.values[DATE_TIME_PAIRS[tag]], match)
    if attribute.vr == "TM":
        return _time(value, match)
    if attribute.vr == "DA":
        return _date(value, match)
    return _value("" if value is None else str(value), match)


def _any(values: set[str], match: Match) -> bool:
    return not values if isinstance(match, EmptyValue) else any(_value(value, match) for value in values)


def _value(value: str, match: Match) -> bool:
    if isinstance(match, EmptyValue):
        return value == ""
    if value == "":
        return False
    if isinstance(match, SingleValue):
        return value == match.value
    if isinstance(match, UidList):
        return value in match.uids
    if isinstance(match, MultipleValues):
        return any(_value(value, one) for one in match.alternatives)
    assert isinstance(match, Wildcard)
    written = "".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in match.pattern)
    return re.fullmatch(written, value, re.DOTALL) is not None


def _name(name: str, match: Match, *, fuzzy: bool) -> bool:
    folded = fold_person_name(name)
    groups = (folded.alphabetic, folded.ideographic, folded.phonetic)
    if isinstance(match, EmptyValue):
        return not any(groups)
    if isinstance(match, MultipleValues):
        return any(_name(name, one, fuzzy=fuzzy) for one in match.alternatives)
    assert isinstance(match, SingleValue | Wildcard)
    text = match.value if isinstance(match, SingleValue) else match.pattern
    asked = text.split("=")
    if len(asked) == 1:
        exact = any(_fits(group, text) for group in groups)
    else:
        exact = all(_fits(group, part) for group, part in zip(groups, asked, strict=False) if part)
    return exact or (fuzzy and isinstance(match, SingleValue) and _alike(name, text))


def _alike(name: str, text: str) -> bool:
    family, _, given = text.partition("^")
    if phonetic_key(family) != phonetic_key(name) or not phonetic_key(family):
        return False
    first = fold_person_name(given).alphabetic
    return not first or f"^{first}" in fold_person_name(name).alphabetic


def _fits(group: str, text: str) -> bool:
    runs: Mapping[Run, str] = {Run.MANY: ".*", Run.ONE: "."}
    return bool(group) and any(
        re.fullmatch("".join(runs[t] if isinstance(t, Run) else re.escape(t) for t in tokens), group, re.DOTALL)
        for tokens in fold_pattern(text).alternatives
    )


def _date(value: str, match: Match) -> bool:
    if isinstance(match, Range):
        return value != "" and (match.start or "0") <= value <= (match.end or "9")
    return _value(value, match)


def _time(value: str, match: Match) -> bool:
    if isinstance(match, EmptyValue):
        return value == ""
    if isinstance(match, MultipleValues):
        return any(_time(value, one) for one in match.alternatives)
    at = micros(value)
    if at is None:
        return False
    if isinstance(match, SingleValue):
        first, last = time_span(match.value)
        return first <= at <= last
    assert isinstance(match, Range)
    first = time_span(match.start)[0] if match.start else 0
    return at >= first and (match.end is None or at <= time_span(match.end)[1])


def _moment(date: str, time: str, match: DateTimeRange) -> bool:
    at = micros(time)
    if date == "" or at is None:
        return False
    dates, times = match.dates, match.times
    if dates.start and (date, at) < (dates.start, time_span(times.start)[0] if times.start else 0):
        return False
    return not dates.end or (date, at) <= (dates.end, time_span(times.end)[1] if times.end else 10**12)
