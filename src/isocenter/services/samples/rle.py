"""RLE Lossless (PS3.5 annex G) for whole frames at array speed."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

__all__ = ["encode_frame"]

_LONGEST = 128


def encode_frame(frame: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    """One frame of grey pixels (rows, columns): a header, then one segment per byte of a pixel, highest first."""
    width = frame.itemsize
    octets = frame.astype(f">u{width}").view(np.uint8).reshape(*frame.shape, width)
    segments = [_pack_bits(np.ascontiguousarray(octets[..., index])) for index in range(width)]
    offsets, here = [], 64
    for segment in segments:
        offsets.append(here)
        here += len(segment)
    header = struct.pack("<16L", width, *offsets, *[0] * (15 - width))
    return header + b"".join(segments)


def _pack_bits(plane: NDArray[np.uint8]) -> bytes:
    """PackBits, row by row (PS3.5 G.3.1): runs of three or more as count and value, the rest as they are."""
    flat = plane.ravel()
    starts_run = np.ones(flat.size, bool)
    starts_run[1:] = flat[1:] != flat[:-1]
    starts_run[:: plane.shape[1]] = True
    starts = np.flatnonzero(starts_run)
    repeated = np.diff(starts, append=flat.size) >= 3
    # short runs that follow each other in one row make one literal
    begins = repeated | (starts % plane.shape[1] == 0)
    begins[1:] |= repeated[:-1]
    starts, repeated = starts[begins], repeated[begins]
    starts, lengths, repeated = _split(starts, np.diff(starts, append=flat.size), repeated)
    sizes = np.where(repeated, 2, lengths + 1)
    places = np.cumsum(sizes) - sizes
    packed = np.zeros(int(sizes.sum()), np.uint8)
    headers = np.where(repeated & (lengths > 1), 257 - lengths, lengths - 1)
    packed[places] = headers.astype(np.uint8)
    packed[places[repeated] + 1] = flat[starts[repeated]]
    is_literal = np.ones(packed.size, bool)
    is_literal[places] = False
    is_literal[places[repeated] + 1] = False
    packed[is_literal] = flat[np.repeat(~repeated, lengths)]
    return packed.tobytes() + b"\x00" * (packed.size % 2)


def _split(
    starts: NDArray[np.int64], lengths: NDArray[np.int64], repeated: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Cut packets that are longer than a header byte can say."""
    counts = -(-lengths // _LONGEST)
    which = np.repeat(np.arange(starts.size), counts)
    nth = np.arange(which.size) - np.repeat(np.cumsum(counts) - counts, counts)
    left = lengths[which] - nth * _LONGEST
    return starts[which] + nth * _LONGEST, np.minimum(left, _LONGEST), repeated[which]
