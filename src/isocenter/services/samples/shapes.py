"""The outlines that anatomy is drawn with: signed distances in millimetres, positive inside.

Coordinates are the patient's (PS3.3 C.7.6.2.1.1): x to the left, y to the back, z to the head. Arrays broadcast, so
one function draws on a slice, in a small box of a volume, or on a projection.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from isocenter.services.samples.noise import Floats

__all__ = [
    "Ellipsoid",
    "Point",
    "blend",
    "capsule",
    "cover",
    "ellipse",
    "ellipse_radius",
    "outline",
    "ramp",
    "root3",
    "union",
    "wave",
]

Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Ellipsoid:
    """A solid ellipsoid, turned so that its first radius lies along ``axis``."""

    centre: Point
    radii: Point
    axis: Point = (1.0, 0.0, 0.0)

    def frame(self) -> tuple[Point, Point, Point]:
        """Three unit vectors along the radii; the second one lies as far from z as the first allows."""
        ax, ay, az = _unit(self.axis)
        second = _unit((-ay, ax, 0.0)) if ax or ay else (0.0, 1.0, 0.0)
        bx, by, bz = second
        return (ax, ay, az), second, (ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx)

    def inside(self, z: Floats | float, y: Floats, x: Floats) -> Floats:
        """Signed distance, exact on the surface's scale along the smallest radius."""
        cx, cy, cz = self.centre
        dx, dy, dz = x - np.float32(cx), y - np.float32(cy), np.float32(z) - np.float32(cz)
        total: Floats | float = 0.0
        for (ux, uy, uz), radius in zip(self.frame(), self.radii, strict=True):
            along = dx * np.float32(ux / radius) + dy * np.float32(uy / radius) + dz * np.float32(uz / radius)
            total = total + along * along
        return (np.float32(1) - np.sqrt(total)) * np.float32(min(self.radii))

    def chord(self, z: Floats, x: Floats) -> Floats:
        """Thickness in mm that a ray from back to front meets (for projections)."""
        cx, _, cz = self.centre
        dx, dz = x - np.float32(cx), z - np.float32(cz)
        square = 0.0
        linear: Floats = dx * np.float32(0) + dz * np.float32(0)
        constant: Floats = (linear - np.float32(1)).astype(np.float32)
        for (ux, uy, uz), radius in zip(self.frame(), self.radii, strict=True):
            flat = dx * np.float32(ux / radius) + dz * np.float32(uz / radius)
            square += (uy / radius) * (uy / radius)
            linear += flat * np.float32(uy / radius)
            constant += flat * flat
        root = np.sqrt(np.maximum(linear * linear - constant * np.float32(square), np.float32(0)))
        thickness: Floats = root * np.float32(2 / square)
        return thickness


def ellipse_radius(y: Floats, x: Floats, centre: tuple[float, float], radii: tuple[float, float]) -> Floats:
    """1 on the ellipse, 0 in its centre; ``centre`` and ``radii`` are (x, y)."""
    u = (x - np.float32(centre[0])) / np.float32(radii[0])
    v = (y - np.float32(centre[1])) / np.float32(radii[1])
    radius: Floats = np.sqrt(u * u + v * v)
    return radius


def ellipse(y: Floats, x: Floats, centre: tuple[float, float], radii: tuple[float, float]) -> Floats:
    """Signed distance to an ellipse."""
    return (np.float32(1) - ellipse_radius(y, x, centre, radii)) * np.float32(min(radii))


def outline(y: Floats, x: Floats, centre: tuple[float, float], radii: tuple[float, float]) -> Floats:
    """Signed distance to the rounded box that a trunk is: half ellipse, half superellipse of power 4."""
    u = (x - np.float32(centre[0])) / np.float32(radii[0])
    v = (y - np.float32(centre[1])) / np.float32(radii[1])
    u, v = u * u, v * v
    round_one = np.sqrt(u + v)
    square_one = np.sqrt(np.sqrt(u * u + v * v))
    inside: Floats = (np.float32(1) - round_one * np.float32(0.6) - square_one * np.float32(0.4)) * np.float32(
        min(radii)
    )
    return inside


def capsule(
    z: Floats | float, y: Floats | float, x: Floats | float, start: Point, end: Point, radii: tuple[float, float]
) -> Floats:
    """Signed distance to a round rod from ``start`` to ``end`` whose radius runs from one value to the other."""
    ax, ay, az = start
    ux, uy, uz = end[0] - ax, end[1] - ay, end[2] - az
    length = max(ux * ux + uy * uy + uz * uz, 1e-6)
    dx, dy, dz = x - np.float32(ax), y - np.float32(ay), z - np.float32(az)
    t = dx * np.float32(ux / length) + dy * np.float32(uy / length) + dz * np.float32(uz / length)
    t = np.minimum(np.maximum(t, np.float32(0)), np.float32(1))
    ex, ey, ez = dx - t * np.float32(ux), dy - t * np.float32(uy), dz - t * np.float32(uz)
    radius = np.float32(radii[0]) + t * np.float32(radii[1] - radii[0])
    distance: Floats = radius - np.sqrt(ex * ex + ey * ey + ez * ez)
    return distance


def cover(distance: Floats, softness: float = 0.8) -> Floats:
    """Share of a voxel that lies inside: 0 to 1 over ``softness`` mm (partial volume)."""
    share: Floats = distance * np.float32(1 / softness)
    share += np.float32(0.5)
    np.maximum(share, np.float32(0), out=share)
    np.minimum(share, np.float32(1), out=share)
    return share


def blend(picture: Floats, share: Floats, value: Floats | float) -> None:
    """Paint ``value`` over the picture, in place, as far as ``share`` says."""
    change = np.float32(value) - picture if isinstance(value, float) else value - picture
    change *= share
    picture += change


def union(one: Floats, other: Floats, roundness: float) -> Floats:
    """The larger of two distances, with the corner where they meet filled over ``roundness`` mm."""
    near = np.maximum(np.float32(roundness) - np.abs(one - other), np.float32(0))
    joined: Floats = np.maximum(one, other) + near * near * np.float32(0.25 / roundness)
    return joined


def ramp(value: float, knots: Sequence[tuple[float, float]]) -> float:
    """A curve through ``knots`` (position, value), level beyond both ends, smooth in between."""
    if value <= knots[0][0]:
        return knots[0][1]
    for (left, low), (right, high) in itertools.pairwise(knots):
        if value <= right:
            t = (value - left) / (right - left)
            return low + (high - low) * (t * t * (3.0 - 2.0 * t))
    return knots[-1][1]


def wave(turns: float) -> float:
    """A sine that takes turns and needs no library: parabola arcs, right to 0.1 %."""
    t = turns - float(int(turns // 1.0))
    half = t - 0.5 if t >= 0.5 else t
    arc = 16.0 * half * (0.5 - half)
    arc = 0.775 * arc + 0.225 * arc * arc
    return -arc if t >= 0.5 else arc


def root3(value: float) -> float:
    """Cube root by Newton's steps, so that no C library has a say in the last bit."""
    guess = max(value, 1.0)
    for _ in range(60):
        guess -= (guess * guess * guess - value) / (3.0 * guess * guess)
    return guess


def _unit(vector: Point) -> Point:
    x, y, z = vector
    squared = x * x + y * y + z * z
    length = float(np.sqrt(np.float64(squared)))
    return x / length, y / length, z / length
