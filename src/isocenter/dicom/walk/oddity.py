"""What a walk notes without refusing: each a word that can be counted, listed and looked up."""

from __future__ import annotations

from typing import Final

__all__ = [
    "BAD_OFFSET_TABLE",
    "BYTES_AFTER_DEFLATE",
    "DELIMITER_LENGTH",
    "FILE_META_IN_DATA_SET",
    "FORBIDDEN_GROUP",
    "FRAGMENTS_ELSEWHERE",
    "FRAMES_UNKNOWN",
    "NO_SEQUENCE",
    "ODD_LENGTH",
    "OUT_OF_ORDER",
    "PIXEL_DATA_LONG",
    "PIXEL_DATA_SHORT",
    "REPEATED_ELEMENT",
    "STRAY_DELIMITER",
    "TRAILING_ZEROS",
    "UNKNOWN_VR",
    "VALUE_TOO_LONG",
]

ODD_LENGTH: Final = "odd-length"
"""A value or fragment of odd length (PS3.5 7.1.1 asks for even)."""
OUT_OF_ORDER: Final = "out-of-order"
"""Tags that do not ascend (PS3.5 7.1)."""
REPEATED_ELEMENT: Final = "repeated-element"
"""The same tag twice in a row; the last one counts."""
UNKNOWN_VR: Final = "unknown-vr"
"""Two capital letters that are no VR of this edition; read with a 32-bit length (PS3.5 6.2.2)."""
FILE_META_IN_DATA_SET: Final = "file-meta-in-data-set"
"""Elements of group 0002 (PS3.10 7.1 keeps them out)."""
FORBIDDEN_GROUP: Final = "forbidden-group"
"""Elements of the groups 0000 to 0007 other than 0002 and 0004, or of FFFF (PS3.5 7.1, 7.8.1)."""
NO_SEQUENCE: Final = "no-sequence"
"""In implicit VR, a value that the dictionary calls a sequence and that holds no items; not looked into."""
STRAY_DELIMITER: Final = "stray-delimiter"
"""A delimitation item where nothing of undefined length is open."""
DELIMITER_LENGTH: Final = "delimiter-length"
"""A delimitation item whose length is not zero (PS3.5 7.5.1); the length is not used."""
TRAILING_ZEROS: Final = "trailing-zeros"
"""Zero bytes after the last element, which are no element."""
BYTES_AFTER_DEFLATE: Final = "bytes-after-deflate"
"""After a deflated stream: zero bytes beyond the one that PS3.5 A.5 allows, or the right gzip trailer."""
FRAGMENTS_ELSEWHERE: Final = "fragments-elsewhere"
"""Fragments in a native transfer syntax, or in an element that is no Pixel Data (PS3.5 A.4)."""
BAD_OFFSET_TABLE: Final = "bad-offset-table"
"""A basic or extended offset table that does not fit the fragments; it is not used."""
FRAMES_UNKNOWN: Final = "frames-unknown"
"""Where the frames lie cannot be told."""
PIXEL_DATA_SHORT: Final = "pixel-data-short"
"""Native pixel data is shorter than its description."""
PIXEL_DATA_LONG: Final = "pixel-data-long"
"""Native pixel data is longer than its description by more than a padding byte."""
VALUE_TOO_LONG: Final = "value-too-long"
"""A value that was asked for is longer than the limit and was not kept."""
