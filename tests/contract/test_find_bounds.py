"""A query has its time, and no more."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from isocenter.errors import BadRequest, IndexFailure
from isocenter.index import schema
from isocenter.index.attributes import Level
from isocenter.index.finder import Finder, FindLimits
from isocenter.index.keys import read_keys
from isocenter.index.query import Order, Query


def slow(engine: Engine, monotonic: Callable[[], float]) -> Finder:
    """Time runs out at the first look at the clock; the archive is grown so that there is one."""
    return Finder(engine, FindLimits(seconds=0.001), monotonic)


@pytest.fixture
def big(engine: Engine) -> Engine:
    """Two hundred thousand patients' names that nothing narrows."""
    with engine.begin() as connection:
        connection.execute(schema.partition.insert().values(id=1, name="default"))
        connection.execute(
            text(
                "INSERT INTO patient (id, partition_ref, patient_id, person, instance_count,"
                " patient_name_alphabetic_folded) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                " WHERE i < 200000) SELECT i, 1, 'P' || i, '', 1, 'x' || i FROM n"
            )
        )
    return engine


def test_a_query_that_takes_too_long_is_stopped_with_advice(big: Engine) -> None:
    clock = iter(range(10**9))
    finder = slow(big, lambda: float(next(clock)))
    with pytest.raises(BadRequest, match="first letters") as caught:
        finder.find(read_keys(Query(Level.PATIENT), [((0x00100010,), "*y*z*")]))
    assert caught.value.tag == 0x00100010
    with pytest.raises(IndexFailure, match="too long"):
        finder.find(Query(Level.PATIENT, order_by=(Order(0x00100040),)))
    assert Finder(big).count(read_keys(Query(Level.PATIENT), [((0x00100010,), "x19999*")])) == 11
