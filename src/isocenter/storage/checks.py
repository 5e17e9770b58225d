"""CRC32C of each 64 KiB block of a member, so that any range can be verified without reading the rest."""

from __future__ import annotations

import struct
from collections.abc import Iterable

import google_crc32c

from isocenter.errors import DamagedContent
from isocenter.storage.port import BLOCK, Buffer, Location

__all__ = ["BlockChecks", "block_checks", "block_range", "blocks_in", "require_intact", "summary"]


class BlockChecks:
    """Computes block checks of bytes that come in pieces of any size."""

    __slots__ = ("_crc", "_crcs", "_room", "size")

    def __init__(self) -> None:
        self._crcs: list[int] = []
        self._crc = 0
        self._room = BLOCK
        self.size = 0

    def update(self, data: Buffer) -> None:
        """Take the next bytes in."""
        # The CRC's C function takes bytes only; a copy of a piece costs less than its CRC.
        view = memoryview(data).cast("B") if not isinstance(data, bytes) else data
        length = len(view)
        self.size += length
        start = 0
        while start < length:
            piece = bytes(view[start : start + self._room])
            self._crc = google_crc32c.extend(self._crc, piece)
            self._room -= len(piece)
            start += len(piece)
            if self._room == 0:
                self._crcs.append(self._crc)
                self._crc, self._room = 0, BLOCK

    def result(self) -> bytes:
        """Give the checks of all bytes so far, four bytes for each block."""
        crcs = self._crcs if self._room == BLOCK else [*self._crcs, self._crc]
        return struct.pack(f"<{len(crcs)}I", *crcs)


def block_checks(parts: Iterable[Buffer]) -> bytes:
    """Give the checks of the bytes that ``parts`` make up together."""
    checks = BlockChecks()
    for part in parts:
        checks.update(part)
    return checks.result()


def summary(checks: bytes) -> int:
    """Give the CRC32C of the checks themselves: one number that covers a whole member (and its length in blocks)."""
    return int(google_crc32c.value(checks))


def blocks_in(length: int) -> int:
    """Give how many blocks ``length`` bytes fill, the last one perhaps in part."""
    return -(-length // BLOCK)


def block_range(location: Location, start: int, stop: int, checks: bytes) -> tuple[int, int]:
    """Widen a range of a Part 10 file to whole blocks; ValueError when it is no range of that file."""
    if not 0 <= start <= stop <= location.length:
        raise ValueError("the range lies outside the Part 10 file")
    if len(checks) != 4 * blocks_in(location.length):
        raise DamagedContent("The checks do not fit the size of the content.")
    return start - start % BLOCK, min(blocks_in(stop) * BLOCK, location.length)


def require_intact(data: bytes, first: int, checks: bytes) -> None:
    """Raise DamagedContent when a block of ``data`` is not what its check says.

    ``data`` starts with block number ``first`` of the member and ends where a block or the member ends.
    """
    for number, crc in enumerate(struct.unpack_from(f"<{blocks_in(len(data))}I", checks, first * 4)):
        if google_crc32c.value(data[number * BLOCK : (number + 1) * BLOCK]) != crc:
            raise DamagedContent(f"Block {first + number} of the content is not what was stored.")
