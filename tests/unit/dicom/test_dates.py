from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

import pytest

from isocenter.dicom.dates import (
    date_span,
    datetime_span,
    format_date,
    format_datetime,
    format_time,
    parse_date,
    parse_datetime,
    parse_offset,
    parse_time,
    time_span,
)
from isocenter.errors import BadRequest

EAST = timezone(timedelta(hours=1))
WEST = timezone(timedelta(hours=-5))


@pytest.mark.parametrize("text", ["19930822", "1993.08.22", "1993-08-22", " 19930822 ", "19930822\0"])
def test_dates_are_read_in_old_and_new_forms(text: str) -> None:
    assert parse_date(text) == date(1993, 8, 22)


@pytest.mark.parametrize("text", ["", "1993", "19931301", "19930230", "1993.0822", "00000000", "１９９３０８２２", "x"])
def test_what_is_no_date_is_none(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("10", time(10)),
        ("1009", time(10, 9)),
        ("100907", time(10, 9, 7)),
        ("100907.5", time(10, 9, 7, 500000)),
        ("100907.123456", time(10, 9, 7, 123456)),
        ("100907.1234567", time(10, 9, 7, 123456)),
        ("100907.", time(10, 9, 7)),
        ("10:09", time(10, 9)),
        ("10:09:07.5 ", time(10, 9, 7, 500000)),
        ("235960", time(23, 59, 59)),
    ],
)
def test_times_are_read_in_old_and_new_forms(text: str, meant: time) -> None:
    assert parse_time(text) == meant


@pytest.mark.parametrize("text", ["", "1", "24", "1060", "10:0907", "100961", "10.5"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert parse_time(text) is None


def test_a_moment_may_have_an_offset_or_take_the_default_one() -> None:
    assert parse_datetime("20240229120000.5+0100") == datetime(2024, 2, 29, 12, 0, 0, 500000, tzinfo=EAST)
    assert parse_datetime("2024", EAST) == datetime(2024, 1, 1, tzinfo=EAST)
    assert parse_datetime("20240230") is None
    assert parse_datetime("2024+2500") is None


def test_offsets_keep_to_the_range_of_the_standard() -> None:
    assert parse_offset("+1400") == timezone(timedelta(hours=14))
    assert parse_offset("-0330") == timezone(-timedelta(hours=3, minutes=30))
    for text in ("", "0100", "+1401", "-1300", "+0160"):
        assert parse_offset(text) is None


def test_values_are_written_in_the_current_form() -> None:
    assert format_date(date(93, 8, 2)) == "00930802"
    assert format_time(time(1, 2, 3)) == "010203"
    assert format_time(time(1, 2, 3, 4)) == "010203.000004"
    assert format_datetime(datetime(2024, 2, 29, 12, tzinfo=WEST)) == "20240229120000-0500"
    assert format_datetime(datetime(2024, 2, 29, 12)) == "20240229120000"


def test_date_ranges_are_open_or_closed() -> None:
    first, last = date(2024, 1, 2), date(2024, 3, 4)
    for text, span in [
        ("20240102-20240304", (first, last)),
        ("20240102-", (first, None)),
        ("-20240304", (None, last)),
        ("20240102", (first, first)),
        ("2024.01.02-2024.03.04", (first, last)),
        ("2024-01-02-2024-03-04", (first, last)),
    ]:
        found = date_span(text)
        assert (found.first, found.last) == span


def test_a_coarse_time_means_the_whole_period() -> None:
    hour = time_span("10")
    assert (hour.first, hour.last) == (time(10), time(10, 59, 59, 999999))
    second = time_span("100907")
    assert (second.first, second.last) == (time(10, 9, 7), time(10, 9, 7, 999999))
    night = time_span("2200-0559")
    assert (night.first, night.last) == (time(22), time(5, 59, 59, 999999))


def test_a_hyphen_that_can_begin_an_offset_does() -> None:
    offset = datetime_span("202401-0500")
    assert (offset.first, offset.last) == (
        datetime(2024, 1, 1, tzinfo=WEST),
        datetime(2024, 1, 31, 23, 59, 59, 999999, tzinfo=WEST),
    )
    years = datetime_span("2020-2021")
    assert (years.first, years.last) == (datetime(2020, 1, 1), datetime(2021, 12, 31, 23, 59, 59, 999999))
    both = datetime_span("2020-0500-2021-0500")
    assert (both.first, both.last) == (
        datetime(2020, 1, 1, tzinfo=WEST),
        datetime(2021, 12, 31, 23, 59, 59, 999999, tzinfo=WEST),
    )
    assert datetime_span("-2021").first is None


@pytest.mark.parametrize("year_and_month", ["202402", "202412"])
def test_a_month_ends_on_its_last_day(year_and_month: str) -> None:
    last = datetime_span(year_and_month).last
    assert last is not None
    assert (last + timedelta(microseconds=1)).day == 1


@pytest.mark.parametrize("text", ["", "-", "2024", "20241301", "20240101-x", "a-b", "20240101--20240102"])
def test_what_is_no_range_of_dates_is_the_callers_fault(text: str) -> None:
    with pytest.raises(BadRequest):
        date_span(text)


def test_the_last_moment_of_the_last_year_can_be_named() -> None:
    assert datetime_span("9999").last == datetime(9999, 12, 31, 23, 59, 59, 999999)
    assert datetime_span("999912").last == datetime(9999, 12, 31, 23, 59, 59, 999999)
