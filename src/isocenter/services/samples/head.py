"""A head in axial slices, in two contrasts at once: each tissue has its brightness in T1 and in T2.

Coordinates in mm of the patient's axes, origin in the middle of the brain. Folds come from the zero surfaces of a
smooth random field: fluid where the field is near zero and the surface near, grey matter around it, white inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from isocenter.services.samples.head_base import paint_base, paint_face
from isocenter.services.samples.head_slice import HeadSlice, Tissue
from isocenter.services.samples.noise import Cloud, Floats, grain
from isocenter.services.samples.shapes import Ellipsoid, Point, capsule, union

__all__ = ["head_slice"]

_FOLD_SLOPE = 0.085  # change of the folds' field per mm, on average: turns the field into a distance
_SULCUS_DEPTH_MM = 23.0
_CORTEX_MM = 2.7

_Path = tuple[tuple[Point, ...], tuple[float, ...]]
_VENTRICLES: tuple[_Path, ...] = (
    (
        ((7, -33, 6), (8, -22, 12), (8.5, -6, 18), (11, 12, 20), (20, 27, 16), (24, 36, 11), (23, 52, 6)),
        (3.0, 5.2, 5.0, 5.0, 6.4, 7.0, 2.0),
    ),
    (((22, 33, 10), (32, 24, -4), (33, 6, -15)), (5.0, 2.4, 1.8)),
)
_NUCLEI: tuple[tuple[Ellipsoid, Tissue], ...] = (
    (Ellipsoid((26.5, -1.0, 3.0), (17.0, 6.2, 11.0), (0.22, 1.0, 0.0)), Tissue.NUCLEUS),
    (Ellipsoid((19.5, 2.0, 1.0), (9.5, 4.2, 7.0), (0.3, 1.0, 0.0)), Tissue.PALLIDUM),
    (Ellipsoid((11.5, 13.0, 5.0), (14.0, 8.0, 9.0), (0.35, 1.0, 0.0)), Tissue.THALAMUS),
    (Ellipsoid((14.0, -19.0, 9.0), (10.0, 5.4, 10.0), (0.2, 1.0, 0.3)), Tissue.NUCLEUS),
)
_LESIONS = (Ellipsoid((26.0, -14.0, 31.0), (3.4, 3.0, 3.6)), Ellipsoid((-24.0, 30.0, 29.0), (2.6, 2.2, 3.0)))


@dataclass(frozen=True, slots=True)
class _Folds:
    shared: Cloud
    own: Cloud
    warp: Cloud


_FOLDS = _Folds(Cloud("head folds", 9.6, 32), Cloud("head folds of each side", 8.6, 32), Cloud("head warp", 30.0))


def head_slice(z: float, y: Floats, x: Floats) -> tuple[Floats, Floats]:
    """The slice at height ``z`` as T1- and as T2-weighted signal, noise included."""
    s = HeadSlice.empty(z, y, x)
    depth = _depth(z, y, x)
    paint_face(s, depth)
    _paint_shell(s, depth)
    paint_base(s, depth)
    _paint_cerebrum(s, depth)
    return _measured(s.t1, z, y, x, "t1"), _measured(s.t2, z, y, x, "t2")


def _depth(z: float, y: Floats, x: Floats) -> Floats:
    """Distance under the scalp: an egg, wider at the back, drawn out below the ears."""
    height = z - 2.0 if z > 2.0 else (z - 2.0) * 0.5
    narrow = np.float32(1) + np.clip(y, -100, 60) * np.float32(0.0011)
    u = x / (narrow * np.float32(79))
    v = (y - np.float32(2)) / np.float32(101)
    w = np.float32(height / 88.0)
    squared = u * u
    return (np.float32(1) - np.sqrt(squared + v * v + w * w)) * np.float32(79)


def _paint_shell(s: HeadSlice, depth: Floats) -> None:
    """Scalp, temporal muscles, the skull's two tables with marrow between, and the fluid under it."""
    s.paint(depth, Tissue.SKIN)
    s.paint(depth - np.float32(1.8), Tissue.FAT)
    lens = Ellipsoid((0.0, -26.0, -14.0), (74.0, 40.0, 38.0)).inside(s.z, s.y, np.abs(s.x))
    s.paint(np.minimum(lens, np.minimum(depth - np.float32(2.6), np.float32(9) - depth)), Tissue.MUSCLE)
    s.paint(depth - np.float32(5.8), Tissue.BONE)
    wobble = _FOLDS.warp.plane(s.z + 80.0, s.y, s.x) * np.float32(1.1)
    s.paint(np.float32(1.2) + wobble - np.abs(depth - np.float32(9.2)), Tissue.MARROW, 1.6)
    s.paint(depth - np.float32(12.2), Tissue.FLUID)


def _paint_cerebrum(s: HeadSlice, depth: Floats) -> None:
    side = np.abs(s.x)
    brain = np.minimum(depth - np.float32(14.0), _above_floor(s.z, s.y, side))
    if float(brain.max()) < 0.0:
        return
    to_fluid = np.minimum(brain, _sulci(s, brain))
    to_fluid = np.minimum(to_fluid, _fissures(s, side))
    s.paint(to_fluid, Tissue.GREY, 1.3)
    core = to_fluid - np.float32(_CORTEX_MM)
    s.paint(core, Tissue.WHITE, 1.6)
    falx = np.minimum(np.float32(0.55) - side, -_deep(s, side) * np.float32(20))
    if s.z > -4.0:
        s.paint(np.minimum(falx, depth - np.float32(13)), Tissue.DURA, 0.9, 0.6)
    for nucleus, tissue in _NUCLEI:
        s.paint(nucleus.inside(s.z, s.y, side), tissue, 2.0)
    for lesion in _LESIONS:
        s.paint(lesion.inside(s.z, s.y, s.x), Tissue.LESION, 2.0)
    for path, radii in _VENTRICLES:
        s.paint(_tube(s, side, path, radii), Tissue.FLUID, 1.2)
    third = Ellipsoid((0.0, 10.0, 0.0), (2.1, 14.0, 10.0)).inside(s.z, s.y, side)
    s.paint(third, Tissue.FLUID, 1.2)


def _above_floor(z: float, y: Floats, side: Floats) -> Floats:
    """Distance above the roof of the orbits, the midbrain's cisterns and the tentorium, or inside a temporal lobe."""
    back = np.clip((y - np.float32(14)) / np.float32(20), 0, 1) * np.clip((np.float32(76) - y) / np.float32(18), 0, 1)
    tent = np.clip(np.float32(40) - side, 0, 40) * np.float32(0.46) * back
    u, v = side / np.float32(25), (y - np.float32(6)) / np.float32(30)
    cup = np.maximum(np.float32(1) - u * u - v * v, np.float32(0)) * np.float32(20)
    front = np.clip((np.float32(-30) - y) / np.float32(60), 0, 1) * np.float32(8)
    upper = (np.float32(z + 15.0) - tent - cup - front) * np.float32(0.8)
    lobe = Ellipsoid((44.0, -4.0, -22.0), (42.0, 24.0, 21.0), (0.12, 1.0, 0.0)).inside(z, y, side)
    return union(upper, lobe, 6.0)


def _sulci(s: HeadSlice, brain: Floats) -> Floats:
    """Distance to the nearest fold's fluid."""
    mirrored = np.abs(s.x)
    field = _FOLDS.shared.plane(s.z, s.y, mirrored) * np.float32(0.85)
    field += _FOLDS.own.plane(s.z + 40.0, s.y, s.x) * np.float32(0.5)
    bottom = np.maximum(brain - np.float32(_SULCUS_DEPTH_MM), np.float32(0))
    open_by = np.float32(1.5) - np.minimum(brain, np.float32(30)) * np.float32(0.055)
    distance: Floats = np.abs(field) * np.float32(1 / _FOLD_SLOPE) - open_by + bottom * np.float32(1.2)
    return distance


def _deep(s: HeadSlice, side: Floats) -> Floats:
    """Positive where both halves of the brain are joined: callosum, thalami, midbrain."""
    v, w = (s.y - np.float32(2)) / np.float32(44), np.float32((s.z - 6.0) / 21.0)
    return np.float32(1) - (v * v + w * w) + side * np.float32(0)


def _fissures(s: HeadSlice, side: Floats) -> Floats:
    """Distance to the fissure between the halves, and to the one above each temporal lobe, with the insula in it."""
    wander = _FOLDS.warp.plane(s.z, s.y, s.x) * np.float32(0.8)
    apart = np.abs(s.x + wander) - np.float32(1.1)
    middle: Floats = np.add(apart, np.maximum(_deep(s, side), np.float32(0)) * np.float32(60))
    if not -24.0 < s.z < 22.0:
        return middle
    shrink = np.float32(abs(s.z - 2.0) * 0.16)
    bow = side - (np.float32(37) + (s.y + np.float32(3)) * (s.y + np.float32(3)) * np.float32(0.008))
    length = np.abs(s.y + np.float32(3)) - np.float32(21)
    insula = np.maximum(np.abs(bow) - np.float32(1.3), length) + shrink
    way_out = -capsule(0.0, s.y, side, (38.0, -13.0, 0.0), (70.0, -6.0, 0.0), (1.3, 1.9)) + shrink
    distance: Floats = np.minimum(middle, np.minimum(insula, way_out))
    return distance


def _tube(s: HeadSlice, side: Floats, path: Sequence[Point], radii: Sequence[float]) -> Floats:
    inside = capsule(s.z, s.y, side, path[0], path[1], (radii[0], radii[1]))
    for index in range(1, len(path) - 1):
        piece = capsule(s.z, s.y, side, path[index], path[index + 1], (radii[index], radii[index + 1]))
        inside = union(inside, piece, 3.0)
    return inside


def _measured(signal: Floats, z: float, y: Floats, x: Floats, contrast: str) -> Floats:
    """Coil shading, then noise in two channels whose magnitude is what a scanner shows."""
    shade = np.float32(1.06) - (x * np.float32(1.1) + y * np.float32(0.6)) * np.float32(0.0007)
    shade = shade - (x * x + y * y) * np.float32(0.000007)
    noise = grain(f"head noise {contrast} {z:.2f}", (2, *signal.shape)) * np.float32(11)
    real = signal * shade + noise[0]
    magnitude: Floats = np.sqrt(real * real + noise[1] * noise[1])
    return magnitude
