"""A compressed breast as a mammogram: outline, fat and glandular tissue, ducts, ligaments, vessels, skin.

Coordinates in mm: x from the chest wall to the nipple, y down the picture from its middle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from isocenter.services.samples.noise import Cloud, Floats, fractions, grain, soften
from isocenter.services.samples.shapes import Point, blend, capsule, cover, ellipse, union
from isocenter.services.samples.vessels import grow
from isocenter.services.samples.volume import Slice

__all__ = ["COLUMNS", "MASS_DIAMETER_MM", "PIXEL_MM", "ROWS", "View", "mammogram"]

ROWS, COLUMNS, PIXEL_MM = 2240, 1610, 0.1
MASS_DIAMETER_MM = 11.0


@dataclass(frozen=True, slots=True)
class View:
    """Which breast, ``L`` or ``R``, and which projection, ``CC`` or ``MLO``."""

    laterality: str
    position: str

    @property
    def oblique(self) -> bool:
        """Whether the pectoral muscle is in the picture."""
        return self.position == "MLO"


def mammogram(view: View) -> Floats:
    """Brightness 0 to 4095, chest wall at the left; air is 0."""
    y = ((np.arange(ROWS) - (ROWS - 1) / 2) * PIXEL_MM).astype(np.float32).reshape(-1, 1)
    x = (np.arange(COLUMNS) * PIXEL_MM).astype(np.float32).reshape(1, -1)
    edge = _outline(view, y, x)
    rows = np.flatnonzero(edge.max(axis=1) > -6)
    columns = np.flatnonzero(edge.max(axis=0) > -6)
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    picture = np.zeros((ROWS, COLUMNS), np.float32)
    s = Slice(picture[part], 0.0, y[part[0]], x[:, part[1]])
    _paint(s, view, np.ascontiguousarray(edge[part]))
    return picture


def _outline(view: View, y: Floats, x: Floats) -> Floats:
    """Distance under the skin."""
    if view.oblique:
        bow = ellipse(y, x, (-6.0, 22.0), (104.0, 74.0))
        tail = ellipse(y, x, (-4.0, -70.0), (62.0, 96.0))
        edge = union(bow, tail, 40.0)
        nipple: Point = (96.0, 26.0, 0.0)
    else:
        edge = ellipse(y, x, (-8.0, 0.0), (106.0, 82.0))
        nipple = (96.0, 2.0, 0.0)
    tip = (nipple[0] + 2.5, nipple[1], 0.0)
    return union(edge, capsule(0.0, y, x, nipple, tip, (5.0, 4.4)), 5.0)


def _paint(s: Slice, view: View, edge: Floats) -> None:
    seed = f"breast {view.laterality}"
    offset = 37.0 if view.oblique else 0.0
    gland = _gland(s, view, seed, offset)
    thick = np.clip(edge * np.float32(1 / 17), 0, 1)
    thick = np.sqrt(thick * (np.float32(2) - thick))
    s.values[...] = (gland * np.float32(1500) + np.float32(900)) * (thick * np.float32(0.86) + np.float32(0.14))
    _paint_strands(s, view, seed, edge)
    if view.oblique:
        _paint_pectoral(s, offset)
    s.paint(np.float32(0.75) - np.abs(edge - np.float32(0.8)), 1150.0, 0.7, 0.55)
    if view.laterality == "L":
        _paint_findings(s, view)
    _expose(s, view, edge)


def _gland(s: Slice, view: View, seed: str, z: float) -> Floats:
    """Share of glandular tissue: a cone towards the nipple, lobed by clouds, threaded by ligaments."""
    large = Cloud(seed + " lobes", 21.0).plane(z, s.y, s.x)
    along = s.x * np.float32(0.5)  # strands run towards the nipple
    middle = Cloud(seed + " lobules", 7.0, 32).plane(z, s.y, along)
    fine = Cloud(seed + " tissue", 2.6, 64).plane(z, s.y, along)
    finest = Cloud(seed + " stroma", 1.1, 96).plane(z, s.y, s.x * np.float32(0.7))
    rough = large * np.float32(0.5) + middle * np.float32(0.4) + fine * np.float32(0.26) + finest * np.float32(0.17)
    centre = (52.0, 16.0) if view.oblique else (50.0, 1.0)
    body = ellipse(s.y, s.x, centre, (45.0, 52.0))
    body = union(body, capsule(0.0, s.y, s.x, (*centre, 0.0), (94.0, centre[1] + 6.0, 0.0), (20.0, 5.0)), 12.0)
    if view.oblique:
        body = union(body, capsule(0.0, s.y, s.x, (44.0, 0.0, 0.0), (34.0, -52.0, 0.0), (22.0, 8.0)), 20.0)
    share = cover(body + rough * np.float32(34) - np.float32(7), 24.0)
    share *= np.float32(0.56) + rough * np.float32(0.55)
    strands = np.maximum(np.float32(0.2) - np.abs(middle + large * np.float32(0.4) + fine * np.float32(0.3)), 0)
    threads = np.maximum(np.float32(0.16) - np.abs(fine + middle * np.float32(0.5)), 0)
    within = cover(body + np.float32(16), 30.0)
    within = within * np.float32(0.6) + np.float32(0.4)
    share += (strands * np.float32(0.75) + threads * np.float32(0.6)) * within
    share += rough * np.float32(0.09)
    return np.maximum(share, np.float32(0))


def _paint_strands(s: Slice, view: View, seed: str, edge: Floats) -> None:
    """Ducts that gather in the nipple, and a few veins under the skin."""
    nipple_y = 26.0 if view.oblique else 2.0
    spread = fractions(seed + view.position + " ducts", 300).reshape(-1, 2)
    targets = np.stack(
        [spread[:, 0] * 62.0 + 16.0, (spread[:, 1] - 0.5) * 76.0 + nipple_y - 6.0, spread[:, 0] * 0.0], axis=1
    )
    stem: list[Point] = [(97.0, nipple_y, 0.0), (92.0, nipple_y, 0.0)]
    for segment in grow(seed + " duct", stem, targets, 0.34):
        _strand(s, segment.start, segment.end, max(segment.end_radius * 0.55, 0.3), 90.0)
    for index in range(3):
        bend = fractions(f"{seed} vein {index}", 12)
        here: Point = (4.0, -44.0 + 40.0 * index + 10.0 * float(bend[0]), 0.0)
        for step in range(9):
            turn = (float(bend[step + 1]) - 0.5) * 11.0
            there: Point = (here[0] + 8.5, here[1] + turn + (nipple_y - here[1]) * 0.06, 0.0)
            _strand(s, here, there, 1.05 - 0.08 * step, 150.0)
            here = there


def _strand(s: Slice, start: Point, end: Point, radius: float, bright: float) -> None:
    margin = radius + 1.0
    near = s.crop(
        (min(start[0], end[0]) - margin, max(start[0], end[0]) + margin),
        (min(start[1], end[1]) - margin, max(start[1], end[1]) + margin),
    )
    if near.values.size:
        inside = capsule(0.0, near.y, near.x, start, end, (radius, radius))
        np.add(near.values, cover(inside, 0.9) * np.float32(bright), out=near.values)


def _paint_pectoral(s: Slice, z: float) -> None:
    """The muscle's triangle in the upper corner, with its fibres."""
    line = np.float32(46) - s.x - (s.y + np.float32(112)) * np.float32(0.36)
    line = line - (s.y + np.float32(40)) * (s.y + np.float32(40)) * np.float32(0.0009)
    fibres = Cloud("breast fibres", 5.0, 48).plane(z, s.y * np.float32(0.2), s.x)
    np.add(s.values, cover(line, 3.5) * (np.float32(880) + fibres * np.float32(90)), out=s.values)


def _paint_findings(s: Slice, view: View) -> None:
    """A round mass with a scalloped edge, and a cluster of fine calcifications near it."""
    cx, cy = (56.0, -12.0) if view.oblique else (58.0, -26.0)
    near = s.crop((cx - 14, cx + 14), (cy - 14, cy + 14))
    scallop = Cloud("breast mass", 3.6).plane(0.0, near.y, near.x) * np.float32(1.1)
    inside = ellipse(near.y, near.x, (cx, cy), (MASS_DIAMETER_MM / 2,) * 2) + scallop
    dome = np.clip(inside * np.float32(1 / 3), 0, 1)
    blend(near.values, cover(inside, 0.7) * np.float32(0.85), dome * np.float32(420) + np.float32(2250))
    spots = fractions("breast calcifications", 60).reshape(-1, 3)
    for first, second, third in spots[:16]:
        x, y = cx - 20.0 + 9.0 * float(first), cy + 16.0 + 8.0 * float(second)
        end = (x + 0.25 * float(third), y + 0.3 * float(first), 0.0)
        _strand(s, (x, y, 0.0), end, 0.14 + 0.12 * float(third), 1500.0)


def _expose(s: Slice, view: View, edge: Floats) -> None:
    shape = s.values.shape
    noise = soften(grain(f"breast noise {view.laterality}{view.position}", (400, 400)))
    noise = np.tile(noise, (-(-shape[0] // 400), -(-shape[1] // 400)))[: shape[0], : shape[1]]
    bright = s.values + noise * np.float32(46)
    inside = cover(edge, 0.5)
    s.values[...] = np.clip(bright, 0, 3900) * inside
