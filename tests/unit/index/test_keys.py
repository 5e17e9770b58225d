"""Each value of a key asks for the kind of matching that its VR allows."""

from __future__ import annotations

import pytest

from isocenter.errors import BadRequest
from isocenter.index.attributes import Level
from isocenter.index.keys import MAX_VALUES, MAX_WILDCARDS, KeyRules, read_keys, require_unique_keys
from isocenter.index.query import (
    DateTimeRange,
    EmptyValue,
    Match,
    MultipleValues,
    Query,
    Range,
    SequenceMatch,
    SingleValue,
    UidList,
    Wildcard,
)

ALL = KeyRules(combined_date_time=True, empty_value=True, multiple_values=True)
NAME, ID, SEX, DATE, TIME, STUDY, SERIES, NUMBER = (
    0x00100010, 0x00100020, 0x00100040, 0x00080020, 0x00080030, 0x0020000D, 0x0020000E, 0x00200011,
)  # fmt: skip


def read(tag: int, text: str, rules: KeyRules | None = None) -> Match | None:
    """The match of one key; None when it matches everything."""
    query = read_keys(Query(Level.IMAGE), [((tag,), text)], rules)
    assert tag in query.returns
    return query.matches[0][1] if query.matches else None


@pytest.mark.parametrize(
    ("tag", "text", "match"),
    [
        (NAME, "", None),
        (NAME, "  ", None),
        (ID, "*", None),
        (ID, "***", None),
        (DATE, "*", None),
        (ID, " P1 ", SingleValue("P1")),
        (NAME, "Doe^J*", Wildcard("Doe^J*")),
        (NAME, "Doe＊", Wildcard("Doe＊")),
        (ID, "P＊", SingleValue("P＊")),
        (ID, "P?", Wildcard("P?")),
        (ID, "A\\B", SingleValue("A\\B")),
        (STUDY, "1.2.*", SingleValue("1.2.*")),
        (STUDY, "1.2 ", SingleValue("1.2")),
        (STUDY, "1.2\\1.3\\1.2", UidList(("1.2", "1.3"))),
        (NUMBER, "007", SingleValue("7")),
        (NUMBER, "+7", SingleValue("7")),
        (NUMBER, "7?", SingleValue("7?")),
        (DATE, "20240229", SingleValue("20240229")),
        (DATE, "2024.02.29", SingleValue("20240229")),
        (DATE, "20240101-", Range("20240101", None)),
        (DATE, "-20240101", Range(None, "20240101")),
        (DATE, "2024.01.01-2024.01.31", Range("20240101", "20240131")),
        (TIME, "10", SingleValue("10")),
        (TIME, "10:15-11", Range("1015", "11")),
        (TIME, "101530.5-", Range("101530.5", None)),
        (SEX, '""', SingleValue('""')),
        (0x00080061, "CT\\MR", MultipleValues((SingleValue("CT"), SingleValue("MR")))),
        (0x00104000, "  indented ", SingleValue("  indented")),
    ],
)
def test_a_value_is_read_as_its_vr_says(tag: int, text: str, match: Match | None) -> None:
    assert read(tag, text) == match


@pytest.mark.parametrize(
    ("tag", "text", "match"),
    [
        (SEX, '""', EmptyValue()),
        (DATE, '""', EmptyValue()),
        (ID, "A\\B*", MultipleValues((SingleValue("A"), Wildcard("B*")))),
        (ID, "A\\*", None),
        (DATE, "20240101\\20240102", MultipleValues((SingleValue("20240101"), SingleValue("20240102")))),
        (NUMBER, "1\\02", MultipleValues((SingleValue("1"), SingleValue("2")))),
    ],
)
def test_what_was_agreed_is_honoured(tag: int, text: str, match: Match | None) -> None:
    assert read(tag, text, ALL) == match


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        (DATE, "yesterday"),
        (DATE, "20240230"),
        (DATE, "2024"),
        (DATE, "2024-01-01"),
        (DATE, "-"),
        (DATE, "202401*"),
        (TIME, "2460"),
        (TIME, "10-1x"),
        (ID, "a\0b"),
        (ID, "*a" * (MAX_WILDCARDS + 1)),
        (NAME, "＊a" * (MAX_WILDCARDS + 1)),
        (STUDY, "\\".join(f"1.{n}" for n in range(MAX_VALUES + 1))),
        (0x00080201, "UTC"),
    ],
)
def test_what_a_vr_forbids_is_refused_with_its_tag(tag: int, text: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read(tag, text)
    assert caught.value.tag == tag


def test_ranges_of_date_and_time_are_one_only_when_agreed() -> None:
    keys = [((DATE,), "20240101-20240102"), ((TIME,), "10-")]
    dates, times = Range("20240101", "20240102"), Range("10", None)
    assert dict(read_keys(Query(Level.STUDY), keys).matches) == {(DATE,): dates, (TIME,): times}
    assert dict(read_keys(Query(Level.STUDY), keys, ALL).matches) == {(DATE,): DateTimeRange(dates, times)}


def test_keys_of_one_sequence_must_hold_in_one_item() -> None:
    keys = [((0x00400275, 0x00400009), "S1"), ((0x00400275, 0x00401001), "R*"), ((0x00400275,), "")]
    query = read_keys(Query(Level.SERIES), keys)
    items = ((0x00400009, SingleValue("S1")), (0x00401001, Wildcard("R*")))
    assert query.matches == (((0x00400275,), SequenceMatch(items)),)
    assert query.returns == {0x00400275}


def test_unknown_keys_and_those_of_lower_levels_are_named() -> None:
    keys = [((0x00091001,), "x"), ((0x00080060,), "CT"), ((0x00400275, 0x00400007), ""), ((DATE,), "20240101")]
    query = read_keys(Query(Level.STUDY), keys)
    assert query.ignored == ((0x00091001,), (0x00080060,), (0x00400275, 0x00400007))
    assert [path for path, _ in query.matches] == [(DATE,)]


def test_what_doors_answer_themselves_is_passed_over() -> None:
    keys = [((tag,), "x") for tag in (0x00080005, 0x00080052, 0x00080054, 0x00080000)]
    assert read_keys(Query(Level.STUDY), keys) == Query(Level.STUDY)


def test_counts_and_availability_are_returned_and_never_matched() -> None:
    query = read_keys(Query(Level.STUDY), [((0x00201208,), "5"), ((0x00080056,), "OFFLINE")])
    assert query.matches == ()
    assert query.returns == {0x00201208, 0x00080056}


def test_the_time_zone_of_a_request_is_read() -> None:
    query = read_keys(Query(Level.STUDY), [((0x00080201,), "-0330")])
    assert query.timezone_offset == -210
    assert query.matches == ()


def test_the_hierarchy_asks_for_unique_keys_above_the_level() -> None:
    with pytest.raises(BadRequest) as caught:
        require_unique_keys(Query(Level.SERIES), Level.STUDY)
    assert caught.value.tag == STUDY
    series = read_keys(Query(Level.SERIES), [((STUDY,), "1.2")])
    require_unique_keys(series, Level.STUDY)
    with pytest.raises(BadRequest) as caught:
        require_unique_keys(series, Level.PATIENT)
    assert caught.value.tag == ID
    listed = read_keys(Query(Level.IMAGE), [((STUDY,), "1.2"), ((SERIES,), "1.3\\1.4")])
    with pytest.raises(BadRequest):
        require_unique_keys(listed, Level.STUDY)
    require_unique_keys(Query(Level.IMAGE, relational=True), Level.STUDY)
    require_unique_keys(Query(Level.STUDY), Level.STUDY)
    require_unique_keys(Query(Level.PATIENT), Level.PATIENT)
