"""An index made again from its units, in the journal's order, gives the same answers."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from index_harness import Feed, outcome, study_values, write
from isocenter.errors import ConfigurationError
from isocenter.index.fsck import check_index, indexed_contents
from isocenter.index.read import IngestLookups, RecordLookups
from isocenter.index.rebuild import rebuilding
from isocenter.index.record import Arrival, Decision
from isocenter.index.schema import State, instance
from isocenter.index.write import DamageUnit, DeleteUnit, IndexWriter, PurgeUnit, RestoreUnit


def random_life(index: Engine, writer: IndexWriter, chance: random.Random) -> list[Any]:
    """Units as ingest and the services would make them, entered one after the other."""
    feed, units, latest = Feed(), [], {}
    lookups = IngestLookups(index)

    def enter(unit: Any) -> None:
        write(writer, unit)
        units.append(unit)

    for step in range(200):
        uid = f"1.{chance.randrange(25)}"
        priors = {prior.state: prior for prior in lookups.priors([uid]).get(uid, [])}
        live, deleted = priors.get(State.LIVE), priors.get(State.DELETED)
        if live is None and deleted is None:
            enter(feed.receipt(make(feed, latest, uid, step, chance)))
        elif live is None and deleted is not None:
            kind = chance.choice(["restore", "revive", "purge"])
            if kind == "revive":
                enter(feed.receipt((latest[deleted.content_id], Decision.REVIVE)))
            else:
                unit = RestoreUnit if kind == "restore" else PurgeUnit
                enter(unit(feed.event(kind), (deleted.content_id,)))
        elif live is not None:
            kind = chance.choice(["delete", "version", "aside", "again", "damage"])
            if kind == "delete":
                enter(DeleteUnit(feed.event("deleted"), (live.content_id,)))
            elif kind == "version":
                enter(feed.receipt((make(feed, latest, uid, step, chance), Decision.VERSION)))
            elif kind == "aside":
                enter(feed.receipt((make(feed, latest, uid, step, chance), Decision.CONFLICT, "other-pixels")))
            elif kind == "again":
                enter(feed.receipt((latest[live.content_id], Decision.DUPLICATE)))
            else:
                enter(DamageUnit(feed.event("damaged"), (live.content_id,)))
    return units


def make(feed: Feed, latest: dict[bytes, Arrival], uid: str, step: int, chance: random.Random) -> Arrival:
    values = study_values(patient_id=f"P{chance.randrange(4)}", patient_name=chance.choice(["A", "B^C", ""]))
    place = chance.randrange(4)
    arrival = feed.arrival(uid, version=str(step), study=f"5.{place}", series=f"5.{place}.1", study_values=values)
    latest[arrival.content_id] = arrival
    return arrival


def states(engine: Engine) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        rows = connection.execute(select(instance.c.sop_instance_uid, instance.c.state, instance.c.sequence))
        return sorted(tuple(row) for row in rows)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_rebuilt_index_gives_the_same_answers(index: Engine, writer: IndexWriter, tmp_path: Path, seed: int) -> None:
    units = random_life(index, writer, random.Random(seed))
    with rebuilding(f"sqlite:///{tmp_path / 'new.sqlite'}") as (rebuilt, new_writer):
        write(new_writer, *units)
        assert check_index(rebuilt) == check_index(index) == []
        assert outcome(rebuilt) == outcome(index)
        assert states(rebuilt) == states(index)
        assert list(indexed_contents(rebuilt)) == list(indexed_contents(index))
        for number in range(25):
            history, other = (RecordLookups(engine).history(f"1.{number}") for engine in (index, rebuilt))
            assert history == other


def test_a_rebuild_needs_an_empty_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.sqlite'}"
    feed = Feed()
    with rebuilding(url) as (_, writer):
        write(writer, feed.receipt(feed.arrival("1.1")))
    with pytest.raises(ConfigurationError, match="not empty"), rebuilding(url):
        pass
