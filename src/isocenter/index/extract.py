"""Decodes what the walk found into the values that the index holds.

All instances of a series carry the same patient, study and series values, so these are decoded once and found again by
their raw bytes: the second instance of a series costs a few microseconds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Protocol

import orjson

from isocenter.dicom.charset import decode
from isocenter.index.moments import read_date, read_time
from isocenter.index.record import Attributes, InstanceValues, LevelValues

__all__ = ["INDEXED_ITEMS", "INDEXED_TAGS", "PATIENT_COLUMNS", "Extractor", "Walked", "level_values", "patient_digest"]

MAX_INDEXED_CHARACTERS = 200
"""Longer values are cut: the standard's longest is a person name, 3 x 64; PostgreSQL indexes 2,704 bytes at most."""
MAX_FREE_CHARACTERS = 2_000
"""The same for values that are returned but in no database index; the object itself keeps all."""
MAX_REQUESTS = 100
"""Items of Request Attributes Sequence that are indexed."""
CACHED_LEVELS = 512
"""Sets of values that are remembered, before all are forgotten."""

_BIGGEST_INTEGER = 2**31 - 1
_BIGGEST_ORDER = 2**63 - 1

_PATIENT = {
    0x00100010: ("patient_name", "PN"),
    0x00100020: ("patient_id", "LO"),
    0x00100021: ("issuer_of_patient_id", "LO"),
    0x00100030: ("patient_birth_date", "DA"),
    0x00100032: ("patient_birth_time", "TM"),
    0x00100040: ("patient_sex", "CS"),
    0x00101001: ("other_patient_names", "PN"),
    0x00102160: ("ethnic_group", "SH"),
    0x00104000: ("patient_comments", "LT"),
}
_STUDY = {
    0x00080020: ("study_date", "DA"),
    0x00080030: ("study_time", "TM"),
    0x00080050: ("accession_number", "SH"),
    0x00080090: ("referring_physician_name", "PN"),
    0x00080201: ("timezone_offset_from_utc", "SH"),
    0x00081030: ("study_description", "LO"),
    0x00200010: ("study_id", "SH"),
}
_SERIES = {
    0x00080060: ("modality", "CS"),
    0x0008103E: ("series_description", "LO"),
    0x00080201: ("timezone_offset_from_utc", "SH"),
    0x00180015: ("body_part_examined", "CS"),
    0x00200011: ("series_number", "IS"),
    0x00200060: ("laterality", "CS"),
    0x00400244: ("performed_procedure_step_start_date", "DA"),
    0x00400245: ("performed_procedure_step_start_time", "TM"),
}
_INSTANCE = (0x00200013, 0x00280008, 0x00280010, 0x00280011, 0x00280100)
_REQUESTS = ((0x00400275, 0x00400009), (0x00400275, 0x00401001))

PATIENT_COLUMNS = frozenset(name for name, _ in _PATIENT.values())
"""Those of the study level's values that are the patient's."""
_FREE = frozenset(
    {"patient_comments", "other_patient_names", "ethnic_group", "study_description", "series_description"}
)

INDEXED_TAGS = frozenset(_PATIENT) | frozenset(_STUDY) | frozenset(_SERIES) | frozenset(_INSTANCE)
"""Top-level attributes that the walker must keep."""
INDEXED_ITEMS: Mapping[int, frozenset[int]] = {0x00400275: frozenset({0x00400009, 0x00401001})}
"""Attributes in the items of sequences that it must keep, by sequence."""


class Walked(Protocol):
    """What a walk gives: raw values, numbers in little endian, and the terms of Specific Character Set."""

    @property
    def values(self) -> Mapping[int, bytes]: ...  # noqa: D102
    @property
    def items(self) -> Mapping[tuple[int, int], Sequence[bytes]]: ...  # noqa: D102
    @property
    def character_set(self) -> tuple[str, ...]: ...  # noqa: D102


_Raw = tuple[bytes | None, ...]


class Extractor:
    """Turns walk results into attributes, and remembers the values of the last series."""

    def __init__(self) -> None:
        self._studies: dict[object, LevelValues] = {}
        self._series: dict[object, LevelValues] = {}

    def extract(self, walked: Walked, default_issuer: str = "") -> Attributes:
        """Decode the values that can be searched. ``default_issuer`` stands in where a Patient ID has none.

        Never fails: what cannot be read as its VR says is kept as text, or left out where only a number can stand.
        """
        get = walked.values.get
        character_set = walked.character_set
        raw_study = tuple(map(get, _STUDY_TAGS))
        study_key = (raw_study, character_set, default_issuer)
        study = self._studies.get(study_key)
        if study is None:
            study = _study_values(raw_study, character_set, default_issuer)
            _remember(self._studies, study_key, study)
        raw_series = tuple(map(get, _SERIES_TAGS))
        requests = tuple(tuple(walked.items.get(path, ())) for path in _REQUESTS)
        series_key = (raw_series, requests, character_set)
        series = self._series.get(series_key)
        if series is None:
            series = _series_values(raw_series, requests, character_set)
            _remember(self._series, series_key, series)
        return Attributes(study, series, _instance_values(tuple(map(get, _INSTANCE))))


_STUDY_TAGS = (*_PATIENT, *_STUDY)
_SERIES_TAGS = tuple(_SERIES)


def _remember(cache: dict[object, LevelValues], key: object, values: LevelValues) -> None:
    if len(cache) >= CACHED_LEVELS:
        cache.clear()
    cache[key] = values


def _study_values(raw: _Raw, character_set: Sequence[str], default_issuer: str) -> LevelValues:
    values = _decoded(zip((*_PATIENT.values(), *_STUDY.values()), raw, strict=True), character_set)
    if default_issuer and values.get("patient_id") and not values.get("issuer_of_patient_id"):
        values["issuer_of_patient_id"] = default_issuer
    if not values.get("patient_id"):
        values.pop("issuer_of_patient_id", None)
    return level_values(values, patient=patient_digest(values))


def _series_values(raw: _Raw, requests: Sequence[Sequence[bytes]], character_set: Sequence[str]) -> LevelValues:
    values = _decoded(zip(_SERIES.values(), raw, strict=True), character_set)
    pairs = [
        [_text(one or b"", character_set, "SH", MAX_INDEXED_CHARACTERS) for one in pair]
        for pair in zip_longest(*requests)
    ]
    if pairs:
        values["requests"] = orjson.dumps(pairs[:MAX_REQUESTS]).decode()
    return level_values(values)


def level_values(values: Mapping[str, str], *, patient: bytes = b"") -> LevelValues:
    """Make the values of a level; the digests depend on the values alone, not on how they were encoded."""
    json = orjson.dumps(dict(values), option=orjson.OPT_SORT_KEYS)
    return LevelValues(dict(values), json.decode(), _digest(json), patient)


def patient_digest(values: Mapping[str, str]) -> bytes:
    """Return the digest of the patient's part of a study's values."""
    part = {name: value for name, value in values.items() if name in PATIENT_COLUMNS}
    return _digest(orjson.dumps(part, option=orjson.OPT_SORT_KEYS))


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()


def _decoded(fields: Iterable[tuple[tuple[str, str], bytes | None]], character_set: Sequence[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for (name, vr), raw in fields:
        if raw:
            text = _text(raw, character_set, vr, MAX_FREE_CHARACTERS if name in _FREE else MAX_INDEXED_CHARACTERS)
            if text:
                values[name] = text
    return values


def _text(raw: bytes, character_set: Sequence[str], vr: str, limit: int) -> str:
    text = decode(raw[: 8 * limit], character_set, vr).replace("\0", "")
    text = text.rstrip() if vr == "LT" else text.strip()
    return _NORMAL.get(vr, str)(text)[:limit]


def _date(text: str) -> str:
    return read_date(text) or text


def _time(text: str) -> str:
    return read_time(text) or text


def _integer_text(text: str) -> str:
    number = read_integer(text)
    return text if number is None else str(number)


_NORMAL: Mapping[str, Callable[[str], str]] = {"DA": _date, "TM": _time, "IS": _integer_text}


def read_integer(text: str) -> int | None:
    """Read the text of an IS; None when it is no integer, or none that a database can sort."""
    try:
        number = int(text) if text.isascii() and "_" not in text else None
    except ValueError:
        return None
    return number if number is not None and abs(number) <= _BIGGEST_ORDER else None


def _instance_values(raw: _Raw) -> InstanceValues:
    number, frames, rows, columns, bits = raw
    text = number.decode("latin-1").replace("\0", "").strip()[:MAX_INDEXED_CHARACTERS] if number else ""
    order = read_integer(text) if text else None
    return InstanceValues(
        text if order is None else str(order),
        order,
        _unsigned(rows),
        _unsigned(columns),
        _count(frames),
        _unsigned(bits),
    )


def _unsigned(raw: bytes | None) -> int | None:
    return raw[0] | raw[1] << 8 if raw and len(raw) >= 2 else None


def _count(raw: bytes | None) -> int | None:
    number = read_integer(raw.decode("latin-1").replace("\0", "").strip()[:20]) if raw else None
    return number if number is not None and 0 <= number <= _BIGGEST_INTEGER else None
