"""The chest's soft organs, painted slice by slice: the heart with its chambers, and what bulges under the diaphragm."""

from __future__ import annotations

import numpy as np

from isocenter.services.samples import chest
from isocenter.services.samples.noise import Cloud, Floats
from isocenter.services.samples.shapes import Ellipsoid, capsule, union
from isocenter.services.samples.volume import Slice

__all__ = ["paint_abdomen", "paint_heart"]

_FAT, _ARTERIAL, _VENOUS = -98.0, 266.0, 210.0
_AXIS = (0.74, -0.48, -0.47)
_LEFT_VENTRICLE = Ellipsoid((39.0, -26.0, -41.0), (42.0, 27.0, 27.0), _AXIS)
_LEFT_CAVITY = Ellipsoid((36.0, -24.0, -39.0), (34.0, 17.5, 17.5), _AXIS)
_PAPILLARY = (
    ((52.0, -20.0, -44.0), (40.0, -19.0, -38.0)),
    ((48.0, -40.0, -50.0), (38.0, -33.0, -43.0)),
)
_RIGHT_VENTRICLE = Ellipsoid((6.0, -56.0, -42.0), (42.0, 21.0, 33.0), (0.92, -0.3, -0.26))
_OUTFLOW = ((8.0, -58.0, -30.0), (24.0, -50.0, -10.0))
_RIGHT_ATRIUM = Ellipsoid((-24.0, -26.0, -32.0), (22.0, 26.0, 28.0), (0.3, 1.0, 0.0))
_LEFT_ATRIUM = Ellipsoid((6.0, 10.0, -14.0), (34.0, 18.0, 21.0))
_LIVER = Ellipsoid((-52.0, -6.0, -104.0), (80.0, 84.0, 66.0))
_LEFT_LOBE = Ellipsoid((8.0, -44.0, -108.0), (62.0, 34.0, 46.0))
_SPLEEN = Ellipsoid((88.0, 46.0, -100.0), (24.0, 36.0, 40.0), (1.0, 0.5, 0.0))
_STOMACH = Ellipsoid((58.0, -8.0, -98.0), (48.0, 58.0, 46.0))


def paint_heart(s: Slice) -> None:
    """Pericardium and its fat, muscle, and the four chambers full of contrast medium."""
    sac = chest.HEART.inside(s.z, s.y, s.x)
    if float(sac.max()) < -6.0:
        return
    s.paint(sac + np.float32(2.5), _FAT + 6.0)
    s.paint(np.float32(0.7) - np.abs(sac - np.float32(0.4)), 30.0, 1.0, 0.7)
    left = _LEFT_VENTRICLE.inside(s.z, s.y, s.x)
    right = _RIGHT_VENTRICLE.inside(s.z, s.y, s.x)
    right = union(right, capsule(s.z, s.y, s.x, *_OUTFLOW, (15.0, 13.0)), 8.0)
    muscle = union(left, right + np.float32(3), 6.0)
    s.paint(np.minimum(muscle, sac - np.float32(3.0)), 118.0, 1.2)
    for chamber, value in (
        (right, _VENOUS),
        (_RIGHT_ATRIUM.inside(s.z, s.y, s.x), _VENOUS - 10.0),
        (_LEFT_ATRIUM.inside(s.z, s.y, s.x), _ARTERIAL - 8.0),
    ):
        s.paint(np.minimum(chamber, sac - np.float32(4)), value, 1.6)
    s.paint(left, 122.0, 1.6)
    cavity = _LEFT_CAVITY.inside(s.z, s.y, s.x)
    for start, end in _PAPILLARY:
        cavity = np.minimum(cavity, -capsule(s.z, s.y, s.x, start, end, (3.4, 2.4)))
    s.paint(cavity, _ARTERIAL, 1.6)


def paint_abdomen(s: Slice, cage: Floats, texture: Cloud) -> None:
    """Diaphragm, liver, stomach with its air and fluid, spleen."""
    z = np.float32(s.z)
    grainy = texture.plane(s.z, s.y, s.x)
    right, left = chest.dome(chest.RIGHT, s.y, s.x) - z, chest.dome(chest.LEFT, s.y, s.x) - z
    within = np.minimum(cage - np.float32(1), np.maximum(right, left) * np.float32(0.7))
    s.paint(within, 48.0)
    s.paint(within - np.float32(2.6), _FAT - 6.0)
    liver = union(_LIVER.inside(s.z, s.y, s.x), _LEFT_LOBE.inside(s.z, s.y, s.x), 16.0)
    liver = np.minimum(liver, within - np.float32(2.6))
    s.paint(liver, grainy * np.float32(4) + np.float32(104), 1.2)
    spleen = np.minimum(_SPLEEN.inside(s.z, s.y, s.x), within - np.float32(2.8))
    s.paint(spleen, grainy * np.float32(4) + np.float32(118), 1.2)
    stomach = np.minimum(_STOMACH.inside(s.z, s.y, s.x), within - np.float32(3))
    stomach = np.minimum(stomach, np.minimum(-spleen, -liver) - np.float32(2.5))
    s.paint(stomach, 62.0, 1.2)
    inside = stomach - np.float32(3.4) + grainy * np.float32(0.9)
    s.paint(inside, 16.0, 1.4)
    s.paint(np.minimum(inside, np.float32(-16) - s.y), -970.0, 1.0)
