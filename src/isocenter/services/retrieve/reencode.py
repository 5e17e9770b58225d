"""Other encodings of the same values: between the uncompressed transfer syntaxes, nothing decoded."""

from __future__ import annotations

from collections.abc import Sequence

from isocenter.dicom.dataset import read_data_set, write_data_set
from isocenter.dicom.transfer_syntax import (
    DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_BIG_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
)

__all__ = ["LARGEST_REENCODED", "choose", "reencoded"]

NATIVE = (
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_BIG_ENDIAN,
    DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
)
"""Encodings of uncompressed pixel data, those we prefer to give first."""

LARGEST_REENCODED = 512 * 1024 * 1024
"""Bytes of a data set that is re-encoded: it is held in memory, twice for a moment."""


def choose(stored: str, accepted: Sequence[str], size: int) -> str | None:
    """Choose the transfer syntax to send: as stored where accepted, else another uncompressed one; None for none."""
    if stored in accepted:
        return stored
    if stored not in NATIVE or size > LARGEST_REENCODED:
        return None
    return next((uid for uid in NATIVE if uid in accepted), None)


def reencoded(data_set: bytes, stored: str, wanted: str) -> bytes:
    """Encode a data set anew; all values stay what they are."""
    return write_data_set(read_data_set(data_set, stored), wanted)
