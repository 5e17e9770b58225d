"""A beating heart in an apical four-chamber view: echoes, speckle, the sector, and colour for the flow.

Plane coordinates in mm: x to the right of the picture (the patient's left), y down from the transducer.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from isocenter.services.samples.noise import Floats, grain, soften
from isocenter.services.samples.shapes import Point, blend, capsule, cover, ellipse, ramp, union, wave
from isocenter.services.samples.volume import Slice

__all__ = ["COLUMNS", "PIXEL_MM", "ROWS", "SECTOR", "FourChamberView"]

ROWS, COLUMNS = 480, 640
PIXEL_MM = 0.36
SECTOR = (42, 20, 597, 443)
"""Left, top, right, bottom pixel of the region that is calibrated (PS3.3 C.8.5.5)."""

_APEX_ROW, _DEPTH_MM, _EDGE = 22, 150.0, 0.66  # the sine of the sector's half angle
_SPECKLE = (900, 220)  # steps along the beam, beams
_SQUEEZE = [(0.0, 0.0), (0.08, 0.15), (0.34, 1.0), (0.44, 0.85), (0.58, 0.2), (0.8, 0.1), (1.0, 0.0)]
_OPENING = [(0.0, 0.05), (0.02, 0.0), (0.42, 0.0), (0.5, 1.0), (0.62, 0.45), (0.78, 0.4), (0.88, 0.8), (1.0, 0.05)]


_String = tuple[Point, Point, float, float]


class FourChamberView:
    """Pictures of the heart at any moment of a beat, ``phase`` from 0 to 1 (0: the ventricles begin to squeeze)."""

    def __init__(self) -> None:
        left, top, right, bottom = SECTOR
        rows, columns = np.arange(top, bottom + 1), np.arange(left, right + 1)
        self._sector = np.s_[top : bottom + 1, left : right + 1]
        self._shape = (rows.size, columns.size)
        self.y: Floats = ((rows - _APEX_ROW) * PIXEL_MM).astype(np.float32).reshape(-1, 1)
        self.x: Floats = ((columns - COLUMNS / 2 + 0.5) * PIXEL_MM).astype(np.float32).reshape(1, -1)
        self.range_mm: Floats = np.maximum(np.sqrt(self.x * self.x + self.y * self.y), np.float32(0.1))
        self.sine: Floats = self.x / self.range_mm
        inside = np.minimum(self.range_mm - np.float32(5), np.float32(_DEPTH_MM) - self.range_mm)
        fan = np.minimum(inside, (np.float32(_EDGE) - np.abs(self.sine)) * np.float32(60))
        self._fan = cover(np.where(self.y > 0, fan, np.float32(-1)), 0.7)
        first, second = grain("echo speckle", (2, *_SPECKLE))
        first, second = soften(soften(first)), soften(soften(second))
        self._speckle = np.sqrt(first * first + second * second) * np.float32(2.15)
        beams = (self.sine + np.float32(1)) * np.float32((_SPECKLE[1] - 1) / 2)
        self._beam = np.rint(beams).astype(np.int64)
        self._gain = self._time_gain()

    def grey(self, phase: float) -> NDArray[np.uint8]:
        """The echo picture with its ruler and its electrocardiogram, 0 to 255."""
        picture = self._compressed(self._echoes(phase), phase)
        pixels = np.zeros((ROWS, COLUMNS), np.uint8)
        pixels[self._sector] = np.rint(picture * self._fan).astype(np.uint8)
        self._draw_ruler(pixels)
        self._draw_beat(pixels, phase)
        return pixels

    def coloured(self, phase: float) -> NDArray[np.uint8]:
        """As `grey`, with the flow through the valves in red (towards the transducer) and blue; (rows, columns, 3)."""
        pixels = self.grey(phase)[..., np.newaxis].repeat(3, axis=2)
        grey = pixels[self._sector][..., 0].astype(np.float32)
        speed = self._speed(phase)
        box = np.minimum(np.float32(0.36) - np.abs(self.sine - np.float32(0.08)), np.float32(1)) * np.float32(90)
        box = np.minimum(box, np.minimum(self.range_mm - np.float32(38), np.float32(138) - self.range_mm))
        shown = cover(np.minimum(np.abs(speed) * np.float32(40) - np.float32(9), box), 3.0)
        shown *= self._fan
        strong = np.minimum(np.abs(speed), np.float32(1))
        towards = speed > 0
        red = np.where(towards, np.float32(110) + strong * np.float32(145), strong * np.float32(60))
        green = strong * strong * np.where(towards, np.float32(215), np.float32(190))
        blue = np.where(towards, np.float32(10), np.float32(110) + strong * np.float32(145))
        planes = [grey.copy() for _ in range(3)]
        for plane, value in zip(planes, (red, green, blue), strict=True):
            blend(plane, shown, value)
        edge = cover(np.float32(0.35) - np.abs(box), 0.5) * self._fan
        for plane in planes:
            blend(plane, edge, 210.0)
        pixels[self._sector] = np.rint(np.stack(planes, axis=-1)).astype(np.uint8)
        for row in range(60, 180):  # the scale of colours
            level = (120 - row) / 60
            towards_us = (110 + 145 * level, 215 * level * level, 10)
            away = (-60 * level, 190 * level * level, 110 - 145 * level)
            pixels[row, 621:633] = [int(part) for part in (towards_us if level > 0 else away)]
        return pixels

    def _echoes(self, phase: float) -> Floats:
        """How strongly each point reflects, 0 to 1."""
        squeeze = ramp(phase, _SQUEEZE)
        plane_y = 97.0 - 11.0 * squeeze  # the ring of the valves is pulled towards the apex
        echo = np.full(self._shape, 0.16, np.float32)
        s = Slice(echo, 0.0, self.y, self.x)
        heart = ellipse(self.y, self.x, (-1.0, 78.0), (58.0 - 3.0 * squeeze, 66.0))
        echo += cover(heart, 3.0) * np.float32(0.1)
        s.paint(np.float32(1.5) - np.abs(heart), 0.85, 2.0, 0.8)
        left, right, left_atrium, right_atrium = self._chambers(squeeze, plane_y)
        wall = np.maximum(left + np.float32(9.0 + 4.0 * squeeze), right + np.float32(4.5 + 2.0 * squeeze))
        wall = np.maximum(wall, np.maximum(left_atrium, right_atrium) + np.float32(3))
        s.paint(np.minimum(wall, heart + np.float32(2)), 0.44, 1.5)
        for blood in (np.maximum(left, left_atrium), np.maximum(right, right_atrium)):
            s.paint(np.float32(0.9) - np.abs(blood + np.float32(0.8)), 0.6, 1.2, 0.7)
            s.paint(blood, 0.016, 1.2)
        for start, end, radius, bright in self._strings(phase, plane_y, squeeze):
            near = s.crop(
                (min(start[0], end[0]) - 4.0, max(start[0], end[0]) + 4.0),
                (min(start[1], end[1]) - 4.0, max(start[1], end[1]) + 4.0),
            )
            near.paint(capsule(0.0, near.y, near.x, start, end, (radius, radius)), bright, 1.0)
        return echo

    def _chambers(self, squeeze: float, plane_y: float) -> tuple[Floats, Floats, Floats, Floats]:
        top = 28.0 + 4.0 * squeeze
        middle, long = (top + plane_y) / 2, (plane_y - top) / 2
        floor = np.float32(plane_y + 1.5) - self.y
        tilt = (self.y - np.float32(62)) * np.float32(0.08)
        left = ellipse(self.y, self.x - tilt, (17.0, middle + 4.0), (21.5 - 6.5 * squeeze, long + 5.0))
        right = ellipse(self.y, self.x + tilt, (-24.0, middle + 10.0), (15.5 - 3.0 * squeeze, long - 2.0))
        left, right = np.minimum(left, floor), np.minimum(right, floor)
        swell = 2.5 * squeeze
        left_atrium = ellipse(self.y, self.x, (20.0, 112.0), (20.0 + swell, 27.0 + swell))
        right_atrium = ellipse(self.y, self.x, (-25.0, 112.0), (18.5 + swell, 25.0 + swell))
        under = self.y - np.float32(plane_y - 1.5)
        return left, right, np.minimum(left_atrium, under), np.minimum(right_atrium, under)

    def _strings(self, phase: float, plane_y: float, squeeze: float) -> list[_String]:
        """Leaflets of both valves, from their ring to their tip, chords to the wall, and a papillary muscle."""
        open_by = ramp(phase, _OPENING)
        found: list[_String] = []
        for centre, half in ((19.5, 16.5), (-24.5, 14.0)):
            for side in (-1, 1):
                hinge = (centre + side * half, plane_y, 0.0)
                length = half * (1.25 if side < 0 else 0.95)
                inward = side * (half - length * (0.8 - 0.62 * open_by))
                tip = (centre + inward, plane_y - 2.0 - length * (0.12 + 0.78 * open_by), 0.0)
                bend = ((hinge[0] + tip[0]) / 2, (hinge[1] + tip[1]) / 2 + 1.6 * (1.0 - 2.0 * open_by), 0.0)
                found += [(hinge, bend, 1.1, 0.95), (bend, tip, 1.0, 0.95)]
                found.append((hinge, (hinge[0] + side * 2.0, hinge[1] + 1.0, 0.0), 1.9, 0.9))
                root = (centre + side * (half - 2.0 - 3.0 * squeeze), 58.0, 0.0)
                found.append((tip, root, 0.2, 0.22))
        muscle = (33.0 - 5.0 * squeeze, 60.0, 0.0)
        found.append((muscle, (37.0 - 4.0 * squeeze, 44.0, 0.0), 2.2, 0.7))
        return found

    def _speed(self, phase: float) -> Floats:
        """Blood's speed towards the transducer, -1 to 1: filling through the valves, leaving past them."""
        open_by, squeeze = ramp(phase, _OPENING), ramp(phase, _SQUEEZE)
        jitter = grain("echo flow", self._shape)
        jitter = soften(soften(jitter)) * np.float32(0.16)
        speed = np.zeros(self._shape, np.float32)
        for centre, strength in ((20.0, 0.95), (-24.0, 0.6)):
            along = capsule(0.0, self.y, self.x, (centre, 122.0, 0.0), (centre - 2.0, 62.0, 0.0), (8.0, 11.0))
            speed += cover(along - np.float32(3), 10.0) * np.float32(strength * open_by)
        out = capsule(0.0, self.y, self.x, (12.0, 56.0, 0.0), (2.0, 92.0, 0.0), (7.0, 6.0))
        speed -= cover(out - np.float32(2), 8.0) * np.float32(0.9 * squeeze)
        curl = capsule(0.0, self.y, self.x, (33.0, 60.0, 0.0), (34.0, 84.0, 0.0), (4.0, 4.0))
        speed -= cover(curl - np.float32(1), 7.0) * np.float32(0.4 * open_by)
        left, right, left_atrium, right_atrium = self._chambers(squeeze, 97.0 - 11.0 * squeeze)
        blood = union(union(left, left_atrium, 1.0), union(right, right_atrium, 1.0), 1.0)
        return speed * (np.float32(1) + jitter * np.float32(2)) * cover(
            blood + np.float32(1), 2.0
        ) + jitter * np.float32(0.4)

    def _time_gain(self) -> Floats:
        """What depth and the fan's edges take away."""
        gain = np.float32(1.08) - self.range_mm * np.float32(0.0026)
        gain -= self.sine * self.sine * np.float32(0.75)
        near = np.maximum(np.float32(1) - self.range_mm * np.float32(1 / 17), np.float32(0))
        kept: Floats = np.clip(gain + near * near * np.float32(0.9), 0.05, 2.0)
        return kept

    def _compressed(self, echo: Floats, phase: float) -> Floats:
        """Echo times speckle; the speckle moves with the squeezing wall; a root stands for the log amplifier."""
        squeeze = ramp(phase, _SQUEEZE)
        shift = (self.y - np.float32(20)) * np.float32(0.75 * squeeze) + np.float32(40)
        steps = np.rint(self.range_mm * np.float32(5) + shift).astype(np.int64)
        speckle = self._speckle[np.clip(steps, 0, _SPECKLE[0] - 1), self._beam]
        flicker = (
            grain(f"echo flicker {phase:.4f}", (ROWS // 2, COLUMNS // 2))
            .repeat(2, 0)
            .repeat(2, 1)[: self._shape[0], : self._shape[1]]
        )
        signal = echo * (speckle + flicker * np.float32(0.13) + np.float32(0.06)) * self._gain
        shown: Floats = np.clip(np.sqrt(np.maximum(signal, 0)) * np.float32(208) - np.float32(12), 0, 255)
        return shown

    def _draw_ruler(self, pixels: NDArray[np.uint8]) -> None:
        for centimetre in range(16):
            row = _APEX_ROW + int(centimetre * 10 / PIXEL_MM + 0.5)
            if row < ROWS - 40:
                pixels[row, 610 - (6 if centimetre % 5 == 0 else 0) : 617] = 200
        for step in range(160):
            pixels[60 + step, 20:32] = 255 - step * 255 // 159

    def _draw_beat(self, pixels: NDArray[np.uint8], phase: float) -> None:
        """Two beats of an electrocardiogram along the foot, and where we are in it."""
        row_before = 458
        for column in range(110, 530):
            at = (column - 110) / 210.0
            row = 458 - int(_beat(at - int(at)) * 26.0 + 0.5)
            low, high = min(row, row_before), max(row, row_before)
            pixels[low : high + 1, column] = 190
            row_before = row
        pixels[432:472, 110 + int(phase * 210.0)] = 255


def _beat(phase: float) -> float:
    """One beat's voltage: P, QRS, T."""
    spikes = [(0.0, 0.0), (0.005, -0.12), (0.015, 1.0), (0.032, -0.25), (0.045, 0.0), (1.0, 0.0)]
    value = ramp(phase, spikes)
    if 0.22 < phase < 0.42:
        value += 0.26 * wave((phase - 0.22) / 0.4)
    if 0.84 < phase < 0.94:
        value += 0.14 * wave((phase - 0.84) / 0.2)
    return value
