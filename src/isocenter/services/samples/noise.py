"""Grain and clouds that come out the same, to the last bit, on every machine.

Two rules make that so. Chance comes from the raw 64-bit words of Philox, which NumPy never changes, not from its
distributions, which it may. Arithmetic on arrays is limited to + - * / sqrt, minimum, maximum, comparison and
rounding, element by element: IEEE 754 defines these exactly, unlike sin, exp, or a sum whose order the CPU picks.
"""

from __future__ import annotations

import hashlib
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Cloud", "Floats", "fractions", "grain", "soften", "spline"]

Floats = NDArray[np.float32]
"""Every picture is computed in these."""

_GRAIN_SCALE = np.float32(1 / 148)  # standard deviation of the sum of four bytes: sqrt(4 * (256**2 - 1) / 12)


def _raw_bytes(seed: str, count: int) -> NDArray[np.uint8]:
    key = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:16], "little")
    words = np.random.Philox(key=key).random_raw((count + 7) // 8)
    return words.astype("<u8").view(np.uint8)[:count]


def fractions(seed: str, count: int) -> NDArray[np.float64]:
    """Evenly spread numbers in [0, 1), in steps of 2**-32."""
    words = _raw_bytes(seed, 4 * count).view("<u4")
    return words.astype(np.float64) / 4294967296.0


def grain(seed: str, shape: tuple[int, ...]) -> Floats:
    """Bell-shaped noise of mean 0 and standard deviation 1 within ±3.5: the sum of four random bytes."""
    count = int(np.prod(shape))
    four = _raw_bytes(seed, 4 * count).reshape(4, count)
    total = four[0].astype(np.int16)
    for part in four[1:]:
        total += part
    total -= 510
    noise: Floats = (total.astype(np.float32) * _GRAIN_SCALE).reshape(shape)
    return noise


def soften(picture: Floats) -> Floats:
    """The picture through a 3 x 3 binomial kernel (edges wrap round), as a detector or a kernel blurs noise."""
    across = np.roll(picture, 1, axis=-1) + np.roll(picture, -1, axis=-1)
    across = across * np.float32(0.25) + picture * np.float32(0.5)
    down = np.roll(across, 1, axis=-2) + np.roll(across, -1, axis=-2)
    return down * np.float32(0.25) + across * np.float32(0.5)


class Cloud:
    """Smooth random structure in three dimensions: a lattice of random values under a cubic B-spline.

    Values have mean 0 and lie within ±1; structures are about ``cell`` wide, in the unit of the coordinates.
    """

    def __init__(self, seed: str, cell: float, size: int = 24) -> None:
        """``size``: lattice points along each axis before it repeats."""
        lattice = _raw_bytes(seed, size**3).astype(np.float32).reshape(size, size, size)
        self._lattice = (lattice - np.float32(127.5)) / np.float32(64)
        self._cell = cell

    def plane(self, z: float, y: Floats, x: Floats) -> Floats:
        """Values on the plane at ``z`` for a column ``y`` (rows, 1) and a row ``x`` (1, columns) of coordinates."""
        cell = np.float32(self._cell)
        at_z = spline(self._lattice, np.array([z], np.float32) / cell, axis=0, edges="wrap")[0]
        at_y = spline(at_z, y.ravel() / cell, axis=0, edges="wrap")
        return spline(at_y, x.ravel() / cell, axis=1, edges="wrap")


def spline(values: Floats, where: Floats, axis: int, edges: Literal["wrap", "clip"]) -> Floats:
    """Values between the given ones, by a cubic B-spline: ``where`` counts in steps along the axis.

    The four neighbours are summed in one fixed order. The curve smooths: it passes near the values, not through them.
    """
    first = np.floor(where)
    t = where - first
    index = first.astype(np.int64)
    s = np.float32(1) - t
    sixth = np.float32(1 / 6)
    weights = (
        s * s * s * sixth,
        (t * t * (np.float32(3) * t - np.float32(6)) + np.float32(4)) * sixth,
        (s * s * (np.float32(3) * s - np.float32(6)) + np.float32(4)) * sixth,
        t * t * t * sixth,
    )
    shape = [1] * values.ndim
    shape[axis] = -1
    total: Floats = np.take(values, index - 1, axis=axis, mode=edges) * weights[0].reshape(shape)
    for step, weight in enumerate(weights[1:]):
        total += np.take(values, index + step, axis=axis, mode=edges) * weight.reshape(shape)
    return total
