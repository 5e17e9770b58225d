"""People are found however their name is spelled."""

from __future__ import annotations

import pytest

from isocenter.index.names import FoldedName, fold, fold_person_name, phonetic_key


@pytest.mark.parametrize(
    "spellings",
    [
        ("Müller", "Mueller", "MULLER", "mu\u0308ller", "ＭＵＬＬＥＲ"),
        ("Łódź", "Lodz", "LODZ"),
        ("Ёлкин", "Елкин", "ЁЛКИН"),
        ("Groß", "GROSS", "Gross", "GROẞ"),
        ("Sørensen", "Soerensen", "Sorensen", "SÖRENSEN"),
        ("Æther", "Aether", "Ather"),
        ("Þórsdóttir", "Thorsdottir"),
        ("Đorđević", "Dordevic"),
        ("Yıldız", "YILDIZ", "Yildiz", "YİLDİZ"),
        ("O'Neil", "O’Neil", "ONEIL", "O Neil"),
        ("Smith-Jones", "Smith Jones", "SMITH–JONES", "Smith  Jones "),
        ("ﾔﾏﾀﾞ", "ヤマダ"),
        ("김", "김"),
        ("أحمد", "احمد", "أَحْمَد"),
    ],
)
def test_spellings_of_one_name_fold_to_one(spellings: tuple[str, ...]) -> None:
    assert len({fold(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("か", "が"), ("ヤマダ", "やまだ"), ("Meier", "Maier"), ("กุ", "กู"), ("Doe^J", "Doe J")]
)
def test_other_names_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_groups_and_components_are_kept() -> None:
    name = "Yamada^Tarou^^ =山田^太郎=やまだ^たろう"
    assert fold_person_name(name) == FoldedName("yamada^tarou", "山田^太郎", "やまだ^たろう")
    assert fold_person_name("") == FoldedName("", "", "")
    assert fold_person_name("^^^^") == FoldedName("", "", "")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Meyer", "Maier"),
        ("Schmidt^Anna", "Schmitt"),
        ("Smith", "Smyth"),
        ("Philips", "Filips"),
        ("Müller", "Miller"),
        ("Catherine", "Katherine"),
    ],
)
def test_names_that_sound_alike_share_a_key(one: str, other: str) -> None:
    assert phonetic_key(one) == phonetic_key(other) != ""


def test_names_that_sound_different_do_not_share_a_key() -> None:
    assert phonetic_key("Smith") != phonetic_key("Jones")
    assert phonetic_key("") == ""
    assert phonetic_key("山田") == "山田"
