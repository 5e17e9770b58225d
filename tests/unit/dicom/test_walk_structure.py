"""The walker follows every structure of PS3.5 section 7, and refuses what does not close."""

from __future__ import annotations

import struct

import pytest

from isocenter.dicom.walk import Walker
from isocenter.errors import DataSetError
from unit.dicom.build import (
    BIG,
    EXPLICIT_BE,
    EXPLICIT_LE,
    GE_PRIVATE,
    IMPLICIT,
    IMPLICIT_LE,
    LITTLE,
    PRIVATE_SYNTAX,
    UNDEFINED,
    Encoder,
    walk,
)

PATIENT_ID, PATIENT_NAME, ROWS = 0x00100020, 0x00100010, 0x00280010
REQUEST, STEP_ID = 0x00400275, 0x00400009
KEEP = frozenset([PATIENT_ID, ROWS, (REQUEST, STEP_ID)])

ENCODINGS = [(LITTLE, EXPLICIT_LE), (BIG, EXPLICIT_BE), (IMPLICIT, IMPLICIT_LE)]


@pytest.mark.parametrize(("encoder", "syntax"), ENCODINGS)
@pytest.mark.parametrize("undefined", [False, True])
def test_values_and_nested_values_are_kept_in_every_encoding(encoder: Encoder, syntax: str, undefined: bool) -> None:
    data = b"".join(
        [
            encoder.element(0x00080005, "CS", b"ISO_IR 192"),
            encoder.element(PATIENT_ID, "LO", b"P1"),
            encoder.us(ROWS, 512),
            encoder.sequence(
                REQUEST,
                encoder.item(encoder.element(STEP_ID, "SH", b"S1"), undefined=undefined),
                encoder.item(encoder.element(0x00400007, "LO", b"none"), undefined=undefined),
                encoder.item(encoder.element(STEP_ID, "SH", b"S2"), undefined=undefined),
                undefined=undefined,
            ),
            encoder.element(0x00400280, "ST", b"after" + b" "),
        ]
    )
    result = walk(data, syntax, keep=KEEP)
    assert result.values[PATIENT_ID] == b"P1"
    assert result.values[ROWS] == struct.pack("<H", 512)  # little endian whatever came
    assert result.vrs[ROWS] == "US"
    assert result.items == {(REQUEST, STEP_ID): [b"S1", b"S2"]}
    assert result.character_set == ("ISO_IR 192",)
    assert result.elements == 8
    assert result.size == result.header_length == len(data)
    assert result.oddities == ()


def test_only_what_was_asked_for_is_kept() -> None:
    data = LITTLE.element(PATIENT_NAME, "PN", b"Doe^John") + LITTLE.element(PATIENT_ID, "LO", b"P1")
    assert walk(data).values == {}


def test_same_tag_at_another_level_is_not_taken_for_it() -> None:
    inner = LITTLE.sequence(REQUEST, LITTLE.item(LITTLE.element(STEP_ID, "SH", b"XX")))
    deep = LITTLE.sequence(0x00081140, LITTLE.item(LITTLE.element(PATIENT_ID, "LO", b"XX") + inner))
    assert walk(deep, keep=KEEP).values == {}
    assert walk(deep, keep=KEEP).items == {}


def test_un_of_undefined_length_holds_implicit_little_endian_items() -> None:
    for outer, syntax in ((LITTLE, EXPLICIT_LE), (BIG, EXPLICIT_BE)):
        inner = IMPLICIT.item(IMPLICIT.element(0x00091001, "LO", b"in"), undefined=True) + IMPLICIT.marker(0xE0DD)
        data = outer.element(0x00091010, "UN", inner, length=UNDEFINED) + outer.us(ROWS, 7)
        result = walk(data, syntax, keep=KEEP)
        assert result.values[ROWS] == b"\7\0"
        assert result.elements == 3


def test_un_of_defined_length_is_not_looked_into() -> None:
    data = LITTLE.element(0x00091010, "UN", b"\xfe\xff\x00\xe0????") + LITTLE.us(ROWS, 7)
    assert walk(data).elements == 2


def test_a_vr_of_the_future_has_a_32_bit_length() -> None:
    result = walk(LITTLE.element(0x00091010, "ZZ", b"data") + LITTLE.us(ROWS, 7), keep=KEEP)
    assert result.values[ROWS] == b"\7\0"
    assert result.oddities == ("unknown-vr",)


def test_private_syntaxes_are_walked_as_explicit_and_ge_as_implicit() -> None:
    assert walk(LITTLE.us(ROWS, 7), PRIVATE_SYNTAX, keep=KEEP).values[ROWS] == b"\7\0"
    assert walk(IMPLICIT.us(ROWS, 7), GE_PRIVATE, keep=KEEP).values[ROWS] == b"\7\0"


def test_group_lengths_and_trailing_padding_are_elements() -> None:
    data = LITTLE.element(0x00080000, "UL", b"\0\0\0\0") + LITTLE.element(0xFFFCFFFC, "OB", bytes(100))
    result = walk(data)
    assert result.elements == 2
    assert result.oddities == ()


@pytest.mark.parametrize(("encoder", "syntax"), ENCODINGS)
@pytest.mark.parametrize("zeros", [1, 7, 8, 9, 1000])
def test_trailing_zeros_are_noted_and_no_element(encoder: Encoder, syntax: str, zeros: int) -> None:
    data = encoder.us(ROWS, 7)
    result = walk(data + bytes(zeros), syntax)
    assert result.oddities == ("trailing-zeros",)
    assert result.elements == 1
    assert result.size == len(data) + zeros


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (LITTLE.element(PATIENT_ID, "LO", b"odd"), "odd-length"),
        (LITTLE.us(ROWS, 1) + LITTLE.element(PATIENT_ID, "LO"), "out-of-order"),
        (LITTLE.us(ROWS, 1) + LITTLE.us(ROWS, 2), "repeated-element"),
        (LITTLE.element(0x00020010, "UI", b"1.2\0"), "file-meta-in-data-set"),
        (LITTLE.element(0x00000002, "UI", b"1.2\0"), "forbidden-group"),
        (LITTLE.element(0xFFFF0010, "LO", b"1.2 "), "forbidden-group"),
        (LITTLE.us(ROWS, 1) + LITTLE.marker(0xE0DD), "stray-delimiter"),
        (LITTLE.us(ROWS, 1) + LITTLE.marker(0xE00D), "stray-delimiter"),
        (LITTLE.sequence(REQUEST, LITTLE.item(), LITTLE.marker(0xE0DD)), "stray-delimiter"),
        (
            LITTLE.element(REQUEST, "SQ", LITTLE.item() + LITTLE.marker(0xE0DD, 4), length=UNDEFINED),
            "delimiter-length",
        ),
    ],
)
def test_what_is_odd_but_whole_is_noted(data: bytes, word: str) -> None:
    assert walk(data).oddities == (word,)


def test_a_directory_may_hold_group_4() -> None:
    assert walk(LITTLE.element(0x00041130, "CS", b"DISC")).oddities == ()


def test_implicit_value_that_the_dictionary_wrongly_calls_a_sequence_is_walked_over() -> None:
    result = walk(IMPLICIT.element(REQUEST, "", b"no items") + IMPLICIT.us(0x00400300, 1), IMPLICIT_LE)
    assert result.elements == 2
    assert result.oddities == ("no-sequence",)


def test_of_a_repeated_element_the_last_counts() -> None:
    assert walk(LITTLE.us(ROWS, 1) + LITTLE.us(ROWS, 2), keep=KEEP).values[ROWS] == b"\2\0"


def test_an_empty_data_set_is_whole() -> None:
    result = walk(b"")
    assert (result.elements, result.size, result.header_length) == (0, 0, 0)


VALID = b"".join(
    [
        LITTLE.element(0x00080005, "CS", b"ISO_IR 100"),
        LITTLE.sequence(
            REQUEST,
            LITTLE.item(LITTLE.sequence(0x00400008, LITTLE.item(LITTLE.us(ROWS, 1)), undefined=True), undefined=True),
            undefined=True,
        ),
        LITTLE.element(0x7FE00010, "OW", bytes(32)),
    ]
)


def test_every_cut_is_refused_but_those_between_top_level_elements() -> None:
    boundaries = set()
    for cut in range(len(VALID) + 1):
        try:
            walk(VALID[:cut])
        except DataSetError:
            continue
        boundaries.add(cut)
    assert boundaries == {0, 18, len(VALID) - 44, len(VALID)}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(LITTLE.element(0x7FE00010, "OB", b"abc", length=0xFFFFFFFE), id="length FFFFFFFE"),
        pytest.param(LITTLE.element(PATIENT_ID, "LO", b"a", length=9), id="past the end"),
        pytest.param(LITTLE.element(0x00420011, "UT", b"abcd", length=UNDEFINED), id="undefined length text"),
        pytest.param(LITTLE.element(REQUEST, "SQ", LITTLE.us(ROWS, 1)), id="sequence without item"),
        pytest.param(LITTLE.element(REQUEST, "SQ", LITTLE.item(b"abcd")[:-2]), id="item longer than sequence"),
        pytest.param(
            LITTLE.sequence(REQUEST, LITTLE.item(LITTLE.element(ROWS, "US", b"ab", length=4))), id="element past item"
        ),
        pytest.param(
            LITTLE.element(
                REQUEST,
                "SQ",
                LITTLE.marker(0xE000, UNDEFINED) + LITTLE.us(ROWS, 1) + LITTLE.marker(0xE0DD),
                length=UNDEFINED,
            ),
            id="item not closed",
        ),
        pytest.param(
            LITTLE.element(REQUEST, "SQ", LITTLE.marker(0xE000, UNDEFINED) + LITTLE.us(ROWS, 1)),
            id="open item in a sequence that ends",
        ),
        pytest.param(LITTLE.us(ROWS, 1) + LITTLE.item(), id="item outside a sequence"),
        pytest.param(LITTLE.element(0xFFFE0001, "OB"), id="unknown delimiter"),
        pytest.param(IMPLICIT.us(ROWS, 1), id="implicit data in an explicit syntax"),
        pytest.param(LITTLE.us(ROWS, 1) + bytes(8) + b"\1", id="something after zeros"),
        pytest.param(LITTLE.us(ROWS, 1) + bytes(70_000), id="a hole at the end"),
        pytest.param(LITTLE.element(ROWS, "u1", b""), id="no capital letters"),
        pytest.param(LITTLE.encapsulated(b"ab")[:-8], id="fragments without end"),
        pytest.param(
            LITTLE.element(0x7FE00010, "OB", LITTLE.marker(0xE000, UNDEFINED), length=UNDEFINED),
            id="fragment of undefined length",
        ),
        pytest.param(LITTLE.element(0x7FE00010, "OB", LITTLE.us(ROWS, 1), length=UNDEFINED), id="element as fragment"),
    ],
)
@pytest.mark.parametrize("chunk", [None, 1, 7])
def test_what_does_not_close_is_refused(data: bytes, chunk: int | None) -> None:
    with pytest.raises(DataSetError):
        walk(data, chunk=chunk)


def test_an_error_names_element_and_place() -> None:
    with pytest.raises(DataSetError, match=r"62 bytes before the end of \(7FE0,0010\)"):
        walk(LITTLE.element(0x7FE00010, "OW", bytes(38), length=100))


def test_chunks_may_be_any_buffer_and_are_not_held() -> None:
    data = bytearray(LITTLE.element(PATIENT_ID, "LO", b"P1") + LITTLE.us(ROWS, 7))
    walker = Walker(EXPLICIT_LE, keep=KEEP)
    for at in range(0, len(data), 3):
        piece = bytearray(data[at : at + 3])
        walker.feed(memoryview(piece))
        piece[:] = b"\xff" * len(piece)
    assert walker.close().values == {PATIENT_ID: b"P1", ROWS: b"\7\0"}
