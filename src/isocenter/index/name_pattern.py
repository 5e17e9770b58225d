"""Wildcards in person names: the pattern is folded like the names, so that neither side is at a disadvantage.

A pattern is kept as alternatives of tokens, because folding changes how many letters there are: ``?`` stands for one
letter as written, which folded is one letter, two (``ß`` ss, ``þ`` th) or none (an apostrophe, the ``e`` of ``ue``).
Whatever the literal rule finds, ignoring case, the folded pattern finds too (PS3.4 C.2.2.2.4; tests/properties).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from isocenter.index.names import BEFORE_E, fold_character

__all__ = ["NamePattern", "Run", "fold_pattern"]


class Run(Enum):
    """What a pattern holds beside letters."""

    MANY = "*"
    """Any letters, also none."""
    ONE = "?"
    """Exactly one letter."""


Token = str | Run
"""One folded letter, or a run."""
Tokens = tuple[Token, ...]

_ONE_WRITTEN: tuple[Tokens, ...] = ((Run.ONE,), (), ("s", "s"), ("t", "h"))
"""What one letter as written can be when folded."""
MAX_ALTERNATIVES = 64
"""Beyond these, every ``?`` is taken as ``*``: a pattern of many question marks finds a little more, never less."""


@dataclass(frozen=True, slots=True)
class NamePattern:
    """A folded pattern: a name matches when one of the alternatives does, from end to end."""

    alternatives: tuple[Tokens, ...]

    @property
    def is_literal(self) -> bool:
        """Whether there is no wildcard at all."""
        return all(isinstance(token, str) for tokens in self.alternatives for token in tokens)


def fold_pattern(pattern: str) -> NamePattern:
    """Fold one component group of a key with wildcards; alternatives come out shortest first, without repeats."""
    marked = [_token(character) for character in unicodedata.normalize("NFKC", pattern)]
    for loosely in (False, True):
        found: set[Tokens] = {()}
        for token in (token for tokens in marked for token in tokens):
            found = {longer for tokens in found for longer in _extended(tokens, token, loosely=loosely)}
            if len(found) > MAX_ALTERNATIVES:
                break
        else:
            break
    trimmed = {cut for tokens in found for cut in _cuts(tokens)}
    return NamePattern(tuple(sorted(trimmed, key=lambda tokens: (len(tokens), str(tokens)))))


def _token(character: str) -> Iterable[Token]:
    if character in "*?":
        return (Run(character),)
    return fold_character(character)


def _extended(tokens: Tokens, added: Token, *, loosely: bool) -> Iterator[Tokens]:
    """The alternatives that ``tokens`` become with one more token."""
    last = tokens[-1] if tokens else None
    if added is Run.MANY or (added is Run.ONE and loosely):
        yield tokens if last is Run.MANY else (*tokens, Run.MANY)
    elif added is Run.ONE:
        for option in _ONE_WRITTEN:
            yield tokens + option
    elif added != "e" or last is None:
        yield (*tokens, added)
    elif isinstance(last, Run):
        yield from _after_run(tokens, last, loosely=loosely)
    else:
        yield tokens if last in BEFORE_E else (*tokens, added)


def _after_run(tokens: Tokens, run: Run, *, loosely: bool) -> Iterator[Tokens]:
    """An e after a wildcard: had the wildcard stood for a vowel, the e would not be there."""
    if loosely:
        yield tokens
        return
    yield (*tokens, "e")
    if run is Run.MANY:
        yield from _extended(tokens[:-1], "e", loosely=loosely)
    for vowel in sorted(BEFORE_E):
        yield (*(tokens if run is Run.MANY else tokens[:-1]), vowel)


def _cuts(tokens: Tokens) -> Iterator[Tokens]:
    """The pattern without trailing separators, as names are kept; ``DOE^*`` must find DOE as well."""
    end = len(tokens)
    while end and tokens[end - 1] == "^":
        end -= 1
    yield tokens[:end]
    for position in range(end - 1, -1, -1):
        if tokens[position] == "^":
            yield from _cuts(tokens[:position])
            return
        if isinstance(tokens[position], str):
            return
