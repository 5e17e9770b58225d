"""Facts about value representations: how long their length field is, how wide their numbers are (PS3.5 6.2, 7.1.2)."""

from __future__ import annotations

from typing import Final

__all__ = [
    "BY_CHARACTER_SET",
    "KNOWN",
    "LONG_FORM",
    "NUMBER_FORMAT",
    "SHORT_FORM",
    "SINGLE_TEXT",
    "SPACE_PADDED",
    "WIDTH",
]

LONG_FORM: Final = frozenset(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"])
"""Explicit VR: two reserved bytes and a 32-bit length follow (PS3.5 7.1.2); so it is for every VR not known here."""

SHORT_FORM: Final = frozenset(
    [
        "AE",
        "AS",
        "AT",
        "CS",
        "DA",
        "DS",
        "DT",
        "FD",
        "FL",
        "IS",
        "LO",
        "LT",
        "PN",
        "SH",
        "SL",
        "SS",
        "ST",
        "TM",
        "UI",
        "UL",
        "US",
    ],
)

KNOWN: Final = LONG_FORM | SHORT_FORM

BY_CHARACTER_SET: Final = frozenset(["LO", "LT", "PN", "SH", "ST", "UC", "UT"])
"""Text that Specific Character Set governs (PS3.5 6.1.2.3); all other text is of the default repertoire."""

SINGLE_TEXT: Final = frozenset(["LT", "ST", "UR", "UT"])
"""Never multi-valued: a backslash in them is a character (PS3.5 6.4)."""

SPACE_PADDED: Final = (SHORT_FORM | {"UC", "UR", "UT"}) - {"AT", "FD", "FL", "SL", "SS", "UI", "UL", "US"}
"""Padded to even length by a space; all others by a zero byte (PS3.5 6.2)."""

NUMBER_FORMAT: Final = {
    "FD": "d",
    "FL": "f",
    "SL": "i",
    "SS": "h",
    "SV": "q",
    "UL": "I",
    "US": "H",
    "UV": "Q",
    "OD": "d",
    "OF": "f",
    "OL": "I",
    "OV": "Q",
    "OW": "H",
}
"""The `struct` letter of one number of a binary VR."""

WIDTH: Final = {
    "AT": 2,
    "FD": 8,
    "FL": 4,
    "OD": 8,
    "OF": 4,
    "OL": 4,
    "OV": 8,
    "OW": 2,
    "SL": 4,
    "SS": 2,
    "SV": 8,
    "UL": 4,
    "US": 2,
    "UV": 8,
}
"""Bytes that change places together between byte orders (PS3.5 7.3); AT is a pair of 16-bit numbers."""
