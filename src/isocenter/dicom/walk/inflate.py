"""Inflating a deflated data set within bounds, in the same steps however its bytes come (PS3.5 A.5)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

from isocenter.dicom.walk.limits import WalkLimits
from isocenter.errors import DataSetError, LimitExceeded

__all__ = ["Inflater"]

_BLOCK: Final = 16 << 10
"""Deflated bytes taken at a time; fixed, so that the ratio is judged at the same places for any split."""
_PIECE: Final = 64 << 10
"""Inflated bytes handed on at a time."""


class Inflater:
    """Inflates one raw deflate stream; raises LimitExceeded when the ratio or the size is passed."""

    __slots__ = ("_block", "_ended", "_limits", "_rest", "_stream", "_sum", "_taken", "inflated", "odd_ending")

    def __init__(self, limits: WalkLimits) -> None:
        self._limits = limits
        self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
        self._block = bytearray()
        self._taken = 0
        self._ended = False
        self.inflated = 0
        """Bytes inflated so far."""
        self._rest = bytearray()
        self._sum = 0
        self.odd_ending = False
        """More follows the stream than the zero byte that PS3.5 A.5 allows."""

    def feed(self, data: bytes | bytearray | memoryview) -> Iterator[bytes]:
        """Take deflated bytes and give what they inflate to, in bounded pieces."""
        view = memoryview(data)
        while view:
            room = _BLOCK - len(self._block)
            self._block += view[:room]
            view = view[room:]
            if len(self._block) == _BLOCK:
                yield from self._inflate()

    def close(self) -> Iterator[bytes]:
        """Give the rest; raises DataSetError when the stream has no end."""
        yield from self._inflate()
        if not self._ended:
            raise DataSetError("the deflated data set is cut short")
        self._check_ending()

    def _inflate(self) -> Iterator[bytes]:
        block = bytes(self._block)
        self._block.clear()
        self._taken += len(block)
        if self._ended:
            self._keep_rest(block)
            return
        while True:
            try:
                piece = self._stream.decompress(block, _PIECE)
            except zlib.error:
                raise DataSetError("the data set is no raw deflate stream", offset=self.inflated) from None
            self._count(piece)
            if piece:
                yield piece
            if self._stream.eof:
                self._ended = True
                self._keep_rest(self._stream.unused_data)
                return
            block = self._stream.unconsumed_tail
            if not block and len(piece) < _PIECE:  # a full piece may leave output inside the stream
                return

    def _count(self, piece: bytes) -> None:
        self.inflated += len(piece)
        self._sum = zlib.crc32(piece, self._sum)
        limits = self._limits
        if self.inflated > limits.size:
            raise LimitExceeded(f"the data set inflates to more than {limits.size} bytes")
        if self.inflated > max(limits.inflate_floor, self._taken * limits.inflate_ratio):
            raise LimitExceeded(f"the data set inflates to more than {limits.inflate_ratio} times its size")

    def _keep_rest(self, rest: bytes) -> None:
        self._rest += rest
        if len(self._rest) > self._limits.trailing_zeros:
            raise DataSetError("something follows the end of the deflated data set", offset=self.inflated)

    def _check_ending(self) -> None:
        """Allow zero bytes, and the trailer of gzip (RFC 1952 2.3.1) that some writers add, when it is right."""
        rest = bytes(self._rest)
        self.odd_ending = len(rest) > 1
        trailer = self._sum.to_bytes(4, "little") + (self.inflated & 0xFFFFFFFF).to_bytes(4, "little")
        if any(rest.removeprefix(trailer)):
            raise DataSetError("something follows the end of the deflated data set", offset=self.inflated)
