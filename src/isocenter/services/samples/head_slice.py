"""One axial slice of a head, painted in two contrasts at the same time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from isocenter.services.samples.noise import Floats
from isocenter.services.samples.shapes import blend, cover

__all__ = ["HeadSlice", "Tissue"]


class Tissue(Enum):
    """A tissue and its signal, T1- then T2-weighted."""

    AIR = (4.0, 4.0)
    BONE = (28.0, 24.0)
    MARROW = (430.0, 300.0)
    SKIN = (400.0, 260.0)
    FAT = (740.0, 590.0)
    MUSCLE = (310.0, 190.0)
    FLUID = (110.0, 980.0)
    GREY = (370.0, 540.0)
    WHITE = (535.0, 370.0)
    NUCLEUS = (400.0, 480.0)
    THALAMUS = (440.0, 450.0)
    PALLIDUM = (480.0, 330.0)
    STEM = (490.0, 410.0)
    DURA = (190.0, 120.0)
    LESION = (400.0, 860.0)
    MUCOSA = (360.0, 760.0)
    LENS = (330.0, 160.0)


@dataclass(frozen=True, slots=True)
class HeadSlice:
    """Two pictures of the plane at ``z``, with its coordinates in mm."""

    z: float
    y: Floats
    x: Floats
    t1: Floats
    t2: Floats

    @classmethod
    def empty(cls, z: float, y: Floats, x: Floats) -> HeadSlice:
        """A slice of nothing but air."""
        shape = (y.size, x.size)
        first, second = (np.full(shape, value, np.float32) for value in Tissue.AIR.value)
        return cls(z, y, x, first, second)

    def paint(self, inside: Floats, tissue: Tissue, softness: float = 1.2, strength: float = 1.0) -> None:
        """Paint a tissue where ``inside`` is positive."""
        share = cover(inside, softness)
        if strength != 1.0:
            share *= np.float32(strength)
        first, second = tissue.value
        blend(self.t1, share, first)
        blend(self.t2, share, second)
