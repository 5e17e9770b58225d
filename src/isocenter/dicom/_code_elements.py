"""The coded character sets behind the terms of Specific Character Set, as tables (PS3.3 C.12.1.1.2, PS3.5 6.1.2).

A code element is what one escape sequence invokes: a set of characters in G0 (bytes below 0x80) or G1 (bytes from
0x80). A term names the elements that it allows; the first term's elements are active when a value begins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

__all__ = [
    "ASCII",
    "ESCAPES",
    "REPLACEMENT",
    "ROMAJI",
    "SINGLE_BYTE_TERMS",
    "STAND_ALONE_CODECS",
    "CodeElement",
    "canonical_term",
    "decode_run",
    "encode_character",
    "term_elements",
]

REPLACEMENT = "\ufffd"


@dataclass(frozen=True, slots=True)
class CodeElement:
    """One coded character set with the escape sequence that designates it."""

    name: str
    escape: bytes
    in_g1: bool
    codec: str
    """Python codec of the set in its 8-bit form."""
    width: int = 1
    prefix: bytes = b""
    """What the codec wants before each pair."""


ASCII = CodeElement("ISO-IR 6", b"\x1b(B", False, "ascii")
ROMAJI = CodeElement("ISO-IR 14", b"\x1b(J", False, "romaji")
_KATAKANA = CodeElement("ISO-IR 13", b"\x1b)I", True, "katakana")
_KANJI = CodeElement("ISO-IR 87", b"\x1b$B", False, "euc_jp", 2)
_KANJI_SUPPLEMENT = CodeElement("ISO-IR 159", b"\x1b$(D", False, "euc_jp", 2, b"\x8f")
_HANGUL = CodeElement("ISO-IR 149", b"\x1b$)C", True, "euc_kr", 2)
_HANZI = CodeElement("ISO-IR 58", b"\x1b$)A", True, "gb2312", 2)

# Registration number: (final byte of ESC 02/13 F, codec). PS3.3 Table C.12-2 and C.12-3.
_SUPPLEMENTARY = {
    100: (b"A", "iso8859_1"),
    101: (b"B", "iso8859_2"),
    109: (b"C", "iso8859_3"),
    110: (b"D", "iso8859_4"),
    144: (b"L", "iso8859_5"),
    127: (b"G", "iso8859_6"),
    126: (b"F", "iso8859_7"),
    138: (b"H", "iso8859_8"),
    148: (b"M", "iso8859_9"),
    203: (b"b", "iso8859_15"),
    166: (b"T", "tis_620"),
}

_ELEMENTS: dict[int, tuple[CodeElement, ...]] = {
    6: (ASCII,),
    13: (ROMAJI, _KATAKANA),
    87: (_KANJI,),
    159: (_KANJI_SUPPLEMENT,),
    149: (_HANGUL,),
    58: (_HANZI,),
    **{
        number: (ASCII, CodeElement(f"ISO-IR {number}", b"\x1b-" + final, True, codec))
        for number, (final, codec) in _SUPPLEMENTARY.items()
    },
}

SINGLE_BYTE_TERMS = frozenset(f"ISO_IR {number}" for number in (6, 13, *_SUPPLEMENTARY))

# Terms that stand alone and admit no escape sequences (PS3.5 6.1.2.4), and three that no edition defines but
# that files carry: Shift-JIS, EUC-JP and Windows-1252.
STAND_ALONE_CODECS = {
    "ISO_IR 192": "utf_8",
    "GB18030": "gb18030",
    "GBK": "gbk",
    "SHIFT_JIS": "shift_jis",
    "EUC-JP": "euc_jp",
    "WINDOWS-1252": "cp1252",
}

_MISSPELLINGS = {
    "": "ISO_IR 6",
    "ASCII": "ISO_IR 6",
    "US-ASCII": "ISO_IR 6",
    "UTF-8": "ISO_IR 192",
    "UTF8": "ISO_IR 192",
    "ISO 10646": "ISO_IR 192",
    "GB 18030": "GB18030",
    "GB2312": "GBK",
    "CP936": "GBK",
    "SJIS": "SHIFT_JIS",
    "SHIFT-JIS": "SHIFT_JIS",
    "SHIFTJIS": "SHIFT_JIS",
    "EUCJP": "EUC-JP",
    "EUC_JP": "EUC-JP",
    "EUC-KR": "ISO 2022 IR 149",
    "CP1252": "WINDOWS-1252",
    "LATIN1": "ISO_IR 100",
    "LATIN-1": "ISO_IR 100",
}
_LATIN_PARTS = {1: 100, 2: 101, 3: 109, 4: 110, 5: 144, 6: 127, 7: 126, 8: 138, 9: 148, 11: 166, 15: 203}
_NUMBERED = re.compile(r"(?:ISO)?[ _-]*(2022)?[ _-]*(?:IR)?[ _-]*(\d+)")
_PART = re.compile(r"ISO[ _-]*(?:IR)?[ _-]*8859[ _-]+(\d+)")

# Escape sequences that a reader knows (PS3.3 Tables C.12-3 and C.12-4), with three that older senders use: JIS C 6226
# of 1978, the long form of ISO-IR 87, and half-width katakana in G0.
ESCAPES: dict[bytes, CodeElement] = {
    **{element.escape: element for elements in _ELEMENTS.values() for element in elements},
    b"\x1b$@": _KANJI,
    b"\x1b$(B": _KANJI,
    b"\x1b(I": CodeElement("ISO-IR 13 in G0", b"\x1b(I", False, "katakana"),
}

_HIGH = bytes(value | 0x80 for value in range(256))
_LOW = bytes(value & 0x7F for value in range(256))
_ROMAJI_DECODE = {0x5C: "\u00a5", 0x7E: "\u203e"}
_ROMAJI_ENCODE = {"\u00a5": b"\x5c", "\u203e": b"\x7e"}
_KATAKANA_DECODE = {code: chr(code + 0xFEC0) if 0xA1 <= code <= 0xDF else REPLACEMENT for code in range(256)}


@lru_cache(maxsize=512)
def canonical_term(term: str) -> str | None:
    """Give the defined term that a written one means; None when it means none.

    Spellings such as ``ISO-IR 100``, ``ISO_IR_100`` and ``ISO2022IR 87`` are understood.
    """
    text = term.strip(" \0").upper()
    if text in STAND_ALONE_CODECS:
        return text
    if text in _MISSPELLINGS:
        return _MISSPELLINGS[text]
    if part := _PART.fullmatch(text):
        number = _LATIN_PARTS.get(int(part[1][:4]))
        return f"ISO_IR {number}" if number else None
    numbered = _NUMBERED.fullmatch(text)
    if numbered is None or len(numbered[2]) > 3:
        return None
    number = int(numbered[2])
    if number == 192:
        return "ISO_IR 192"
    if number not in _ELEMENTS:
        return None
    if numbered[1] or f"ISO_IR {number}" not in SINGLE_BYTE_TERMS:
        return f"ISO 2022 IR {number}"
    return f"ISO_IR {number}"


def term_elements(term: str) -> tuple[CodeElement, ...]:
    """List the code elements of a canonical term; none for those that stand alone."""
    return () if term in STAND_ALONE_CODECS else _ELEMENTS[int(term.rsplit(" ", 1)[1])]


def decode_run(element: CodeElement, run: bytes) -> str:
    """Decode bytes that all belong to one code element; what is no character becomes U+FFFD."""
    if element.codec == "ascii":
        return run.decode("ascii", "replace")
    if element.codec == "romaji":
        return run.decode("ascii", "replace").translate(_ROMAJI_DECODE)
    high = run.translate(_HIGH)
    if element.codec == "katakana":
        return high.decode("latin_1").translate(_KATAKANA_DECODE)
    if element.width == 1:
        return high.decode(element.codec, "replace")
    if not element.prefix:
        try:
            return high.decode(element.codec)
        except UnicodeDecodeError:
            pass
    return "".join(_decode_pair(element, high[at : at + 2]) for at in range(0, len(high), 2))


def _decode_pair(element: CodeElement, pair: bytes) -> str:
    if len(pair) < 2:
        return REPLACEMENT
    try:
        return (element.prefix + pair).decode(element.codec)
    except UnicodeDecodeError:
        return REPLACEMENT


def encode_character(element: CodeElement, character: str) -> bytes | None:
    """Encode one character in one code element; None when the set lacks it."""
    code = ord(character)
    if element.codec == "ascii":
        return bytes((code,)) if code < 0x80 else None
    if element.codec == "romaji":
        if character in _ROMAJI_ENCODE:
            return _ROMAJI_ENCODE[character]
        return bytes((code,)) if code < 0x80 and code not in _ROMAJI_DECODE else None
    if element.codec == "katakana":
        return bytes((code - 0xFEC0,)) if 0xFF61 <= code <= 0xFF9F else None
    if code < 0x80:
        return None
    try:
        encoded = character.encode(element.codec)
    except UnicodeEncodeError:
        return None
    if not encoded.startswith(element.prefix) or len(encoded) != len(element.prefix) + element.width:
        return None
    encoded = encoded[len(element.prefix) :]
    if element.width == 2 and min(encoded) < 0xA1:  # EUC's way to shift to another set for one character
        return None
    return encoded if element.in_g1 else encoded.translate(_LOW)
