"""Text and JSON of every file of the shared collection, compared with pydicom's.

Where the two differ, the table DISAGREEMENTS says who is right and by which clause; anything else fails.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pydicom
import pydicom.config
import pytest
from pydicom.charset import convert_encodings
from pydicom.dataelem import RawDataElement
from pydicom.tag import BaseTag
from pydicom.valuerep import PersonName

from isocenter.dicom.charset import TEXT_VRS, decode, decode_values, encode
from isocenter.dicom.dataset import DataSet, Element, read_data_set
from isocenter.dicom.dump import dump
from isocenter.dicom.json_model import from_json, to_json
from isocenter.dicom.part10 import read_file_meta
from isocenter.errors import ObjectError

pytestmark = pytest.mark.corpus

DISAGREEMENTS = {
    "character set": "ours: text is UTF-8 in JSON, so ISO_IR 192 (PS3.18 F.2); pydicom leaves the term of the file",
    "empty value": "ours: an empty value among several is null (PS3.18 F.2.5); pydicom writes an empty string",
    "spaces": "ours: spaces around each value do not count (PS3.5 6.2); pydicom trims only the last",
    "un sequence": "ours: UN is base64 of the whole value (PS3.18 F.2.7); pydicom parses what looks like items",
    "latin 9": "ours: ISO_IR 203 is ISO 8859-15 (PS3.3 C.12.1.1.2); pydicom 3.0.2 does not know the term",
    "gb 2312": "ours: ISO-IR 58 is designated again after a caret (PS3.5 K.2); pydicom shows the escape sequence",
}
NUMBERS_AS_TEXT = frozenset({"DS", "IS"})
SOME_DISAGREE = {
    "pydicom__nested_priv_SQ.dcm": "un sequence",
    "pydicom__meta_missing_tsyntax.dcm": "un sequence",
    "deid__MR.dcm": "un sequence",
}
PERSON_NAMES = {"synthetic__syn_latin9.dcm": "latin 9", "synthetic__syn_gb2312_2022.dcm": "gb 2312"}
PYDICOM_CANNOT = {
    "pydicom__badVR.dcm": "raises ValueError for an IS of 1A",
    "pydicom-data__explicit_VR-UN.dcm": "raises TypeError for a number where it expects text",
}
TOO_BIG = 1 << 62


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(pydicom.config, "replace_un_with_known_vr", False)
    logger = logging.getLogger("pydicom")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    logger.setLevel(level)


def files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix not in {".csv", ".md", ".txt"}]


@cache
def ours(path: Path) -> DataSet | None:
    """Our reading of a file; None for what is not a whole DICOM file."""
    data = path.read_bytes()
    meta = read_file_meta(data)
    if meta is None:
        return None
    try:
        return read_data_set(data[meta.data_set_offset :], meta.transfer_syntax_uid)
    except ObjectError:
        return None


def flat(model: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for key, element in model.items():
        if element["vr"] == "SQ":
            yield path + key, {"vr": "SQ", "items": len(element.get("Value", []))}
            for number, item in enumerate(element.get("Value", []), 1):
                yield from flat(item, f"{path}{key}/{number}/")
        elif int(key[4:], 16) and (path or int(key, 16) >= 0x00030000) and key != "7FE00010":
            yield path + key, {**element, "vr": str(element["vr"])}


def same_numbers(mine: dict[str, Any], theirs: dict[str, Any]) -> bool:
    return [None if v is None else float(v) for v in mine["Value"]] == [
        None if v is None else float(v) for v in theirs["Value"]
    ]


def difference(name: str, path: str, mine: dict[str, Any] | None, theirs: dict[str, Any] | None) -> str | None:
    """Name the row of the table that explains a difference; None when there is none, empty when none does."""
    if mine == theirs:
        return None
    if mine is None or theirs is None or mine["vr"] != theirs["vr"]:
        return SOME_DISAGREE.get(name, "")
    if path.endswith("00080005"):
        return "character set" if mine["Value"] == ["ISO_IR 192"] else ""
    if path == "00100010" and name in PERSON_NAMES:
        return PERSON_NAMES[name]
    if mine["vr"] in NUMBERS_AS_TEXT and "Value" in mine and "Value" in theirs:
        return None if same_numbers(mine, theirs) else ""
    if "Value" in mine and "Value" in theirs and mine["vr"] not in ("PN", "AT"):
        written = [value if value is not None else "" for value in mine["Value"]]
        if written == theirs["Value"]:
            return "empty value"
        if written == [value.strip() if isinstance(value, str) else value for value in theirs["Value"]]:
            return "spaces"
    return ""


def test_json_is_pydicoms_but_for_the_table(corpus: Path) -> None:
    compared = 0
    unexplained = []
    met = set()
    for file in files(corpus):
        data_set = ours(file)
        if data_set is None or file.name in PYDICOM_CANNOT:
            continue
        theirs = dict(flat(pydicom.dcmread(file, force=True).to_json_dict(bulk_data_threshold=TOO_BIG)))
        mine = dict(flat(to_json(data_set)))
        compared += 1
        for path in sorted(mine.keys() | theirs.keys()):
            row = difference(file.name, path, mine.get(path), theirs.get(path))
            if row == "":
                unexplained.append((file.name, path, mine.get(path), theirs.get(path)))
            elif row:
                met.add(row)
    assert unexplained == []
    assert met == DISAGREEMENTS.keys()
    assert compared >= 590


def test_json_survives_a_data_set(corpus: Path) -> None:
    for file in files(corpus):
        data_set = ours(file)
        if data_set is not None:
            model = to_json(data_set)
            assert list(flat(to_json(from_json(model, bulk=lambda uri: b"")))) == list(flat(model)), file.name


def texts(data_set: DataSet) -> Iterator[tuple[DataSet, Element]]:
    for element in data_set.elements():
        if isinstance(element.value, list):
            for item in element.value:
                yield from texts(item)
        elif element.vr in TEXT_VRS and isinstance(element.value, bytes):
            yield data_set, element


def test_every_text_of_the_character_set_files_is_pydicoms(corpus: Path) -> None:
    count = 0
    for file in files(corpus / "charset"):
        data_set = ours(file)
        assert data_set is not None
        if file.name in PERSON_NAMES:
            continue
        for holder, element in texts(data_set):
            raw = element.value
            assert isinstance(raw, bytes)
            terms = list(holder.character_sets) or ["ISO_IR 6"]
            theirs = pydicom.dataelem.DataElement_from_raw(
                RawDataElement(BaseTag(element.tag), element.vr, len(raw), raw, 0, False, True, True),
                convert_encodings(terms),
            ).value
            values = [theirs] if isinstance(theirs, (str, PersonName)) or theirs is None else list(theirs)
            mine = decode_values(raw, holder.character_sets, element.vr)
            assert [text.strip(" \0").rstrip("=") for text in mine] == [str(v or "").strip(" =") for v in values]
            count += 1
    assert count > 250


def test_what_the_character_set_files_hold_is_written_back_with_the_same_meaning(corpus: Path) -> None:
    for file in files(corpus / "charset"):
        data_set = ours(file)
        assert data_set is not None
        for holder, element in texts(data_set):
            assert isinstance(element.value, bytes)
            sets = holder.character_sets
            text = decode(element.value, sets, element.vr)
            assert decode(encode(text, sets, element.vr), sets, element.vr) == text


def test_every_file_can_be_listed_and_no_line_steers_a_terminal(corpus: Path) -> None:
    for file in files(corpus):
        data_set = ours(file)
        if data_set is not None:
            assert all(str(line).isprintable() for line in dump(data_set)), file.name
