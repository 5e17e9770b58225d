"""Text values: bytes to characters and back by Specific Character Set (0008,0005).

PS3.3 C.12.1.1.2 names the sets, PS3.5 6.1.2 says how bytes use them, PS3.5 6.2 which VRs they apply to. Reading never
fails: bytes that mean nothing become U+FFFD. Writing is strict.

Decisions where the standard leaves room or files stray:

- A declared set that is misspelt is understood; one that is unknown counts as the default repertoire.
- Known escape sequences are obeyed even when their set was not declared. GB18030, GBK and UTF-8 know none.
- Without a declared set, bytes from 0x80 mean nothing. If exactly one declared set has such bytes and its escape
  sequence is missing (common in Korean and Chinese names), that set is used.
- In ISO-IR 14 (the lower half of ISO_IR 13) 0x7E is an overline and 0x5C a yen sign, except where 0x5C parts values:
  there it is the delimiter and reads as a backslash (PS3.5 6.1.2.3, 6.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from isocenter.dicom._code_elements import (
    ASCII,
    ESCAPES,
    REPLACEMENT,
    STAND_ALONE_CODECS,
    CodeElement,
    canonical_term,
    decode_run,
    encode_character,
    term_elements,
)
from isocenter.errors import DataSetError

__all__ = [
    "SINGLE_VALUE_VRS",
    "TEXT_VRS",
    "UTF_8",
    "CharacterSetError",
    "best_character_set",
    "canonical_term",
    "decode",
    "decode_values",
    "encode",
    "split_values",
]

UTF_8 = "ISO_IR 192"
TEXT_VRS = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})
"""VRs that Specific Character Set applies to (PS3.5 6.1.2.2); all others are in the default repertoire."""
SINGLE_VALUE_VRS = frozenset({"LT", "ST", "UR", "UT"})
"""VRs in which a backslash is a character (PS3.5 6.2)."""

_NEEDS_CARE = re.compile(rb"[\x1b\\~\x80-\xff]")
_ESCAPE = re.compile(b"(" + b"|".join(re.escape(escape) for escape in ESCAPES) + b")")
# Runs of one kind between escape sequences: G1, what restores the first set (PS3.5 6.1.2.5.3), G0.
_RUNS = {
    "text": re.compile(rb"([\x80-\xff]+)|([\x00-\x1f])|[\x20-\x7f]+"),
    "values": re.compile(rb"([\x80-\xff]+)|([\x00-\x1f\\])|[\x20-\x5b\x5d-\x7f]+"),
    "names": re.compile(rb"([\x80-\xff]+)|([\x00-\x1f\\^=])|[\x20-\x3c\x3e-\x5b\x5d\x5f-\x7f]+"),
}
_DELIMITERS = {"text": "", "values": "\\", "names": "\\^="}
# One graphic run in a double-byte G0 set: everything up to a control character.
_PAIRS = re.compile(rb"[\x20-\xff]*")
_LEAD_BYTES = {
    "gbk": re.compile(rb"[\x81-\xfe][\x40-\xfe]|(\\)|[^\\]", re.DOTALL),
    "gb18030": re.compile(rb"[\x81-\xfe][\x40-\xfe]|(\\)|[^\\]", re.DOTALL),
    "shift_jis": re.compile(rb"[\x81-\x9f\xe0-\xfc][\x40-\xfc]|(\\)|[^\\]", re.DOTALL),
}


class CharacterSetError(DataSetError):
    """A text cannot be written in the character sets that the data set declares."""


@dataclass(frozen=True, slots=True)
class _Repertoire:
    """What a value of Specific Character Set allows, worked out once."""

    codec: str
    """Codec of a set that stands alone; empty where escape sequences may occur."""
    g0: CodeElement
    g1: CodeElement | None
    silent_g1: CodeElement | None
    """What bytes from 0x80 mean when no escape sequence said so."""
    elements: tuple[CodeElement, ...]


def decode(raw: bytes, character_sets: Sequence[str], vr: str) -> str:
    """Read the characters of a text value; delimiters and padding stay in place.

    ``character_sets`` are the values of Specific Character Set as written; empty means the default repertoire.
    """
    if _NEEDS_CARE.search(raw) is None:
        return raw.decode("ascii")
    if vr not in TEXT_VRS:
        return raw.decode("ascii", "replace")
    repertoire = _repertoire(tuple(character_sets))
    if repertoire.codec:
        return raw.decode(repertoire.codec, "replace")
    if b"\x1b" not in raw:
        if repertoire.g0 is ASCII and raw.isascii():
            return raw.decode("ascii")
        if repertoire.g0 is ASCII and repertoire.g1 is not None and repertoire.g1.width == 1:
            return raw.decode(repertoire.g1.codec, "replace")
    return _decode_with_escapes(raw, repertoire, _kind(vr))


def decode_values(raw: bytes, character_sets: Sequence[str], vr: str) -> list[str]:
    """Read a value that may hold several, parted by backslashes; padding stays."""
    return [decode(part, character_sets, vr) for part in split_values(raw, character_sets, vr)]


def split_values(raw: bytes, character_sets: Sequence[str], vr: str) -> list[bytes]:
    r"""Part a value at its delimiters: 0x5C, except where it is half of a character (PS3.5 6.1.2.3).

    Second bytes of GBK and GB18030 and both bytes of double-byte sets in G0 (ISO-IR 87, 159) can be 0x5C.
    """
    if vr in SINGLE_VALUE_VRS:
        return [raw]
    if b"\\" not in raw:
        return [raw]
    if vr not in TEXT_VRS or (raw.isascii() and b"\x1b" not in raw):
        return raw.split(b"\\")
    codec = _repertoire(tuple(character_sets)).codec
    if codec in _LEAD_BYTES:
        return _cut(raw, (match.start(1) for match in _LEAD_BYTES[codec].finditer(raw) if match[1]))
    if codec or b"\x1b" not in raw:
        return raw.split(b"\\")
    return _cut(raw, _delimiters_between_escapes(raw))


def encode(text: str, character_sets: Sequence[str], vr: str) -> bytes:
    """Write text in the declared character sets, with escape sequences where they are declared.

    ``text`` may hold several values with their backslashes. Raises CharacterSetError when a character is in none of
    the sets. The result is not padded.
    """
    if vr not in TEXT_VRS:
        if not text.isascii():
            raise CharacterSetError(f"A value of VR {vr} holds a character outside the default repertoire.")
        return text.encode("ascii")
    repertoire = _repertoire(tuple(character_sets))
    if text.isascii() and repertoire.g0 is ASCII and "\x1b" not in text:
        return text.encode("ascii")
    if repertoire.codec:
        try:
            return text.encode(repertoire.codec)
        except UnicodeEncodeError as error:
            raise _not_representable(text[error.start], character_sets) from None
    return _encode_with_escapes(text, repertoire, _kind(vr), character_sets)


def best_character_set(texts: Iterable[str], preferred: Sequence[str], vr: str = "LO") -> tuple[str, ...]:
    """Choose the value of Specific Character Set: the preferred one if it holds all texts, else UTF-8."""
    try:
        for text in texts:
            encode(text, preferred, vr)
    except CharacterSetError:
        return (UTF_8,)
    return tuple(preferred)


@lru_cache(maxsize=256)
def _repertoire(character_sets: tuple[str, ...]) -> _Repertoire:
    known = [canonical_term(term) or "ISO_IR 6" for term in character_sets] or ["ISO_IR 6"]
    stand_alone = [term for term in known if term in STAND_ALONE_CODECS]
    first = known[0]
    if stand_alone and first in (stand_alone[0], "ISO_IR 6", "ISO 2022 IR 6"):
        # PS3.3 C.12.1.1.2 wants them as the only value; after an empty first value they can mean nothing else.
        return _Repertoire(STAND_ALONE_CODECS[stand_alone[0]], ASCII, None, None, ())
    elements = tuple(dict.fromkeys(e for term in known for e in term_elements(term)))
    initial = term_elements(first)
    g0 = next((e for e in initial if not e.in_g1 and e.width == 1), ASCII)
    g1 = next((e for e in initial if e.in_g1), None)
    upper = [e for e in elements if e.in_g1]
    silent_g1 = g1 or (upper[0] if len(upper) == 1 else None)
    if g0 is ASCII and ASCII not in elements:
        elements = (ASCII, *elements)
    return _Repertoire("", g0, g1, silent_g1, elements)


def _kind(vr: str) -> str:
    if vr == "PN":
        return "names"
    return "text" if vr in SINGLE_VALUE_VRS else "values"


def _decode_with_escapes(raw: bytes, repertoire: _Repertoire, kind: str) -> str:
    g0, g1 = repertoire.g0, repertoire.silent_g1
    runs = _RUNS[kind]
    out: list[str] = []
    for segment in _ESCAPE.split(raw):
        at = 0
        if (element := ESCAPES.get(segment)) is not None:
            if element.in_g1:
                g1 = element
            else:
                g0 = element
            continue
        if g0.width == 2:
            pairs = _PAIRS.match(segment, at)
            if pairs is not None:
                out.append(_decode_pairs(g0, g1, pairs[0]))
                at = pairs.end()
        for run in runs.finditer(segment, at):
            if run[1]:
                out.append(decode_run(g1, run[1]) if g1 else REPLACEMENT * len(run[1]))
            elif run[2]:
                g0, g1 = repertoire.g0, repertoire.silent_g1
                out.append(REPLACEMENT if run[2] == b"\x1b" else run[2].decode("ascii"))
            else:
                out.append(decode_run(g0, run[0]))
    return "".join(out)


def _decode_pairs(g0: CodeElement, g1: CodeElement | None, run: bytes) -> str:
    """Decode a run while a double-byte set is in G0; a space is no part of such a set and stays one."""
    out = []
    for part in re.split(rb"( +|[\x80-\xff]+)", run):
        if part.startswith(b" "):
            out.append(part.decode("ascii"))
        elif part and part[0] >= 0x80:
            out.append(decode_run(g1, part) if g1 else REPLACEMENT * len(part))
        else:
            out.append(decode_run(g0, part))
    return "".join(out)


def _delimiters_between_escapes(raw: bytes) -> Iterator[int]:
    """Find the 0x5C that are delimiters: those seen while a single-byte set is in G0."""
    double = False
    offset = 0
    for segment in _ESCAPE.split(raw):
        element = ESCAPES.get(segment)
        if element is not None:
            double = double if element.in_g1 else element.width == 2
        else:
            pairs = _PAIRS.match(segment) if double else None
            start = pairs.end() if pairs is not None else 0
            double = double and start == len(segment)
            yield from (offset + at for at in range(start, len(segment)) if segment[at] == 0x5C)
        offset += len(segment)


def _cut(raw: bytes, delimiters: Iterable[int]) -> list[bytes]:
    parts = []
    start = 0
    for at in delimiters:
        parts.append(raw[start:at])
        start = at + 1
    parts.append(raw[start:])
    return parts


def _encode_with_escapes(text: str, repertoire: _Repertoire, kind: str, character_sets: Sequence[str]) -> bytes:
    g0, g1 = repertoire.g0, repertoire.g1
    delimiters = _DELIMITERS[kind]
    out = bytearray()
    for character in text:
        if character in delimiters or (character < " " and character != "\x1b"):
            out += _back_to_start(repertoire, g0, g1)
            g0, g1 = repertoire.g0, repertoire.g1
            out += character.encode("ascii")
            continue
        element, encoded = _find(character, (g0, g1), repertoire, character_sets)
        if encoded == b"\\" and "\\" in delimiters:  # the yen sign of ISO-IR 14 would part the value
            raise _not_representable(character, character_sets)
        if element.in_g1 and element is not g1:
            out += element.escape
            g1 = element
        elif not element.in_g1 and element is not g0:
            out += element.escape
            g0 = element
        out += encoded
    out += _back_to_start(repertoire, g0, g1)
    return bytes(out)


def _back_to_start(repertoire: _Repertoire, g0: CodeElement, g1: CodeElement | None) -> bytes:
    """Restore the first set before a delimiter and at the end (PS3.5 6.1.2.5.3)."""
    escapes = repertoire.g0.escape if g0 is not repertoire.g0 else b""
    if repertoire.g1 is not None and g1 is not repertoire.g1:
        escapes += repertoire.g1.escape
    return escapes


def _find(
    character: str,
    active: tuple[CodeElement | None, ...],
    repertoire: _Repertoire,
    character_sets: Sequence[str],
) -> tuple[CodeElement, bytes]:
    if character != "\x1b":
        for element in (*active, repertoire.g0, *repertoire.elements):
            if element is not None and (encoded := encode_character(element, character)) is not None:
                return element, encoded
    raise _not_representable(character, character_sets)


def _not_representable(character: str, character_sets: Sequence[str]) -> CharacterSetError:
    declared = "\\".join(character_sets) or "the default repertoire"
    return CharacterSetError(f"The character U+{ord(character):04X} cannot be written in {declared}.")
