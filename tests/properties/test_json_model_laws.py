"""Laws of the JSON model: a data set survives JSON, and a model survives a data set."""

from __future__ import annotations

import json
import struct

from hypothesis import given
from hypothesis import strategies as st

from isocenter.dicom.charset import encode
from isocenter.dicom.dataset import DataSet, Element
from isocenter.dicom.json_model import from_json, to_json
from isocenter.errors import DataSetError, LimitExceeded

CHARACTER_SET = Element(0x00080005, "CS", b"ISO_IR 192")
TEXT = st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\\^="), max_size=8).map(str.strip)
ASCII = st.text(st.characters(min_codepoint=33, max_codepoint=126, blacklist_characters="\\"), max_size=8)
NUMBERS = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "FL": "f", "FD": "d", "SV": "q", "UV": "Q"}


def padded(raw: bytes, with_byte: bytes = b" ") -> bytes:
    return raw + with_byte if len(raw) & 1 else raw


def text_element(tag: int, vr: str) -> st.SearchStrategy[Element]:
    several = st.lists(TEXT, min_size=1, max_size=3).map("\\".join)
    return several.map(lambda text: Element(tag, vr, padded(encode(text, ("ISO_IR 192",), vr))))


def code_element(tag: int, vr: str) -> st.SearchStrategy[Element]:
    several = st.lists(ASCII, min_size=1, max_size=3).map("\\".join)
    pad = b"\0" if vr == "UI" else b" "
    return several.map(lambda text: Element(tag, vr, padded(text.encode(), pad)))


def number_element(tag: int, vr: str) -> st.SearchStrategy[Element]:
    width = struct.calcsize("<" + NUMBERS[vr])
    raw = st.binary(max_size=4 * width).map(lambda b: b[: len(b) // width * width])
    return raw.filter(lambda b: vr not in ("FL", "FD") or b == _without_nan_payload(b, NUMBERS[vr])).map(
        lambda b: Element(tag, vr, b)
    )


def _without_nan_payload(raw: bytes, letter: str) -> bytes:
    """NaN has many bit patterns; JSON keeps one."""
    numbers = struct.unpack(f"<{len(raw) // struct.calcsize('<' + letter)}{letter}", raw)
    return struct.pack(f"<{len(numbers)}{letter}", *(float(str(number)) for number in numbers))


def elements(tag: int) -> st.SearchStrategy[Element]:
    return st.one_of(
        *(text_element(tag, vr) for vr in ("LO", "PN", "SH", "UC")),
        *(code_element(tag, vr) for vr in ("AE", "CS", "DA", "DS", "IS", "TM", "UI")),
        *(number_element(tag, vr) for vr in NUMBERS),
        *(
            st.binary(max_size=9).map(lambda raw, vr=vr: Element(tag, vr, padded(raw, b"\0")))
            for vr in ("OB", "OW", "UN")
        ),
        st.binary(max_size=8).map(lambda raw: Element(tag, "AT", raw[: len(raw) // 4 * 4])),
    )


TAGS = st.integers(0x00090000, 0x7FDFFFFF).filter(lambda tag: tag & 0xFFFF)


@st.composite
def data_sets(draw: st.DrawFn, depth: int = 2) -> DataSet:
    data_set = DataSet([CHARACTER_SET])
    for tag in draw(st.sets(TAGS, max_size=5)):
        if depth and draw(st.integers(0, 5)) == 0:
            data_set.put(Element(tag, "SQ", draw(st.lists(data_sets(depth - 1), max_size=2))))
        else:
            data_set.put(draw(elements(tag)))
    return data_set


def trimmed(data_set: DataSet) -> list[tuple[int, str, object]]:
    """What JSON must keep: everything but padding."""
    kept: list[tuple[int, str, object]] = []
    for element in data_set.elements():
        value: object = element.value
        if isinstance(element.value, list):
            value = [trimmed(item) for item in element.value]
        elif element.vr not in ("OB", "OW", "UN", "AT", *NUMBERS):
            value = data_set.texts(element.tag)
            if element.vr == "PN":
                value = [name.rstrip("=") for name in data_set.texts(element.tag)]
        kept.append((element.tag, element.vr, value))
    return kept


@given(data_sets())
def test_a_data_set_survives_json(data_set: DataSet) -> None:
    text = json.dumps(to_json(data_set), allow_nan=False)
    assert trimmed(from_json(json.loads(text))) == trimmed(data_set)


@given(data_sets())
def test_a_model_survives_a_data_set(data_set: DataSet) -> None:
    model = to_json(data_set)
    assert to_json(from_json(model)) == model


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
BODIES = st.fixed_dictionaries(
    {"vr": st.sampled_from(["LO", "PN", "US", "DS", "IS", "SQ", "OB", "AT", "UV", "FL", "UT", "XX"])},
    optional={"Value": st.lists(JSON, max_size=3) | JSON, "InlineBinary": JSON, "BulkDataURI": JSON},
)


@given(
    st.dictionaries(st.sampled_from(["00080005", "00100010", "00091001", "7FE00010", "x"]), BODIES | JSON, max_size=4)
)
def test_whatever_comes_is_read_or_refused(model: object) -> None:
    try:
        data_set = from_json(model, bulk=lambda uri: b"")
    except (DataSetError, LimitExceeded):
        return
    json.dumps(to_json(data_set), allow_nan=False)
