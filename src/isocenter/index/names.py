"""Folds person names, so that spelling, accents and case do not decide whether someone is found.

The rule, applied alike to stored names and to what is asked for (PS3.4 C.2.2.2.1 leaves the details for PN open):

1. Unicode NFKC: full width becomes half width, half-width katakana becomes full width, ligatures are taken apart.
2. Accents and other marks above, below and through a letter go: ``ö`` o, ``Ё`` Е, ``ñ`` n, Hebrew and Arabic
   points. Marks that make another letter stay: kana voicing, Indic and Thai vowels. Katakana is not hiragana.
3. Case folding; and the letters that Unicode does not take apart: ``ł`` l, ``ø`` o, ``đ ð`` d, ``ß`` ss,
   ``þ`` th, ``æ`` ae, ``œ`` oe, ``ı`` i ...
4. Spaces, hyphens, apostrophes and full stops go: O'Neil is ONEIL, Smith-Jones is Smith Jones.
5. Every ``e`` after ``a``, ``o`` or ``u`` goes. That makes Müller, Mueller and MULLER one name, and because both
   sides lose it, a pattern may end between the two letters: ``MU*`` and ``MUE*`` both find all three.

What it costs, knowingly: Manuel is found as Manul, Bauer as Baur, da Evora as Davora. Nothing that a
literal, case-insensitive comparison finds is missed.

``^`` stays as the separator of components, ``*`` and ``?`` pass through.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["BEFORE_E", "FoldedName", "fold", "fold_character", "fold_person_name", "phonetic_key"]

_LETTERS = {
    "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ß": "ss", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i",
    "ħ": "h", "ŧ": "t", "ŋ": "n", "ĸ": "k", "ɓ": "b", "ɖ": "d", "ɗ": "d", "ɛ": "e", "ɔ": "o", "ƒ": "f",
    "ə": "a", "ǝ": "a", "ɨ": "i", "ʉ": "u", "ƙ": "k", "ƴ": "y", "ȼ": "c", "ⱥ": "a", "ɍ": "r", "ƶ": "z", "ƀ": "b",
    "ґ": "г", "ё": "е",
}  # fmt: skip
_REMOVED = frozenset("'`´‘’‛ʹʻʼʽˈ′.·・_")
_REMOVED_CATEGORIES = frozenset({"Zs", "Zl", "Zp", "Pd", "Cf", "Cc"})
BEFORE_E = frozenset("aou")
"""Letters that swallow an e that follows."""


@dataclass(frozen=True, slots=True)
class FoldedName:
    """The three component groups of a person name, folded (PS3.5 6.2.1.2); an absent group is empty."""

    alphabetic: str
    ideographic: str
    phonetic: str


def fold(text: str) -> str:
    """One text as it is stored and searched: without case, accents, spaces and hyphens."""
    folded: list[str] = []
    last = ""
    for character in unicodedata.normalize("NFKC", text):
        for letter in fold_character(character):
            if letter == "e" and last in BEFORE_E:
                continue
            folded.append(letter)
            last = letter
    return "".join(folded)


def fold_person_name(person_name: str) -> FoldedName:
    """A PN value as its folded component groups; trailing separators say nothing and go."""
    groups = [fold(group).rstrip("^") for group in person_name.split("=")[:3]]
    groups += [""] * (3 - len(groups))
    return FoldedName(*groups)


@lru_cache(maxsize=4096)
def fold_character(character: str) -> str:
    """Rules 2 to 4 for one character of NFKC text: none, one or more folded characters."""
    if character in _REMOVED or unicodedata.category(character) in _REMOVED_CATEGORIES:
        return ""
    kept = "".join(part for part in unicodedata.normalize("NFD", character) if not _is_accent(part))
    lowered = "".join(_LETTERS.get(letter, letter) for letter in kept.casefold())
    return unicodedata.normalize("NFC", lowered)


def _is_accent(character: str) -> bool:
    """A mark that may go: overlays, Semitic points, marks above and below; by its combining class."""
    kind = unicodedata.combining(character)
    return kind == 1 or 10 <= kind <= 36 or kind >= 200


_SOUNDS = (
    ("tsch", "s"), ("sch", "s"), ("tch", "s"), ("sh", "s"), ("cz", "s"), ("ch", "k"), ("ph", "f"), ("gh", "g"),
    ("th", "t"), ("ck", "k"), ("qu", "k"), ("dt", "t"), ("tz", "s"), ("ts", "s"), ("x", "ks"),
)  # fmt: skip
_SILENT_STARTS = (("kn", "n"), ("gn", "n"), ("wr", "r"), ("ps", "s"), ("pf", "f"), ("x", "s"))
_CLASSES = {
    letter: code
    for code, letters in {
        "1": "bp", "2": "fvw", "3": "cgkqj", "4": "sz", "5": "dt", "6": "l", "7": "mn", "8": "r",
    }.items()
    for letter in letters
}  # fmt: skip
_UNSOUNDED = frozenset("aeiouyh")
PHONETIC_LENGTH = 6
"""Sounds that a key keeps: enough to tell long names apart, few enough to forgive their ends."""


def phonetic_key(person_name: str) -> str:
    """A rough key of how a family name sounds, used for fuzzy matching only; empty when there is none.

    Soundex-like, of our own making: letters become classes of like sounds, vowels count at the start only (all as
    one), repeats count once. Other scripts keep their letters. Takes a whole PN or its first component.
    """
    family = fold(person_name.split("=")[0].split("^")[0])
    for start, sound in _SILENT_STARTS:
        if family.startswith(start):
            family = sound + family[len(start) :]
            break
    for spelling, sound in _SOUNDS:
        family = family.replace(spelling, sound)
    return _sound_classes(family)


def _sound_classes(letters: str) -> str:
    key: list[str] = []
    last = ""
    for position, letter in enumerate(letters):
        code = "" if letter in _UNSOUNDED else _CLASSES.get(letter, letter)
        if position == 0 and not code:
            code = "h" if letter == "h" else "0"
        if code and code != last:
            key.append(code)
        last = code
    return "".join(key[:PHONETIC_LENGTH])
