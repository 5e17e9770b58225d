"""The attributes that a query may ask for or match on: their VR and the level that they belong to.

One table for C-FIND, QIDO-RS, the web list and the command line (PS3.4 C.6.1 and C.6.2; PS3.18 10.6).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

__all__ = ["ATTRIBUTES", "DATE_TIME_PAIRS", "UNIQUE_KEYS", "Attribute", "Level", "levels_down_to"]


class Level(IntEnum):
    """Query/Retrieve Level (0008,0052), from the top down."""

    PATIENT = 0
    STUDY = 1
    SERIES = 2
    IMAGE = 3


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute that the index answers for."""

    tag: int
    vr: str
    level: Level
    matchable: bool = True
    """Whether a value in a key narrows the result; else the attribute is only returned."""
    items: tuple[tuple[int, str], ...] = ()
    """For a sequence: tag and VR of the attributes of its items."""


UNIQUE_KEYS: Mapping[Level, int] = {
    Level.PATIENT: 0x00100020,
    Level.STUDY: 0x0020000D,
    Level.SERIES: 0x0020000E,
    Level.IMAGE: 0x00080018,
}
"""The key that names one entity of a level (PS3.4 C.6.1.1)."""

DATE_TIME_PAIRS: Mapping[int, int] = {0x00080020: 0x00080030, 0x00400244: 0x00400245}
"""Dates and the times that belong to them, for combined matching (PS3.4 C.2.2.2.5.2)."""

_RETURNED = False

_PATIENT = (
    Attribute(0x00100010, "PN", Level.PATIENT),
    Attribute(0x00100020, "LO", Level.PATIENT),
    Attribute(0x00100021, "LO", Level.PATIENT),
    Attribute(0x00100030, "DA", Level.PATIENT),
    Attribute(0x00100032, "TM", Level.PATIENT, _RETURNED),
    Attribute(0x00100040, "CS", Level.PATIENT),
    Attribute(0x00101001, "PN", Level.PATIENT, _RETURNED),
    Attribute(0x00102160, "SH", Level.PATIENT),
    Attribute(0x00104000, "LT", Level.PATIENT),
    Attribute(0x00201200, "IS", Level.PATIENT, _RETURNED),
    Attribute(0x00201202, "IS", Level.PATIENT, _RETURNED),
    Attribute(0x00201204, "IS", Level.PATIENT, _RETURNED),
)
_STUDY = (
    Attribute(0x00080020, "DA", Level.STUDY),
    Attribute(0x00080030, "TM", Level.STUDY),
    Attribute(0x00080050, "SH", Level.STUDY),
    Attribute(0x00080056, "CS", Level.STUDY, _RETURNED),
    Attribute(0x00080061, "CS", Level.STUDY),
    Attribute(0x00080062, "UI", Level.STUDY),
    Attribute(0x00080090, "PN", Level.STUDY),
    Attribute(0x00080201, "SH", Level.STUDY, _RETURNED),
    Attribute(0x00081030, "LO", Level.STUDY),
    Attribute(0x0020000D, "UI", Level.STUDY),
    Attribute(0x00200010, "SH", Level.STUDY),
    Attribute(0x00201206, "IS", Level.STUDY, _RETURNED),
    Attribute(0x00201208, "IS", Level.STUDY, _RETURNED),
)
_SERIES = (
    Attribute(0x00080060, "CS", Level.SERIES),
    Attribute(0x0008103E, "LO", Level.SERIES),
    Attribute(0x00180015, "CS", Level.SERIES),
    Attribute(0x0020000E, "UI", Level.SERIES),
    Attribute(0x00200011, "IS", Level.SERIES),
    Attribute(0x00200060, "CS", Level.SERIES),
    Attribute(0x00201209, "IS", Level.SERIES, _RETURNED),
    Attribute(0x00400244, "DA", Level.SERIES),
    Attribute(0x00400245, "TM", Level.SERIES),
    Attribute(0x00400275, "SQ", Level.SERIES, items=((0x00400009, "SH"), (0x00401001, "SH"))),
)
_IMAGE = (
    Attribute(0x00080016, "UI", Level.IMAGE),
    Attribute(0x00080018, "UI", Level.IMAGE),
    Attribute(0x00083002, "UI", Level.IMAGE),
    Attribute(0x00200013, "IS", Level.IMAGE),
    Attribute(0x00280008, "IS", Level.IMAGE),
    Attribute(0x00280010, "US", Level.IMAGE),
    Attribute(0x00280011, "US", Level.IMAGE),
    Attribute(0x00280100, "US", Level.IMAGE),
)

ATTRIBUTES: Mapping[int, Attribute] = {entry.tag: entry for entry in _PATIENT + _STUDY + _SERIES + _IMAGE}
"""Every attribute that queries know, by tag."""


def levels_down_to(level: Level) -> tuple[Level, ...]:
    """All levels from the patient to ``level``, whose attributes an answer may hold."""
    return tuple(other for other in Level if other <= level)
