"""The chest's bones, painted slice by slice: spine, ribs, breastbone, shoulder blades; the collar bones in one go."""

from __future__ import annotations

import numpy as np

from isocenter.services.samples import chest
from isocenter.services.samples.noise import Cloud, Floats
from isocenter.services.samples.shapes import capsule, ellipse, ramp, union
from isocenter.services.samples.volume import Slice, Volume

__all__ = ["paint_bones", "paint_clavicles"]

_CORTEX, _MARROW, _DISC, _CORD, _CARTILAGE = 760.0, 190.0, 88.0, 36.0, 128.0
_BONY = 0.85  # along a rib from the spine; cartilage from there on


def paint_bones(s: Slice, cage: Floats, texture: Cloud) -> None:
    """Paint every bone that a slice meets; ``cage`` is the distance inside the rib cage."""
    _paint_ribs(s, cage)
    _paint_spine(s.crop((-60.0, 60.0), (20.0, 122.0)), texture)
    if -62.0 < s.z < 84.0:
        _paint_sternum(s.crop((-40.0, 40.0), (-114.0, -50.0)), texture)
    if s.z > -12.0:
        _paint_shoulder_blade(s.crop((-182.0, -40.0), (-20.0, 124.0)), chest.RIGHT)
        _paint_shoulder_blade(s.crop((40.0, 182.0), (-20.0, 124.0)), chest.LEFT)


def _bone(s: Slice, inside: Floats, marrow: Floats | float, cortex: float) -> None:
    """A shell of dense bone, ``cortex`` mm thick, with marrow in it."""
    s.paint(inside, _CORTEX)
    s.paint(inside - np.float32(cortex), marrow, 1.0)


def _paint_ribs(s: Slice, cage: Floats) -> None:
    """All ribs at once: they repeat with a constant pitch along z, once their fall to the front is undone."""
    wide, deep = chest.cage_radii(s.z)
    u, v = s.x / np.float32(wide), (s.y - np.float32(chest.cage_centre_y(s.z))) / np.float32(deep)
    away = np.maximum(np.sqrt(u * u + v * v), np.float32(1e-3))
    t = (np.float32(1) - v / away) * np.float32(0.5)
    level = (chest.rib_height(t) + np.float32(s.z + 2.0)) * np.float32(1 / chest.RIB_PITCH)
    number = np.floor(level)
    level -= number
    tall = (level - np.float32(0.5)) * np.float32(chest.RIB_PITCH / 6.6)
    out = (cage + np.float32(4.6)) * np.float32(1 / 3.7)
    inside = (np.float32(1) - np.sqrt(out * out + tall * tall)) * np.float32(3.7)
    # the true ribs reach the breastbone; lower ones end in the flank, ever earlier
    reach = np.minimum(np.float32(0.965), np.float32(1.025) + number * np.float32(0.055))
    inside = np.minimum(inside, (reach - t) * np.float32(60))
    inside = np.minimum(inside, (np.float32(5.5) - number) * np.float32(4))
    inside = np.minimum(inside, (t - np.float32(0.035)) * np.float32(80))
    bony = (np.float32(_BONY) - t) * np.float32(90)
    s.paint(np.minimum(inside + np.float32(0.4), -bony), _CARTILAGE, 1.0)
    _bone(s, np.minimum(inside, bony), _MARROW, 1.25)


def _paint_spine(s: Slice, texture: Cloud) -> None:
    cx, cy = chest.VERTEBRA_CENTRE
    cy -= ramp(s.z, [(-110, 6.0), (0, 0.0), (110, 12.0)])
    size = ramp(s.z, [(-110, 1.12), (110, 0.82)])
    phase = (s.z + 10 * chest.SPINE_PITCH) / chest.SPINE_PITCH
    phase = (phase - float(int(phase)) - 0.5) * chest.SPINE_PITCH
    marrow = texture.plane(s.z, s.y, s.x) * np.float32(55) + np.float32(_MARROW)
    body = ellipse(s.y, s.x, (cx, cy), (18.5 * size, 15.0 * size))
    body = -union(-body, ellipse(s.y, s.x, (cx, cy + 20.0 * size), (10.0, 8.0)), 3.0)
    edge = abs(phase) - (chest.SPINE_PITCH / 2 - 2.6)
    if edge > 0:
        s.paint(body + np.float32(0.6), _DISC)
    else:
        waist = np.float32(1.6 * (1.0 - (phase / 9.0) * (phase / 9.0)))
        _bone(s, body - waist, marrow, 1.3 if edge < -1.6 else 9.0)
    _paint_arch(s, (cx, cy), size, phase, marrow)
    canal = ellipse(s.y, s.x, (cx, cy + 24.0 * size), (9.0, 8.0))
    s.paint(canal, -20.0)
    s.paint(canal - np.float32(1.4), 12.0)
    s.paint(canal - np.float32(3.4), _CORD)


def _paint_arch(s: Slice, centre: tuple[float, float], size: float, phase: float, marrow: Floats) -> None:
    """What lies behind a vertebra's body: arch, transverse and spinous processes, and the necks of two ribs."""
    cx, cy = centre
    ring = ellipse(s.y, s.x, (cx, cy + 25.0 * size), (13.5, 12.0))
    arch = np.minimum(ring, s.y - np.float32(cy + 12.0 * size))
    if abs(phase - 3.0) < 6.5:
        for side in (-1, 1):
            root = (side * 10.0, cy + 22.0, 0.0)
            arch = union(arch, capsule(0.0, s.y, s.x, root, (side * 33.0, cy + 31.0, 0.0), (4.2, 4.6)), 4.0)
            neck = (side * 19.0, cy + 12.0, 0.0), (side * 38.0, cy + 24.0, 0.0)
            _bone(s, capsule(0.0, s.y, s.x, *neck, (4.6, 4.2)), marrow, 1.4)
    drop = (phase + chest.SPINE_PITCH / 2) / chest.SPINE_PITCH  # the process leans down over the next vertebra
    far = (cx, cy + 34.0 + (1.0 - drop) * 17.0, 0.0)
    process = capsule(0.0, s.y, s.x, (cx, cy + 33.0, 0.0), far, (3.0, 3.6))
    _bone(s, union(arch, process, 3.0) if phase > -7.0 else process, marrow, 1.6)


def _paint_sternum(s: Slice, texture: Cloud) -> None:
    marrow = texture.plane(s.z, s.y, s.x) * np.float32(45) + np.float32(_MARROW - 60.0)
    wide = ramp(s.z, [(-60, 4.0), (-48, 13.0), (10, 19.0), (40, 14.0), (56, 25.0), (82, 30.0)])
    front = chest.cage_centre_y(s.z) - chest.cage_radii(s.z)[1] - 3.0
    thick = ramp(s.z, [(-62, 2.5), (-40, 5.5), (84, 7.0)])
    plate = ellipse(s.y, s.x, (0.0, front), (wide, thick)) + s.x * s.x * np.float32(0.002)
    joint = abs(s.z - 47.0) < 2.0
    _bone(s, plate, marrow, 9.0 if joint else 1.1)


def _paint_shoulder_blade(s: Slice, side: int) -> None:
    z = s.z
    wide, deep = chest.cage_radii(z)
    back = chest.cage_centre_y(z)
    ix = side * ramp(z, [(-12, 96.0), (20, 78.0), (110, 64.0)])
    iy = back + deep + ramp(z, [(0, -10.0), (90, 8.0)])
    ox = side * (wide + ramp(z, [(-12, -12.0), (100, 38.0)]))
    oy = back + ramp(z, [(-12, 60.0), (110, 20.0)])
    thin = ramp(z, [(-12, 0.4), (4, 1.6)])
    bend = (ix + (ox - ix) * 0.55 + side * 4.0, iy + (oy - iy) * 0.4, 0.0)
    inner, outer = (ix, iy, 0.0), (ox, oy, 0.0)
    thick = thin + ramp(z, [(0, 0.8), (60, 3.0), (105, 6.5)])
    blade = capsule(0.0, s.y, s.x, inner, bend, (thin + 0.6, thin))
    blade = union(blade, capsule(0.0, s.y, s.x, bend, outer, (thin, thick)), 2.0)
    if z > 58.0:
        tip = (ix + (ox - ix) * 0.74 + side * 10.0, iy + (oy - iy) * 0.6 + 24.0, 0.0)
        middle = (ix + (ox - ix) * 0.35, iy + (oy - iy) * 0.3, 0.0)
        blade = union(blade, capsule(0.0, s.y, s.x, middle, tip, (1.4, 3.4)), 3.0)
    _bone(s, blade, _MARROW, 1.3)


def paint_clavicles(volume: Volume) -> None:
    """Collar bones rise from the breastbone to the shoulders."""
    for side in (chest.RIGHT, chest.LEFT):
        path = (
            (side * 17.0, -74.0, 79.0),
            (side * 50.0, -72.0, 90.0),
            (side * 92.0, -38.0, 104.0),
            (side * 140.0, -20.0, 112.0),
        )
        volume.tube(path, (7.5, 5.5), _CORTEX)
        volume.tube(path, (5.6, 3.6), _MARROW)
