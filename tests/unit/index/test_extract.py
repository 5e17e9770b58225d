"""Values from a walk as the index holds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from isocenter.index.extract import MAX_INDEXED_CHARACTERS, Extractor
from isocenter.index.record import Attributes


@dataclass
class Walk:
    values: Mapping[int, bytes] = field(default_factory=dict)
    items: Mapping[tuple[int, int], Sequence[bytes]] = field(default_factory=dict)
    character_set: tuple[str, ...] = ()


def extract(values: Mapping[int, bytes], issuer: str = "", character_set: tuple[str, ...] = ()) -> Attributes:
    return Extractor().extract(Walk(values, character_set=character_set), issuer)


def test_text_is_read_in_its_character_set_and_trimmed() -> None:
    found = extract(
        {0x00100010: "Müller^Anna ".encode("latin-1"), 0x00100020: b" 4711\0"}, character_set=("ISO_IR 100",)
    )
    assert found.study.values == {"patient_name": "Müller^Anna", "patient_id": "4711"}


def test_the_same_values_in_another_encoding_are_the_same_variant() -> None:
    latin = extract({0x00100010: "Müller".encode("latin-1")}, character_set=("ISO_IR 100",))
    utf_8 = extract({0x00100010: "Müller".encode()}, character_set=("ISO_IR 192",))
    assert latin.study.digest == utf_8.study.digest


@pytest.mark.parametrize(
    ("values", "issuer"),
    [
        ({0x00100020: b"1"}, "OURS"),
        ({0x00100020: b"1", 0x00100021: b"THEIRS"}, "THEIRS"),
        ({0x00100021: b"THEIRS"}, ""),
        ({}, ""),
    ],
)
def test_the_default_issuer_stands_in_where_an_id_has_none(values: Mapping[int, bytes], issuer: str) -> None:
    assert extract(values, "OURS").study.values.get("issuer_of_patient_id", "") == issuer


@pytest.mark.parametrize(
    ("raw", "text"),
    [(b"20240102", "20240102"), (b"2024.01.02", "20240102"), (b"yesterday ", "yesterday"), (b"  ", None)],
)
def test_dates_take_one_form_and_rubbish_stays(raw: bytes, text: str | None) -> None:
    assert extract({0x00080020: raw}).study.values.get("study_date") == text


@pytest.mark.parametrize(
    ("raw", "text", "order"),
    [(b"01 ", "1", 1), (b"+7", "7", 7), (b"-3", "-3", -3), (b"1.5", "1.5", None), (b"9" * 30, "9" * 30, None)],
)
def test_numbers_in_text_take_one_form(raw: bytes, text: str, order: int | None) -> None:
    found = extract({0x00200013: raw}).instance
    assert (found.instance_number, found.instance_order) == (text, order)


def test_binary_numbers_and_frames() -> None:
    found = extract({0x00280010: b"\x00\x02", 0x00280011: b"\x01\x02", 0x00280100: b"\x10", 0x00280008: b"12 "})
    assert found.instance[2:] == (512, 513, 12, None)


def test_values_that_no_database_index_takes_are_cut_and_zeros_dropped() -> None:
    found = extract({0x00100010: b"A\0B" + b"x" * 5000})
    name = found.study.values["patient_name"]
    assert name.startswith("ABx")
    assert len(name) == MAX_INDEXED_CHARACTERS


def test_request_items_keep_their_pairs() -> None:
    walk = Walk(items={(0x00400275, 0x00400009): [b"S1 ", b"S2"], (0x00400275, 0x00401001): [b"R1"]})
    assert Extractor().extract(walk).series.values == {"requests": '[["S1","R1"],["S2",""]]'}


def test_the_second_instance_of_a_series_reuses_what_was_decoded() -> None:
    extractor = Extractor()
    values = {0x00100010: b"A", 0x00080060: b"CT", 0x00200013: b"1"}
    first = extractor.extract(Walk(values))
    second = extractor.extract(Walk({**values, 0x00200013: b"2"}))
    assert second.study is first.study
    assert second.series is first.series
    assert second.instance.instance_order == 2
