"""Fifty orders of arrival of a conflicting study, through everything that an arrival goes through, give the same rows.

What decides about a conflict may depend on the order (the first object under a SOP Instance UID is in force), so each
of these has a UID of its own, and the disagreement is in the values of patient, study and series.
"""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from record_life import DEFLATED, IMPLICIT, MR, Thing, keep
from test_record_reindex import settings_in

from index_harness import outcome
from isocenter.app import open_archive
from isocenter.index.attributes import ATTRIBUTES
from isocenter.index.finder import Finder
from isocenter.index.query import Level, Query

ORDERS = 50
"""Study 0 is in conflict with itself, 1 and 2 share its patients in part, 3 names nobody."""
THINGS = [
    *(Thing(0, 0, n, patient=0) for n in range(3)),
    *(Thing(0, 0, n, patient=1, text=1) for n in range(3, 6)),
    Thing(0, 0, 6, patient=2, text=2, syntax=IMPLICIT),
    Thing(0, 1, 0, patient=3, text=3, sop_class_uid=MR),
    Thing(0, 1, 1, patient=4, text=3, sop_class_uid=MR, syntax=DEFLATED),
    Thing(0, 2, 0, patient=5, text=4, source="ARCHIVE"),
    Thing(1, 0, 0, patient=0, text=1),
    Thing(1, 0, 1, patient=1),
    Thing(2, 0, 0, patient=1, text=2),
    Thing(3, 0, 0, patient=5),
    Thing(3, 1, 0, patient=6, text=1),
]


def rows_of(folder: Path, chance: random.Random) -> tuple[Any, ...]:
    """Rows and answers after the things arrived in a random order, by ones to threes, over two lanes."""
    things = THINGS[:]
    chance.shuffle(things)
    with open_archive(settings_in(folder)) as archive:
        while things:
            some = [things.pop() for _ in range(min(len(things), chance.randint(1, 3)))]
            for answer in [keep(archive, thing) for thing in some]:
                assert answer.result(timeout=60).result.value == "stored"
        return outcome(archive.engine), [answers(archive.finder, level) for level in Level]


def answers(finder: Finder, level: Level) -> list[Any]:
    returns = frozenset(tag for tag, attribute in ATTRIBUTES.items() if attribute.level <= level)
    rows = finder.find(Query(level, returns=returns, relational=True))
    return [sorted(row.values.items()) for row in rows]


@pytest.mark.timeout(600)
def test_fifty_orders_of_arrival_give_the_same_rows(tmp_path: Path) -> None:
    with open_archive(settings_in(tmp_path / "empty")):
        pass  # its index is made once, and copied for each order
    expected = None
    for seed in range(ORDERS):
        folder = tmp_path / str(seed)
        shutil.copytree(tmp_path / "empty", folder)
        found = rows_of(folder, random.Random(seed))
        expected = expected or found
        assert found == expected, f"seed {seed}"
    kinds = {kind for kind, _, _ in expected[0]["exception"]} if expected else set()
    assert kinds == {"study-values-disagree", "two-people-one-id"}
