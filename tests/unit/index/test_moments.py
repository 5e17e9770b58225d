"""Dates, times and offsets as DICOM writes them."""

from __future__ import annotations

import pytest

from isocenter.index.moments import read_date, read_time, read_utc_offset, time_span

HOUR = 3_600_000_000


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("20240229", "20240229"),
        (" 20240229 ", "20240229"),
        ("2024.02.29", "20240229"),
        ("00010101", "00010101"),
        ("20230229", None),
        ("2024.0229", None),
        ("2024", None),
        ("", None),
        ("٢٠٢٤٠١٠١", None),
    ],
)
def test_dates(text: str, date: str | None) -> None:
    assert read_date(text) == date


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("10", "10"),
        ("1015", "1015"),
        ("10:15", "1015"),
        ("10:15:30.25", "101530.25"),
        ("235960", "235960"),
        ("24", None),
        ("1060", None),
        ("101", None),
        ("10:1530", None),
        ("101530.1234567", None),
        ("", None),
    ],
)
def test_times(text: str, time: str | None) -> None:
    assert read_time(text) == time


@pytest.mark.parametrize(
    ("time", "first", "length"),
    [
        ("00", 0, HOUR),
        ("10", 10 * HOUR, HOUR),
        ("1030", 10 * HOUR + HOUR // 2, 60_000_000),
        ("103000", 10 * HOUR + HOUR // 2, 1_000_000),
        ("000000.5", 500_000, 100_000),
        ("000000.000001", 1, 1),
    ],
)
def test_a_time_of_less_precision_spans_all_that_it_may_mean(time: str, first: int, length: int) -> None:
    assert time_span(time) == (first, first + length - 1)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("+0130", 90), ("-0330", -210), ("+1400", 840), ("+0000", 0), ("0100", None), ("+0160", None), ("+1500", None)],
)
def test_offsets_from_utc(text: str, minutes: int | None) -> None:
    assert read_utc_offset(text) == minutes
