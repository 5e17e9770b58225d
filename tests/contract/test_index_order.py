"""Answers do not depend on the order in which instances came, nor on what was deleted and restored in between."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from index_harness import Feed, outcome, series_values, study_values, write
from isocenter.index.fsck import check_index
from isocenter.index.read import RecordLookups
from isocenter.index.record import Arrival
from isocenter.index.schema import metadata, partition
from isocenter.index.write import DeleteUnit, IndexWriter, RestoreUnit, WriterOptions

GENERIC = WriterOptions(generic_patient_ids=("UNKNOWN",))


def conflicting_arrivals(feed: Feed) -> list[Arrival]:
    """One study whose instances disagree in everything, and others of patients that may be the same."""
    jane = study_values()
    other_id = study_values(patient_id="P2", study_date="20240103")
    no_issuer = study_values(issuer_of_patient_id="", patient_sex="")
    renamed = study_values(patient_name="Roe^Jane", patient_birth_date="", accession_number="A2")
    unknown = study_values(patient_id="UNKNOWN", patient_name="")
    stranger = study_values(patient_name="Smith^Bob", patient_birth_date="19800202", patient_sex="M")
    bridge = study_values(patient_name="Smith^Bob", study_id="S7")
    mr, late = series_values(modality="MR"), series_values(series_number="7", series_description="")
    return [
        *(feed.arrival(f"1.1.{n}", number=n, study_values=jane) for n in range(3)),
        *(feed.arrival(f"1.2.{n}", study_values=other_id, series_values=mr) for n in range(3)),
        feed.arrival("1.3.1", study_values=no_issuer, series="1.2.3.2", series_values=late),
        feed.arrival("1.4.1", study_values=renamed, series="1.2.3.2", series_values=mr),
        feed.arrival("1.5.1", study_values=unknown, series="1.2.3.3"),
        feed.arrival("2.1.1", study="2", series="2.1", study_values=stranger),
        feed.arrival("2.1.2", study="2", series="2.1", study_values=jane),
        feed.arrival("3.1.1", study="3", series="3.1", study_values=stranger, series_values=mr),
        feed.arrival("4.1.1", study="4", series="4.1", study_values=unknown),
        feed.arrival("4.1.2", study="4", series="4.2", study_values=other_id),
        feed.arrival("5.1.1", study="5", series="5.1", study_values=unknown),
        feed.arrival("6.1.1", study="6", series="6.1", study_values=bridge),
    ]


Play = Callable[[IndexWriter, Feed, list[Arrival], random.Random], None]


def arrive(writer: IndexWriter, feed: Feed, arrivals: list[Arrival], chance: random.Random) -> None:
    """In any order, in groups of any size."""
    chance.shuffle(arrivals)
    units = []
    while arrivals:
        size = chance.randint(1, 4)
        units.append(feed.receipt(*arrivals[:size]))
        del arrivals[:size]
    while units:
        size = chance.randint(1, 4)
        write(writer, *units[:size])
        del units[:size]


def arrive_and_be_changed(writer: IndexWriter, feed: Feed, arrivals: list[Arrival], chance: random.Random) -> None:
    """The same, with random deletes and restores; in the end the first and every third are deleted."""
    arrivals.sort(key=lambda arrival: arrival.sop_instance_uid)
    ids = [arrival.content_id for arrival in arrivals]
    arrive(writer, feed, arrivals, chance)
    deleted: set[bytes] = set()
    wanted = {ids[0], *ids[::3]}
    for _ in range(8):
        some = set(chance.sample(ids, chance.randint(1, 6)))
        change(writer, feed, deleted, deleted ^ some, chance)
        deleted ^= some
    change(writer, feed, deleted, wanted, chance)


def change(writer: IndexWriter, feed: Feed, deleted: set[bytes], wanted: set[bytes], chance: random.Random) -> None:
    for unit, kind, contents in (
        (DeleteUnit, "deleted", sorted(wanted - deleted)),
        (RestoreUnit, "restored", sorted(deleted - wanted)),
    ):
        chance.shuffle(contents)
        if contents:
            write(writer, unit(feed.event(kind), tuple(contents)))


def empty(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            if table is not partition:
                connection.execute(table.delete())


@pytest.mark.parametrize("play", [arrive, arrive_and_be_changed])
def test_fifty_orders_of_a_conflicting_study_give_the_same_rows(index: Engine, play: Play) -> None:
    expected = None
    for seed in range(50):
        empty(index)
        feed = Feed()
        with IndexWriter(index, GENERIC) as writer:
            play(writer, feed, conflicting_arrivals(feed), random.Random(seed))
        assert check_index(index) == [], f"seed {seed}"
        found = outcome(index)
        expected = expected or found
        assert found == expected, f"seed {seed}"


def test_a_writer_that_remembers_nothing_gives_the_same_rows(index: Engine) -> None:
    found = []
    for remembered in (0, 20_000):
        empty(index)
        feed = Feed()
        options = WriterOptions(generic_patient_ids=("UNKNOWN",), remembered=remembered)
        with IndexWriter(index, options) as writer:
            arrive_and_be_changed(writer, feed, conflicting_arrivals(feed), random.Random(1))
        found.append(outcome(index))
    assert found[0] == found[1]


def test_two_people_under_one_id_are_two_patients_until_a_study_joins_them(index: Engine) -> None:
    feed = Feed()
    jane = study_values()
    bob = study_values(patient_name="Smith^Bob", patient_birth_date="19800202")
    janes_new_name = study_values(patient_name="Smith^Bob")
    with IndexWriter(index) as writer:
        write(writer, feed.receipt(feed.arrival("1.1", study="1", series="1.1", study_values=jane)))
        write(writer, feed.receipt(feed.arrival("2.1", study="2", series="2.1", study_values=bob)))
        assert RecordLookups(index).counters().patients == 2
        assert [entry.kind for entry in RecordLookups(index).exceptions()] == ["two-people-one-id"]
        joining = feed.arrival("3.1", study="3", series="3.1", study_values=janes_new_name)
        write(writer, feed.receipt(joining))
        assert RecordLookups(index).counters().patients == 1
        assert RecordLookups(index).exceptions() == []
        write(writer, DeleteUnit(feed.event("deleted"), (joining.content_id,)))
        assert RecordLookups(index).counters().patients == 2
    assert check_index(index) == []


def test_generic_ids_never_join_studies(index: Engine) -> None:
    feed = Feed()
    anonymous = study_values(patient_id="unknown", patient_name="", patient_birth_date="")
    with IndexWriter(index, GENERIC) as writer:
        for number in range(3):
            arrival = feed.arrival(f"{number}.1", study=f"{number}", series=f"{number}.1", study_values=anonymous)
            write(writer, feed.receipt(arrival))
    assert RecordLookups(index).counters().patients == 3
