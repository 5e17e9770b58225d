"""Plain ustar headers, encoded and decoded by hand, and nothing else of tar.

Every member costs one 512-byte header block and zero padding to the next block. Sizes from 8 GiB on are written in
base-256 (the GNU extension that GNU tar, bsdtar, busybox and Python all read); pax records are never written. The
fields are specified in ``docs/reference/pack-format.md``.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BLOCK_SIZE", "Header", "decode_header", "encode_header", "padded", "padding", "renamed"]

BLOCK_SIZE = 512
_NAME = slice(0, 100)
_SIZE = slice(124, 136)
_MODIFIED = slice(136, 148)
_CHECKSUM = slice(148, 156)
_MAGIC = slice(257, 263)
_MAJOR = slice(329, 337)
_MINOR = slice(337, 345)
_OCTAL_LIMIT = 8**11
_MODE_AND_IDS = b"0000600\0" + b"0000000\0" * 2
_BLANK_CHECKSUM = b" " * 8
_TYPE_TO_GROUP = b"0" + bytes(100) + b"ustar\x0000" + b"isocenter".ljust(32, b"\0") * 2
_TAIL = bytes(155 + 12)
_CONSTANT_SUM = sum(_MODE_AND_IDS) + sum(_BLANK_CHECKSUM) + sum(_TYPE_TO_GROUP)
_ZEROS = bytes(BLOCK_SIZE)


@dataclass(frozen=True, slots=True)
class Header:
    """What a member's header says: name, payload size in bytes, time in seconds since 1970, and our check."""

    name: str
    size: int
    check: int
    modified: int


def padded(size: int) -> int:
    """Give the bytes that a payload of ``size`` takes up in a pack."""
    return size + (-size % BLOCK_SIZE)


def padding(size: int) -> bytes:
    """Give the zeros that follow a payload of ``size``."""
    return _ZEROS[: -size % BLOCK_SIZE]


def encode_header(name: str, size: int, check: int, modified: int = 0) -> bytes:
    """Make the 512-byte header of a regular file.

    ``name`` is ASCII of at most 100 characters. ``check`` (uint32) goes into the two device number fields, 16 bits
    each, which no tool looks at in a regular file. ``modified`` is held within what 11 octal digits can say.
    """
    raw_name = name.encode("ascii")
    if len(raw_name) > 100:
        raise ValueError("a member name has at most 100 characters")
    size_field = b"%011o\0" % size if size < _OCTAL_LIMIT else b"\x80" + size.to_bytes(11, "big")
    time_field = b"%011o\0" % min(max(modified, 0), _OCTAL_LIMIT - 1)
    devices = b"%07o\0%07o\0" % (check >> 16, check & 0xFFFF)
    # Only what varies is summed: the sum of all 512 bytes would take as long as the rest of this function.
    checksum = _CONSTANT_SUM + sum(raw_name) + sum(size_field) + sum(time_field) + sum(devices)
    return b"".join(
        (
            raw_name.ljust(100, b"\0"),
            _MODE_AND_IDS,
            size_field,
            time_field,
            b"%06o\0 " % checksum,
            _TYPE_TO_GROUP,
            devices,
            _TAIL,
        )
    )


def decode_header(block: bytes) -> Header | None:
    """Read a header; None when the block is zero, short, of bad checksum, or not a ustar header."""
    if len(block) != BLOCK_SIZE or block[_MAGIC] != b"ustar\0":
        return None
    if _octal(block[_CHECKSUM]) != _checksum(block):
        return None
    size, modified = _number(block[_SIZE]), _number(block[_MODIFIED])
    major, minor = _octal(block[_MAJOR]), _octal(block[_MINOR])
    if size is None or modified is None or major is None or minor is None:
        return None
    name = block[_NAME].partition(b"\0")[0].decode("ascii", "replace")
    return Header(name, size, (major << 16 | minor) & 0xFFFFFFFF, modified)


def renamed(block: bytes, name: str) -> bytes:
    """Give the same header under another name, every other field kept as it is."""
    changed = name.encode("ascii").ljust(100, b"\0") + block[100:]
    return changed[:148] + b"%06o\0 " % _checksum(changed) + changed[156:]


def _checksum(block: bytes) -> int:
    return sum(block) - sum(block[_CHECKSUM]) + sum(_BLANK_CHECKSUM)


def _number(field: bytes) -> int | None:
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    return _octal(field)


def _octal(field: bytes) -> int | None:
    digits = field.strip(b"\0 ")
    if not digits:
        return 0
    return int(digits, 8) if digits.isdigit() and b"8" not in digits and b"9" not in digits else None
