"""Trees of vessels that grow into an organ: each twig joins the nearest branch, each branch carries its twigs.

Radii follow Murray's law (a parent's cube is the sum of its children's), which is what makes them taper as vessels do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isocenter.services.samples.noise import fractions
from isocenter.services.samples.shapes import Point, root3

__all__ = ["Segment", "grow"]

_STEP = 7.0  # mm between nodes of one branch: fine enough that later twigs leave it anywhere
_DETOUR = 0.45  # how much a long way back to the root counts against a near branch


@dataclass(frozen=True, slots=True)
class Segment:
    """A straight piece of a vessel, from the root's side to the twig's; radii in mm."""

    start: Point
    end: Point
    start_radius: float
    end_radius: float


def grow(seed: str, stem: list[Point], targets: NDArray[np.float64], twig_radius: float) -> list[Segment]:
    """Join ``targets`` (count, 3) in mm to the ``stem``, nearest to the root first."""
    nodes = np.zeros((len(stem) + 12 * len(targets) + 64, 3))
    travelled = np.zeros(len(nodes))
    parents: list[int] = []
    leaves: list[int] = []
    jitter = (fractions(seed + " jitter", 3 * len(nodes)).reshape(-1, 3) - 0.5) * 2.4

    def add(point: NDArray[np.float64], parent: int) -> int:
        here = len(parents)
        nodes[here] = point
        travelled[here] = 0.0 if parent < 0 else travelled[parent] + _distance(nodes[parent], point)
        parents.append(parent)
        return here

    for point in stem:
        add(np.array(point), len(parents) - 1)
    root = nodes[0].copy()
    order = np.argsort(_squared(targets - root), kind="stable")
    for target in targets[order]:
        count = len(parents)
        reach = np.sqrt(_squared(nodes[:count] - target)) + _DETOUR * travelled[:count]
        here = int(np.argmin(reach))
        start = nodes[here].copy()
        steps = min(11, max(1, int(_distance(start, target) / _STEP)))
        for step in range(1, steps + 1):
            point = start + (target - start) * (step / steps)
            here = add(point + (jitter[len(parents)] if step < steps else 0.0), here)
        leaves.append(here)
        if len(parents) > len(nodes) - 16:
            break
    return _segments(nodes, parents, leaves, twig_radius)


def _segments(nodes: NDArray[np.float64], parents: list[int], leaves: list[int], twig_radius: float) -> list[Segment]:
    cubes = [0.0] * len(parents)
    for leaf in leaves:
        cubes[leaf] += twig_radius * twig_radius * twig_radius
    for index in range(len(parents) - 1, 0, -1):
        cubes[parents[index]] += cubes[index]
    radii = [int(root3(cube) * 256.0 + 0.5) / 256.0 if cube else 0.0 for cube in cubes]
    found = []
    for index in range(1, len(parents)):
        if radii[index]:
            wide = min(radii[parents[index]], radii[index] * 1.25)
            found.append(Segment(_point(nodes[parents[index]]), _point(nodes[index]), wide, radii[index]))
    return found


def _point(row: NDArray[np.float64]) -> Point:
    return float(row[0]), float(row[1]), float(row[2])


def _squared(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return rows[:, 0] * rows[:, 0] + rows[:, 1] * rows[:, 1] + rows[:, 2] * rows[:, 2]


def _distance(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    return float(np.sqrt(_squared((one - other)[np.newaxis]))[0])
