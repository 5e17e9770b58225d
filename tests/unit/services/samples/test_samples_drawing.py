from __future__ import annotations

import math

import numpy as np
import pytest
from pydicom.pixels.decoders.rle import _rle_decode_frame

from isocenter.services.samples.chest import LEFT, RIGHT, lung_vessels
from isocenter.services.samples.noise import Cloud, fractions, grain
from isocenter.services.samples.rle import encode_frame
from isocenter.services.samples.shapes import Ellipsoid, capsule, cover, ramp, root3, wave
from isocenter.services.samples.vessels import grow


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(1, 1), (3, 2), (7, 1), (5, 128), (4, 129), (6, 300)])
@pytest.mark.parametrize("values", [1, 2, 3, 250])
def test_rle_comes_back_as_it_was(dtype, shape, values):
    frame = (fractions(f"rle {shape} {values}", shape[0] * shape[1]) * values).astype(dtype).reshape(shape)
    frame[:, : shape[1] // 2] = 200
    packed = encode_frame(frame)
    assert len(packed) % 2 == 0
    plain = _rle_decode_frame(packed, *shape, 1, 8 * frame.itemsize)
    assert bytes(plain) == frame.tobytes()


def test_rle_packs_what_repeats():
    assert len(encode_frame(np.zeros((64, 512), np.uint8))) == 64 + 64 * 4 * 2


def test_grain_is_bell_shaped_and_known_to_the_bit():
    values = grain("test", (1000, 100))
    assert values.mean() == pytest.approx(0, abs=0.01)
    assert values.std() == pytest.approx(1, abs=0.01)
    assert np.rint(values[0, :6] * 148).astype(int).tolist() == [-168, 39, -152, 200, -219, -5]
    assert not np.array_equal(values, grain("other", (1000, 100)))


def test_clouds_are_smooth():
    along = np.arange(0, 50, 0.1, dtype=np.float32).reshape(1, -1)
    values = Cloud("test", 10.0).plane(3.0, along.T, along)
    assert np.abs(np.diff(values, axis=0)).max() < 0.06
    assert 0.1 < values.std() < 0.8
    assert np.abs(values).max() < 2


def test_an_ellipsoid_has_its_volume():
    axis = np.arange(-30, 30.1, 0.5, dtype=np.float32)
    solid = Ellipsoid((1.0, -2.0, 3.0), (22.0, 12.0, 9.0), (0.6, 0.5, -0.4))
    inside = solid.inside(axis.reshape(-1, 1, 1), axis.reshape(1, -1, 1), axis.reshape(1, 1, -1)) > 0
    assert np.count_nonzero(inside) / 8 == pytest.approx(4 / 3 * math.pi * 22 * 12 * 9, rel=0.01)
    chords = solid.chord(axis.reshape(-1, 1), axis.reshape(1, -1))
    assert chords.sum() / 4 == pytest.approx(4 / 3 * math.pi * 22 * 12 * 9, rel=0.01)


def test_a_capsule_is_thickest_on_its_axis():
    x = np.array([[-1.0, 0.0, 2.0, 5.0]], np.float32)
    inside = capsule(0.0, np.zeros((1, 1), np.float32), x, (0, 0, 0), (4, 0, 0), (2, 1))
    assert inside[0].tolist() == pytest.approx([1.0, 2.0, 1.5, 0.0])
    assert cover(np.array([-1.0, 0.0, 1.0], np.float32), 1.0).tolist() == [0.0, 0.5, 1.0]


def test_curves_need_no_library_and_are_right():
    for value in (0.001, 0.3, 1.0, 8.0, 12345.0):
        assert root3(value) == pytest.approx(value ** (1 / 3), rel=1e-12)
    for turns in (-0.3, 0.0, 0.1, 0.25, 0.6, 1.9):
        assert wave(turns) == pytest.approx(math.sin(2 * math.pi * turns), abs=0.002)
    knots = [(0.0, 1.0), (2.0, 5.0)]
    assert [ramp(at, knots) for at in (-1, 0, 1, 2, 3)] == [1.0, 1.0, 3.0, 5.0, 5.0]


def test_vessels_taper_from_the_root_to_the_twigs():
    targets = fractions("tree", 300).reshape(-1, 3) * 100
    found = grow("tree", [(0.0, 0.0, 0.0), (5.0, 5.0, 5.0)], targets, 0.5)
    assert all(segment.start_radius >= segment.end_radius for segment in found)
    assert found[0].end_radius == pytest.approx((100 * 0.5**3) ** (1 / 3), abs=0.01)
    assert min(segment.end_radius for segment in found) == 0.5


def test_both_lungs_have_vessels_of_every_size():
    for side in (RIGHT, LEFT):
        radii = [segment.end_radius for segment in lung_vessels(side)]
        assert len(radii) > 1200
        assert max(radii) > 4
        assert all(segment.end[0] * side > -10 for segment in lung_vessels(side))
