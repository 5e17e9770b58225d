from __future__ import annotations

from io import BytesIO

import pydicom
import pytest

from isocenter.services.samples import bench_instance


def _read(kind, number, per_study=100):
    return pydicom.dcmread(BytesIO(bench_instance(kind, number, per_study)))


@pytest.mark.parametrize(("kind", "side", "size"), [("ct", 512, 527_000), ("mr", 64, 12_000)])
def test_size_and_header_are_those_of_real_objects(kind, side, size):
    one = _read(kind, 3)
    assert (one.Rows, one.Columns, one.BitsAllocated) == (side, side, 16)
    assert one.pixel_array.std() > 50
    assert len(bench_instance(kind, 3)) == pytest.approx(size, rel=0.06)
    assert len(one) >= 120
    assert sum(element.VR == "SQ" for element in one.iterall()) >= 5
    assert len({element.tag.group for element in one if element.tag.is_private}) == 2


@pytest.mark.parametrize("kind", ["ct", "mr"])
def test_each_number_is_an_object_of_its_own(kind):
    made = [_read(kind, number) for number in (0, 1, 99, 100)]
    assert len({one.SOPInstanceUID for one in made}) == 4
    assert len({one.PixelData for one in made}) == 4
    assert len({one.StudyInstanceUID for one in made[:3]}) == len({one.SeriesInstanceUID for one in made[:3]}) == 1
    assert made[3].StudyInstanceUID != made[0].StudyInstanceUID
    assert made[3].PatientID != made[0].PatientID
    assert [int(one.InstanceNumber) for one in made] == [1, 2, 100, 1]
    for one in made:
        assert one.file_meta.MediaStorageSOPInstanceUID == one.SOPInstanceUID


def test_the_same_number_gives_the_same_bytes():
    assert bench_instance("mr", 17) == bench_instance("mr", 17)
    assert len({len(bench_instance("mr", number)) for number in (0, 9, 12345)}) == 1


def test_the_number_of_objects_in_a_study_can_be_chosen():
    assert _read("mr", 1, per_study=1).StudyInstanceUID != _read("mr", 0, per_study=1).StudyInstanceUID
