"""What lies under the brain: face, eyes, sinuses, the skull's base, brain stem and cerebellum."""

from __future__ import annotations

import numpy as np

from isocenter.services.samples.head_slice import HeadSlice, Tissue
from isocenter.services.samples.noise import Cloud, Floats
from isocenter.services.samples.shapes import Ellipsoid, capsule, union

__all__ = ["paint_base", "paint_face"]

_EYE = Ellipsoid((31.0, -76.0, -24.0), (12.0, 12.0, 12.0))
_LENS = Ellipsoid((31.0, -85.5, -24.0), (4.6, 2.2, 4.6))
_ORBIT = Ellipsoid((27.0, -62.0, -24.0), (29.0, 16.0, 17.0), (-0.42, 1.0, 0.0))
_ETHMOID = Ellipsoid((6.0, -62.0, -27.0), (9.5, 24.0, 15.0))
_SPHENOID = Ellipsoid((7.0, -30.0, -32.0), (8.5, 11.0, 9.0))
_ANTRUM = Ellipsoid((27.0, -66.0, -52.0), (14.0, 16.0, 15.0))
_CEREBELLUM = Ellipsoid((24.0, 48.0, -38.0), (33.0, 28.0, 25.0))
_VERMIS = Ellipsoid((0.0, 46.0, -28.0), (14.0, 24.0, 28.0))
_PONS = Ellipsoid((0.0, 17.0, -30.0), (16.0, 13.5, 15.0))
_CELLS = Cloud("head mastoid", 5.5)


def paint_face(s: HeadSlice, depth: Floats) -> None:
    """Nose and ears, which stand out of the egg."""
    if s.z < 0.0:
        nose = capsule(s.z, s.y, s.x, (0.0, -92.0, -16.0), (0.0, -103.0, -46.0), (7.0, 12.0))
        s.paint(nose, Tissue.SKIN)
        s.paint(nose - np.float32(2.2), Tissue.FAT, 1.6, 0.7)
        s.paint(nose - np.float32(6.5), Tissue.AIR)
    if -52.0 < s.z < 4.0:
        ear = Ellipsoid((80.0, 17.0, -24.0), (13.0, 3.0, 22.0), (0.6, 1.0, 0.0)).inside(s.z, s.y, np.abs(s.x))
        s.paint(np.minimum(ear, np.float32(3) - depth), Tissue.SKIN)


def paint_base(s: HeadSlice, depth: Floats) -> None:
    """Everything below the brain's floor, as far as this slice meets it."""
    if s.z > 2.0:
        return
    side = np.abs(s.x)
    _paint_bone_and_muscle(s, depth, side)
    _paint_hollows(s, side)
    _paint_orbit(s, side)
    _paint_cistern(s, depth, side)
    _paint_cerebellum(s, side)


def _paint_bone_and_muscle(s: HeadSlice, depth: Floats, side: Floats) -> None:
    front = np.float32(-27) - s.y - side * np.float32(0.12)
    face = np.minimum(depth - np.float32(3.5), np.minimum(front, np.float32(-9.0 - s.z)))
    mixed = _CELLS.plane(s.z * 0.3, s.y * np.float32(0.3), s.x * np.float32(0.45)) * np.float32(9)
    s.paint(face, Tissue.MUSCLE, 2.0)
    s.paint(np.minimum(face, mixed + np.float32(6) - face * np.float32(0.35)), Tissue.FAT, 4.0, 0.9)
    skull_base = Ellipsoid((0.0, -16.0, -34.0), (34.0, 24.0, 15.0)).inside(s.z, s.y, side)
    wing = capsule(s.z, s.y, side, (12.0, -34.0, -16.0), (62.0, -42.0, -16.0), (5.0, 3.0))
    base = union(skull_base, wing, 5.0)
    s.paint(base, Tissue.BONE, 1.5)
    s.paint(base - np.float32(2.5), Tissue.MARROW, 2.0, 0.8)
    rock = capsule(s.z, s.y, side, (18.0, 6.0, -37.0), (64.0, 24.0, -37.0), (7.0, 15.0))
    s.paint(rock, Tissue.BONE, 1.5)
    cells = np.minimum(rock - np.float32(2), side - np.float32(46))
    s.paint(cells - np.float32(2) - _CELLS.plane(s.z, s.y, s.x) * np.float32(6), Tissue.AIR, 1.5)
    slope = capsule(s.z, s.y, side, (0.0, -8.0, -26.0), (0.0, 6.0, -64.0), (9.0, 8.0))
    s.paint(slope, Tissue.BONE, 1.5)
    s.paint(slope - np.float32(2.4), Tissue.MARROW, 1.5)
    for artery in ((13.0, -12.0, -22.0), (16.0, -10.0, -48.0)):
        s.paint(capsule(s.z, s.y, side, artery, (artery[0], artery[1], artery[2] - 16.0), (2.6, 2.6)), Tissue.BONE)


def _paint_hollows(s: HeadSlice, side: Floats) -> None:
    septa = np.abs(_CELLS.plane(s.z * 0.6, s.y, side)) * np.float32(9) - np.float32(0.4)
    for hollow, divided in ((_ETHMOID, True), (_SPHENOID, False), (_ANTRUM, False)):
        inside = hollow.inside(s.z, s.y, side)
        s.paint(inside + np.float32(1.6), Tissue.BONE)
        s.paint(inside, Tissue.MUCOSA)
        hole = inside - np.float32(1.0)
        s.paint(np.minimum(hole, np.minimum(septa, side - np.float32(0.9))) if divided else hole, Tissue.AIR)


def _paint_orbit(s: HeadSlice, side: Floats) -> None:
    orbit = _ORBIT.inside(s.z, s.y, side)
    s.paint(orbit + np.float32(1.8), Tissue.BONE)
    s.paint(orbit, Tissue.FAT)
    apex = (14.0, -40.0, -23.0)
    for end, radius in (
        ((31.0, -66.0, -24.0), 2.1),  # the optic nerve
        ((18.5, -72.0, -24.0), 2.4),
        ((42.0, -72.0, -24.0), 2.4),
        ((30.0, -72.0, -13.0), 2.4),
        ((30.0, -72.0, -35.0), 2.4),
    ):
        muscle = capsule(s.z, s.y, side, apex, end, (1.6, radius))
        s.paint(np.minimum(muscle, orbit + np.float32(2)), Tissue.MUSCLE)
    eye = _EYE.inside(s.z, s.y, side)
    s.paint(eye + np.float32(1.2), Tissue.MUSCLE)
    s.paint(eye, Tissue.FLUID)
    s.paint(_LENS.inside(s.z, s.y, side), Tissue.LENS)


def _paint_cistern(s: HeadSlice, depth: Floats, side: Floats) -> None:
    """Fluid round the brain stem and under the tentorium, then the stem itself."""
    lobes = union(_CEREBELLUM.inside(s.z, s.y, side), _VERMIS.inside(s.z, s.y, side), 5.0)
    stalk = capsule(s.z, s.y, side, (0.0, 18.0, -6.0), (0.0, 30.0, -90.0), (21.0, 13.0))
    cup = Ellipsoid((0.0, 2.0, -13.0), (21.0, 21.0, 10.0)).inside(s.z, s.y, side)
    pit = union(union(lobes + np.float32(3), stalk, 8.0), cup, 6.0)
    pit = np.minimum(pit, depth - np.float32(12.2))
    s.paint(pit + np.float32(2.4), Tissue.BONE if s.z < -28.0 else Tissue.DURA, 1.5, 0.85)
    s.paint(pit, Tissue.FLUID)
    stem = capsule(s.z, s.y, side, (0.0, 20.0, -4.0), (0.0, 32.0, -90.0), (14.0, 7.5))
    stem = union(stem, _PONS.inside(s.z, s.y, side), 5.0)
    if s.z > -20.0:
        leg = capsule(s.z, s.y, side, (6.0, 22.0, -20.0), (17.0, 2.0, -2.0), (10.0, 9.0))
        notch = capsule(s.z, s.y, side, (0.0, -6.0, -12.0), (0.0, 5.0, -14.0), (4.0, 5.0))
        stem = np.minimum(union(stem, leg, 6.0), -notch)
    s.paint(stem, Tissue.STEM, 1.5)
    duct = capsule(s.z, s.y, side, (0.0, 31.0, -8.0), (0.0, 31.0, -20.0), (1.5, 1.5))
    s.paint(duct, Tissue.FLUID, 1.5)
    vessel = capsule(s.z, s.y, side, (0.0, 1.5, -12.0), (1.0, 7.0, -60.0), (1.7, 1.7))
    s.paint(vessel, Tissue.BONE, 1.5)


def _paint_cerebellum(s: HeadSlice, side: Floats) -> None:
    lobe = union(_CEREBELLUM.inside(s.z, s.y, side), _VERMIS.inside(s.z, s.y, side), 5.0)
    lobe = np.minimum(lobe, np.float32(-16.0 - s.z) + np.clip(np.float32(40) - side, 0, 40) * np.float32(0.46))
    if float(lobe.max()) < 0.0:
        return
    s.paint(lobe, Tissue.GREY)
    leaf = lobe + _CELLS.plane(s.z * 0.5, s.y * np.float32(0.5), side * np.float32(0.5)) * np.float32(1.6)
    leaf = leaf * np.float32(1 / 3.6)
    leaf = np.abs(leaf - np.floor(leaf) - np.float32(0.5))
    shallow = np.minimum(lobe, np.float32(15) - lobe)
    s.paint(np.minimum((leaf - np.float32(0.36)) * np.float32(5), shallow), Tissue.FLUID, 1.3, 0.5)
    core = union(
        Ellipsoid((19.0, 46.0, -42.0), (18.0, 12.0, 13.0)).inside(s.z, s.y, side),
        capsule(s.z, s.y, side, (8.0, 26.0, -36.0), (20.0, 42.0, -40.0), (7.0, 6.0)),
        5.0,
    )
    core = core + _CELLS.plane(s.z + 30.0, s.y, s.x) * np.float32(4)
    s.paint(np.minimum(core, lobe - np.float32(2)), Tissue.WHITE, 2.5)
    fourth = Ellipsoid((0.0, 34.0, -36.0), (7.5, 5.0, 11.0)).inside(s.z, s.y, side)
    s.paint(fourth, Tissue.FLUID)
