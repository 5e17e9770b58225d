"""What answers hold, in which order, and what is refused."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, update

from find_archive import Archive, Builder
from isocenter.errors import BadRequest
from isocenter.index import schema
from isocenter.index.attributes import ATTRIBUTES, Level
from isocenter.index.finder import Finder, FindLimits
from isocenter.index.keys import KeyRules, read_keys
from isocenter.index.query import Order, Query

COMBINED = KeyRules(combined_date_time=True)


@pytest.fixture(scope="module")
def archive() -> Archive:
    return one_patient_archive()


@pytest.fixture(scope="module")
def finder(shared_engine: Engine, archive: Archive) -> Finder:
    with shared_engine.begin() as connection:
        archive.insert(connection)
    return Finder(shared_engine)


def one_patient_archive() -> Archive:
    """Müller with three studies, each of one series of two live instances and one that is not."""
    builder = Builder(1)
    made = builder.build(0)
    add = builder.add
    names = {"patient_name_alphabetic_folded": "muller^anna", "patient_name_phonetic_key": "768"}
    add(
        "patient", id=1, partition_ref=1, patient_id="P1", person="", patient_name="Müller^Anna", study_count=3,
        series_count=3, instance_count=6, other_patient_names="Maier^Anna\\Meyer", **names,
    )  # fmt: skip
    studies = ((1, "20240101", "233000", "CT"), (2, "20240102", "003000", "MR"), (3, "20240102", "", "CT"))
    for number, date, time, modality in studies:
        micros = None if not time else int(time[:2]) * 3_600_000_000 + int(time[2:4]) * 60_000_000
        add(
            "study", id=number, partition_ref=1, patient_ref=1, study_instance_uid=f"1.{number}", study_date=date,
            study_time=time, study_time_micros=micros, accession_number=f"A{number}", series_count=1, instance_count=2,
            timezone_offset_from_utc="+0200" if number == 1 else "", updated_sequence=0,
        )  # fmt: skip
        add("study_variant", id=number, study_ref=number, digest=b"", patient_digest=b"", attributes="{}")
        add("study_modality", study_ref=number, modality=modality, partition_ref=1, series_count=1)
        add("study_modality", study_ref=number, modality="OT", partition_ref=1, series_count=0)
        add(
            "series", id=number, partition_ref=1, study_ref=number, series_instance_uid=f"1.{number}.1",
            modality=modality, series_number="1", series_order=1, instance_count=2,
        )  # fmt: skip
        add("series_variant", id=number, series_ref=number, digest=b"", attributes="{}")
        for item in range(2):
            add(
                "series_request", series_ref=number, item=item, partition_ref=1,
                scheduled_procedure_step_id=f"S{item}", requested_procedure_id="",
            )  # fmt: skip
        for n, state in enumerate((0, 0, 4)):
            image(builder, number * 10 + n, number, state)
    add("instance_alternate", instance_ref=10, content_ref=12, sequence=1)
    return made


def image(builder: Builder, number: int, series: int, state: int) -> None:
    builder.add(
        "content", id=number, content_id=number.to_bytes(32, "big"), container_ref=1, member_offset=0, member_length=0,
        transfer_syntax_uid="1.2.840.10008.1.2.4.70" if state else "1.2.840.10008.1.2.1", data_set_offset=0,
        data_set_length=0, header_length=0, frames=b"", checks=b"", damaged_at=1 if number == 21 else None,
        last_seen_at=0,
    )  # fmt: skip
    builder.add(
        "instance", id=number, partition_ref=1, series_ref=series, study_variant_ref=series, series_variant_ref=series,
        content_ref=number, sop_instance_uid=f"1.{series}.1.{number}", sop_class_uid=f"1.2.840.{number % 2}",
        state=state, instance_number=str(20 - number % 10), instance_order=20 - number % 10, rows=512, sequence=0,
        state_sequence=0,
    )  # fmt: skip


def ask(level: Level, **more: str) -> Query:
    """A query from keys like ``t00100010="M*"``; every attribute of the level and above is asked for."""
    keys = [((int(name[1:], 16),), value) for name, value in more.items()]
    returns = frozenset(tag for tag, entry in ATTRIBUTES.items() if entry.level <= level)
    return read_keys(Query(level, returns=returns, relational=True), keys, COMBINED)


def uids(finder: Finder, query: Query, tag: int = 0x0020000D) -> list[str]:
    return [row.values[tag][0] for row in finder.find(query)]


def test_a_study_answers_with_what_lies_below_and_above_it(finder: Finder) -> None:
    (row,) = finder.find(ask(Level.STUDY, t0020000D="1.1"))
    values = row.values
    assert values[0x00100010] == ["Müller^Anna"]
    assert values[0x00101001] == ["Maier^Anna", "Meyer"]
    assert values[0x00080061] == ["CT"]
    assert values[0x00080062] == ["1.2.840.0", "1.2.840.1"]
    assert values[0x00201206] == ["1"]
    assert values[0x00201208] == ["2"]
    assert values[0x00201200] == ["3"]
    assert values[0x00201204] == ["6"]
    assert values[0x00080056] == ["ONLINE"]
    assert values[0x00080201] == ["+0200"]
    assert values[0x00100040] == []
    assert values[0x00081030] == []


def test_a_series_answers_with_its_requests(finder: Finder) -> None:
    (row,) = finder.find(ask(Level.SERIES, t0020000E="1.2.1"))
    assert row.items == {0x00400275: [{0x00400009: ["S0"], 0x00401001: []}, {0x00400009: ["S1"], 0x00401001: []}]}
    assert row.values[0x00201209] == ["2"]
    assert row.values[0x0020000D] == ["1.2"]
    assert 0x00400275 not in row.values


def test_an_instance_answers_with_all_its_renditions(finder: Finder) -> None:
    first, second = finder.find(ask(Level.IMAGE, t0020000E="1.1.1"))
    assert first.values[0x00080018] == ["1.1.1.11"]
    assert first.values[0x00083002] == ["1.2.840.10008.1.2.1"]
    assert second.values[0x00083002] == ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.70"]
    assert first.values[0x00280010] == ["512"]
    assert first.values[0x00280008] == []


def test_a_damaged_copy_makes_its_instance_series_and_study_unavailable(finder: Finder) -> None:
    for level, damaged in ((Level.STUDY, {"1.2"}), (Level.SERIES, {"1.2.1"}), (Level.IMAGE, {"1.2.1.21"})):
        key = {Level.STUDY: 0x0020000D, Level.SERIES: 0x0020000E, Level.IMAGE: 0x00080018}[level]
        rows = list(finder.find(ask(level)))
        assert {row.values[key][0] for row in rows if row.values[0x00080056] == ["UNAVAILABLE"]} == damaged
        assert {row.values[0x00080056][0] for row in rows} == {"ONLINE", "UNAVAILABLE"}


def test_only_what_is_asked_for_comes_and_the_unique_keys(finder: Finder) -> None:
    row = next(iter(finder.find(read_keys(Query(Level.IMAGE, relational=True), [((0x00280010,), "")]))))
    assert set(row.values) == {0x00280010, 0x0020000D, 0x0020000E, 0x00080018}


def test_studies_come_newest_first_and_those_without_a_time_last_of_their_day(finder: Finder) -> None:
    assert uids(finder, ask(Level.STUDY)) == ["1.2", "1.3", "1.1"]


def test_instances_come_by_number(finder: Finder) -> None:
    assert uids(finder, ask(Level.IMAGE, t0020000E="1.1.1"), 0x00080018) == ["1.1.1.11", "1.1.1.10"]


def test_an_order_can_be_asked_for(finder: Finder) -> None:
    query = Query(Level.STUDY, order_by=(Order(0x00080050),))
    assert uids(finder, query) == ["1.1", "1.2", "1.3"]
    query = Query(Level.STUDY, order_by=(Order(0x00100010), Order(0x00080050, descending=True)))
    assert uids(finder, query) == ["1.3", "1.2", "1.1"]
    for tag in (0x00080060, 0x00080061, 0x12345678):
        with pytest.raises(BadRequest):
            finder.find(Query(Level.STUDY, order_by=(Order(tag),)))


def test_dates_and_times_are_read_as_one_when_that_was_agreed(finder: Finder) -> None:
    across_midnight = {"t00080020": "20240101-20240102", "t00080030": "2300-0100"}
    assert sorted(uids(finder, ask(Level.STUDY, **across_midnight))) == ["1.1", "1.2"]
    apart = read_keys(Query(Level.STUDY), [((int(k[1:], 16),), v) for k, v in across_midnight.items()])
    assert uids(finder, apart) == []


def test_a_time_zone_in_the_request_moves_dates_and_times(shared_engine: Engine, finder: Finder) -> None:
    """Study 1.1 was at 23:30 two hours east: 21:30 UTC. Study 1.2 was at 00:30 of the site, here an hour west."""
    finder = Finder(shared_engine, FindLimits(site_utc_offset=-60))
    window = {"t00080020": "20240101-20240101", "t00080201": "+0000"}
    assert uids(finder, ask(Level.STUDY, **window, t00080030="2129-2131")) == ["1.1"]
    assert uids(finder, ask(Level.STUDY, **window, t00080030="2329-2331")) == []
    window["t00080020"] = "20240102-20240102"
    assert uids(finder, ask(Level.STUDY, **window, t00080030="0129-0131")) == ["1.2"]


def test_names_that_sound_alike_are_found_only_when_asked(finder: Finder) -> None:
    for key, fuzzy, count in (
        ("Miller", True, 3),
        ("Miller", False, 0),
        ("Miller^An", True, 3),
        ("Miller^Bo", True, 0),
    ):
        query = read_keys(Query(Level.STUDY, fuzzy=fuzzy), [((0x00100010,), key)])
        assert len(finder.find(query)) == count


def test_a_limit_says_whether_there_is_more(finder: Finder) -> None:
    assert finder.find(Query(Level.STUDY, limit=2)).more
    assert not finder.find(Query(Level.STUDY, limit=3)).more
    assert not finder.find(Query(Level.STUDY, limit=2, offset=1)).more
    assert len(finder.find(Query(Level.STUDY, limit=0))) == 0
    assert len(finder.find(Query(Level.STUDY, offset=5))) == 0
    for query in (Query(Level.STUDY, limit=-1), Query(Level.STUDY, offset=-1)):
        with pytest.raises(BadRequest):
            finder.find(query)


def test_a_query_that_finds_too_much_is_refused_unless_limited(shared_engine: Engine, finder: Finder) -> None:
    small = Finder(shared_engine, FindLimits(rows=2))
    with pytest.raises(BadRequest, match="narrow"):
        small.find(Query(Level.STUDY))
    assert len(small.find(Query(Level.STUDY, limit=50))) == 2
    assert small.find(Query(Level.STUDY, limit=50)).more


def test_what_goes_while_answers_are_read_is_left_out(shared_engine: Engine, finder: Finder) -> None:
    found = Finder(shared_engine, FindLimits(page=1)).find(ask(Level.STUDY))
    rows = iter(found)
    next(rows)
    count = schema.study.c.instance_count
    with shared_engine.begin() as connection:
        connection.execute(update(schema.study).where(schema.study.c.id == 3).values({count: 0}))
    try:
        assert [row.values[0x0020000D] for row in rows] == [["1.1"]]
    finally:
        with shared_engine.begin() as connection:
            connection.execute(update(schema.study).where(schema.study.c.id == 3).values({count: 2}))


def test_another_partition_sees_nothing(finder: Finder) -> None:
    for level in Level:
        assert len(finder.find(Query(level, partition=2))) == 0
