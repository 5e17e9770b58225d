"""DICOM JSON model to data set: strict, and bounded in depth; the decisions are in `json_model`."""

from __future__ import annotations

import re
import struct
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NoReturn

from isocenter.dicom import charset
from isocenter.dicom.dataset import DataSet, Element
from isocenter.dicom.vr import KNOWN, NUMBER_FORMAT
from isocenter.errors import DataSetError, LimitExceeded

__all__ = ["MAX_DEPTH", "from_json"]

MAX_DEPTH: Final = 64
"""Sequences inside sequences; real objects stay below 16, and a reader that recurses must end somewhere."""

_KEY = re.compile(r"[0-9A-Fa-f]{8}", re.ASCII)
_SPECIFIC_CHARACTER_SET = 0x00080005
_HOLDERS = ("Value", "BulkDataURI", "InlineBinary")
_GROUPS = ("Alphabetic", "Ideographic", "Phonetic")
_INLINE_VRS = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
_LONGEST_DECIMAL = 16
"""Characters of a DS value (PS3.5 6.2)."""
_LARGEST_INTEGER = 10**16 - 1
"""As many digits as DS has; IS allows fewer, and files hold more."""


def from_json(model: object, *, bulk: Callable[[str], bytes] | None = None) -> DataSet:
    """Read the JSON object of one data set, as a JSON decoder gives it.

    ``bulk`` gives the bytes behind a BulkDataURI. Text that is not plain ASCII makes the data set ISO_IR 192, whatever
    the model declares. Raises DataSetError, with the tag at fault, for what Annex F does not allow, and LimitExceeded
    beyond MAX_DEPTH.
    """
    reader = _Reader(bulk)
    elements = reader.elements(model, 0)
    if reader.needs_utf_8:
        reader.declare_utf_8(elements)
        elements[_SPECIFIC_CHARACTER_SET] = _utf_8_element()
    return _data_set(elements, ())


_Elements = dict[int, "Element | list[_Elements]"]


def _utf_8_element() -> Element:
    return Element(_SPECIFIC_CHARACTER_SET, "CS", charset.UTF_8.encode("ascii"))


def _data_set(elements: _Elements, inherited: Sequence[str]) -> DataSet:
    data_set = DataSet(character_sets=inherited)
    declared = elements.get(_SPECIFIC_CHARACTER_SET)
    if isinstance(declared, Element):
        data_set.put(declared)
    character_sets = data_set.character_sets
    for tag in sorted(elements):
        element = elements[tag]
        if isinstance(element, list):
            element = Element(tag, "SQ", [_data_set(item, character_sets) for item in element])
        data_set.put(element)
    return data_set


class _Reader:
    """One conversion: where bulk data comes from, and what decides on the character set."""

    __slots__ = ("_beyond_ascii", "_bulk", "_romaji_declared", "_tilde_or_backslash")

    def __init__(self, bulk: Callable[[str], bytes] | None) -> None:
        self._bulk = bulk
        self._beyond_ascii = False
        self._romaji_declared = False
        self._tilde_or_backslash = False

    @property
    def needs_utf_8(self) -> bool:
        """Whether the declared sets may read the bytes otherwise: ISO_IR 13 has a yen sign and an overline."""
        return self._beyond_ascii or (self._romaji_declared and self._tilde_or_backslash)

    def declare_utf_8(self, elements: _Elements) -> None:
        """Change the declarations that items bring themselves."""
        for tag, element in elements.items():
            if isinstance(element, list):
                for item in element:
                    self.declare_utf_8(item)
            elif tag == _SPECIFIC_CHARACTER_SET:
                elements[tag] = _utf_8_element()

    def elements(self, model: object, depth: int) -> _Elements:
        if depth > MAX_DEPTH:
            raise LimitExceeded(f"Sequences are nested deeper than {MAX_DEPTH}.")
        if not isinstance(model, Mapping):
            raise DataSetError("A data set in the JSON model is an object.")
        elements: _Elements = {}
        for key, body in model.items():
            if not isinstance(key, str) or _KEY.fullmatch(key) is None:
                raise DataSetError("A key of the JSON model is a tag of eight hexadecimal digits.")
            tag = int(key, 16)
            if tag in elements:
                _refuse(tag, "stands twice")
            if tag >> 16 == 0xFFFE:
                _refuse(tag, "is no attribute")
            if tag & 0xFFFF and (depth or tag >= 0x00030000):
                elements[tag] = self._element(tag, body, depth)
        return elements

    def _element(self, tag: int, body: object, depth: int) -> Element | list[_Elements]:
        if not isinstance(body, Mapping):
            _refuse(tag, "is no object")
        vr = body.get("vr")
        if not isinstance(vr, str) or vr not in KNOWN:
            _refuse(tag, "has no VR of the standard")
        holders = [holder for holder in _HOLDERS if holder in body]
        if len(holders) > 1:
            _refuse(tag, "has more than one of Value, BulkDataURI and InlineBinary")
        if not holders:
            return [] if vr == "SQ" else Element(tag, vr, b"")
        (holder,) = holders
        if vr == "SQ":
            return self._items(tag, holder, body[holder], depth)
        if holder == "Value":
            raw = self._values(tag, vr, body["Value"])
        elif holder == "InlineBinary":
            raw = _inline(tag, vr, body["InlineBinary"])
        else:
            raw = self._bulk_value(tag, body["BulkDataURI"])
        if len(raw) & 1:
            raw += b"\0" if vr in _INLINE_VRS or vr == "UI" else b" "
        return Element(tag, vr, raw)

    def _items(self, tag: int, holder: str, values: object, depth: int) -> list[_Elements]:
        if holder != "Value" or not isinstance(values, list):
            _refuse(tag, "is a sequence without an array of items")
        if not all(isinstance(item, Mapping) for item in values):
            _refuse(tag, "has an item that is no object")
        return [self.elements(item, depth + 1) for item in values]

    def _bulk_value(self, tag: int, uri: object) -> bytes:
        if not isinstance(uri, str):
            _refuse(tag, "has a BulkDataURI that is no text")
        if self._bulk is None:
            _refuse(tag, "refers to bulk data, and none came with it")
        return self._bulk(uri)

    def _values(self, tag: int, vr: str, values: object) -> bytes:
        if not isinstance(values, list):
            _refuse(tag, "has a Value that is no array")
        if vr in _INLINE_VRS:
            _refuse(tag, f"has VR {vr}, whose bytes belong in InlineBinary or BulkDataURI")
        if vr in _BINARY:
            return b"".join(_BINARY[vr](tag, value) for value in values)
        if vr in charset.SINGLE_VALUE_VRS and len(values) > 1:
            _refuse(tag, f"has VR {vr} and more than one value")
        convert = _TEXT.get(vr, _string)
        texts = [convert(tag, value) if value is not None else "" for value in values]
        if vr not in charset.SINGLE_VALUE_VRS and any("\\" in text for text in texts):
            _refuse(tag, "has a backslash in a value, which would part it")
        return self._encode(tag, vr, "\\".join(texts))

    def _encode(self, tag: int, vr: str, text: str) -> bytes:
        if vr not in charset.TEXT_VRS:
            if not text.isascii():
                _refuse(tag, f"has VR {vr} and a character outside the default repertoire")
            if tag == _SPECIFIC_CHARACTER_SET:
                first = charset.canonical_term(text.split("\\", 1)[0])
                self._romaji_declared |= first in ("ISO_IR 13", "ISO 2022 IR 13")
            return text.encode("ascii")
        if not text.isascii() or "\x1b" in text:
            self._beyond_ascii = True
        elif "~" in text or (vr in charset.SINGLE_VALUE_VRS and "\\" in text):
            self._tilde_or_backslash = True
        try:
            return text.encode("utf-8")
        except UnicodeEncodeError:
            _refuse(tag, "has half of a surrogate pair, which is no character")


def _refuse(tag: int, what: str) -> NoReturn:
    raise DataSetError(f"Attribute {tag:08X} {what}.", tag=tag)


def _inline(tag: int, vr: str, text: object) -> bytes:
    if vr not in _INLINE_VRS:
        _refuse(tag, f"has VR {vr}, which has no InlineBinary")
    if not isinstance(text, str):
        _refuse(tag, "has an InlineBinary that is no text")
    try:
        return b64decode(text, validate=True)
    except (Base64Error, ValueError):
        _refuse(tag, "has an InlineBinary that is no base64")


# Any: a JSON value of whatever kind came.


def _string(tag: int, value: Any) -> str:
    if not isinstance(value, str):
        _refuse(tag, "has a value that is no text")
    return value


def _name(tag: int, value: Any) -> str:
    if not isinstance(value, Mapping) or not value.keys() <= set(_GROUPS):
        _refuse(tag, "has a person name that is no object of Alphabetic, Ideographic, Phonetic")
    groups = [_string(tag, value.get(group, "")) for group in _GROUPS]
    if "=" in groups[0] or "=" in groups[1]:
        _refuse(tag, "has an equals sign in a person name, which would part it")
    return "=".join(groups).rstrip("=")


def _integer_text(tag: int, value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        _refuse(tag, "has a value that is no integer")
    if abs(value) > _LARGEST_INTEGER:
        _refuse(tag, "has an integer too large for its VR")
    return str(value)


def _decimal_text(tag: int, value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        _refuse(tag, "has a value that is no number")
    if isinstance(value, int) and abs(value) > _LARGEST_INTEGER:
        _refuse(tag, "has an integer too large for its VR")
    text = repr(value)
    precision = _LONGEST_DECIMAL
    while len(text) > _LONGEST_DECIMAL and precision:
        text = f"{value:.{precision}G}"
        precision -= 1
    if "N" in text.upper():
        _refuse(tag, "has a value that is not finite")
    return text


def _tag_bytes(tag: int, value: Any) -> bytes:
    if not isinstance(value, str) or _KEY.fullmatch(value) is None:
        _refuse(tag, "has a value that is no tag")
    return struct.pack("<HH", int(value[:4], 16), int(value[4:], 16))


def _number_bytes(letter: str) -> Callable[[int, Any], bytes]:
    packer = struct.Struct("<" + letter)
    whole = letter not in "fd"

    def convert(tag: int, value: Any) -> bytes:
        number = _number(value, whole)
        if number is None:
            _refuse(tag, "has a value that is no number of its VR")
        try:
            return packer.pack(number)
        except (struct.error, OverflowError):
            _refuse(tag, "has a number that its VR cannot hold")

    return convert


def _number(value: Any, whole: bool) -> int | float | None:
    if isinstance(value, str):  # 64-bit integers, and floats that are not finite
        try:
            return int(value) if whole else float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if whole and isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value


_BINARY: Final[dict[str, Callable[[int, Any], bytes]]] = {
    "AT": _tag_bytes,
    **{vr: _number_bytes(letter) for vr, letter in NUMBER_FORMAT.items() if vr not in _INLINE_VRS},
}
_TEXT: Final[dict[str, Callable[[int, Any], str]]] = {
    "PN": _name,
    "IS": _integer_text,
    "DS": _decimal_text,
}
