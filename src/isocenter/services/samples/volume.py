"""A stack of axial slices in the patient's coordinates, to paint anatomy into."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from isocenter.services.samples.noise import Floats
from isocenter.services.samples.shapes import Point, blend, capsule, cover

__all__ = ["Slice", "Volume"]


@dataclass(frozen=True, slots=True)
class Slice:
    """A picture at height ``z`` with a column ``y`` (rows, 1) and a row ``x`` (1, columns) of coordinates in mm."""

    values: Floats
    z: float
    y: Floats
    x: Floats

    def crop(self, x: tuple[float, float], y: tuple[float, float]) -> Slice:
        """The part between two coordinates each way; painting on it paints on the whole."""
        left, right = np.searchsorted(self.x[0], x)
        front, back = np.searchsorted(self.y[:, 0], y)
        part = self.values[front:back, left:right]
        return Slice(part, self.z, self.y[front:back], self.x[:, left:right])

    def paint(self, inside: Floats, value: Floats | float, softness: float = 0.8, strength: float = 1.0) -> None:
        """Paint where ``inside`` is positive, with edges ``softness`` mm wide, ``strength`` at most 1."""
        share = cover(inside, softness)
        if strength != 1.0:
            share *= np.float32(strength)
        blend(self.values, share, value)


class Volume:
    """Voxels (slices, rows, columns), slices from foot to head, with their positions in mm.

    ``origin`` is the centre of the first voxel: right, front, foot.
    """

    def __init__(self, slices: int, size: int, spacing: Point, origin: Point) -> None:
        """``spacing`` and ``origin`` are (x, y, z) in mm; slices are ``size`` by ``size``."""
        self.spacing = spacing
        self.origin = origin
        self.voxels: Floats = np.zeros((slices, size, size), np.float32)
        self.x = self._axis(0, size).reshape(1, -1)
        self.y = self._axis(1, size).reshape(-1, 1)
        self.z = [origin[2] + index * spacing[2] for index in range(slices)]

    def _axis(self, axis: int, count: int) -> Floats:
        return (self.origin[axis] + np.arange(count) * self.spacing[axis]).astype(np.float32)

    def slice(self, index: int) -> Slice:
        """One slice, to paint on."""
        return Slice(self.voxels[index], self.z[index], self.y, self.x)

    def box(self, low: Point, high: Point) -> tuple[Floats, Floats, Floats, Floats] | None:
        """The voxels between two corners, as a view, and their z, y and x; None when outside."""
        spans = []
        for axis, count in ((2, len(self.z)), (1, self.y.size), (0, self.x.size)):
            first = int((low[axis] - self.origin[axis]) / self.spacing[axis])
            last = int((high[axis] - self.origin[axis]) / self.spacing[axis]) + 2
            first, last = max(first, 0), min(last, count)
            if first >= last:
                return None
            spans.append((first, last))
        (z0, z1), (y0, y1), (x0, x1) = spans
        z = np.array(self.z[z0:z1], np.float32).reshape(-1, 1, 1)
        return self.voxels[z0:z1, y0:y1, x0:x1], z, self.y[y0:y1], self.x[:, x0:x1]

    def tube(self, path: Sequence[Point], radii: tuple[float, float], value: float, wall: float = 0.0) -> None:
        """Paint a tube of ``value`` along a path, ``wall`` mm wider than its radii."""
        for start, end, ends in _pieces(path, radii):
            margin = max(ends) + wall + 2.0
            found = self.box(*_corners(start, end, margin))
            if found:
                voxels, z, y, x = found
                share = cover(capsule(z, y, x, start, end, (ends[0] + wall, ends[1] + wall)), 1.0)
                blend(voxels, share, value)

    def brighten(self, start: Point, end: Point, radii: tuple[float, float], value: float, ground: float) -> None:
        """Paint a rod of ``value`` on ground of about ``ground``, leaving what is brighter as it is.

        Rods thinner than a voxel come out faint, as partial volume makes them.
        """
        found = self.box(*_corners(start, end, max(radii) + 2.5))
        if found:
            voxels, z, y, x = found
            share = cover(capsule(z, y, x, start, end, radii), 1.4)
            np.maximum(voxels, np.float32(ground) + share * np.float32(value - ground), out=voxels)


def _pieces(path: Sequence[Point], radii: tuple[float, float]) -> list[tuple[Point, Point, tuple[float, float]]]:
    """A path rounded at its corners, in short pieces with their end radii."""
    points = list(path)
    for _ in range(2):
        rounder = [points[0]]
        for one, other in itertools.pairwise(points):
            rounder.append(_between(one, other, 0.25))
            rounder.append(_between(one, other, 0.75))
        points = [*rounder, points[-1]]
    count = len(points) - 1
    width = [radii[0] + (radii[1] - radii[0]) * (index / count) for index in range(count + 1)]
    return [(points[i], points[i + 1], (width[i], width[i + 1])) for i in range(count)]


def _between(one: Point, other: Point, share: float) -> Point:
    x, y, z = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return x, y, z


def _corners(start: Point, end: Point, margin: float) -> tuple[Point, Point]:
    low = tuple(min(a, b) - margin for a, b in zip(start, end, strict=True))
    high = tuple(max(a, b) + margin for a, b in zip(start, end, strict=True))
    return (low[0], low[1], low[2]), (high[0], high[1], high[2])
