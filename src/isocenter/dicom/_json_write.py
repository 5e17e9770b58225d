"""Data set to DICOM JSON model; the decisions are in `json_model`."""

from __future__ import annotations

import math
import struct
from base64 import b64encode
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from isocenter.dicom import charset
from isocenter.dicom.dataset import DataSet, Element
from isocenter.dicom.person_name import split_groups

__all__ = ["BULK_VRS", "BulkPath", "relative_bulk_uri", "to_json"]

BulkPath: TypeAlias = tuple[int, ...]
"""Where a value is: its tag, or sequence tag, item number from 1, tag, and so on."""

BULK_VRS: Final = charset.SINGLE_VALUE_VRS - {"UR"} | frozenset(
    ["DS", "FL", "FD", "IS", "OB", "OD", "OF", "OL", "OV", "OW", "SL", "SS", "SV", "UC", "UL", "UN", "US", "UV"]
)
"""VRs whose values may be given by BulkDataURI (PS3.18 F.2.6 and PS3.19 A.1.5)."""

_SPECIFIC_CHARACTER_SET = 0x00080005
_NULL_AND_SPACE = " \0"
_LARGEST_EXACT = 2**53 - 1
"""Beyond it a JavaScript number is no longer exact."""

# Any: a JSON value is a union that the type checker cannot usefully follow.
_Json: TypeAlias = "dict[str, Any]"
_Values: TypeAlias = "list[Any]"


def to_json(
    data_set: DataSet,
    *,
    bulk_uri: Callable[[BulkPath], str] | None = None,
    bulk_threshold: int | None = None,
) -> _Json:
    """Make the JSON object of a data set, keys ascending.

    ``bulk_uri`` gives the reference for a value that is not inline, `relative_bulk_uri` unless told; values of more
    than ``bulk_threshold`` bytes are referred to, none when it is None.
    """
    writer = _Writer(bulk_uri or relative_bulk_uri, bulk_threshold)
    model = writer.object(data_set, data_set.character_sets, ())
    if writer.beyond_ascii:
        _declare_utf_8(model, writer.character_set_elements)
        if "00080005" not in model:
            model["00080005"] = {"vr": "CS", "Value": [charset.UTF_8]}
            return dict(sorted(model.items()))
    return model


def relative_bulk_uri(path: BulkPath) -> str:
    """Refer to a bulk value relative to its instance: ``bulkdata/00081111/1/7FE00010``."""
    parts = (f"{part:08X}" if at % 2 == 0 else str(part) for at, part in enumerate(path))
    return "bulkdata/" + "/".join(parts)


def _declare_utf_8(model: _Json, elements: list[_Json]) -> None:
    for element in elements:
        element["vr"] = "CS"
        element["Value"] = [charset.UTF_8]


class _Writer:
    """One conversion: the options, and what was met on the way."""

    __slots__ = ("_bulk_uri", "_threshold", "beyond_ascii", "character_set_elements")

    def __init__(self, bulk_uri: Callable[[BulkPath], str], threshold: int | None) -> None:
        self._bulk_uri = bulk_uri
        self._threshold = math.inf if threshold is None else threshold
        self.beyond_ascii = False
        self.character_set_elements: list[_Json] = []

    def object(self, data_set: DataSet, character_sets: Sequence[str], path: BulkPath) -> _Json:
        model: _Json = {}
        for element in data_set.elements():
            tag = element.tag
            if not tag & 0xFFFF or tag >> 16 == 0xFFFE or (not path and tag < 0x00030000):
                continue
            value = element.value
            if isinstance(value, bytes):
                written = self._plain(element, value, character_sets, path)
            elif isinstance(value, list):
                written = self._sequence(tag, value, character_sets, path)
            else:
                written = {"vr": element.vr, "BulkDataURI": self._bulk_uri((*path, tag))}
            model[f"{tag:08X}"] = written
            if tag == _SPECIFIC_CHARACTER_SET:
                self.character_set_elements.append(written)
        return model

    def _plain(self, element: Element, raw: bytes, character_sets: Sequence[str], path: BulkPath) -> _Json:
        vr = element.vr
        if not raw:
            return {"vr": vr if vr in _KNOWN else "UN"}
        if len(raw) > self._threshold and vr in BULK_VRS:
            return {"vr": vr, "BulkDataURI": self._bulk_uri((*path, element.tag))}
        values: _Values | None
        if vr in charset.TEXT_VRS:
            values = self._text(vr, raw, character_sets)
        else:
            convert = _CONVERTERS.get(vr)
            values = convert(raw) if convert is not None else None
            if values is None:
                inline_vr = vr if vr in _INLINE_VRS else "UN"
                return {"vr": inline_vr, "InlineBinary": b64encode(raw).decode("ascii")}
        return {"vr": vr, "Value": values} if values else {"vr": vr}

    def _text(self, vr: str, raw: bytes, character_sets: Sequence[str]) -> _Values:
        text = charset.decode(raw, character_sets, vr).rstrip(_NULL_AND_SPACE)
        if not text:
            return []
        if not text.isascii():
            self.beyond_ascii = True
        if vr in charset.SINGLE_VALUE_VRS:
            return [text]
        if vr == "PN":
            return _all_or_nothing([_name(part) for part in text.split("\\")])
        if vr == "UC":  # leading spaces count in it
            return _all_or_nothing([part.rstrip(_NULL_AND_SPACE) or None for part in text.split("\\")])
        return _all_or_nothing([part.strip(_NULL_AND_SPACE) or None for part in text.split("\\")])

    def _sequence(self, tag: int, items: list[DataSet], character_sets: Sequence[str], path: BulkPath) -> _Json:
        if not items:
            return {"vr": "SQ"}
        written = []
        for number, item in enumerate(items, 1):
            own = item.character_sets if _SPECIFIC_CHARACTER_SET in item else character_sets
            written.append(self.object(item, own, (*path, tag, number)))
        return {"vr": "SQ", "Value": written}


def _all_or_nothing(values: _Values) -> _Values:
    """A single empty value is no value; among several it is null."""
    return [] if len(values) == 1 and values[0] is None else values


def _name(text: str) -> dict[str, str] | None:
    if "=" not in text:
        text = text.strip(_NULL_AND_SPACE)
        return {"Alphabetic": text} if text else None
    names = zip(("Alphabetic", "Ideographic", "Phonetic"), split_groups(text), strict=True)
    return {key: group for key, group in names if group} or None


def _strings(raw: bytes) -> _Values:
    text = raw.decode("ascii", "replace")
    if "\\" not in text:
        text = text.strip(_NULL_AND_SPACE)
        return [text] if text else []
    return [part.strip(_NULL_AND_SPACE) or None for part in text.split("\\")]


def _reference(raw: bytes) -> _Values:
    text = raw.decode("ascii", "replace").rstrip(_NULL_AND_SPACE)
    return [text] if text else []


def _integer(text: str | None) -> int | str | None:
    if text is None:
        return None
    if text.isascii() and len(text) < 16:
        try:
            number = int(text)
        except ValueError:
            return text
        if str(number) == text:
            return number
    return text


def _decimal(text: str | None) -> int | float | str | None:
    if text is None:
        return None
    if text.isascii() and len(text) < 25:
        try:
            number = float(text)
        except ValueError:
            return text
        if repr(number) == text and math.isfinite(number):
            return number
        return _integer(text)
    return text


def _integer_strings(raw: bytes) -> _Values:
    return [_integer(text) for text in _strings(raw)]


def _decimal_strings(raw: bytes) -> _Values:
    return [_decimal(text) for text in _strings(raw)]


def _numbers(letter: str) -> Callable[[bytes], _Values | None]:
    size = struct.calcsize("<" + letter)
    single = struct.Struct("<" + letter)

    def convert(raw: bytes) -> _Values | None:
        if len(raw) == size:
            return list(single.unpack(raw))
        count, rest = divmod(len(raw), size)
        return None if rest else list(struct.unpack(f"<{count}{letter}", raw))

    return convert


def _floats(letter: str) -> Callable[[bytes], _Values | None]:
    convert_all = _numbers(letter)

    def convert(raw: bytes) -> _Values | None:
        numbers = convert_all(raw)
        if numbers is None or math.isfinite(sum(numbers)):
            return numbers
        return [number if math.isfinite(number) else _not_finite(number) for number in numbers]

    return convert


def _not_finite(number: float) -> str:
    if math.isnan(number):
        return "NaN"
    return "Infinity" if number > 0 else "-Infinity"


def _wide(letter: str) -> Callable[[bytes], _Values | None]:
    convert_all = _numbers(letter)

    def convert(raw: bytes) -> _Values | None:
        numbers = convert_all(raw)
        if numbers is None:
            return None
        return [number if abs(number) <= _LARGEST_EXACT else str(number) for number in numbers]

    return convert


def _tags(raw: bytes) -> _Values | None:
    halves = _numbers("H")(raw)
    if halves is None or len(halves) % 2:
        return None
    return [f"{group:04X}{element:04X}" for group, element in zip(halves[::2], halves[1::2], strict=True)]


_CONVERTERS: Final[dict[str, Callable[[bytes], _Values | None]]] = {
    **dict.fromkeys(("AE", "AS", "CS", "DA", "DT", "TM", "UI"), _strings),
    "UR": _reference,
    "IS": _integer_strings,
    "DS": _decimal_strings,
    "AT": _tags,
    "FL": _floats("f"),
    "FD": _floats("d"),
    "SS": _numbers("h"),
    "US": _numbers("H"),
    "SL": _numbers("i"),
    "UL": _numbers("I"),
    "SV": _wide("q"),
    "UV": _wide("Q"),
}
_INLINE_VRS: Final = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
_KNOWN: Final = _INLINE_VRS | charset.TEXT_VRS | _CONVERTERS.keys() | {"SQ"}
