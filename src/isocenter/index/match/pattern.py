"""A wildcard pattern as SQL: a range for what is known from its start, and a case-sensitive comparison.

SQLite compares LIKE with regard to case because ``engine`` sets ``case_sensitive_like``.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, true

from isocenter.index.name_pattern import Run, Tokens

__all__ = ["literal_prefix", "matches", "starts_with", "tokens_of"]

_HIGHEST = 0x10FFFF


def tokens_of(pattern: str) -> Tokens:
    """The tokens of a pattern whose letters are taken as they are; runs of ``*`` are one."""
    tokens: list[str | Run] = []
    for character in pattern:
        token = Run(character) if character in "*?" else character
        if not (token is Run.MANY and tokens and tokens[-1] is Run.MANY):
            tokens.append(token)
    return tuple(tokens)


def hasliteral_prefix(tokens: Tokens) -> bool:
    """Whether the pattern begins with a letter, so that an index narrows it down."""
    return bool(tokens) and isinstance(tokens[0], str)


def literal_prefix(tokens: Tokens) -> str:
    """The letters before the first wildcard."""
    letters: list[str] = []
    for token in tokens:
        if isinstance(token, Run):
            break
        letters.append(token)
    return "".join(letters)


def matches(column: ColumnElement[Any], tokens: Tokens) -> ColumnElement[bool]:
    """The column's text fits ``tokens`` from end to end and is not empty."""
    prefix = literal_prefix(tokens)
    rest = tokens[len(prefix) :]
    if not rest:
        return column == prefix
    start = starts_with(column, prefix) if prefix else column > ""
    if rest == (Run.MANY,):
        return start
    return and_(start, column.like(_like(tokens), escape="\\"))


def starts_with(column: ColumnElement[Any], prefix: str) -> ColumnElement[bool]:
    """A range of text in byte order: from ``prefix`` up to what comes after everything that begins with it."""
    after = _next(prefix)
    return and_(column >= prefix, column < after if after else true())


def _next(prefix: str) -> str:
    """The least text above all that begin with ``prefix``; empty when there is none."""
    while prefix and ord(prefix[-1]) == _HIGHEST:
        prefix = prefix[:-1]
    if not prefix:
        return ""
    code = ord(prefix[-1]) + 1
    return prefix[:-1] + chr(0xE000 if code == 0xD800 else code)  # surrogates are no characters


_LIKE_RUNS = {Run.MANY: "%", Run.ONE: "_"}


def _like(tokens: Tokens) -> str:
    return "".join(_LIKE_RUNS[t] if isinstance(t, Run) else f"\\{t}" if t in "\\%_" else t for t in tokens)
