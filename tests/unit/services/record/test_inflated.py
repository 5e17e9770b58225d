"""Ranges of a deflated data set."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isocenter.errors import DataSetError
from isocenter.services.record.inflated import InflatedRanges

PLAIN = bytes(range(256)) * 1200  # more than the inflater hands on at a time


def deflated(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(data) + stream.flush()


@given(st.lists(st.tuples(st.integers(0, len(PLAIN) + 10), st.integers(0, 70_000)), max_size=6), st.integers(1, 5000))
def test_any_ranges_in_any_order_are_those_of_the_inflated_data(ranges: list[tuple[int, int]], step: int) -> None:
    data = deflated(PLAIN)
    pieces = [data[start : start + step] for start in range(0, len(data), step)]
    inflated = InflatedRanges(lambda: pieces)
    for start, length in ranges:
        assert inflated.read(start, start + length) == PLAIN[start : start + length]


def test_a_stream_that_is_cut_is_an_error_of_the_object() -> None:
    inflated = InflatedRanges(lambda: [deflated(PLAIN)[:-40]])
    with pytest.raises(DataSetError):
        inflated.read(0, len(PLAIN))
