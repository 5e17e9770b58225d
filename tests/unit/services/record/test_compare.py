"""Two objects under one UID: headers as values, long values by digest, pixels as bytes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from isocenter.dicom.dataset import DataSet, write_data_set
from isocenter.dicom.walk import Walker
from isocenter.services.record.compare import Compared, Rendition, compare

EXPLICIT, IMPLICIT = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"
LONG = 200_000


def rendition(data_set: DataSet, uid: str = EXPLICIT, reads: list[int] | None = None) -> Rendition:
    data = write_data_set(data_set, uid)
    walker = Walker(uid)
    walker.feed(data)
    walked = walker.close()

    def read(start: int, stop: int) -> bytes:
        if reads is not None:
            reads.append(stop - start)
        return data[start:stop]

    return Rendition(uid, walked.header_length, walked.pixel_data, read)


def made(name: str = "Doe^Jane", long: bytes = b"", nested: Sequence[bytes] = (), pixels: bytes = b"") -> DataSet:
    data_set = DataSet()
    data_set.set(0x00080018, "UI", "1.2.3")
    data_set.set(0x00100010, "PN", name)
    data_set.set(0x00100020, "LO", "P1")
    if nested:
        items = []
        for value in nested:
            item = DataSet()
            item.set(0x00420011, "OB", value)
            items.append(item)
        data_set.set(0x00081115, "SQ", items)
    if long:
        data_set.set(0x00420011, "OB", long)
    if pixels:
        data_set.set(0x7FE00010, "OB", pixels)
    return data_set


SAME = Compared(same_metadata=True, same_pixels=True, same_patient=True)
OTHER_METADATA = Compared(same_metadata=False, same_pixels=True, same_patient=True)


@pytest.mark.parametrize("uid", [EXPLICIT, IMPLICIT])
def test_the_same_values_are_the_same_in_another_encoding(uid: str) -> None:
    one = made(long=bytes(LONG), nested=[bytes(LONG), b"xy"], pixels=b"1234")
    assert compare(rendition(one), rendition(one, uid)) == SAME


def test_a_short_value_differs() -> None:
    assert compare(rendition(made()), rendition(made("Doe^John"))) == OTHER_METADATA


def test_a_long_value_differs_in_its_last_byte() -> None:
    one, two = made(long=bytes(LONG)), made(long=bytes(LONG - 1) + b"!")
    assert compare(rendition(one), rendition(two)) == OTHER_METADATA


def test_a_long_value_deep_inside_differs() -> None:
    one = made(nested=[bytes(LONG), bytes(LONG)])
    two = made(nested=[bytes(LONG), bytes(LONG - 1) + b"!"])
    assert compare(rendition(one), rendition(two)) == OTHER_METADATA


def test_no_more_than_a_piece_is_read_at_a_time() -> None:
    reads: list[int] = []
    one, two = made(long=bytes(5 << 20), pixels=bytes(3 << 20)), made(long=bytes(5 << 20), pixels=bytes(3 << 20))
    assert compare(rendition(one, reads=reads), rendition(two, reads=reads)) == SAME
    assert max(reads) <= 1 << 20
