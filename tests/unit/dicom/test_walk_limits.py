"""Memory and time of a walk are bounded by its limits, whatever comes."""

from __future__ import annotations

import tracemalloc

import pytest

from isocenter.dicom.dataset import read_data_set
from isocenter.dicom.walk import Walker, WalkLimits
from isocenter.errors import DataSetError, LimitExceeded
from unit.dicom.build import DEFLATED, EXPLICIT_LE, JPEG, LITTLE, UNDEFINED, deflate, walk

ROWS, PATIENT_ID, REQUEST = 0x00280010, 0x00100020, 0x00400275
OPEN = LITTLE.element(REQUEST, "SQ", LITTLE.marker(0xE000, UNDEFINED), length=UNDEFINED)
CLOSE = LITTLE.marker(0xE00D) + LITTLE.marker(0xE0DD)


def test_64_nested_sequences_are_walked_and_65_are_refused() -> None:
    assert walk(OPEN * 64 + CLOSE * 64).elements == 64
    with pytest.raises(LimitExceeded, match="64"):
        walk(OPEN * 65 + CLOSE * 65)


def test_1500_nested_sequences_are_refused_by_walker_and_reader() -> None:
    data = OPEN * 1500 + CLOSE * 1500
    with pytest.raises(LimitExceeded):
        walk(data)
    with pytest.raises(LimitExceeded):
        read_data_set(data, EXPLICIT_LE)


def test_a_million_empty_items_are_the_most() -> None:
    items = LITTLE.item() * 1_000_000
    assert walk(LITTLE.sequence(REQUEST, items)).elements == 1
    with pytest.raises(LimitExceeded, match="items"):
        walk(LITTLE.sequence(REQUEST, items, LITTLE.item()))


@pytest.mark.parametrize("chunk", [None, 5])
def test_each_count_has_a_limit(chunk: int | None) -> None:
    limits = WalkLimits(elements=3, items=2, fragments=4)
    assert walk(LITTLE.us(ROWS, 1) * 3, limits=limits, chunk=chunk).elements == 3
    with pytest.raises(LimitExceeded, match="elements"):
        walk(LITTLE.us(ROWS, 1) * 4, limits=limits, chunk=chunk)
    with pytest.raises(LimitExceeded, match="items"):
        walk(LITTLE.sequence(REQUEST, *[LITTLE.item()] * 3), limits=limits, chunk=chunk)
    assert len(walk(LITTLE.encapsulated(b"ab", b"cd", b"ef"), JPEG, limits=limits, chunk=chunk).frames) == 1
    with pytest.raises(LimitExceeded, match="fragments"):
        walk(LITTLE.encapsulated(b"ab", b"cd", b"ef", b"gh"), JPEG, limits=limits, chunk=chunk)


def test_the_size_limit_counts_bytes_as_received() -> None:
    data = LITTLE.element(0x7FE00010, "OW", bytes(88))
    assert walk(data, limits=WalkLimits(size=100)).size == 100
    for chunk in (None, 1, 99, 100):
        with pytest.raises(LimitExceeded, match="100 bytes"):
            walk(data + LITTLE.us(ROWS, 1), limits=WalkLimits(size=100), chunk=chunk)


def test_a_value_longer_than_the_limit_is_walked_over_and_noted() -> None:
    data = LITTLE.element(PATIENT_ID, "LO", bytes(200)) + LITTLE.us(ROWS, 1)
    result = walk(data, keep=frozenset([PATIENT_ID, ROWS]), limits=WalkLimits(value=100))
    assert set(result.values) == {ROWS}
    assert result.oddities == ("value-too-long",)


def test_kept_values_together_are_bounded() -> None:
    item = LITTLE.item(LITTLE.element(PATIENT_ID, "LO", bytes(90)))
    with pytest.raises(LimitExceeded, match="1000"):
        walk(LITTLE.sequence(REQUEST, item * 20), keep=frozenset([(REQUEST, PATIENT_ID)]), limits=WalkLimits(kept=1000))


def test_memory_does_not_grow_with_values_that_are_not_kept() -> None:
    chunk = bytes(1 << 16)
    walker = Walker(EXPLICIT_LE)
    walker.feed(LITTLE.element(0x00091010, "UN", b"", length=64 << 20))
    tracemalloc.start()
    for _ in range(1024):
        walker.feed(chunk)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert walker.close().size == (64 << 20) + 12
    assert peak < 100_000


def test_a_deflate_bomb_is_stopped_early() -> None:
    bomb = deflate(LITTLE.element(0x00091010, "UN", bytes(300 << 20)))
    assert len(bomb) < 400_000
    walker = Walker(DEFLATED)
    tracemalloc.start()
    with pytest.raises(LimitExceeded, match="200 times"):
        walker.feed(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 << 20
    with pytest.raises(LimitExceeded):
        read_data_set(bomb, DEFLATED)


def test_a_deflated_data_set_has_the_same_size_limit() -> None:
    data = deflate(LITTLE.element(0x00091010, "UN", bytes(range(256)) * 40))
    with pytest.raises(LimitExceeded, match="inflates"):
        walk(data, DEFLATED, limits=WalkLimits(size=10_000))


def test_a_huge_length_costs_nothing() -> None:
    with pytest.raises(DataSetError):
        walk(LITTLE.element(0x00091010, "OB", b"abcd", length=0xFFFFFFFE))
    with pytest.raises(DataSetError):
        read_data_set(LITTLE.element(0x00091010, "OB", b"abcd", length=0xFFFFFFFE), EXPLICIT_LE)
