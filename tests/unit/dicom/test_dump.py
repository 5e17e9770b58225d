from __future__ import annotations

import struct

from isocenter.dicom.dataset import BulkData, DataSet, Element, Fragments
from isocenter.dicom.dump import dump, escaped


def value_of(element: Element, **options: int) -> str:
    return next(iter(dump(DataSet([element]), **options))).value


def test_an_element_is_one_line_of_tag_vr_length_keyword_and_value() -> None:
    (line,) = dump(DataSet([Element(0x00100020, "LO", b"ID 1")]))
    assert (line.depth, line.tag, line.vr, line.length, line.name, line.value) == (
        0,
        0x00100020,
        "LO",
        4,
        "PatientID",
        "ID 1",
    )
    assert str(line).split() == ["(0010,0020)", "LO", "4", "PatientID", "ID", "1"]


def test_items_are_set_in() -> None:
    item = DataSet([Element(0x00080100, "SH", b"T1")])
    lines = list(dump(DataSet([Element(0x00081111, "SQ", [item])])))
    assert [(line.depth, line.tag) for line in lines] == [(0, 0x00081111), (1, 0xFFFEE000), (2, 0x00080100)]
    assert lines[0].value == "1 item"


def test_private_elements_are_named_by_their_creator() -> None:
    lines = dump(
        DataSet(
            [
                Element(0x00090010, "LO", b"GEMS_IDEN_01"),
                Element(0x00091001, "LO", b"x "),
                Element(0x00091101, "LO", b"x "),
            ]
        )
    )
    assert [line.name for line in lines] == ["PrivateCreator", "[GEMS_IDEN_01] Full fidelity", "[no creator]"]


def test_nothing_in_a_value_can_steer_a_terminal() -> None:
    shown = value_of(Element(0x00081030, "LO", b"a\x1b[31mb\x07\r\n"))
    assert shown.isprintable()
    assert escaped("a\x1b\u202eb\u2028c\x9b") == "a\\x1b\\u202eb\\u2028c\\x9b"
    assert escaped("Müller 山田") == "Müller 山田"
    creator = DataSet([Element(0x00090010, "LO", b"A\x1b[2J "), Element(0x00091001, "UN", b"")])
    assert all(str(line).isprintable() for line in dump(creator))


def test_long_values_are_cut() -> None:
    assert value_of(Element(0x00081030, "LO", b"x" * 500), width=10) == "xxxxxxxxx…"


def test_text_is_read_in_its_character_set() -> None:
    data_set = DataSet([Element(0x00080005, "CS", b"ISO_IR 144"), Element(0x00100010, "PN", b"\xd0^\xd1 ")])
    assert [line.value for line in dump(data_set)][1] == "а^б"


def test_values_are_shown_by_their_kind() -> None:
    assert value_of(Element(0x00280010, "US", b"\x00\x02")) == "512"
    assert value_of(Element(0x00189306, "FD", struct.pack("<2d", 0.5, 1))) == "0.5\\1.0"
    assert value_of(Element(0x00280009, "AT", b"\x18\x00\x63\x10")) == "(0018,1063)"
    assert value_of(Element(0x00091001, "UN", b"\x00\x01")) == "00 01"
    assert value_of(Element(0x00091001, "UN", b"plain ")) == '"plain"'
    assert value_of(Element(0x00080016, "UI", b"1.2.840.10008.1.1\0")) == "1.2.840.10008.1.1 (Verification)"
    assert value_of(Element(0x7FE00010, "OW", BulkData(900, 2048))) == "<2048 bytes from 900>"
    assert value_of(Element(0x7FE00010, "OB", Fragments(b"", (b"ab", b"cd")))) == "<encapsulated, 2 fragments>"
    assert value_of(Element(0x00100010, "PN", b"")) == ""
