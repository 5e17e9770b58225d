"""A frame table packs small and comes back the same."""

from __future__ import annotations

from array import array

import pytest

from isocenter.dicom.frames import FrameTable, fragments_of
from isocenter.errors import DataSetError

TABLES = {
    "none": FrameTable(),
    "native": FrameTable.uniform(1000, 512, 3),
    "native, inflated": FrameTable.uniform(1000, 512, 3, inflated=True),
    "touching": FrameTable.listed(array("Q", [100, 110, 130]), array("Q", [10, 20, 30])),
    "apart": FrameTable.listed(array("Q", [100, 110, 1 << 40]), array("Q", [10, 2, 30])),
    "long": FrameTable.listed(array("Q", [0, 1 << 33]), array("Q", [1 << 33, 5]), inflated=True),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_packed_table_comes_back(name: str) -> None:
    table = TABLES[name]
    back = FrameTable.unpack(table.pack())
    assert list(back) == list(table)
    assert [back[i] for i in range(len(back))] == list(table)
    assert back.inflated == table.inflated
    assert back == table


def test_native_tables_pack_to_25_bytes_and_others_to_four_a_frame() -> None:
    assert len(FrameTable.uniform(1000, 512, 1_000_000).pack()) == 25
    assert len(TABLES["touching"].pack()) == 25 + 3 * 4
    assert FrameTable().pack() == b""


def test_frames_are_counted_from_either_end_and_bounds_hold() -> None:
    table = TABLES["native"]
    assert table[-1] == table[2] == (2024, 512)
    for index in (3, -4):
        with pytest.raises(IndexError):
            table[index]


@pytest.mark.parametrize("packed", [b"\1", b"\7" + bytes(24), TABLES["apart"].pack()[:-1]])
def test_what_is_no_packed_table_is_refused(packed: bytes) -> None:
    with pytest.raises(DataSetError):
        FrameTable.unpack(packed)


def test_fragments_are_taken_off_a_span() -> None:
    span = b"\xfe\xff\x00\xe0\x02\x00\x00\x00ab\xfe\xff\x00\xe0\x00\x00\x00\x00"
    assert [bytes(f) for f in fragments_of(span)] == [b"ab", b""]
    for wrong in (span[:-1], span[:9], b"x" * 8):
        with pytest.raises(DataSetError):
            fragments_of(wrong)
