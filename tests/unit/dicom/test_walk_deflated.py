"""A deflated data set is inflated within bounds, and must end where it says (PS3.5 A.5)."""

from __future__ import annotations

import struct
import zlib

import pytest

from isocenter.dicom.dataset import read_data_set
from isocenter.errors import DataSetError
from unit.dicom.build import DEFLATED, LITTLE, deflate, walk

DATA = LITTLE.us(0x00280010, 7) + LITTLE.element(0x00420011, "OB", bytes(range(256)) * 1000)
STREAM = deflate(DATA)
GZIP_TRAILER = struct.pack("<II", zlib.crc32(DATA), len(DATA))


@pytest.mark.parametrize("chunk", [None, 1, 13, 16384])
def test_the_stream_may_come_in_any_pieces(chunk: int | None) -> None:
    result = walk(STREAM, DEFLATED, chunk=chunk)
    assert result.elements == 2
    assert result.oddities == ()


@pytest.mark.parametrize(
    ("ending", "oddities"),
    [
        (b"\0", ()),
        (bytes(10), ("bytes-after-deflate",)),
        (GZIP_TRAILER, ("bytes-after-deflate",)),
        (GZIP_TRAILER + b"\0", ("bytes-after-deflate",)),
    ],
)
def test_padding_and_a_right_gzip_trailer_are_whole(ending: bytes, oddities: tuple[str, ...]) -> None:
    assert walk(STREAM + ending, DEFLATED).oddities == oddities
    assert len(read_data_set(STREAM + ending, DEFLATED)) == 2


@pytest.mark.parametrize(
    "data",
    [
        STREAM[:-1],
        STREAM[: len(STREAM) // 2],
        STREAM + b"x",
        STREAM + GZIP_TRAILER[:-1] + b"x",
        STREAM + bytes(70_000),
        zlib.compress(DATA),
        DATA,
        b"",
        deflate(DATA[:-1]),
    ],
    ids=["cut", "half", "more", "wrong trailer", "hole", "zlib header", "not deflated", "empty", "inner cut"],
)
@pytest.mark.parametrize("chunk", [None, 1000])
def test_what_does_not_end_right_is_refused(data: bytes, chunk: int | None) -> None:
    with pytest.raises(DataSetError):
        walk(data, DEFLATED, chunk=chunk)
    with pytest.raises(DataSetError):
        read_data_set(data, DEFLATED)
