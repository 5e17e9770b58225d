"""Search keys as people type them: ``PatientName=DOE*``, ``0010,0020=4711``, ``StudyDate=20240101-``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

import typer

from isocenter.dicom.dictionary import keyword_of, tag_for, tag_text
from isocenter.index.attributes import ATTRIBUTES
from isocenter.index.query import Path

__all__ = ["attribute_name", "read_key", "read_keys_typed"]

_TAG = re.compile(r"\(?([0-9A-Fa-f]{4}),?([0-9A-Fa-f]{4})\)?", re.ASCII)

Key = tuple[Path, str]


def read_keys_typed(texts: Sequence[str]) -> list[Key]:
    """Read all keys of a command. Raises BadParameter that says what is wrong with which."""
    return [read_key(text) for text in texts]


def read_key(text: str) -> Key:
    """Read one key: a keyword or a tag, ``=`` and a value; without a value it is only asked for.

    An attribute in a sequence is written with a dot: ``RequestAttributesSequence.RequestedProcedureID=7``.
    """
    name, _, value = text.partition("=")
    return tuple(_tag(part.strip()) for part in name.split(".")), value


def attribute_name(tag: int) -> str:
    """Name an attribute for people."""
    return keyword_of(tag) or tag_text(tag)


def _tag(name: str) -> int:
    found = _TAG.fullmatch(name)
    if found is not None:
        return int(found[1] + found[2], 16)
    tag = tag_for(name)
    if tag is not None:
        return tag
    keywords = {keyword_of(known).lower(): keyword_of(known) for known in ATTRIBUTES}
    near = get_close_matches(name.lower(), list(keywords), n=1, cutoff=0.5)
    exact = keywords.get(name.lower())
    hint = f" Did you mean {exact or keywords[near[0]]}?" if exact or near else ""
    raise typer.BadParameter(f"{name or 'an empty name'} is neither a keyword nor a tag.{hint}", param_hint="KEY=VALUE")
