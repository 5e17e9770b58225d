"""UIDs keep to PS3.5 section 9."""

from __future__ import annotations

import uuid

import pytest

from isocenter.dicom.uid import from_random, is_valid


@pytest.mark.parametrize("uid", ["1.2", "0.0", "1.2.840.10008.1.2", "2.25." + "9" * 39, "1." + "2" * 62])
def test_right_uids(uid: str) -> None:
    assert is_valid(uid)


@pytest.mark.parametrize(
    "uid", ["", "1", "1.", ".1", "1..2", "1.02", "1.2a", "1.2 ", "1.2\0", "1.2\n", "1.-2", "1.٣", "1." + "2" * 63]
)
def test_wrong_uids(uid: str) -> None:
    assert not is_valid(uid)


def test_new_uids_are_version_4_uuids_under_2_25() -> None:
    uid = from_random(bytes(range(16)))
    number = uuid.UUID(int=int(uid.removeprefix("2.25.")))
    assert is_valid(uid)
    assert number.version == 4
    assert number.variant == uuid.RFC_4122
    with pytest.raises(ValueError, match="16"):
        from_random(b"short")


def test_the_largest_uid_still_fits() -> None:
    assert is_valid(from_random(b"\xff" * 16))
