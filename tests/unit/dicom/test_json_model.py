from __future__ import annotations

import json
import math
import struct
from typing import Any

import pytest

from isocenter.dicom.dataset import BulkData, DataSet, Element, Fragments
from isocenter.dicom.json_model import MAX_DEPTH, from_json, relative_bulk_uri, to_json
from isocenter.errors import DataSetError, LimitExceeded


def one(tag: int, vr: str, raw: bytes) -> Any:
    model = to_json(DataSet([Element(tag, vr, raw)]))
    return model[f"{tag:08X}"]


def test_keys_ascend_and_leave_out_meta_and_group_lengths() -> None:
    data_set = DataSet(
        Element(tag, "LO", b"x ") for tag in (0x00100020, 0x00020010, 0x00000110, 0x00100000, 0x00080050, 0x0010001A)
    )
    assert list(to_json(data_set)) == ["00080050", "0010001A", "00100020"]


def test_group_2_is_kept_inside_items() -> None:
    item = DataSet([Element(0x00020010, "UI", b"1.2\0")])
    model = to_json(DataSet([Element(0x00041220, "SQ", [item])]))
    assert model["00041220"]["Value"] == [{"00020010": {"vr": "UI", "Value": ["1.2"]}}]


@pytest.mark.parametrize("vr", ["LO", "PN", "US", "OB", "IS", "UN", "UR", "UT"])
def test_an_empty_attribute_has_only_its_vr(vr: str) -> None:
    assert one(0x00091001, vr, b"") == {"vr": vr}


@pytest.mark.parametrize(
    ("vr", "raw", "values"),
    [
        ("LO", b" a \\b ", ["a", "b"]),
        ("LO", b"a\\\\b", ["a", None, "b"]),
        ("LO", b"a\\", ["a", None]),
        ("CS", b"\\A ", [None, "A"]),
        ("UC", b" a\\ b", [" a", " b"]),
        ("LT", b" a\\b ", [" a\\b"]),
        ("UR", b"http://a/b ", ["http://a/b"]),
        ("UI", b"1.2\0", ["1.2"]),
        ("DA", b"20240101", ["20240101"]),
        ("AT", b"\x10\x00\x20\x00\x08\x00\x1a\x00", ["00100020", "0008001A"]),
        ("US", b"\x01\x00\xff\xff", [1, 65535]),
        ("SS", b"\xff\xff", [-1]),
        ("UL", b"\xff\xff\xff\xff", [4294967295]),
        ("SL", b"\xff\xff\xff\xff", [-1]),
        ("FL", struct.pack("<f", 0.5), [0.5]),
        ("FD", struct.pack("<3d", math.nan, math.inf, -math.inf), ["NaN", "Infinity", "-Infinity"]),
        ("SV", struct.pack("<2q", -5, 2**53), [-5, "9007199254740992"]),
        ("UV", struct.pack("<2Q", 5, 2**64 - 1), [5, "18446744073709551615"]),
    ],
)
def test_values_become_json_by_their_vr(vr: str, raw: bytes, values: list[object]) -> None:
    assert one(0x00091001, vr, raw) == {"vr": vr, "Value": values}


@pytest.mark.parametrize(
    ("vr", "raw", "values"),
    [
        ("DS", b"1.5\\1.50\\1\\+1\\1e3\\-0\\.5", [1.5, "1.50", 1, "+1", "1e3", "-0", ".5"]),
        ("DS", b"1.0\\ 2 \\\\x", [1.0, 2, None, "x"]),
        ("DS", b"0.1234567890123456", [0.1234567890123456]),
        ("DS", b"nan\\inf\\1_0", ["nan", "inf", "1_0"]),
        ("IS", b"5\\007\\+5\\-5\\ 8 \\1_0", [5, "007", "+5", -5, 8, "1_0"]),
        ("IS", b"99999999999999999999", ["99999999999999999999"]),
    ],
)
def test_numbers_as_text_stay_text_where_a_number_would_change_them(vr: str, raw: bytes, values: list[object]) -> None:
    model = one(0x00091001, vr, raw)
    assert model["Value"] == values
    assert [type(v) for v in model["Value"]] == [type(v) for v in values]


def test_person_names_have_only_their_non_empty_groups() -> None:
    assert one(0x00100010, "PN", b"A^B=C=\\=C\\\\==")["Value"] == [
        {"Alphabetic": "A^B", "Ideographic": "C"},
        {"Ideographic": "C"},
        None,
        None,
    ]
    assert one(0x00100010, "PN", b"== ") == {"vr": "PN"}


@pytest.mark.parametrize("vr", ["OB", "OD", "OF", "OL", "OV", "OW", "UN"])
def test_bytes_are_base64(vr: str) -> None:
    assert one(0x00091001, vr, b"\0\1\2\3") == {"vr": vr, "InlineBinary": "AAECAw=="}


@pytest.mark.parametrize(("vr", "raw"), [("US", b"\1\0\2"), ("AT", b"\1\0"), ("FD", b"abcd"), ("ZZ", b"ab")])
def test_what_does_not_fit_its_vr_is_unknown_and_whole(vr: str, raw: bytes) -> None:
    model = one(0x00091001, vr, raw)
    assert model["vr"] == "UN"
    assert set(model) == {"vr", "InlineBinary"}


def test_sequences_nest_and_empty_items_stay() -> None:
    inner = DataSet([Element(0x00080100, "SH", b"T1")])
    model = to_json(DataSet([Element(0x00081111, "SQ", [inner, DataSet()]), Element(0x00081115, "SQ", [])]))
    assert model["00081111"] == {"vr": "SQ", "Value": [{"00080100": {"vr": "SH", "Value": ["T1"]}}, {}]}
    assert model["00081115"] == {"vr": "SQ"}


def test_text_beyond_ascii_makes_the_model_utf_8() -> None:
    data_set = DataSet([Element(0x00080005, "CS", b"ISO_IR 100"), Element(0x00100010, "PN", b"M\xfcller")])
    model = to_json(data_set)
    assert model["00080005"]["Value"] == ["ISO_IR 192"]
    assert model["00100010"]["Value"] == [{"Alphabetic": "Müller"}]


def test_plain_ascii_leaves_the_declared_set() -> None:
    data_set = DataSet([Element(0x00080005, "CS", b"ISO_IR 100"), Element(0x00100010, "PN", b"Miller")])
    assert to_json(data_set)["00080005"]["Value"] == ["ISO_IR 100"]
    assert "00080005" not in to_json(DataSet([Element(0x00100010, "PN", b"Miller")]))


def test_a_character_set_declared_in_an_item_counts_there_only() -> None:
    own = DataSet([Element(0x00080005, "CS", b"ISO_IR 144"), Element(0x00100010, "PN", b"\xd0 ")])
    heir = DataSet([Element(0x00100010, "PN", b"\xe4 ")], character_sets=("ISO_IR 100",))
    data_set = DataSet([Element(0x00080005, "CS", b"ISO_IR 100"), Element(0x00081111, "SQ", [own, heir])])
    first, second = to_json(data_set)["00081111"]["Value"]
    assert first["00100010"]["Value"] == [{"Alphabetic": "а"}]
    assert first["00080005"]["Value"] == ["ISO_IR 192"]
    assert second["00100010"]["Value"] == [{"Alphabetic": "ä"}]


def test_a_set_is_declared_at_the_top_when_only_an_item_had_one() -> None:
    own = DataSet([Element(0x00080005, "CS", b"ISO_IR 144"), Element(0x00100010, "PN", b"\xd0 ")])
    model = to_json(DataSet([Element(0x00080050, "SH", b"1 "), Element(0x00081111, "SQ", [own])]))
    assert list(model) == ["00080005", "00080050", "00081111"]


def test_values_left_elsewhere_are_referred_to_by_their_place() -> None:
    item = DataSet([Element(0x7FE00010, "OW", BulkData(100, 200))])
    data_set = DataSet(
        [
            Element(0x00081111, "SQ", [DataSet(), item]),
            Element(0x7FE00010, "OB", Fragments(b"", (b"ab",))),
        ]
    )
    model = to_json(data_set)
    assert model["7FE00010"] == {"vr": "OB", "BulkDataURI": "bulkdata/7FE00010"}
    nested = model["00081111"]["Value"][1]["7FE00010"]
    assert nested == {"vr": "OW", "BulkDataURI": "bulkdata/00081111/2/7FE00010"}
    assert relative_bulk_uri((0x7FE00010,)) == "bulkdata/7FE00010"


def test_long_values_are_referred_to_where_their_vr_allows_it() -> None:
    data_set = DataSet([Element(0x00091001, "LO", b"abcdef"), Element(0x00091002, "UN", b"abcdef")])
    model = to_json(data_set, bulk_uri=lambda path: f"/there/{path[0]:08X}", bulk_threshold=4)
    assert model["00091001"] == {"vr": "LO", "Value": ["abcdef"]}
    assert model["00091002"] == {"vr": "UN", "BulkDataURI": "/there/00091002"}
    assert to_json(data_set, bulk_threshold=6)["00091002"]["InlineBinary"] == "YWJjZGVm"


def test_the_model_can_be_written_as_json() -> None:
    data_set = DataSet([Element(0x00091001, "FD", struct.pack("<d", math.nan)), Element(0x00091002, "LO", b"\xff\x00")])
    json.dumps(to_json(data_set), allow_nan=False)


# Reading


def read(body: object, tag: str = "00091001") -> Element:
    return from_json({tag: body})[int(tag, 16)]


@pytest.mark.parametrize(
    ("body", "raw"),
    [
        ({"vr": "LO"}, b""),
        ({"vr": "LO", "Value": ["a", None, "b"]}, b"a\\\\b"),
        ({"vr": "LO", "Value": ["a"]}, b"a "),
        ({"vr": "UI", "Value": ["1.2"]}, b"1.2\0"),
        ({"vr": "IS", "Value": [5, "007", 5.0]}, b"5\\007\\5 "),
        ({"vr": "DS", "Value": [1.5, "1.50", 3]}, b"1.5\\1.50\\3"),
        ({"vr": "DS", "Value": [0.12345678901234567]}, b"0.12345678901235"),
        ({"vr": "DS", "Value": [-1.2345678901234567e-100]}, b"-1.23456789E-100"),
        ({"vr": "PN", "Value": [{"Alphabetic": "A^B", "Phonetic": "c"}, None]}, b"A^B==c\\ "),
        ({"vr": "AT", "Value": ["0010001a"]}, b"\x10\x00\x1a\x00"),
        ({"vr": "US", "Value": [1, 2.0]}, b"\x01\x00\x02\x00"),
        ({"vr": "UV", "Value": ["18446744073709551615"]}, b"\xff" * 8),
        ({"vr": "FD", "Value": ["Infinity", "-inf"]}, struct.pack("<2d", math.inf, -math.inf)),
        ({"vr": "UN", "InlineBinary": "AAEC"}, b"\0\1\2\0"),
        ({"vr": "OB", "InlineBinary": ""}, b""),
        ({"vr": "LT", "Value": ["a\\b"]}, b"a\\b "),
        ({"vr": "US", "Value": []}, b""),
    ],
)
def test_json_becomes_bytes_by_the_vr(body: object, raw: bytes) -> None:
    assert read(body).value == raw


def test_text_beyond_ascii_is_written_as_utf_8() -> None:
    data_set = from_json(
        {
            "00080005": {"vr": "CS", "Value": ["ISO_IR 100"]},
            "00081111": {"vr": "SQ", "Value": [{"00080005": {"vr": "CS", "Value": ["GBK"]}}, {}]},
            "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Łódź"}]},
        }
    )
    assert data_set.character_sets == ("ISO_IR 192",)
    assert data_set.text(0x00100010) == "Łódź"
    assert [item.character_sets for item in data_set.items_of(0x00081111)] == [("ISO_IR 192",)] * 2


def test_a_tilde_under_iso_ir_13_is_written_as_utf_8() -> None:
    model = {"00080005": {"vr": "CS", "Value": ["ISO_IR 13"]}, "00081030": {"vr": "LO", "Value": ["a~b"]}}
    data_set = from_json(model)
    assert data_set.character_sets == ("ISO_IR 192",)
    assert data_set.text(0x00081030) == "a~b"


def test_file_meta_and_group_lengths_are_left_out() -> None:
    assert len(from_json({"00020010": {"vr": "UI", "Value": ["1.2"]}, "00080000": {"vr": "UL", "Value": [1]}})) == 0


def test_bulk_data_is_fetched_by_its_reference() -> None:
    model = {"7FE00010": {"vr": "OW", "BulkDataURI": "bulkdata/7FE00010"}}
    assert from_json(model, bulk=lambda uri: uri[-2:].encode()).raw(0x7FE00010) == b"10"
    with pytest.raises(DataSetError, match="bulk data"):
        from_json(model)


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "LO",
        {},
        {"vr": "XX"},
        {"vr": 1},
        {"vr": "LO", "Value": "a"},
        {"vr": "LO", "Value": [1]},
        {"vr": "LO", "Value": ["a\\b"]},
        {"vr": "LT", "Value": ["a", "b"]},
        {"vr": "LO", "Value": ["a"], "InlineBinary": "AA=="},
        {"vr": "LO", "InlineBinary": "AA=="},
        {"vr": "OB", "Value": [1]},
        {"vr": "OB", "InlineBinary": "!"},
        {"vr": "OB", "InlineBinary": "é"},
        {"vr": "OB", "InlineBinary": 1},
        {"vr": "OB", "BulkDataURI": 1},
        {"vr": "PN", "Value": ["A"]},
        {"vr": "PN", "Value": [{"Alphabetic": 1}]},
        {"vr": "PN", "Value": [{"Other": "A"}]},
        {"vr": "PN", "Value": [{"Alphabetic": "A=B"}]},
        {"vr": "SQ", "Value": [None]},
        {"vr": "SQ", "Value": {}},
        {"vr": "SQ", "InlineBinary": ""},
        {"vr": "US", "Value": [-1]},
        {"vr": "US", "Value": [65536]},
        {"vr": "US", "Value": [1.5]},
        {"vr": "US", "Value": [True]},
        {"vr": "US", "Value": [None]},
        {"vr": "US", "Value": [[1]]},
        {"vr": "FL", "Value": [1e300]},
        {"vr": "FD", "Value": ["x"]},
        {"vr": "IS", "Value": [1.5]},
        {"vr": "IS", "Value": [True]},
        {"vr": "IS", "Value": [10**5000]},
        {"vr": "DS", "Value": [10**5000]},
        {"vr": "FD", "Value": [10**5000]},
        {"vr": "DS", "Value": [math.nan]},
        {"vr": "DS", "Value": [math.inf]},
        {"vr": "DS", "Value": [[]]},
        {"vr": "AT", "Value": ["10"]},
        {"vr": "AT", "Value": [1048608]},
        {"vr": "CS", "Value": ["é"]},
        {"vr": "LO", "Value": ["\ud800"]},
    ],
)
def test_what_annex_f_does_not_allow_is_refused_with_its_tag(body: object) -> None:
    with pytest.raises(DataSetError) as caught:
        read(body)
    assert caught.value.tag == 0x00091001


@pytest.mark.parametrize(
    "model", [None, [], "x", {"0010": {"vr": "LO"}}, {"PatientName": {"vr": "PN"}}, {1: {"vr": "LO"}}]
)
def test_what_is_no_data_set_is_refused(model: object) -> None:
    with pytest.raises(DataSetError):
        from_json(model)


def test_a_tag_stands_once_and_is_an_attribute() -> None:
    with pytest.raises(DataSetError, match="twice"):
        from_json({"0010001A": {"vr": "LO"}, "0010001a": {"vr": "LO"}})
    with pytest.raises(DataSetError, match="no attribute"):
        from_json({"FFFEE000": {"vr": "UN"}})


def test_depth_is_bounded() -> None:
    model: dict[str, object] = {}
    for _ in range(MAX_DEPTH):
        model = {"00081111": {"vr": "SQ", "Value": [model]}}
    assert len(from_json(model)) == 1
    with pytest.raises(LimitExceeded):
        from_json({"00081111": {"vr": "SQ", "Value": [model]}})
