"""A radiograph's plane: how many mm of water each ray meets, drawn from rods and maps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from isocenter.services.samples.noise import Floats, spline
from isocenter.services.samples.shapes import Point, capsule

__all__ = ["Projection"]


class Projection:
    """Rays from the back to the front; rows run down (z falls), columns to the patient's left (x rises)."""

    def __init__(self, rows: int, columns: int, pixel: float, top: float) -> None:
        """``pixel``: mm in the patient's middle; ``top``: z of the first row; x is 0 in the middle."""
        self.pixel = pixel
        self.water: Floats = np.zeros((rows, columns), np.float32)
        self.z = (top - np.arange(rows) * pixel).astype(np.float32).reshape(-1, 1)
        self.x = ((np.arange(columns) - (columns - 1) / 2) * pixel).astype(np.float32).reshape(1, -1)

    def add_map(self, values: Floats, first: tuple[float, float], step: float) -> None:
        """Add a coarse map whose rows run down from ``first`` (z, x) in steps of ``step`` mm."""
        down = spline(values, (np.float32(first[0]) - self.z.ravel()) / np.float32(step), 0, "clip")
        self.water += spline(down, (self.x.ravel() - np.float32(first[1])) / np.float32(step), 1, "clip")

    def window(self, low: tuple[float, float], high: tuple[float, float]) -> tuple[slice, slice]:
        """Rows and columns between two corners (z, x)."""
        rows, columns = self.water.shape
        top, left = float(self.z[0, 0]), float(self.x[0, 0])
        first_row, last_row = int((top - high[0]) / self.pixel), int((top - low[0]) / self.pixel) + 2
        first_column, last_column = int((low[1] - left) / self.pixel), int((high[1] - left) / self.pixel) + 2
        return (
            slice(min(max(first_row, 0), rows), min(max(last_row, 0), rows)),
            slice(min(max(first_column, 0), columns), min(max(last_column, 0), columns)),
        )

    def add_chain(self, points: Sequence[Point], radii: Sequence[float], density: float, core: float = 0.0) -> None:
        """Add a bent rod; ``core`` is the share of its radius that is marrow, at a quarter of the density.

        Depth under the rod's surface is gathered over its pieces first, so that joints do not show.
        """
        where = self._span(points, max(radii))
        z, x = self.z[where[0]], self.x[:, where[1]]
        depth = np.zeros((z.size, x.size), np.float32)
        if not depth.size:
            return
        for index in range(len(points) - 1):
            self._deepen(depth, z, x, points[index : index + 2], radii[index : index + 2])
        away = np.float32(1) - depth
        squared = away * away
        thick = np.sqrt(np.maximum(np.float32(1) - squared, np.float32(0)))
        if core:
            hollow = np.maximum(np.float32(core * core) - squared, np.float32(0))
            thick -= np.sqrt(hollow) * np.float32(0.75)
        self.water[where] += thick * np.float32(2 * density * sum(radii) / len(radii))

    def _span(self, points: Sequence[Point], margin: float) -> tuple[slice, slice]:
        xs, zs = [point[0] for point in points], [point[2] for point in points]
        return self.window((min(zs) - margin, min(xs) - margin), (max(zs) + margin, max(xs) + margin))

    def _deepen(self, depth: Floats, z: Floats, x: Floats, ends: Sequence[Point], radii: Sequence[float]) -> None:
        """Raise the depth (0 at the surface, 1 on the axis) to that of a straight piece."""
        margin = max(radii)
        top, left = float(z[0, 0]), float(x[0, 0])
        low_x, high_x = min(e[0] for e in ends) - margin, max(e[0] for e in ends) + margin
        low_z, high_z = min(e[2] for e in ends) - margin, max(e[2] for e in ends) + margin
        rows = slice(max(int((top - high_z) / self.pixel), 0), max(int((top - low_z) / self.pixel) + 2, 0))
        columns = slice(max(int((low_x - left) / self.pixel), 0), max(int((high_x - left) / self.pixel) + 2, 0))
        part = depth[rows, columns]
        if part.size:
            radius = (radii[0] + radii[1]) / 2
            start, end = ((e[0], 0.0, e[2]) for e in ends)
            within = capsule(z[rows], 0.0, x[:, columns], start, end, (radius, radius))
            np.maximum(part, within * np.float32(1 / radius), out=part)
