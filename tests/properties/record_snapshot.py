"""Everything that an archive answers, as a value: two archives that answer alike have equal snapshots."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import orjson
from record_life import INSTANCES, PATIENTS, SERIES, STUDIES
from sqlalchemy import Engine, select

from index_harness import outcome
from isocenter.app import Archive
from isocenter.index.attributes import ATTRIBUTES
from isocenter.index.finder import Finder
from isocenter.index.query import (
    EmptyValue,
    Level,
    Match,
    MultipleValues,
    Path,
    Query,
    Range,
    SingleValue,
    UidList,
    Wildcard,
)
from isocenter.index.read import RecordLookups
from isocenter.index.schema import State, content, instance, instance_alternate, is_not_live, series, study

QUERIES = 200


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What an archive says; all of it without row ids."""

    answers: tuple[Any, ...]
    in_force: dict[str, Any]
    histories: dict[str, Any]
    states: tuple[Any, ...]
    alternates: tuple[Any, ...]
    contents: tuple[Any, ...]
    exceptions: tuple[Any, ...]
    problems: tuple[Any, ...]


def snapshot(archive: Archive, seed: int) -> Snapshot:
    record, engine = archive.record, archive.engine
    uids = [
        f"1.2.3.{study}.{series}.{number}"
        for study in range(STUDIES)
        for series in range(SERIES)
        for number in range(INSTANCES)
    ]
    return Snapshot(
        answers=tuple(answers(archive.finder, random.Random(seed))),
        in_force=in_force(engine),
        histories={uid: history(record, uid) for uid in uids},
        states=tuple(states(engine)),
        alternates=tuple(alternates(engine)),
        contents=tuple(contents(engine)),
        exceptions=tuple(exceptions(record)),
        problems=tuple(sorted((problem.rule, problem.detail) for problem in archive.check().problems)),
    )


def answers(finder: Finder, chance: random.Random) -> list[Any]:
    """Ask at all levels for all that is known, under random keys."""
    found = []
    for _ in range(QUERIES):
        level = chance.choice(list(Level))
        keys = chance.sample(KEYS, chance.randrange(3))
        matches = tuple((path, chance.choice(values)) for at, path, values in keys if at <= level)
        returns = frozenset(tag for tag, attribute in ATTRIBUTES.items() if attribute.level <= level)
        rows = finder.find(Query(level, matches=matches, returns=returns, relational=True))
        found.append([(sorted(row.values.items()), sorted(row.items.items())) for row in rows])
    return found


KEYS: list[tuple[Level, Path, list[Match]]] = [
    (Level.PATIENT, (0x00100020,), [SingleValue(one[0]) for one in PATIENTS if one[0]] + [EmptyValue()]),
    (Level.PATIENT, (0x00100010,), [Wildcard("D*"), Wildcard("*bob"), SingleValue("Muller^Hans"), Wildcard("?o*")]),
    (Level.PATIENT, (0x00100040,), [SingleValue("F"), EmptyValue()]),
    (Level.STUDY, (0x00080020,), [Range("20240102", "20240105"), Range(None, "20240103"), SingleValue("20240107")]),
    (Level.STUDY, (0x00081030,), [Wildcard("STUDY ?"), SingleValue("STUDY 1")]),
    (Level.STUDY, (0x00080061,), [SingleValue("MR"), SingleValue("CT")]),
    (Level.STUDY, (0x00080090,), [EmptyValue(), Wildcard("House*")]),
    (Level.SERIES, (0x00080060,), [SingleValue("MR"), MultipleValues((SingleValue("CT"), SingleValue("US")))]),
    (Level.SERIES, (0x0008103E,), [SingleValue("SERIES 0"), Wildcard("*1")]),
    (Level.IMAGE, (0x00080016,), [UidList(("1.2.840.10008.5.1.4.1.1.4",))]),
    (Level.IMAGE, (0x00200013,), [SingleValue("1"), SingleValue("3")]),
]


def in_force(engine: Engine) -> dict[str, Any]:
    """Rows of the upper levels that have something in force; the others answer nothing."""
    empty = ("instance_count", "0")
    found = outcome(engine)
    return {
        name: [row for row in rows if empty not in row] for name, rows in found.items() if name not in ("exception",)
    }


def history(record: RecordLookups, uid: str) -> list[Any]:
    return [
        (each.sequence, each.kind, each.at, each.actor, each.source, each.reason, body_of(each.body), each.content_id)
        for each in record.history(uid)
    ]


def body_of(body: str) -> bytes:
    return orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)


def states(engine: Engine) -> list[Any]:
    columns = (
        instance.c.sop_instance_uid,
        instance.c.sequence,
        instance.c.state,
        instance.c.state_reason,
        instance.c.state_sequence,
        instance.c.source,
        series.c.series_instance_uid,
        study.c.study_instance_uid,
        content.c.content_id,
    )
    statement = (
        select(*columns)
        .join(series, series.c.id == instance.c.series_ref)
        .join(study, study.c.id == series.c.study_ref)
        .join(content, content.c.id == instance.c.content_ref)
    )
    with engine.connect() as connection:
        return sorted(tuple(row) for row in connection.execute(statement))


def alternates(engine: Engine) -> list[Any]:
    statement = (
        select(instance.c.sop_instance_uid, instance.c.sequence, instance_alternate.c.sequence, content.c.content_id)
        .join(instance_alternate, instance_alternate.c.instance_ref == instance.c.id)
        .join(content, content.c.id == instance_alternate.c.content_ref)
    )
    with engine.connect() as connection:
        return sorted(tuple(row) for row in connection.execute(statement))


def contents(engine: Engine) -> list[Any]:
    """Flags of contents; where the bytes of a purged or damaged one lay is of no matter."""
    columns = (
        content.c.content_id,
        content.c.transfer_syntax_uid,
        content.c.damaged_at,
        content.c.tombstone_at,
        content.c.purged_at,
        content.c.last_seen_at,
    )
    with engine.connect() as connection:
        return sorted(connection.execute(select(*columns)).all(), key=lambda row: row[0])


def exceptions(record: RecordLookups) -> list[Any]:
    """Open exceptions; their numbers and moments are those of the commit that listed them."""
    return sorted(
        (each.kind, each.subject, orjson.dumps(each.detail), each.study_instance_uid, each.sop_instance_uid)
        for each in record.exceptions()
    )


def quarantined(engine: Engine) -> int:
    with engine.connect() as connection:
        statement = select(instance.c.id).where(is_not_live(), instance.c.state == int(State.QUARANTINED))
        return len(connection.execute(statement).all())
