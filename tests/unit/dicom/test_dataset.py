"""Data sets are read, asked, changed and written back."""

from __future__ import annotations

import pytest

from isocenter.dicom.dataset import (
    BulkData,
    DataSet,
    Element,
    Fragments,
    read_data_set,
    read_data_set_in_pieces,
    write_data_set,
)
from isocenter.dicom.walk import WalkLimits
from isocenter.errors import DataSetError, LimitExceeded
from unit.dicom.build import (
    BIG,
    DEFLATED,
    EXPLICIT_BE,
    EXPLICIT_LE,
    IMPLICIT,
    IMPLICIT_LE,
    JPEG,
    LITTLE,
    UNDEFINED,
)

CHARACTER_SET, PATIENT_NAME, PATIENT_ID, IMAGE_TYPE = 0x00080005, 0x00100010, 0x00100020, 0x00080008
ROWS, SOP_INSTANCE, REQUEST, STEP_ID = 0x00280010, 0x00080018, 0x00400275, 0x00400009


def sample() -> DataSet:
    data_set = DataSet()
    data_set.set(CHARACTER_SET, "CS", "ISO_IR 192")
    data_set.set(PATIENT_NAME, "PN", "Müller^Jörg")
    data_set.set(IMAGE_TYPE, "CS", ["DERIVED", "PRIMARY"])
    data_set.set(SOP_INSTANCE, "UI", "1.2.3")
    data_set.set(ROWS, "US", 512)
    data_set.set(0x00280009, "AT", [0x00181063])
    data_set.set(0x00281052, "DS", "-1024")
    data_set.set(0x00089459, "FL", 1.5)
    data_set.set(0x7FE00010, "OW", b"\1\2\3\4")
    item = DataSet(character_sets=data_set.character_sets)
    item.set(STEP_ID, "SH", "Schritt ä")
    data_set.set(REQUEST, "SQ", [item, DataSet(character_sets=data_set.character_sets)])
    return data_set


@pytest.mark.parametrize("syntax", [EXPLICIT_LE, IMPLICIT_LE, EXPLICIT_BE, DEFLATED, JPEG])
def test_what_is_written_is_read_back_in_every_encoding(syntax: str) -> None:
    data_set = sample()
    assert read_data_set(write_data_set(data_set, syntax), syntax) == data_set


def test_values_are_asked_by_what_they_are() -> None:
    data_set = sample()
    assert data_set.text(PATIENT_NAME) == "Müller^Jörg"
    assert data_set.texts(IMAGE_TYPE) == ["DERIVED", "PRIMARY"]
    assert data_set.text(IMAGE_TYPE) == "DERIVED"
    assert data_set.uid(SOP_INSTANCE) == "1.2.3"
    assert data_set.raw(SOP_INSTANCE) == b"1.2.3\0"
    assert data_set.integer(ROWS) == 512
    assert data_set.texts(ROWS) == ["512"]
    assert data_set.integer(0x00281052) == -1024
    assert data_set.numbers(0x00089459) == [1.5]
    assert data_set.integer(0x00089459) is None
    assert [item.text(STEP_ID) for item in data_set.items_of(REQUEST)] == ["Schritt ä", ""]


def test_what_is_absent_is_empty() -> None:
    empty = DataSet()
    assert empty.text(PATIENT_ID) == empty.uid(PATIENT_ID) == ""
    assert empty.texts(PATIENT_ID) == empty.numbers(ROWS) == empty.items_of(REQUEST) == []
    assert empty.integer(ROWS) is None
    assert empty.character_sets == ()


@pytest.mark.parametrize("text", ["", "abc", "1_000", "nan", "inf", "--1"])
def test_what_is_no_whole_number_is_none(text: str) -> None:
    data_set = DataSet([Element(0x00200013, "IS", text.encode())])
    assert data_set.integer(0x00200013) is None


def test_elements_come_in_ascending_order_and_can_be_taken_out() -> None:
    data_set = sample()
    assert list(data_set) == sorted(data_set)
    assert [element.tag for element in data_set.elements()] == list(data_set)
    data_set.remove(PATIENT_NAME)
    data_set.remove(PATIENT_NAME)
    assert PATIENT_NAME not in data_set


def test_items_inherit_the_character_set_unless_they_have_their_own() -> None:
    latin, cyrillic = "ISO_IR 100", "ISO_IR 144"
    inner = LITTLE.item(LITTLE.element(STEP_ID, "SH", b"\xe4 "))
    own = LITTLE.item(LITTLE.element(CHARACTER_SET, "CS", cyrillic.encode()) + LITTLE.element(STEP_ID, "SH", b"\xe4 "))
    data = LITTLE.element(CHARACTER_SET, "CS", latin.encode()) + LITTLE.sequence(REQUEST, inner, own)
    items = read_data_set(data, EXPLICIT_LE).items_of(REQUEST)
    assert [item.text(STEP_ID) for item in items] == ["ä", "ф"]


def test_a_backslash_is_text_where_only_one_value_is_allowed() -> None:
    data_set = DataSet([Element(0x00204000, "LT", b"a\\b ")])
    assert data_set.texts(0x00204000) == ["a\\b"]


def test_big_endian_numbers_come_as_little_endian_also_in_items() -> None:
    data = BIG.sequence(REQUEST, BIG.item(BIG.us(ROWS, 258))) + BIG.element(0x7FE00010, "OW", b"\1\2\3\4")
    data_set = read_data_set(data, EXPLICIT_BE)
    assert data_set.items_of(REQUEST)[0].integer(ROWS) == 258
    assert data_set.raw(0x7FE00010) == b"\2\1\4\3"


def test_what_un_holds_is_little_endian_in_a_big_endian_data_set() -> None:
    inner = IMPLICIT.item(IMPLICIT.us(ROWS, 258)) + IMPLICIT.marker(0xE0DD)
    data_set = read_data_set(BIG.element(0x00091010, "UN", inner, length=UNDEFINED), EXPLICIT_BE)
    assert data_set[0x00091010].vr == "SQ"
    assert data_set.items_of(0x00091010)[0].integer(ROWS) == 258


@pytest.mark.parametrize(("signed", "vr"), [(0, "US"), (1, "SS")])
def test_pixel_representation_decides_between_us_and_ss(signed: int, vr: str) -> None:
    item = IMPLICIT.item(IMPLICIT.us(0x00280106, 1))
    data = IMPLICIT.us(0x00280103, signed) + IMPLICIT.us(0x00280106, 1) + IMPLICIT.sequence(REQUEST, item)
    data_set = read_data_set(data, IMPLICIT_LE)
    assert data_set[0x00280106].vr == vr
    assert data_set.items_of(REQUEST)[0][0x00280106].vr == vr


def test_private_elements_get_the_vr_that_their_creator_published() -> None:
    data = IMPLICIT.element(0x00090010, "LO", b"GEMS_IDEN_01") + IMPLICIT.element(0x00091001, "LO", b"text")
    data_set = read_data_set(data + IMPLICIT.element(0x00091101, "LO", b"none"), IMPLICIT_LE)
    assert [element.vr for element in data_set.elements()] == ["LO", "LO", "UN"]


def test_long_values_are_left_in_place() -> None:
    data = LITTLE.element(PATIENT_ID, "LO", b"P1") + LITTLE.element(0x7FE00010, "OW", bytes(100))
    value = read_data_set(data, EXPLICIT_LE, bulk_threshold=99)[0x7FE00010].value
    assert value == BulkData(len(data) - 100, 100)
    assert read_data_set(data, EXPLICIT_LE, bulk_threshold=100).raw(0x7FE00010) == bytes(100)


def test_encapsulated_pixel_data_is_fragments_or_a_place() -> None:
    data = LITTLE.encapsulated(b"ab", b"cdef", table=b"\0\0\0\0")
    whole = read_data_set(data, JPEG)
    assert whole[0x7FE00010].value == Fragments(b"\0\0\0\0", (b"ab", b"cdef"))
    assert write_data_set(whole, JPEG) == data
    place = read_data_set(data, JPEG, bulk_threshold=1000)[0x7FE00010].value
    assert place == BulkData(12, len(data) - 12 - 8, encapsulated=True)


def test_values_are_padded_to_even_length() -> None:
    data_set = DataSet(
        [Element(SOP_INSTANCE, "UI", b"1.2"), Element(PATIENT_ID, "LO", b"abc"), Element(0x00420011, "OB", b"x")]
    )
    again = read_data_set(write_data_set(data_set, EXPLICIT_LE), EXPLICIT_LE)
    assert [again.raw(tag) for tag in again] == [b"1.2\0", b"abc ", b"x\0"]


def test_a_value_too_long_for_the_short_form_becomes_un() -> None:
    data_set = DataSet([Element(0x00281102, "US", bytes(70_000))])
    assert read_data_set(write_data_set(data_set, EXPLICIT_LE), EXPLICIT_LE)[0x00281102].vr == "UN"


@pytest.mark.parametrize(
    "element",
    [
        Element(0x7FE00010, "OW", BulkData(0, 4)),
        Element(0x7FE00010, "OB", Fragments(b"", (b"ab",))),
    ],
)
def test_what_an_encoding_cannot_carry_is_not_written(element: Element) -> None:
    with pytest.raises(DataSetError):
        write_data_set(DataSet([element]), EXPLICIT_LE)


def test_sequences_deeper_than_the_limit_are_not_written() -> None:
    data_set = DataSet()
    for _ in range(70):
        outer = DataSet()
        outer.set(REQUEST, "SQ", [data_set])
        data_set = outer
    with pytest.raises(DataSetError, match="deeper"):
        write_data_set(data_set, EXPLICIT_LE)


@pytest.mark.parametrize(
    ("tag", "vr", "value"),
    [(ROWS, "US", 70_000), (ROWS, "US", "text"), (SOP_INSTANCE, "UI", "1.ä"), (PATIENT_NAME, "PN", "Müller")],
)
def test_what_does_not_fit_is_refused(tag: int, vr: str, value: object) -> None:
    with pytest.raises(DataSetError):
        DataSet().set(tag, vr, value)  # type: ignore[arg-type]


def test_a_data_set_never_shows_its_values() -> None:
    assert repr(sample()) == "<DataSet of 10 elements>"


@pytest.mark.parametrize("uid", [IMPLICIT_LE, EXPLICIT_LE, EXPLICIT_BE, DEFLATED])
@pytest.mark.parametrize("step", [1, 7, 1000])
def test_a_data_set_in_pieces_is_the_same_and_leaves_long_values_where_they_are(uid: str, step: int) -> None:
    made = DataSet()
    made.set(0x00080018, "UI", "1.2.3")
    item = DataSet()
    item.set(0x00091010, "OB", bytes(500))
    made.set(0x00081115, "SQ", [item])
    made.set(0x7FE10010, "OB", bytes(300))
    data = write_data_set(made, uid)
    pieces = [data[at : at + step] for at in range(0, len(data), step)]
    found = read_data_set_in_pieces(pieces, uid, bulk_threshold=100)
    assert found == read_data_set(data, uid, bulk_threshold=100)
    assert isinstance(found[0x7FE10010].value, BulkData)


def test_many_short_values_are_bounded_too() -> None:
    made = DataSet()
    for number in range(20):
        made.set(0x00091010 + number, "OB", bytes(90))
    data = write_data_set(made, EXPLICIT_LE)
    read_data_set_in_pieces([data], EXPLICIT_LE, bulk_threshold=100, limits=WalkLimits(kept=1800))
    with pytest.raises(LimitExceeded):
        read_data_set_in_pieces([data], EXPLICIT_LE, bulk_threshold=100, limits=WalkLimits(kept=1799))
