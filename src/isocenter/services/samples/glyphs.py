"""Lead letters for radiographs: a five by seven raster of the few that view markers need."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["letters"]

_RASTERS = {
    "C": (".###.", "#...#", "#....", "#....", "#....", "#...#", ".###."),
    "L": ("#....", "#....", "#....", "#....", "#....", "#....", "#####"),
    "M": ("#...#", "##.##", "#.#.#", "#.#.#", "#...#", "#...#", "#...#"),
    "O": (".###.", "#...#", "#...#", "#...#", "#...#", "#...#", ".###."),
    "R": ("####.", "#...#", "#...#", "####.", "#.#..", "#..#.", "#...#"),
    " ": (".....",) * 7,
}


def letters(text: str, scale: int) -> NDArray[np.bool_]:
    """A raster of the text, each dot ``scale`` pixels wide."""
    rows = [".".join(_RASTERS[letter][row] for letter in text) for row in range(7)]
    dots = np.array([[dot == "#" for dot in row] for row in rows])
    return dots.repeat(scale, axis=0).repeat(scale, axis=1)
