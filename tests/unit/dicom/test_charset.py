from __future__ import annotations

import pytest

from isocenter.dicom.charset import (
    CharacterSetError,
    best_character_set,
    canonical_term,
    decode,
    decode_values,
    encode,
    split_values,
)

KANJI = ("", "ISO 2022 IR 87")
KANA_KANJI = ("ISO 2022 IR 13", "ISO 2022 IR 87")
HANGUL = ("", "ISO 2022 IR 149")
HANZI = ("", "ISO 2022 IR 58")

# Names as in PS3.5 annexes H, I, J and K: declared sets, bytes, text.
EXAMPLES = [
    (KANJI, "Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B".encode("latin-1"),
     "Yamada^Tarou=山田^太郎=やまだ^たろう"),
    (KANA_KANJI,
     b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J",
     "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"),
    (HANGUL,
     b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
     "Hong^Gildong=洪^吉洞=홍^길동"),
    (HANZI, b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab", "Zhang^XiaoDong=张^小东"),
    (("ISO_IR 192",), "Wang^XiaoDong=王^小東".encode(), "Wang^XiaoDong=王^小東"),
    (("GB18030",), b"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab", "Wang^XiaoDong=王^小东"),
    (("GBK",), b"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab", "Wang^XiaoDong=王^小东"),
    (("ISO_IR 100",), b"Buc^J\xe9r\xf4me", "Buc^Jérôme"),
    (("ISO_IR 101",), b"Wa\xb3\xeasa", "Wałęsa"),
    (("ISO_IR 109",), b"\xc6apelo", "Ĉapelo"),
    (("ISO_IR 110",), b"B\xbarzi\xf1\xb9", "Bērziņš"),
    (("ISO_IR 144",), b"\xbb\xee\xdace\xdc\xd1yp\xd3", "Люкceмбypг"),
    (("ISO_IR 127",), b"\xe2\xc8\xc7\xe6\xea^\xe4\xe6\xd2\xc7\xd1", "قباني^لنزار"),
    (("ISO_IR 126",), b"\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2", "Διονυσιος"),
    (("ISO_IR 138",), b"\xf9\xf8\xe5\xef^\xe3\xe1\xe5\xf8\xe4", "שרון^דבורה"),
    (("ISO_IR 148",), b"\xc7avu\xfeo\xf0lu", "Çavuşoğlu"),
    (("ISO_IR 203",), b"\xbcuvr\xe9^\xb4ak\xa4", "Œuvré^Žak€"),
    (("ISO_IR 166",), b"\xca\xc1\xaa\xd2\xc2", "สมชาย"),
    (("ISO_IR 13",), b"\xd4\xcf\xc0\xde", "ﾔﾏﾀﾞ"),
]  # fmt: skip


@pytest.mark.parametrize(("character_sets", "raw", "text"), EXAMPLES)
def test_examples_of_the_standard_read_and_write_the_same(
    character_sets: tuple[str, ...], raw: bytes, text: str
) -> None:
    assert decode(raw, character_sets, "PN") == text
    assert encode(text, character_sets, "PN") == raw


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("", "ISO_IR 6"),
        ("ISO_IR 100", "ISO_IR 100"),
        ("ISO-IR 100", "ISO_IR 100"),
        ("ISO IR 100", "ISO_IR 100"),
        ("ISO_IR_100", "ISO_IR 100"),
        ("ISO_IR100", "ISO_IR 100"),
        ("iso_ir 100 ", "ISO_IR 100"),
        ("ISO 2022 IR 100", "ISO 2022 IR 100"),
        ("ISO2022 IR 87", "ISO 2022 IR 87"),
        ("ISO 2022-IR 87", "ISO 2022 IR 87"),
        ("ISO_2022_IR_6", "ISO 2022 IR 6"),
        ("ISO_IR 87", "ISO 2022 IR 87"),
        ("IR 100", "ISO_IR 100"),
        ("ISO 8859-1", "ISO_IR 100"),
        ("ISO_IR 8859-15", "ISO_IR 203"),
        ("UTF-8", "ISO_IR 192"),
        ("ISO-IR 192", "ISO_IR 192"),
        ("ISO 2022 IR 192", "ISO_IR 192"),
        ("GB2312", "GBK"),
        ("ISO_IR 999", None),
        ("ISO_IR 0000000000000000000100", None),
        ("KLINGON", None),
    ],
)
def test_misspelt_terms_are_understood(written: str, meant: str | None) -> None:
    assert canonical_term(written) == meant


def test_a_single_iso_2022_term_reads_like_the_plain_one() -> None:
    assert decode(b"M\xfcller", ("ISO 2022 IR 100",), "LO") == "Müller"
    assert encode("Müller", ("ISO 2022 IR 100",), "LO") == b"M\xfcller"


def test_an_unknown_term_counts_as_the_default_repertoire() -> None:
    assert decode(b"A\xe4", ("KLINGON",), "LO") == "A\ufffd"


def test_without_a_declared_set_high_bytes_mean_nothing() -> None:
    assert decode(b"M\xfcller", (), "PN") == "M\ufffdller"


def test_utf_8_after_an_empty_first_value_is_what_is_meant() -> None:
    assert decode("Łódź".encode(), ("", "ISO_IR 192"), "LO") == "Łódź"


def test_an_unsaid_escape_sequence_is_supplied_when_one_set_is_possible() -> None:
    assert decode(b"\xb1\xe8\xc8\xf1\xc1\xdf", HANGUL, "PN") == "김희중"
    assert decode(b"\xb1\xe8", ("", "ISO 2022 IR 149", "ISO 2022 IR 58"), "PN") == "\ufffd\ufffd"


def test_an_undeclared_escape_sequence_is_obeyed() -> None:
    assert decode(b"\x1b$B;3ED\x1b(B", (), "LO") == "山田"


@pytest.mark.parametrize("delimiter", ["\r", "\n", "\f", "\t", "\\", "^", "="])
def test_the_first_set_is_in_force_again_after_a_delimiter(delimiter: str) -> None:
    sets = ("ISO 2022 IR 100", "ISO 2022 IR 144")
    raw = b"\x1b-L\xd0" + delimiter.encode() + b"\xe4"
    assert decode(raw, sets, "PN") == f"а{delimiter}ä"


def test_carets_delimit_in_person_names_only() -> None:
    sets = ("ISO 2022 IR 100", "ISO 2022 IR 144")
    raw = b"\x1b-L\xd0^\xd1"
    assert decode(raw, sets, "LO") == "а^б"
    assert decode(raw, sets, "PN") == "а^Ñ"
    assert decode(b"\x1b-L\xd0\\\xd1", sets, "LT") == "а\\б"


def test_writing_restores_the_first_set_before_every_delimiter() -> None:
    sets = ("ISO 2022 IR 100", "ISO 2022 IR 144")
    assert encode("äа^ä", sets, "PN") == b"\xe4\x1b-L\xd0\x1b-A^\xe4"
    assert encode("山^a", KANJI, "PN") == b"\x1b$B;3\x1b(B^a"
    assert encode("山", KANJI, "LO") == b"\x1b$B;3\x1b(B"


@pytest.mark.parametrize(
    ("raw", "character_sets", "vr", "text"),
    [
        (b"\x1b$B;3E", KANJI, "LO", "山\ufffd"),
        (b"\x1b$B\x7f\x7f", KANJI, "LO", None),
        (b"\x1b$)C\xc8", HANGUL, "LO", None),
        (b"\x1bZx", KANJI, "LO", "\ufffdZx"),
        (b"abc\x1b", ("ISO_IR 100",), "LO", "abc\ufffd"),
        (b"\xff\xfe", ("ISO_IR 192",), "LO", "\ufffd\ufffd"),
        (b"\x81", ("GB18030",), "LO", "\ufffd"),
        (b"\x81", ("GBK",), "LO", "\ufffd"),
        (b"\xfc", ("ISO_IR 13",), "LO", "\ufffd"),
        (b"\xa1\xff", ("ISO_IR 127",), "LO", "\ufffd\ufffd"),
        (b"A\xe4", ("ISO_IR 100",), "CS", "A\ufffd"),
    ],
)
def test_bad_bytes_are_shown_replaced(raw: bytes, character_sets: tuple[str, ...], vr: str, text: str | None) -> None:
    shown = decode(raw, character_sets, vr)
    assert shown == text if text is not None else "\ufffd" in shown


def test_a_bad_pair_does_not_spoil_the_next() -> None:
    assert decode(b"\x1b$B\x7e\x7e;3", KANJI, "LO").endswith("山")


def test_yen_and_overline_of_iso_ir_13() -> None:
    assert decode(b"\x5c1~", ("ISO_IR 13",), "LT") == "¥1‾"
    assert decode(b"a\x5cb~", ("ISO_IR 13",), "LO") == "a\\b‾"
    assert encode("¥1‾", ("ISO_IR 13",), "LT") == b"\x5c1~"
    for text, vr in [("~", "LO"), ("\\", "LT")]:
        with pytest.raises(CharacterSetError):
            encode(text, ("ISO_IR 13",), vr)


def test_a_yen_sign_cannot_be_written_where_it_would_part_values() -> None:
    with pytest.raises(CharacterSetError):
        encode("¥", ("ISO_IR 13",), "LO")


def test_half_a_character_does_not_part_values() -> None:
    gbk = "誠\\a".encode("gbk")
    assert b"\\" in "誠".encode("gbk")
    for term in ("GBK", "GB18030"):
        assert split_values(gbk, (term,), "LO") == ["誠".encode("gbk"), b"a"]
        assert decode_values(gbk, (term,), "LO") == ["誠", "a"]
    sjis = "表\\a".encode("shift_jis")
    assert decode_values(sjis, ("SHIFT_JIS",), "LO") == ["表", "a"]


def test_both_halves_of_a_kanji_do_not_part_values() -> None:
    for text in ("移", "棔"):
        raw = encode(f"{text}\\{text}", KANJI, "LO")
        assert raw.count(b"\\") > 1
        assert decode_values(raw, KANJI, "LO") == [text, text]


def test_text_vrs_of_one_value_are_never_parted() -> None:
    assert split_values(b"a\\b", (), "UT") == [b"a\\b"]
    assert split_values(b"a\\b", (), "CS") == [b"a", b"b"]
    assert split_values(b"", (), "LO") == [b""]


def test_what_cannot_be_written_is_refused_by_name_of_the_character() -> None:
    with pytest.raises(CharacterSetError, match=r"U\+0141 .* ISO_IR 100"):
        encode("Łódź", ("ISO_IR 100",), "LO")
    with pytest.raises(CharacterSetError, match="default repertoire"):
        encode("é", (), "LO")
    with pytest.raises(CharacterSetError):
        encode("é", ("ISO_IR 192",), "CS")
    with pytest.raises(CharacterSetError):
        encode("a\x1bb", KANJI, "LO")
    with pytest.raises(CharacterSetError):
        encode("\ud800", ("ISO_IR 192",), "LO")


def test_the_preferred_set_is_taken_when_it_holds_all_texts() -> None:
    assert best_character_set(["Müller", "x"], ("ISO_IR 100",)) == ("ISO_IR 100",)
    assert best_character_set(["Müller", "Łódź"], ("ISO_IR 100",)) == ("ISO_IR 192",)
    assert best_character_set(["plain"], ()) == ()
    assert best_character_set(["山田"], KANJI) == KANJI
