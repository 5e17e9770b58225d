"""One object of a UID at a time, and groups of whatever waits."""

from __future__ import annotations

import threading

from test_judge import IDENTITY, arrived

from isocenter.services.record.claims import Claims
from isocenter.services.record.lane import LaneQueue, split


def test_the_second_object_of_a_uid_waits_for_the_first() -> None:
    claims = Claims()
    first, second, third = arrived(), arrived(), arrived()
    assert claims.claim([first, second]) == [first]
    assert claims.claim([third]) == []
    assert claims.release([first]) == [second, third]
    assert claims.claim([second]) == [second]


def test_releasing_twice_frees_nobody_twice() -> None:
    claims = Claims()
    first, second = arrived(), arrived()
    claims.claim([first, second])
    assert claims.release([first]) == [second]
    assert claims.release([first]) == []
    assert IDENTITY.sop_instance_uid


def test_a_group_is_whatever_waits_within_its_bounds() -> None:
    queue = LaneQueue(group_entries=2, group_bytes=10_000)
    entries = [arrived() for _ in range(3)]
    for entry in entries:
        queue.put(entry)
    assert queue.take(0) == entries[:2]
    assert queue.take(0) == entries[2:]
    assert queue.take(0) == []


def test_a_group_ends_when_its_bytes_are_enough() -> None:
    queue = LaneQueue(group_entries=100, group_bytes=600)
    entries = [arrived() for _ in range(3)]  # 668 bytes each
    for entry in entries:
        queue.put(entry)
    assert queue.take(0) == entries[:1]


def test_a_closed_queue_gives_what_waits_and_then_ends() -> None:
    queue = LaneQueue(10, 10_000)
    entry = arrived()
    queue.put(entry)
    queue.close()
    assert queue.take(0) == [entry]
    assert queue.take(0) is None


def test_closing_wakes_who_waits() -> None:
    queue = LaneQueue(10, 10_000)
    taken: list[object] = []
    waiter = threading.Thread(target=lambda: taken.append(queue.take(60)))
    waiter.start()
    queue.close()
    waiter.join(10)
    assert taken == [None]


def test_objects_and_other_events_are_told_apart() -> None:
    entry = arrived()
    assert split([entry]) == ([entry], [])
