"""Laws of the character sets: what is written reads back, and no bytes whatever make reading fail."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isocenter.dicom.charset import (
    SINGLE_VALUE_VRS,
    TEXT_VRS,
    CharacterSetError,
    best_character_set,
    canonical_term,
    decode,
    decode_values,
    encode,
    split_values,
)

SETS = [
    (),
    *((f"ISO_IR {number}",) for number in (6, 13, 100, 101, 109, 110, 126, 127, 138, 144, 148, 166, 192, 203)),
    ("GB18030",),
    ("GBK",),
    *((f"ISO 2022 IR {number}",) for number in (6, 13, 58, 87, 100, 144, 149, 159)),
    ("", "ISO 2022 IR 87"),
    ("", "ISO 2022 IR 87", "ISO 2022 IR 159"),
    ("ISO 2022 IR 13", "ISO 2022 IR 87", "ISO 2022 IR 159"),
    ("", "ISO 2022 IR 149"),
    ("", "ISO 2022 IR 58"),
    ("ISO 2022 IR 100", "ISO 2022 IR 144", "ISO 2022 IR 126"),
    ("ISO 2022 IR 6", "ISO 2022 IR 127", "ISO 2022 IR 138", "ISO 2022 IR 166", "ISO 2022 IR 203"),
]
VRS = sorted(TEXT_VRS)
SCRIPTS = "".join(
    chr(code)
    for first, last in [
        (0x20, 0x7E), (0xA1, 0xFF), (0x100, 0x17F), (0x391, 0x3C9), (0x401, 0x45F), (0x5D0, 0x5EA),
        (0x621, 0x652), (0xE01, 0xE5B), (0x3041, 0x3096), (0x30A1, 0x30FA), (0x4E00, 0x4FFF), (0xAC00, 0xAD00),
        (0xFF61, 0xFF9F), (0x1F600, 0x1F610),
    ]
    for code in range(first, last + 1)
)  # fmt: skip


def alphabet(character_sets: tuple[str, ...]) -> str:
    """The characters of many scripts that these sets can write, without those that part values or names."""
    kept = []
    for character in SCRIPTS:
        try:
            encode(character, character_sets, "PN")
        except CharacterSetError:
            continue
        kept.append(character)
    return "".join(kept).translate(dict.fromkeys(map(ord, "\\^=")))


ALPHABETS = {sets: alphabet(sets) for sets in SETS}


def texts(character_sets: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.text(ALPHABETS[character_sets], max_size=12)


@st.composite
def values(draw: st.DrawFn) -> tuple[tuple[str, ...], str, list[str]]:
    sets = draw(st.sampled_from(SETS))
    vr = draw(st.sampled_from(VRS))
    return sets, vr, draw(st.lists(texts(sets), min_size=1, max_size=1 if vr in SINGLE_VALUE_VRS else 4))


PIECES = [b"\x1b$B", b"\x1b(B", b"\x1b(J", b"\x1b$)C", b"\x1b-A", b"\x1b)I", b"\x1b"]
PIECES += [b"\\", b"^", b"=", b";3", b"\xb1\xe8", b"a", b"\r\n", b" "]


@given(values())
def test_what_is_written_reads_back(case: tuple[tuple[str, ...], str, list[str]]) -> None:
    sets, vr, parts = case
    assert decode_values(encode("\\".join(parts), sets, vr), sets, vr) == parts


@given(st.sampled_from(SETS), st.data())
def test_names_read_back_whole_and_group_by_group(sets: tuple[str, ...], data: st.DataObject) -> None:
    groups = data.draw(st.lists(st.lists(texts(sets), min_size=1, max_size=5).map("^".join), min_size=1, max_size=3))
    name = "=".join(groups)
    raw = encode(name, sets, "PN")
    assert decode(raw, sets, "PN") == name


@given(st.binary(max_size=40), st.sampled_from(SETS), st.sampled_from([*VRS, "CS", "UI", "UR"]))
def test_no_bytes_make_reading_fail(raw: bytes, sets: tuple[str, ...], vr: str) -> None:
    decode(raw, sets, vr)
    assert b"\\".join(split_values(raw, sets, vr)) == raw


@given(st.lists(st.sampled_from(PIECES), max_size=15), st.sampled_from(SETS))
def test_values_are_parted_where_their_text_is(pieces: list[bytes], sets: tuple[str, ...]) -> None:
    raw = b"".join(pieces)
    assert "\\".join(decode_values(raw, sets, "LO")) == decode(raw, sets, "LO")


@given(st.text(max_size=12), st.sampled_from(SETS))
def test_the_chosen_set_can_hold_the_text(text: str, preferred: tuple[str, ...]) -> None:
    text = text.encode("utf-8", "replace").decode()
    chosen = best_character_set([text], preferred)
    assert decode(encode(text, chosen, "LO"), chosen, "LO") == text


@given(st.text(max_size=30))
def test_any_declaration_is_taken(term: str) -> None:
    canonical_term(term)
    decode(b"\xe4\x1b$B;3", (term,), "LO")


@settings(max_examples=30)
@given(st.text(ALPHABETS["", "ISO 2022 IR 87"], max_size=10))
def test_kanji_agree_with_an_independent_encoder(text: str) -> None:
    if all(ord(character) < 0x80 or character.encode("iso2022_jp", "ignore") for character in text):
        assert encode(text, ("", "ISO 2022 IR 87"), "LO") == text.encode("iso2022_jp")


@pytest.mark.parametrize("sets", SETS)
def test_every_set_has_an_alphabet(sets: tuple[str, ...]) -> None:
    assert len(ALPHABETS[sets]) > 80
