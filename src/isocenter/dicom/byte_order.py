"""Turning the bytes of binary values between big and little endian (PS3.5 7.3)."""

from __future__ import annotations

from array import array

from isocenter.dicom.vr import WIDTH

__all__ = ["swapped"]

_LETTER = {2: "H", 4: "I", 8: "Q"}


def swapped(value: bytes, vr: str) -> bytes:
    """Return a value in the other byte order; text and bytes are returned as they are.

    A rest that is no whole number stays in place.
    """
    width = WIDTH.get(vr)
    if width is None:
        return value
    whole = len(value) - len(value) % width
    numbers = array(_LETTER[width], value[:whole])
    numbers.byteswap()
    return numbers.tobytes() + value[whole:]
