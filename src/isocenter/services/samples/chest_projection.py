"""The chest as a radiograph: the same anatomy as the CT's, seen from the back, standing and breathing in."""

from __future__ import annotations

import numpy as np

from isocenter.services.samples import chest
from isocenter.services.samples.glyphs import letters
from isocenter.services.samples.noise import Cloud, Floats, grain, soften
from isocenter.services.samples.projection import Projection
from isocenter.services.samples.shapes import Ellipsoid, Point, cover, ramp

__all__ = ["chest_projection"]

_AIR_IN_LUNG = 0.76
_STEP = 0.8  # mm, of the map of the lungs
_BUBBLE = Ellipsoid((58.0, 0.0, -78.0), (25.0, 26.0, 11.0))


def chest_projection(rows: int = 2240, columns: int = 2140, pixel: float = 0.145) -> Floats:
    """Brightness 0 to 4095 with bones bright, noise included."""
    plane = Projection(rows, columns, pixel, top=142.0)
    _add_trunk(plane)
    _add_lungs(plane)
    _add_spine(plane)
    _add_ribs(plane)
    _add_girdle(plane)
    _add_tubes(plane)
    return _exposed(plane)


def _add_trunk(plane: Projection) -> None:
    """Neck, shoulders and trunk, as the depth of the body along each ray."""
    x = np.abs(plane.x)
    slope = np.maximum(np.float32(1) - x * np.float32(1 / 82), np.float32(0))
    shoulder = np.float32(122) - x * np.float32(0.14) - np.maximum(x - np.float32(135), 0) * np.float32(0.9)
    shoulder = shoulder + slope * slope * np.float32(120)
    under = np.clip((shoulder - plane.z) * np.float32(1 / 70), 0, 1)
    deep = np.sqrt(under * (np.float32(2) - under)) * np.float32(106)
    wide = np.float32(166) + np.clip((plane.z - np.float32(30)) * np.float32(0.9), 0, 60)
    u = plane.x / wide
    plane.water += deep * np.sqrt(np.maximum(np.float32(1) - u * u, np.float32(0))) * np.float32(2)
    fold = np.minimum(np.float32(158) - x - (plane.z - np.float32(40)) * np.float32(0.22), plane.z + np.float32(30))
    plane.water += np.clip(fold, 0, 14) * np.clip(np.float32(80) - plane.z, 0, 40) * np.float32(-0.01)
    u, v = (x - np.float32(86)) / np.float32(64), (plane.z + np.float32(14)) / np.float32(62)
    plane.water += np.sqrt(np.maximum(np.float32(1) - u * u - v * v, np.float32(0))) * np.float32(13)


def _add_lungs(plane: Projection) -> None:
    """Take away the air, summed along each ray in whole 64ths of a step so that the order cannot matter."""
    y = np.arange(-96, 100, 3, dtype=np.float32).reshape(-1, 1)
    x = np.arange(-144, 144.1, _STEP, dtype=np.float32).reshape(1, -1)
    heights = [112.0 - _STEP * index for index in range(int(232 / _STEP))]
    chords = np.zeros((len(heights), x.size), np.float32)
    for index, z in enumerate(heights):
        share = np.rint(cover(chest.lung(z, y, x), 3.0) * np.float32(64)).astype(np.int32)
        chords[index] = share.sum(axis=0).astype(np.float32) * np.float32(3 / 64)
    plane.add_map(chords * np.float32(-_AIR_IN_LUNG), (112.0, -144.0), _STEP)
    plane.water -= _BUBBLE.chord(plane.z, plane.x) * np.float32(0.9)


def _add_spine(plane: Projection) -> None:
    rows, columns = plane.window((-200.0, -40.0), (160.0, 40.0))
    z, x = plane.z[rows], plane.x[:, columns]
    level = (z + np.float32(10 * chest.SPINE_PITCH)) * np.float32(1 / chest.SPINE_PITCH)
    phase = (level - np.floor(level) - np.float32(0.5)) * np.float32(chest.SPINE_PITCH)
    size = np.float32(1) - z * np.float32(0.0012)
    tall = np.float32(9.6) - np.abs(phase)
    waist = np.float32(1) - phase * phase * np.float32(1 / 81)
    body = np.minimum(tall, np.float32(18.5) * size - waist * np.float32(1.8) - np.abs(x))
    layer = cover(body, 1.6) * np.float32(8)
    layer += cover(np.float32(1.1) - np.abs(body - np.float32(0.9)), 1.2) * np.float32(6)
    side = np.abs(x) - np.float32(11.5) * size
    pedicle = np.sqrt(side * side + (phase - np.float32(3.5)) * (phase - np.float32(3.5)) * np.float32(0.55))
    layer += cover(np.float32(1.2) - np.abs(pedicle - np.float32(3.4)), 1.0) * np.float32(7)
    tip = np.sqrt(x * x * np.float32(2.2) + (phase + np.float32(5)) * (phase + np.float32(5)) * np.float32(0.5))
    layer += cover(np.float32(4.4) - tip, 1.2) * np.float32(8)
    wing = np.minimum(np.float32(32) - np.abs(x), np.float32(3.4) - np.abs(phase - np.float32(5)))
    layer += cover(wing, 2.0) * np.float32(6)
    plane.water[rows, columns] += layer


def _add_ribs(plane: Projection) -> None:
    for side in (chest.RIGHT, chest.LEFT):
        for number in range(-7, 5):
            reach = min(0.85, 1.0 + number * 0.055)
            points: list[Point] = [(side * 21.0, 0.0, (number + 0.5) * chest.RIB_PITCH + 3.0)]
            for step in range(37):
                t = 0.03 + (reach - 0.03) * step / 36
                fall = float(chest.rib_height(np.array([t], np.float32))[0])
                z = (number + 0.5) * chest.RIB_PITCH - 2.0 - fall
                v = 1.0 - 2.0 * t
                u = float(np.sqrt(np.float64(max(1.0 - v * v, 0.0))))
                wide, deep = chest.cage_radii(z)
                points.append((side * (wide + 3.5) * u, deep * v, z))
            radii = [ramp(index, [(0, 3.6), (10, 5.2), (37, 6.2)]) for index in range(38)]
            plane.add_chain(points, radii, 2.0, core=0.84)


def _add_girdle(plane: Projection) -> None:
    """Collar bones, shoulder blades, and the heads of the arm bones."""
    for side in (chest.RIGHT, chest.LEFT):
        bones: tuple[tuple[tuple[tuple[float, float], ...], tuple[float, ...], float], ...] = (
            (((14, 84), (30, 91), (58, 95), (92, 104), (124, 112), (146, 112)), (7.4, 6.4, 5.6, 5.4, 6.0, 6.4), 1.0),
            (((150, 94), (141, 76), (137, 40), (131, 8), (126, -10)), (10, 5, 3.6, 3.2, 2.2), 0.9),
            (((126, -10), (112, 10), (101, 52), (98, 88)), (2.2, 2.0, 2.0, 1.6), 0.9),
            (((98, 70), (120, 92), (150, 112), (166, 110)), (2.2, 3.4, 6, 6), 1.0),
            (((134, 96), (122, 104), (117, 100)), (6, 5, 4.4), 1.0),
            (((171, 92), (173, 70), (176, 20), (178, -40)), (22, 16, 11, 11), 1.0),
        )
        for corners, radii, density in bones:
            points = [(side * x, 0.0, float(z)) for x, z in corners]
            plane.add_chain(points, radii, density * 2.2, core=0.78)


def _add_tubes(plane: Projection) -> None:
    for path, start, end in chest.AIRWAYS:
        radii = [ramp(index, [(0, start), (len(path) - 1, end)]) for index in range(len(path))]
        plane.add_chain(path, radii, -0.9 if start > 6.0 else -0.35)
    for side in (chest.RIGHT, chest.LEFT):
        for segment in chest.lung_vessels(side):
            if segment.end_radius > 0.72:
                ends, radii = [segment.start, segment.end], [segment.start_radius, segment.end_radius]
                plane.add_chain(ends, radii, 0.8)
    cx, cy, cz = chest.NODULE_CENTRE
    radius = chest.NODULE_DIAMETER_MM / 2
    plane.add_chain([(cx, cy, cz), (cx, cy, cz)], [radius, radius], _AIR_IN_LUNG)


def _exposed(plane: Projection) -> Floats:
    """Water to brightness: a curve that keeps both lung and mediastinum readable, tissue texture, grain, marker."""
    water = plane.water
    texture = Cloud("cr tissue", 9.0, 48).plane(0.0, plane.z, plane.x)
    water += texture * np.float32(0.9) * (water > np.float32(8))
    water = np.maximum(water, np.float32(0))
    bright = water * np.float32(7000) / (water + np.float32(260)) - np.float32(520)
    noise = soften(grain("cr noise", (560, 535)))
    noise = np.tile(noise, (-(-water.shape[0] // 560), -(-water.shape[1] // 535)))
    noise = noise[: water.shape[0], : water.shape[1]] + np.float32(0.3) * grain("cr fine", water.shape)
    bright += noise * (np.float32(16) + water * np.float32(0.10))
    marker = letters("L", 14)
    rows, columns = slice(150, 150 + marker.shape[0]), slice(-260, -260 + marker.shape[1])
    bright[rows, columns] = np.where(marker, np.float32(3900), bright[rows, columns])
    return np.clip(bright, 0, 4095)
