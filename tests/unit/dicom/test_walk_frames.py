"""Where frames lie: native, by each kind of offset table, without one, and when it cannot be told."""

from __future__ import annotations

import struct

import pytest

from isocenter.dicom.frames import fragments_of
from isocenter.dicom.walk import WalkResult
from unit.dicom.build import BIG, DEFLATED, EXPLICIT_BE, EXPLICIT_LE, HEVC, JPEG, LITTLE, RLE, deflate, walk

PIXEL_DATA = 0x7FE00010


def spans(result: WalkResult, data: bytes) -> list[list[bytes]]:
    return [[bytes(f) for f in fragments_of(data[at : at + length])] for at, length in result.frames]


def table(*offsets: int) -> bytes:
    return struct.pack(f"<{len(offsets)}I", *offsets)


def extended(offsets: list[int], lengths: list[int]) -> bytes:
    return LITTLE.element(0x7FE00001, "OV", struct.pack(f"<{len(offsets)}Q", *offsets)) + LITTLE.element(
        0x7FE00002, "OV", struct.pack(f"<{len(lengths)}Q", *lengths)
    )


@pytest.mark.parametrize(("encoder", "syntax"), [(LITTLE, EXPLICIT_LE), (BIG, EXPLICIT_BE)])
def test_native_frames_divide_pixel_data_evenly(encoder, syntax) -> None:
    pixels = bytes(range(2 * 3 * 2 * 3))
    data = encoder.image(2, 3, 16, frames=3) + encoder.element(PIXEL_DATA, "OW", pixels)
    result = walk(data, syntax)
    start = len(data) - len(pixels)
    assert list(result.frames) == [(start, 12), (start + 12, 12), (start + 24, 12)]
    assert result.header_length == start - 12
    found = result.pixel_data
    assert found is not None
    assert (found.tag, found.vr, found.offset, found.length, found.encapsulated) == (
        PIXEL_DATA,
        "OW",
        start,
        36,
        False,
    )
    assert result.oddities == ()


@pytest.mark.parametrize("tag", [0x7FE00008, 0x7FE00009])
def test_floating_point_pixel_data_has_frames(tag: int) -> None:
    vr, bits = ("OF", 32) if tag == 0x7FE00008 else ("OD", 64)
    data = LITTLE.image(2, 2, bits, frames=2) + LITTLE.element(tag, vr, bytes(bits))
    assert [length for _, length in walk(data).frames] == [bits // 2, bits // 2]


def test_two_pixels_share_chroma_in_ybr_full_422() -> None:
    image = LITTLE.us(0x00280002, 3) + LITTLE.element(0x00280004, "CS", b"YBR_FULL_422") + LITTLE.image(2, 4, 8)[10:]
    result = walk(image + LITTLE.element(PIXEL_DATA, "OB", bytes(16)))
    assert [length for _, length in result.frames] == [16]


@pytest.mark.parametrize(
    ("rows", "columns", "frames", "pixels", "lengths", "oddities"),
    [
        (8, 8, 3, 24, [8, 8, 8], ()),
        (3, 3, 1, 2, [2], ()),
        (3, 3, 2, 4, [], ("frames-unknown",)),
    ],
)
def test_single_bit_frames_have_places_only_where_they_begin_at_whole_bytes(
    rows: int, columns: int, frames: int, pixels: int, lengths: list[int], oddities: tuple[str, ...]
) -> None:
    data = LITTLE.image(rows, columns, 1, frames=frames) + LITTLE.element(PIXEL_DATA, "OB", bytes(pixels))
    result = walk(data)
    assert [length for _, length in result.frames] == lengths
    assert result.oddities == oddities


@pytest.mark.parametrize(
    ("length", "count", "oddities"),
    [(6, 0, ("pixel-data-short",)), (8, 1, ()), (10, 1, ("pixel-data-long",)), (0, 0, ("frames-unknown",))],
)
def test_native_pixel_data_must_fit_its_description(length: int, count: int, oddities: tuple[str, ...]) -> None:
    result = walk(LITTLE.image(2, 2, 16) + LITTLE.element(PIXEL_DATA, "OW", bytes(length)))
    assert len(result.frames) == count
    assert result.oddities == oddities


def test_absurd_descriptions_overflow_nothing() -> None:
    image = LITTLE.image(0xFFFF, 0xFFFF, 0xFFFF, samples=0xFFFF) + LITTLE.element(0x00280008, "IS", b"999999999999")
    assert walk(image + LITTLE.element(PIXEL_DATA, "OW", bytes(8))).frames.count == 0


def test_one_fragment_a_frame_needs_no_table() -> None:
    data = LITTLE.image(1, 1, 8, frames=2) + LITTLE.encapsulated(b"aa", b"bbbb")
    result = walk(data, RLE)
    assert spans(result, data) == [[b"aa"], [b"bbbb"]]
    found = result.pixel_data
    assert found is not None
    assert found.encapsulated
    assert data[found.offset : found.offset + found.length] == data[-8 - found.length : -8]


def test_fragments_of_a_single_frame_belong_together() -> None:
    data = LITTLE.encapsulated(b"aa", b"bb", b"cc")
    assert spans(walk(data, JPEG), data) == [[b"aa", b"bb", b"cc"]]


def test_basic_offset_table_groups_fragments() -> None:
    image = LITTLE.image(1, 1, 8, frames=2)
    data = image + LITTLE.encapsulated(b"aa", b"bb", b"cc", table=table(0, 20))
    assert spans(walk(data, JPEG), data) == [[b"aa", b"bb"], [b"cc"]]


@pytest.mark.parametrize(
    "offsets", [(0, 11), (20, 0), (10, 20), (0, 0), (0, 4000), (0,), (0, 10, 20), (4, 14)], ids=str
)
def test_a_table_that_misses_the_fragments_is_not_used(offsets: tuple[int, ...]) -> None:
    data = LITTLE.image(1, 1, 8, frames=2) + LITTLE.encapsulated(b"aa", b"bb", b"cc", table=table(*offsets))
    result = walk(data, JPEG)
    assert len(result.frames) == 0
    assert result.oddities == ("bad-offset-table",)


def test_a_bad_table_is_no_loss_where_each_frame_is_one_fragment() -> None:
    data = LITTLE.image(1, 1, 8, frames=2) + LITTLE.encapsulated(b"aa", b"bb", table=table(0, 9))
    result = walk(data, JPEG)
    assert spans(result, data) == [[b"aa"], [b"bb"]]
    assert result.oddities == ("bad-offset-table",)


def test_extended_offset_table_is_read_and_checked() -> None:
    image = LITTLE.image(1, 1, 8, frames=2)
    good = image + extended([0, 10], [2, 3]) + LITTLE.encapsulated(b"aa", b"bbb\0")
    assert spans(walk(good, JPEG), good) == [[b"aa"], [b"bbb\0"]]
    assert walk(good, JPEG).oddities == ()
    for offsets, lengths in (([0, 12], [2, 3]), ([0, 10], [2, 9]), ([0], [2]), ([0, 10], [2])):
        bad = image + extended(offsets, lengths) + LITTLE.encapsulated(b"aa", b"bbb\0")
        assert walk(bad, JPEG).oddities == ("bad-offset-table",)


def test_frames_without_table_are_found_where_images_begin() -> None:
    first, second = b"\xff\xd8one.", b"\xff\xd8two."
    data = LITTLE.image(1, 1, 8, frames=2) + LITTLE.encapsulated(first, b"more", second, b"more", b"most")
    assert spans(walk(data, JPEG), data) == [[first, b"more"], [second, b"more", b"most"]]


def test_frames_that_cannot_be_told_apart_are_said_to_be_unknown() -> None:
    data = LITTLE.image(1, 1, 8, frames=2) + LITTLE.encapsulated(b"aa", b"bb", b"cc")
    assert walk(data, RLE).oddities == ("frames-unknown",)


def test_video_is_one_stream_without_frame_places() -> None:
    result = walk(LITTLE.image(1, 1, 8, frames=300) + LITTLE.encapsulated(b"stream"), HEVC)
    assert len(result.frames) == 0
    assert result.oddities == ()
    assert result.pixel_data is not None


def test_pixel_data_of_an_icon_is_not_that_of_the_image() -> None:
    icon = LITTLE.sequence(0x00880200, LITTLE.item(LITTLE.image(1, 1, 8) + LITTLE.encapsulated(b"icon")))
    data = LITTLE.image(2, 2, 8)[10:] + icon
    assert walk(data, JPEG).pixel_data is None
    both = data + LITTLE.encapsulated(b"image.")
    assert spans(walk(both, JPEG), both) == [[b"image."]]


def test_fragments_in_a_native_syntax_are_noted() -> None:
    assert "fragments-elsewhere" in walk(LITTLE.encapsulated(b"aa"), EXPLICIT_LE).oddities


def test_places_in_a_deflated_data_set_are_of_the_inflated_one() -> None:
    data = LITTLE.image(2, 2, 8) + LITTLE.element(PIXEL_DATA, "OB", b"abcd")
    deflated = deflate(data)
    result = walk(deflated, DEFLATED)
    assert result.deflated
    assert result.frames.inflated
    ((at, length),) = result.frames
    assert data[at : at + length] == b"abcd"
    assert (result.size, result.inflated_size) == (len(deflated), len(data))
