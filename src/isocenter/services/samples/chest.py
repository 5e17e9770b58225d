"""The chest that the CT and the radiograph share: where everything lies, in mm of the patient's axes.

Origin between the lungs' middles; the lungs' tops are near z = +98, the lowest recess near z = -108.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from isocenter.services.samples.noise import Floats, fractions
from isocenter.services.samples.shapes import Ellipsoid, Point, ellipse, ramp, union
from isocenter.services.samples.vessels import Segment, grow

__all__ = [
    "AIRWAYS",
    "ARTERIES",
    "HEART",
    "LEFT",
    "LIVER_VEINS",
    "NODULE_CENTRE",
    "NODULE_DIAMETER_MM",
    "RIB_PITCH",
    "RIGHT",
    "SPINE_PITCH",
    "VEINS",
    "VERTEBRA_CENTRE",
    "body_radii",
    "cage_centre_y",
    "cage_radii",
    "dome",
    "lung",
    "lung_vessels",
    "mediastinum",
    "rib_height",
    "top",
]

RIGHT, LEFT = -1, 1
"""Sides of the patient, as the sign of x."""

NODULE_CENTRE: Point = (-70.24, 3.15, 41.75)
NODULE_DIAMETER_MM = 10.0

HEART = Ellipsoid((19.0, -30.0, -36.0), (63.0, 44.0, 43.0), (0.74, -0.48, -0.47))
"""The pericardium."""

SPINE_PITCH = 23.0
RIB_PITCH = 23.0
VERTEBRA_CENTRE = (0.0, 55.0)

_Tube = tuple[tuple[Point, ...], float, float]

ARTERIES: tuple[_Tube, ...] = (
    # the aorta: root, arch, descending
    (((4, -24, -12), (-12, -30, 14), (-14, -28, 34), (-8, -18, 52), (4, -2, 59), (16, 16, 57)), 15.0, 13.0),
    (((16, 16, 57), (24, 32, 46), (27, 42, 28), (26, 45, -10), (20, 43, -60), (10, 37, -116)), 12.5, 10.5),
    (((-4, -14, 58), (-14, -12, 74), (-24, -6, 116)), 6.0, 5.0),
    (((5, -2, 62), (8, 0, 82), (16, 2, 116)), 4.2, 3.6),
    (((14, 12, 62), (24, 16, 84), (42, 12, 116)), 5.0, 4.2),
    # the pulmonary trunk and its two branches
    (((24, -50, -14), (26, -42, 8), (22, -24, 22)), 14.0, 13.0),
    (((22, -24, 22), (34, -4, 27), (46, 10, 25)), 11.0, 8.5),
    (((20, -22, 18), (0, -6, 13), (-26, 2, 11), (-42, 8, 9)), 10.0, 8.0),
)
VEINS: tuple[_Tube, ...] = (
    (((-28, -24, 74), (-30, -18, 40), (-30, -14, -6)), 8.5, 9.5),
    (((-34, -16, 116), (-28, -22, 86), (-28, -24, 74)), 6.5, 7.5),
    (((34, -14, 116), (22, -34, 90), (-6, -38, 80), (-28, -24, 72)), 6.0, 7.0),
    (((-22, 2, -44), (-24, 10, -74), (-22, 18, -116)), 11.0, 11.5),
    (((-10, 12, -6), (-30, 14, -8), (-44, 14, -10)), 7.0, 5.0),
    (((20, 16, -4), (38, 16, -5), (48, 14, -6)), 7.0, 5.0),
)
AIRWAYS: tuple[_Tube, ...] = (
    (((0, 12, 118), (1, 18, 70), (2, 22, 30)), 8.6, 8.4),
    (((2, 22, 30), (-16, 23, 14), (-34, 22, 2)), 7.2, 6.2),
    (((-20, 23, 14), (-40, 16, 22), (-54, 12, 32)), 4.8, 3.4),
    (((-34, 22, 2), (-42, 26, -18), (-50, 34, -44)), 5.0, 3.0),
    (((-38, 22, -8), (-52, 4, -22), (-64, -14, -34)), 3.4, 2.0),
    (((2, 22, 30), (22, 25, 13), (42, 25, 1)), 6.8, 5.8),
    (((36, 25, 5), (54, 14, 18), (62, 4, 32)), 4.4, 2.8),
    (((42, 25, 1), (50, 32, -20), (56, 40, -46)), 4.8, 2.8),
    (((54, 14, 16), (64, -10, 4), (70, -30, -10)), 3.0, 1.8),
)

LIVER_VEINS: tuple[_Tube, ...] = (
    (((-22, 12, -72), (-44, -8, -86), (-64, -42, -104), (-72, -58, -120)), 4.6, 2.0),
    (((-22, 12, -74), (-56, 18, -88), (-92, 22, -112)), 4.6, 2.0),
    (((-22, 12, -74), (-16, -20, -90), (2, -52, -112)), 4.2, 1.8),
    (((-44, -8, -86), (-78, -16, -94), (-104, -10, -112)), 2.6, 1.4),
    (((-56, 18, -88), (-66, 42, -100), (-74, 56, -118)), 2.6, 1.4),
    (((-30, -22, -118), (-58, -28, -112), (-84, -38, -104)), 4.4, 1.6),
    (((-58, -28, -112), (-60, -2, -104), (-84, 10, -98)), 3.2, 1.4),
)

_ROOTS: dict[int, tuple[list[Point], list[Point]]] = {
    RIGHT: ([(-38, 8, 10), (-46, 12, 4), (-50, 18, -6)], [(-36, 14, -8), (-46, 13, -10)]),
    LEFT: ([(42, 8, 26), (50, 16, 16), (53, 22, 2)], [(38, 16, -5), (48, 14, -6)]),
}


def body_radii(z: float) -> tuple[float, float]:
    """Half width and half depth of the trunk; the shoulders widen it at the top (arms are raised)."""
    return ramp(z, [(-120, 158), (-20, 162), (60, 170), (116, 178)]), ramp(z, [(-60, 117), (40, 116), (116, 102)])


def cage_centre_y(z: float) -> float:
    """Where the rib cage's middle lies, front to back; its top leans backwards."""
    return ramp(z, [(20, -5.0), (116, 8.0)])


def cage_radii(z: float) -> tuple[float, float]:
    """Half width and half depth of the rib cage's inside."""
    h = max(z + 20.0, 0.0)
    wide = 136.0 * _sqrt(1.0 - (h / 160.0) * (h / 160.0))
    deep = 90.0 * _sqrt(1.0 - (h / 185.0) * (h / 185.0))
    return wide, deep


def dome(side: int, y: Floats, x: Floats) -> Floats:
    """Height of the diaphragm's upper face."""
    peak, cx, cy = (-40.0, -66.0, -8.0) if side == RIGHT else (-52.0, 66.0, -2.0)
    u = (x - np.float32(cx)) / np.float32(66)
    v = (y - np.float32(cy)) / np.float32(88)
    squared = u * u + v * v
    height: Floats = np.float32(peak) - squared * np.float32(34) - squared * squared * np.float32(20)
    return height


def top(side: int, y: Floats, x: Floats) -> Floats:
    """Height of the lung's upper end."""
    u = (x - np.float32(46 * side)) / np.float32(76)
    v = (y - np.float32(12)) / np.float32(88)
    return np.float32(99) - (u * u + v * v) * np.float32(32)


def rib_height(t: Floats) -> Floats:
    """How far a rib has come down, in mm, at ``t``: 0 at the spine, 1 at the breastbone."""
    fall: Floats = t * (np.float32(96) - t * np.float32(24)) - np.float32(10) * np.maximum(
        t - np.float32(0.8), np.float32(0)
    )
    return fall


def mediastinum(z: float, y: Floats, x: Floats) -> Floats:
    """Signed distance to all that lies between the lungs, heart included."""
    inside = ellipse(y, x, (0.0, 58.0), (24.0, 25.0))
    wide = ramp(z, [(-110, 26), (-60, 22), (-20, 30), (10, 38), (45, 32), (75, 31), (110, 38)])
    inside = union(inside, ellipse(y, x, (2.0, 6.0), (wide, 46.0)), 10.0)
    narrow = ramp(z, [(-60, 20), (10, 9), (50, 11), (90, 34)])
    inside = union(inside, ellipse(y, x, (3.0, -70.0), (narrow, 46.0)), 14.0)
    inside = union(inside, ellipse(y, x, (26.0, 44.0), (16.0, 16.0)), 8.0)
    return union(inside, HEART.inside(z, y, x) + np.float32(2.5), 12.0)


def lung(z: float, y: Floats, x: Floats) -> Floats:
    """Signed distance to the lungs' surface, both lungs."""
    right, left = x[:, x[0] < 0], x[:, x[0] >= 0]
    ends = [
        np.minimum(top(side, y, part) - np.float32(z), np.float32(z) - dome(side, y, part))
        for side, part in ((RIGHT, right), (LEFT, left))
    ]
    cage = ellipse(y, x, (0.0, cage_centre_y(z)), cage_radii(z)) - np.float32(1)
    ends_distance = np.concatenate(ends, axis=1) * np.float32(0.7)
    inside: Floats = np.minimum(np.minimum(cage, -mediastinum(z, y, x)), ends_distance)
    return inside


@cache
def lung_vessels(side: int) -> tuple[Segment, ...]:
    """Arteries and veins of one lung, none of them touching the nodule."""
    arteries, veins = _ROOTS[side]
    name = f"chest vessels {side}"
    found = grow(name + " arteries", arteries, _targets(name + " a", side, 50), 0.66)
    found += grow(name + " veins", veins, _targets(name + " v", side, 36), 0.66)
    return tuple(s for s in found if side != RIGHT or not _near_nodule(s))


def _targets(seed: str, side: int, per_level: int) -> NDArray[np.float64]:
    """Points spread over one lung, at least 4 mm under its surface."""
    found = []
    for level in range(-106, 98, 4):
        spread = fractions(f"{seed} {level}", 3 * per_level).reshape(-1, 3)
        x = (spread[:, :1] * 138.0 * side).astype(np.float32).T
        y = (spread[:, 1:2] * 190.0 - 95.0).astype(np.float32).T
        inside = _scattered(level, y, x)
        kept = inside[0] > np.float32(4.0)
        found.append(np.stack([x[0][kept], y[0][kept], level + spread[kept, 2] * 4.0 - 2.0], axis=1))
    return np.concatenate(found).astype(np.float64)


def _scattered(level: float, y: Floats, x: Floats) -> Floats:
    """As `lung`, for points of one side that share nothing but their level."""
    side = RIGHT if x[0, 0] < 0 else LEFT
    inside = ellipse(y, x, (0.0, cage_centre_y(level)), cage_radii(level))
    ends = np.minimum(top(side, y, x) - np.float32(level), np.float32(level) - dome(side, y, x))
    distance: Floats = np.minimum(np.minimum(inside, ends * np.float32(0.7)), -mediastinum(level, y, x))
    return distance


def _near_nodule(segment: Segment) -> bool:
    for step in range(5):
        squared = 0.0
        for start, end, centre in zip(segment.start, segment.end, NODULE_CENTRE, strict=True):
            offset = start + (end - start) * (step / 4) - centre
            squared += offset * offset
        reach = NODULE_DIAMETER_MM / 2 + 3.5 + segment.start_radius
        if squared < reach * reach:
            return True
    return False


def _sqrt(value: float) -> float:
    return float(np.sqrt(np.float64(max(value, 0.0))))
