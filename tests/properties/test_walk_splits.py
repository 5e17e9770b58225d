"""However the bytes of a data set are cut into chunks, the walk gives the same result, or the same kind of error."""

from __future__ import annotations

import contextlib
import struct

from hypothesis import given, settings
from hypothesis import strategies as st

from isocenter.dicom.dataset import read_data_set
from isocenter.dicom.walk import Walker, WalkLimits, WalkResult
from isocenter.errors import DataSetError, LimitExceeded, ObjectError
from unit.dicom.build import (
    BIG,
    DEFLATED,
    EXPLICIT_BE,
    EXPLICIT_LE,
    IMPLICIT,
    IMPLICIT_LE,
    JPEG,
    LITTLE,
    UNDEFINED,
    Encoder,
    deflate,
)

LIMITS = WalkLimits(depth=4, elements=40, items=12, fragments=8, size=3000, value=200, kept=400, inflate_floor=4000)
SEQUENCE, INNER = 0x00400275, 0x00400009
TAGS = [0x00080005, 0x00080018, 0x00100010, 0x00100020, 0x00280008, 0x00280010, 0x00091010, 0x00420011, INNER]
KEEP = frozenset([*TAGS, (SEQUENCE, INNER)])
SYNTAXES: list[tuple[Encoder, str]] = [
    (LITTLE, EXPLICIT_LE),
    (IMPLICIT, IMPLICIT_LE),
    (BIG, EXPLICIT_BE),
    (LITTLE, JPEG),
    (LITTLE, DEFLATED),
]


@st.composite
def bodies(draw: st.DrawFn, encoder: Encoder, depth: int = 0) -> bytes:
    parts: list[bytes] = []
    for _ in range(draw(st.integers(0, 5))):
        kind = draw(st.integers(0, 9))
        if kind <= 5 or depth > 4:
            tag = draw(st.sampled_from(TAGS))
            vr = draw(st.sampled_from(["LO", "US", "UI", "OB", "UN", "UT", "ZZ"]))
            parts.append(encoder.element(tag, vr, draw(st.binary(max_size=40))))
        elif kind <= 7:
            items = [
                encoder.item(draw(bodies(encoder, depth + 1)), undefined=draw(st.booleans()))
                for _ in range(draw(st.integers(0, 3)))
            ]
            undefined = draw(st.booleans())
            parts.append(encoder.sequence(SEQUENCE, *items, undefined=undefined))
        elif kind == 8 and encoder.order == "<":
            table = draw(st.sampled_from([b"", b"\0\0\0\0", struct.pack("<2I", 0, 10)]))
            fragments = draw(st.lists(st.sampled_from([b"ab", b"\xff\xd8", b"", b"abcdef"]), max_size=4))
            parts.append(encoder.encapsulated(*fragments, table=table))
        else:
            parts.append(
                encoder.element(0x00091001, "UN", IMPLICIT.item(b"") + IMPLICIT.marker(0xE0DD), length=UNDEFINED)
            )
    return b"".join(parts)


@st.composite
def data_sets(draw: st.DrawFn) -> tuple[bytes, str]:
    encoder, syntax = draw(st.sampled_from(SYNTAXES))
    data = bytearray(draw(bodies(encoder)))
    data += draw(st.sampled_from([b"", b"\0", bytes(8), bytes(30), b"\xfe\xff\x0d\xe0\0\0\0\0"]))
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):  # mutants
        if data:
            at = draw(st.integers(0, len(data) - 1))
            data[at] = draw(st.integers(0, 255))
    whole = bytes(data)
    if syntax == DEFLATED:
        whole = deflate(whole) + draw(st.sampled_from([b"", b"\0", b"\0\0", b"x"]))
    if draw(st.integers(0, 4)) == 0:
        whole = whole[: draw(st.integers(0, len(whole)))]
    return whole, syntax


def outcome(data: bytes, syntax: str, cuts: list[int]) -> WalkResult | type[Exception]:
    walker = Walker(syntax, limits=LIMITS, keep=KEEP)
    try:
        for start, stop in zip([0, *cuts], [*cuts, len(data)], strict=True):
            walker.feed(data[start:stop])
        return walker.close()
    except (DataSetError, LimitExceeded) as error:
        return type(error)


@settings(max_examples=400, deadline=None)
@given(data_sets(), st.data())
def test_any_split_gives_the_same_result(case: tuple[bytes, str], choice: st.DataObject) -> None:
    data, syntax = case
    expected = outcome(data, syntax, [])
    cuts = sorted(choice.draw(st.lists(st.integers(0, len(data)), max_size=8)))
    assert outcome(data, syntax, cuts) == expected
    assert outcome(data, syntax, list(range(1, len(data)))) == expected


@settings(max_examples=300, deadline=None)
@given(data_sets())
def test_reader_and_walker_agree_on_what_is_whole(case: tuple[bytes, str]) -> None:
    data, syntax = case
    expected = outcome(data, syntax, [])
    try:
        read = read_data_set(data, syntax, limits=LIMITS)
    except ObjectError as error:
        assert not isinstance(expected, WalkResult), error
        return
    if not isinstance(expected, WalkResult):
        assert expected is LimitExceeded  # of kept values or size, which the reader holds anyway
        return
    for tag, raw in expected.values.items():
        assert read.raw(tag) == raw


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([syntax for _, syntax in SYNTAXES]))
def test_random_bytes_raise_nothing_but_errors_of_the_object(data: bytes, syntax: str) -> None:
    outcome(data, syntax, [])
    with contextlib.suppress(ObjectError):
        read_data_set(data, syntax, limits=LIMITS)
