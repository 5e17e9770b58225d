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

    __slots__ = ("_block", "_ended", "_limits", "_stream", "_taken", "inflated", "padding")

    def __init__(self, limits: WalkLimits) -> None:
        self._limits = limits
        self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
        self._block = bytearray()
        self._taken = 0
        self._ended = False
        self.inflated = 0
        """Bytes inflated so far."""
        self.padding = 0
        """Zero bytes after the stream; PS3.5 A.5 allows one."""

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

    def _inflate(self) -> Iterator[bytes]:
        block = bytes(self._block)
        self._block.clear()
        self._taken += len(block)
        if self._ended:
            self._check_padding(block)
            return
        while True:
            try:
                piece = self._stream.decompress(block, _PIECE)
            except zlib.error:
                raise DataSetError("the data set is no raw deflate stream", offset=self.inflated) from None
            self._count(len(piece))
            if piece:
                yield piece
            if self._stream.eof:
                self._ended = True
                self._check_padding(self._stream.unused_data)
                return
            block = self._stream.unconsumed_tail
            if not block and len(piece) < _PIECE:  # a full piece may leave output inside the stream
                return

    def _count(self, more: int) -> None:
        self.inflated += more
        limits = self._limits
        if self.inflated > limits.size:
            raise LimitExceeded(f"the data set inflates to more than {limits.size} bytes")
        if self.inflated > max(limits.inflate_floor, self._taken * limits.inflate_ratio):
            raise LimitExceeded(f"the data set inflates to more than {limits.inflate_ratio} times its size")

    def _check_padding(self, rest: bytes) -> None:
        self.padding += len(rest)
        if any(rest) or self.padding > self._limits.trailing_zeros:
            raise DataSetError("something follows the end of the deflated data set", offset=self.inflated)
