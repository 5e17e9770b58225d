"""The chest as a scanner would measure it: a volume of Hounsfield units, contrast medium in the vessels."""

from __future__ import annotations

import numpy as np

from isocenter.services.samples import chest
from isocenter.services.samples.chest_organs import paint_abdomen, paint_heart
from isocenter.services.samples.chest_skeleton import paint_bones, paint_clavicles
from isocenter.services.samples.noise import Cloud, Floats, grain, soften
from isocenter.services.samples.shapes import Point, blend, capsule, cover, ellipse, outline, ramp, union
from isocenter.services.samples.volume import Slice, Volume

__all__ = ["chest_volume"]

_AIR, _LUNG, _FAT, _MUSCLE = -1000.0, -862.0, -104.0, 54.0
_ARTERY, _VEIN = 262.0, 190.0
_NOISE_HU = 11.0
_TRUNK_X, _TRUNK_Y = (-182.0, 182.0), (-116.0, 126.0)


def chest_volume(slices: int = 72, size: int = 512, spacing: Point = (0.72, 0.72, 3.0)) -> Volume:
    """Air, table, trunk, bones, heart, vessels, airways, the nodule, then noise; foot to head."""
    first_x = -spacing[0] * (size - 1) / 2
    first_z = -spacing[2] * (slices - 1) / 2 - 5.0
    volume = Volume(slices, size, spacing, (first_x, first_x + 14.0, first_z))
    clouds = _Clouds()
    for index in range(slices):
        whole = volume.slice(index)
        whole.values[...] = _AIR
        _paint_table(whole.crop(_TRUNK_X, (80.0, 999.0)))
        _paint_trunk(whole.crop(_TRUNK_X, _TRUNK_Y), clouds)
    paint_clavicles(volume)
    _paint_tubes(volume)
    _paint_nodule(volume)
    _add_noise(volume)
    return volume


class _Clouds:
    """The chest's random structure, each part with its own seed."""

    def __init__(self) -> None:
        self.lung = Cloud("chest lung", 14.0)
        self.fine = Cloud("chest lung fine", 3.2, 32)
        self.wall = Cloud("chest wall", 26.0)
        self.planes = Cloud("chest fat planes", 18.0)
        self.bone = Cloud("chest bone", 2.6, 32)
        self.organ = Cloud("chest organ", 9.0)


def _paint_table(s: Slice) -> None:
    """A curved couch under the back: two thin shells, foam between them, a mattress on top."""
    curve = s.y - (np.float32(133) - s.x * s.x * np.float32(1 / 2400))
    body = np.minimum(curve, np.float32(30) - curve * np.float32(1.1) - s.x * s.x * np.float32(1 / 2900))
    s.paint(body, -925.0)
    s.paint(np.minimum(body, np.float32(2.4) - body), -70.0, 1.2)
    s.paint(np.minimum(-curve, curve + np.float32(12)), -965.0, 2.0)


def _paint_trunk(s: Slice, clouds: _Clouds) -> None:
    wall = clouds.wall.plane(s.z, s.y, s.x)
    trunk = outline(s.y, s.x, (0.0, 4.0), chest.body_radii(s.z))
    groove = capsule(0.0, s.y, s.x, (0.0, 140.0, 0.0), (0.0, 136.0, 0.0), (20.0, 20.0))
    trunk = -union(-trunk, groove, 14.0)
    s.paint(trunk, _FAT, 1.0)
    _paint_wall(s, trunk, wall, clouds)
    cage = ellipse(s.y, s.x, (0.0, chest.cage_centre_y(s.z)), chest.cage_radii(s.z))
    _paint_inside(s, cage, clouds)
    paint_bones(s, cage, clouds.bone)
    s.paint(np.float32(0.9) - np.abs(trunk - np.float32(0.7)), 10.0, 0.9)


def _paint_wall(s: Slice, trunk: Floats, wall: Floats, clouds: _Clouds) -> None:
    """The layers of muscle outside the ribs, with fat between them and in the armpits."""
    wide, deep = chest.cage_radii(s.z)
    cy = chest.cage_centre_y(s.z)
    girdle = ramp(s.z, [(-60, 0.0), (10, 8.0), (60, 32.0), (100, 58.0)])
    muscle = outline(s.y, s.x, (0.0, cy + 4.0), (wide + 15.0 + girdle, deep + 14.0 + girdle * 0.12))
    muscle = np.minimum(muscle + wall * np.float32(5), trunk - np.float32(7.0) - wall * np.float32(3))
    s.paint(muscle, _MUSCLE, 1.2)
    depth = ellipse(s.y, s.x, (0.0, cy), (wide + 10.0, deep + 9.0))
    sheets = np.float32(0.055) - np.abs(clouds.planes.plane(s.z * 0.4, s.y, s.x) - np.float32(0.08))
    layer = cover(np.minimum(muscle, -depth) - np.float32(2), 2.0)
    blend(s.values, cover(sheets, 0.05) * layer * np.float32(0.9), -85.0)
    for radius in (9.0, 23.0):
        ring = np.float32(1.1) - np.abs(depth + np.float32(radius) + wall * np.float32(4))
        s.paint(np.minimum(ring, muscle), -80.0, 1.2, 0.75)
    for side in (chest.RIGHT, chest.LEFT):
        back = ellipse(s.y, s.x, (side * 25.0, 91.0), (21.0, 17.0))
        s.paint(np.minimum(back, trunk - np.float32(8)), _MUSCLE + 4.0, 1.2)
        if s.z > 10.0:
            axilla = ellipse(s.y, s.x, (side * (wide + 26.0), cy + 2.0), (13.0, 26.0)) + wall * np.float32(5)
            shown = ramp(s.z, [(10, 0.0), (45, 1.0)])
            s.paint(np.minimum(axilla, np.minimum(trunk, -depth) - np.float32(4)), _FAT + 8.0, 2.0, shown)


def _paint_inside(s: Slice, cage: Floats, clouds: _Clouds) -> None:
    """All within the ribs: mediastinal fat, gullet, heart, abdomen, and the lungs around them."""
    s.paint(cage, _FAT + 14.0, 1.0)
    paint_heart(s.crop((-60.0, 95.0), (-100.0, 50.0)))
    near = s.crop((-20.0, 30.0), (15.0, 55.0))
    centre = ramp(s.z, [(-80, 14.0), (40, 5.0)]), ramp(s.z, [(-80, 30.0), (20, 37.0)])
    gullet = ellipse(near.y, near.x, centre, (8.0, 5.5))
    near.paint(gullet, 38.0)
    near.paint(gullet - np.float32(3.9), -300.0)
    if s.z < -30.0:
        paint_abdomen(s, cage, clouds.organ)
    lung = chest.lung(s.z, s.y, s.x)
    blend(s.values, cover(lung, 1.0), _lung_values(s, clouds))


def _lung_values(s: Slice, clouds: _Clouds) -> Floats:
    """Denser towards the back, where blood gathers in a lying patient; one fissure on each side as a thin sheet."""
    texture = clouds.lung.plane(s.z, s.y, s.x)
    sheet = s.y - np.float32(1.08 * s.z + 8.0) + texture * np.float32(6) - np.abs(s.x) * np.float32(0.12)
    texture *= np.float32(14)
    texture += clouds.fine.plane(s.z, s.y, s.x) * np.float32(13)
    texture += np.float32(_LUNG) + s.y * np.float32(0.24)
    blend(texture, cover(np.float32(0.9) - np.abs(sheet) * np.float32(0.68), 1.0) * np.float32(0.2), -300.0)
    return texture


def _paint_tubes(volume: Volume) -> None:
    """Great vessels, the lungs' vessels, and the airways with their walls."""
    for path, start, end in chest.LIVER_VEINS:
        volume.tube(path, (start, end), 148.0)
    for path, start, end in chest.VEINS:
        volume.tube(path, (start, end), _VEIN)
    for path, start, end in chest.ARTERIES:
        volume.tube(path, (start, end), _ARTERY)
    for side in (chest.RIGHT, chest.LEFT):
        for segment in chest.lung_vessels(side):
            radii = (segment.start_radius, segment.end_radius)
            volume.brighten(segment.start, segment.end, radii, 160.0, _LUNG)
    for path, start, end in chest.AIRWAYS:
        volume.tube(path, (start, end), 30.0, wall=ramp(start, [(2, 0.6), (8, 1.3)]))
    for path, start, end in chest.AIRWAYS:
        volume.tube(path, (start, end), -985.0)


def _paint_nodule(volume: Volume) -> None:
    """A round solid nodule; each voxel takes the share of it that lies inside, by 4 x 4 x 12 samples."""
    cx, cy, cz = chest.NODULE_CENTRE
    radius = chest.NODULE_DIAMETER_MM / 2
    reach = radius + 5.0
    found = volume.box((cx - reach, cy - reach, cz - reach), (cx + reach, cy + reach, cz + reach))
    if found is None:
        return
    voxels, z, y, x = found
    dx, dy, dz = volume.spacing
    share = np.zeros(voxels.shape, np.float32)
    for i in range(12):
        w = z + np.float32(dz * (i - 5.5) / 12 - cz)
        for j in range(16):
            v = y + np.float32(dy * (j // 4 - 1.5) / 4 - cy)
            u = x + np.float32(dx * (j % 4 - 1.5) / 4 - cx)
            share += (u * u + v * v + w * w) < np.float32(radius * radius)
    blend(voxels, share / np.float32(192), 42.0)


def _add_noise(volume: Volume) -> None:
    """Correlated quantum noise: one field, laid differently on each slice, stronger through the shoulders."""
    size = volume.voxels.shape[1]
    field = soften(grain("chest noise", (size + 64, size + 64))) * np.float32(2.2)
    field += grain("chest noise fine", field.shape) * np.float32(0.45)
    across = np.abs(volume.x) * np.float32(1 / 400)
    for index, z in enumerate(volume.z):
        down, right = (index * 37) % 64, (index * 23 + index // 7) % 64
        part = field[down : down + size, right : right + size]
        strength = np.float32(_NOISE_HU * ramp(z, [(30, 1.0), (105, 1.7)]))
        volume.voxels[index] += part[:: -1 if index % 2 else 1] * (strength * (np.float32(1.15) - across))
