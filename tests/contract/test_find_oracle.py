"""The compiled SQL finds what a naive look at every entity finds, whatever is asked."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine

import find_archive
from find_archive import Archive, Builder, naive_find, unique
from isocenter.index.attributes import ATTRIBUTES, Level
from isocenter.index.finder import Finder, FindLimits
from isocenter.index.keys import KeyRules, read_keys
from isocenter.index.query import Query

EVERY_RULE = KeyRules(combined_date_time=True, empty_value=True, multiple_values=True)
POOLS: dict[str, tuple[str, ...]] = {
    "PN": (*find_archive.NAMES, "M*", "mü*", "MUE*", "*ller*", "M?ller^*", "SMITH*", "*=山*", "山田^太郎", "O?N*",
           "*^A*", "김*", "Schmidt\\Lodz^Ewa", "DOE^*", "Smit", "*%*", '""'),
    "LO": (*find_archive.IDS, *find_archive.DESCRIPTIONS, "P*", "?1", "*%*", "P_*", "CT*", "*THORAX", "[*",
           "P1\\P2", '""'),
    "SH": (*find_archive.IDS, "P*", "*1", "??", "P%*", '""', "P1\\P_4"),
    "CS": ("M", "F", "m", "C*", "?R", "CT\\MR", '""', "XA"),
    "DA": ("20240115", "20240101-", "-20240115", "20240101-20240131", "2024.01.15", '""', "20240115\\20240229"),
    "TM": ("10", "101530.25", "0959-1015", "-10", "1200-", "10:15:30.25", '""', "235959.999999"),
    "IS": ("1", "01", "2", "10", "x", '""', "1\\2"),
    "US": ("64", "512", "064", "x", '""'),
}  # fmt: skip
UIDS = {
    0x0020000D: ("1.2.10", "1.2.11\\1.2.20\\1.2.30", "1.2.*"),
    0x0020000E: ("1.2.3.100", "1.2.3.110\\1.2.3.200"),
    0x00080018: ("1.2.3.4.1000", "1.2.3.4.1001\\1.2.3.4.1100"),
    0x00080016: (*find_archive.SOP_CLASSES, "\\".join(find_archive.SOP_CLASSES[:2])),
    0x00080062: find_archive.SOP_CLASSES,
    0x00083002: find_archive.SYNTAXES,
}


@pytest.fixture(scope="module")
def archive() -> Archive:
    return Builder(7).build()


@pytest.fixture(scope="module")
def finder(shared_engine: Engine, archive: Archive) -> Finder:
    with shared_engine.begin() as connection:
        archive.insert(connection)
    return Finder(shared_engine, FindLimits(page=7))


def draw_key(chance: random.Random, level: Level) -> tuple[tuple[int, ...], str]:
    tags = [tag for tag, entry in ATTRIBUTES.items() if entry.matchable and entry.level <= level and tag in HELD]
    tag = chance.choice(tags)
    if tag == 0x00400275:
        return chance.choice(
            [((tag, 0x00400009), "S1"), ((tag, 0x00401001), "R*"), ((tag, 0x00400009), '""'), ((tag, 0x00401001), "R2")]
        )
    return (tag,), chance.choice(UIDS.get(tag) or POOLS[ATTRIBUTES[tag].vr])


HELD = {
    0x00100010, 0x00100020, 0x00100021, 0x00100030, 0x00100040, 0x0020000D, 0x00080020, 0x00080030, 0x00080050,
    0x00200010, 0x00081030, 0x00080090, 0x0020000E, 0x00080060, 0x00200011, 0x0008103E, 0x00400244, 0x00400245,
    0x00080018, 0x00080016, 0x00200013, 0x00280010, 0x00080061, 0x00080062, 0x00083002, 0x00400275,
}  # fmt: skip


def draw_query(chance: random.Random) -> Query:
    level = chance.choice(list(Level))
    keys = dict(draw_key(chance, level) for _ in range(chance.choice((0, 1, 1, 2, 2, 3))))
    query = Query(level, partition=chance.choice((1, 1, 2)), relational=True, fuzzy=chance.random() < 0.2)
    return read_keys(query, keys.items(), EVERY_RULE)


def found(finder: Finder, query: Query) -> list[str]:
    if query.level is Level.PATIENT:
        query = replace(query, returns=query.returns | {0x00100010, 0x00100020, 0x00100021, 0x00100030, 0x00100040})
        return [
            str(["".join(row.values[tag]) for tag in (0x00100010, 0x00100020, 0x00100021, 0x00100030, 0x00100040)])
            for row in finder.find(query)
        ]
    key = {Level.STUDY: 0x0020000D, Level.SERIES: 0x0020000E, Level.IMAGE: 0x00080018}[query.level]
    return [row.values[key][0] for row in finder.find(query)]


@pytest.mark.parametrize("seed", range(200))
def test_a_random_query_finds_what_a_naive_look_finds(finder: Finder, archive: Archive, seed: int) -> None:
    query = draw_query(random.Random(seed))
    answers = found(finder, query)
    assert set(answers) == naive_find(archive, query)
    assert len(answers) == finder.count(query)
    if query.level is not Level.PATIENT:
        assert len(set(answers)) == len(answers)


def test_the_random_queries_are_worth_asking(archive: Archive) -> None:
    sizes = [len(naive_find(archive, draw_query(random.Random(seed)))) for seed in range(200)]
    assert sum(1 for size in sizes if size) > 100
    assert len({size for size in sizes if size > 0}) > 20


@pytest.mark.parametrize("seed", range(40))
def test_another_key_never_finds_more(finder: Finder, seed: int) -> None:
    chance = random.Random(1000 + seed)
    query = draw_query(chance)
    path, text = draw_key(chance, query.level)
    narrower = read_keys(query, [(path, text)], EVERY_RULE)
    assert set(found(finder, narrower)) <= set(found(finder, query))


@pytest.mark.parametrize("level", [Level.STUDY, Level.SERIES, Level.IMAGE])
def test_two_halves_of_a_range_of_dates_make_the_whole(finder: Finder, level: Level) -> None:
    def dated(text: str) -> list[str]:
        return found(finder, read_keys(Query(level), [((0x00080020,), text)]))

    assert sorted(dated("20240101-20240115") + dated("20240116-20240301")) == sorted(dated("20240101-20240301"))
    assert sorted(dated("-20240115") + dated("20240116-")) == sorted(dated("00010101-99991231")) != []


def test_only_what_is_in_force_is_found(finder: Finder, archive: Archive) -> None:
    for level in Level:
        alive = sorted(unique(one) for one in archive.entities[level] if one.live and one.partition == 1)
        assert sorted(found(finder, Query(level))) == alive
        assert len(alive) < len(archive.entities[level])


def walk(finder: Finder, query: Query, step: int) -> Iterator[str]:
    offset = 0
    while page := found(finder, replace(query, limit=step, offset=offset)):
        yield from page
        offset += step


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("step", [1, 5])
def test_limit_and_offset_walk_over_everything_once_in_one_order(finder: Finder, level: Level, step: int) -> None:
    assert list(walk(finder, Query(level), step)) == found(finder, Query(level))
