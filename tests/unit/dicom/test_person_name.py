from __future__ import annotations

import pytest

from isocenter.dicom.person_name import ComponentGroup, PersonName, join_groups, parse, split_groups


def test_a_name_has_components_and_spellings() -> None:
    name = parse("Yamada^Tarou=山田^太郎=やまだ^たろう")
    assert name.alphabetic == ComponentGroup("Yamada", "Tarou")
    assert name.ideographic == ComponentGroup("山田", "太郎")
    assert name.phonetic == ComponentGroup("やまだ", "たろう")


def test_all_five_components_are_told_apart() -> None:
    group = parse("Adams^John Robert Quincy^^Rev.^B.A. M.Div.").alphabetic
    assert group == ComponentGroup("Adams", "John Robert Quincy", "", "Rev.", "B.A. M.Div.")


def test_a_name_without_carets_is_a_family_name() -> None:
    assert parse(" Müller ").alphabetic == ComponentGroup("Müller")


def test_spaces_around_components_do_not_count() -> None:
    assert parse("Doe ^ Jane \0").alphabetic == ComponentGroup("Doe", "Jane")


def test_nothing_is_lost_of_too_many_components_or_groups() -> None:
    assert parse("a^b^c^d^e^f").alphabetic.suffix == "e^f"
    assert split_groups("a=b=c=d") == ("a", "b", "c=d")


@pytest.mark.parametrize("text", ["", "Doe^Jane", "Doe^^^Dr.", "=山田^太郎", "==x", "A=B=C"])
def test_names_are_written_as_they_were_read(text: str) -> None:
    assert str(parse(text)) == text


def test_trailing_empty_parts_are_left_out() -> None:
    assert str(parse("Doe^Jane^^^==")) == "Doe^Jane"
    assert join_groups("Doe") == "Doe"
    assert not PersonName().alphabetic
