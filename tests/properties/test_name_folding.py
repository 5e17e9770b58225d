"""Folding loses nothing that a literal comparison finds."""

from __future__ import annotations

import re
import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from isocenter.index.name_pattern import NamePattern, Run, fold_pattern
from isocenter.index.names import fold, fold_person_name

LETTERS = "aeouxs AEOUÄÖÜäöüßþæœøłéёЕм김がガｶﾞ-'^.\u0308\u00ad"
names = st.text(st.sampled_from(LETTERS), max_size=8) | st.text(max_size=6).filter(
    lambda text: not set("=*?\\＝＊？") & set(unicodedata.normalize("NFKC", text))
)
patterns = st.text(st.sampled_from(LETTERS + "**??"), max_size=8)


def _literal(pattern: str, name: str) -> bool:
    """The standard's wildcards on text in normal form, ignoring case letter by letter."""
    written = "".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in unicodedata.normalize("NFKC", pattern))
    return re.fullmatch(written, unicodedata.normalize("NFKC", name), re.IGNORECASE | re.DOTALL) is not None


def _folded(pattern: NamePattern, folded: str) -> bool:
    runs = {Run.MANY: ".*", Run.ONE: "."}
    return any(
        re.fullmatch("".join(re.escape(t) if isinstance(t, str) else runs[t] for t in tokens), folded, re.DOTALL)
        for tokens in pattern.alternatives
    )


@given(st.text(st.sampled_from("aeouxs AEOUÄÖÜäöüßþæœøłéёЕм김がガ-'^."), max_size=8))
def test_folding_twice_changes_nothing(name: str) -> None:
    assert fold(fold(name)) == fold(name)


@given(names, st.integers(0, 8))
@example("Müller", 2)
@example("Mueller", 2)
@example("Mueller", 3)
@example("Groß", 3)
def test_every_prefix_finds_its_name(name: str, length: int) -> None:
    normal = unicodedata.normalize("NFKC", name)
    assert _folded(fold_pattern(normal[:length] + "*"), fold_person_name(normal).alphabetic)


@given(patterns, names)
@example("*eller", "Mueller")
@example("M?ller", "Müller")
@example("M??ller", "Mueller")
@example("M?eller", "Mueller")
@example("O?Neil", "O'Neil")
@example("Gro?e", "Große")
@example("DOE^*", "doe^")
@example("DOE^*^*", "doe^")
def test_what_the_literal_rule_finds_is_found_folded(pattern: str, name: str) -> None:
    if _literal(pattern, name):
        assert _folded(fold_pattern(pattern), fold_person_name(name).alphabetic)


@given(names, st.data())
def test_a_pattern_made_from_a_name_finds_it(name: str, data: st.DataObject) -> None:
    pattern = list(unicodedata.normalize("NFKC", name))
    for position in data.draw(st.sets(st.integers(0, 7))):
        if position < len(pattern):
            pattern[position] = data.draw(st.sampled_from("*?"))
    written = "".join(pattern)
    if _literal(written, name):
        assert _folded(fold_pattern(written), fold_person_name(name).alphabetic)


def test_the_vowel_of_a_digraph_may_end_a_prefix() -> None:
    for pattern in ("MU*", "Mü*", "MUE*"):
        for name in ("Müller", "Mueller", "MULLER"):
            assert _folded(fold_pattern(pattern), fold(name))


def test_wildcards_stay_selective() -> None:
    assert not _folded(fold_pattern("*eller"), fold("Miller"))
    assert not _folded(fold_pattern("SM?TH"), fold("Smooth"))
    assert _folded(fold_pattern("SM?TH"), fold("Smith"))
