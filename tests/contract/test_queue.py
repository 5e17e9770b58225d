"""The contract of the job queue, on both databases."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import Engine, select

from isocenter.errors import IndexFailure
from isocenter.index import schema
from isocenter.queue import Job, JobCount, JobState, Ledger, RetryPolicy

SECOND = 1_000_000
NOW = 1_700_000_000 * SECOND
POLICY = RetryPolicy(attempts=3)


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    return Ledger(engine, schema.job, POLICY, random.Random(1))


def put(engine: Engine, count: int = 1, *, kind: str = "header", lane: str = "", due_at: int = NOW) -> list[int]:
    """Jobs as the index puts them in: in the transaction of what causes them."""
    rows = [
        {"kind": kind, "payload": f'{{"n": {n}}}', "lane": lane, "state": 0, "created_at": NOW, "due_at": due_at + n}
        for n in range(count)
    ]
    with engine.begin() as connection:
        return [connection.execute(schema.job.insert().values(row)).inserted_primary_key[0] for row in rows]


def lease(ledger: Ledger, now: int = NOW + SECOND, worker: str = "w1", limit: int = 10, lane: str = "") -> list[Job]:
    return ledger.lease(now, "header", worker, lane=lane, limit=limit)


def last_error(engine: Engine, job: int) -> str:
    with engine.connect() as connection:
        return connection.execute(select(schema.job.c.last_error).where(schema.job.c.id == job)).scalar_one()


def test_states_mean_the_same_in_the_index() -> None:
    assert {state.name: int(state) for state in JobState} == {state.name: int(state) for state in schema.JobState}


def test_jobs_are_leased_oldest_first_and_to_one_worker(engine: Engine, ledger: Ledger) -> None:
    ids = put(engine, 5)
    first = lease(ledger, limit=3)
    second = lease(ledger, worker="w2")
    assert [job.id for job in first] == ids[:3]
    assert [job.id for job in second] == ids[3:]
    assert lease(ledger, worker="w3") == []
    assert first[0] == Job(ids[0], "header", "", '{"n": 0}', 1, "w1")


def test_a_job_is_not_leased_before_it_is_due(engine: Engine, ledger: Ledger) -> None:
    put(engine, due_at=NOW + 10 * SECOND)
    assert lease(ledger, NOW + 9 * SECOND) == []
    assert len(lease(ledger, NOW + 10 * SECOND)) == 1


def test_kinds_and_lanes_are_apart(engine: Engine, ledger: Ledger) -> None:
    put(engine, 2, lane="PACS")
    put(engine, 1, kind="send")
    assert lease(ledger) == []
    assert ledger.lanes(NOW + SECOND, "header") == ["PACS"]
    assert ledger.lanes(NOW + SECOND, "send") == [""]
    assert ledger.lanes(NOW - 1, "send") == []
    assert len(lease(ledger, lane="PACS")) == 2
    assert ledger.lanes(NOW + SECOND, "header") == []


def test_what_is_done_stays_done(engine: Engine, ledger: Ledger) -> None:
    put(engine, 2)
    jobs = lease(ledger)
    assert ledger.done(NOW + 2 * SECOND, jobs) == jobs
    assert ledger.done(NOW + 3 * SECOND, jobs) == []
    assert lease(ledger, NOW + 1000 * SECOND) == []
    assert ledger.counts() == [JobCount("header", "", JobState.DONE, 2, NOW)]


def test_a_failed_job_waits_longer_each_time_and_is_given_up_at_last(engine: Engine, ledger: Ledger) -> None:
    (number,) = put(engine)
    now = NOW
    for expected in (5 * SECOND, 10 * SECOND):
        (job,) = lease(ledger, now)
        assert ledger.retry(now, job, "not now") is JobState.PENDING
        assert lease(ledger, now + int(expected * 0.79)) == []
        now += int(expected * 1.21)
    (job,) = lease(ledger, now)
    assert job.attempts == 3
    assert ledger.retry(now, job, "never " * 500) is JobState.POISON
    assert lease(ledger, now + 10**12) == []
    assert last_error(engine, number).startswith("never never")
    assert len(last_error(engine, number)) == 500


def test_one_bad_job_does_not_hold_up_the_next(engine: Engine, ledger: Ledger) -> None:
    bad, good = put(engine, 2)
    (job,) = lease(ledger, limit=1)
    assert job.id == bad
    ledger.retry(NOW + SECOND, job, "no")
    assert [job.id for job in lease(ledger)] == [good]


def test_a_job_that_cannot_succeed_is_poison_at_once_and_can_be_replayed(engine: Engine, ledger: Ledger) -> None:
    (number,) = put(engine)
    (job,) = lease(ledger)
    assert ledger.poison(NOW + SECOND, job, "refused") is True
    assert ledger.poison(NOW + SECOND, job, "refused") is False
    assert lease(ledger, NOW + 10**12) == []
    assert ledger.replay(NOW + 2 * SECOND, [number, number + 1]) == 1
    (again,) = lease(ledger, NOW + 2 * SECOND)
    assert again.attempts == 1


def test_only_poison_is_replayed(engine: Engine, ledger: Ledger) -> None:
    ids = put(engine, 2)
    ledger.done(NOW + SECOND, lease(ledger, limit=1))
    assert ledger.replay(NOW, ids) == 0


def test_the_jobs_of_a_silent_worker_go_to_another(engine: Engine, ledger: Ledger) -> None:
    put(engine, 2)
    lost = lease(ledger)
    late = NOW + SECOND + POLICY.lease + 1
    assert lease(ledger, late - 2, "w2") == []
    assert ledger.lanes(late, "header") == [""]
    taken = lease(ledger, late, "w2")
    assert [job.id for job in taken] == [job.id for job in lost]
    assert ledger.done(late, lost) == []
    assert ledger.heartbeat(late, lost) == []
    assert ledger.retry(late, lost[0], "late") is None
    assert ledger.done(late, taken) == taken


def test_a_lease_is_proven_by_its_attempt_not_by_the_name_alone(engine: Engine, ledger: Ledger) -> None:
    put(engine)
    before = lease(ledger)
    (again,) = lease(ledger, NOW + SECOND + POLICY.lease + 1)
    assert ledger.done(NOW, before) == []
    assert ledger.done(NOW, [replace(again, worker="w9")]) == []
    assert ledger.done(NOW, [again]) == [again]


def test_a_heartbeat_keeps_the_lease(engine: Engine, ledger: Ledger) -> None:
    put(engine)
    jobs = lease(ledger)
    soon = NOW + POLICY.lease
    assert ledger.heartbeat(soon, jobs) == jobs
    assert lease(ledger, soon + POLICY.lease - 1, "w2") == []
    assert len(lease(ledger, soon + POLICY.lease + 1, "w2")) == 1


def test_a_job_that_kills_its_workers_is_poison_in_the_end(engine: Engine, ledger: Ledger) -> None:
    put(engine)
    now = NOW
    for _ in range(POLICY.attempts):
        assert len(lease(ledger, now)) == 1
        now += POLICY.lease + 1
    assert lease(ledger, now) == []
    assert [count.state for count in ledger.counts()] == [JobState.POISON]


def test_old_done_jobs_are_forgotten_and_free_their_key(engine: Engine, ledger: Ledger) -> None:
    put(engine, 3)
    ledger.done(NOW + 5, lease(ledger, limit=1))
    ledger.done(NOW + 10, lease(ledger, limit=1))
    assert ledger.forget(NOW + 10) == 1
    assert sum(count.jobs for count in ledger.counts()) == 2


def test_many_workers_never_share_a_job(engine: Engine, ledger: Ledger) -> None:
    put(engine, 60)

    def work(worker: str) -> list[int]:
        mine: list[int] = []
        while jobs := ledger.lease(NOW + SECOND, "header", worker, limit=4):
            mine += [job.id for job in ledger.done(NOW + SECOND, jobs)]
        return mine

    with ThreadPoolExecutor(4) as pool:
        done = [job for jobs in pool.map(work, ["a", "b", "c", "d"]) for job in jobs]
    assert len(done) == len(set(done)) == 60


def test_more_jobs_than_fit_one_statement_are_settled(engine: Engine, ledger: Ledger) -> None:
    rows = [{"kind": "header", "payload": "{}", "state": 0, "created_at": NOW, "due_at": NOW}] * 1201
    with engine.begin() as connection:
        connection.execute(schema.job.insert(), rows)
    jobs = lease(ledger, limit=2000)
    assert len(ledger.done(NOW + SECOND, jobs)) == 1201


def test_waits_double_up_to_a_quarter_of_an_hour() -> None:
    exact = RetryPolicy(jitter=0)
    waits = [exact.wait(n, random.Random(0)) // SECOND for n in range(1, 12)]
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900]
    assert exact.wait(10_000, random.Random(0)) == 900 * SECOND
    spread = {RetryPolicy().wait(1, random.Random(seed)) for seed in range(200)}
    assert min(spread) >= 4 * SECOND
    assert max(spread) <= 6 * SECOND
    assert len(spread) > 100


@pytest.fixture
def closed(tmp_path: object) -> Iterator[Engine]:
    from sqlalchemy import create_engine

    engine = create_engine(f"sqlite:///{tmp_path}/nowhere/x.sqlite")
    yield engine
    engine.dispose()


def test_a_database_out_of_reach_is_the_systems_fault(closed: Engine) -> None:
    with pytest.raises(IndexFailure):
        Ledger(closed, schema.job).counts()
