from __future__ import annotations

import numpy as np
import pytest
from sample_files import read

from isocenter.dicom.uid import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME, is_valid
from isocenter.services.samples import SAMPLES
from isocenter.services.samples.chest import NODULE_CENTRE
from isocenter.services.samples.sr_nodule import NODULE_VOLUME_MM3

NAMES = [sample.name for sample in SAMPLES]
IMAGES = ["ct-chest", "cr-chest", "mr-head", "us-heart", "mg-breast"]


def _hounsfield(slices):
    stored = np.stack([one.pixel_array for one in slices]).astype(np.int32)
    return stored * int(slices[0].RescaleSlope) + int(slices[0].RescaleIntercept)


def _from_nodule(slices):
    """Distance of each voxel from the nodule's centre in mm, by what the files say of their geometry."""
    first = slices[0]
    x0, y0, _ = (float(value) for value in first.ImagePositionPatient)
    dy, dx = (float(value) for value in first.PixelSpacing)
    x = x0 + np.arange(first.Columns) * dx - NODULE_CENTRE[0]
    y = y0 + np.arange(first.Rows) * dy - NODULE_CENTRE[1]
    z = np.array([float(one.ImagePositionPatient[2]) for one in slices]) - NODULE_CENTRE[2]
    voxel = dx * dy * (float(slices[1].ImagePositionPatient[2]) - float(first.ImagePositionPatient[2]))
    return np.sqrt(z[:, None, None] ** 2 + y[None, :, None] ** 2 + x[None, None, :] ** 2), voxel


def test_the_nodule_has_the_volume_that_the_catalogue_states():
    slices = read("ct-chest")
    away, voxel = _from_nodule(slices)
    halfway = (42 - 855) / 2  # between the nodule and the lung around it
    counted = np.count_nonzero((_hounsfield(slices) > halfway) & (away < 8)) * voxel
    assert counted == pytest.approx(NODULE_VOLUME_MM3, rel=0.02)
    assert NODULE_VOLUME_MM3 == 523.6
    assert "523.6" in next(sample for sample in SAMPLES if sample.name == "ct-chest").description


def test_nothing_touches_the_nodule():
    slices = read("ct-chest")
    away, _ = _from_nodule(slices)
    around = _hounsfield(slices)[(away > 7.5) & (away < 8.2)]
    assert around.max() < -700


def test_ct_values_are_those_of_tissues():
    slices = read("ct-chest")
    values = _hounsfield(slices)
    assert values[:, :40, :40].mean() == pytest.approx(-1000, abs=5)
    lung = values[36][(values[36] < -780) & (values[36] > -930)]
    assert lung.size > 20_000
    assert lung.mean() == pytest.approx(-855, abs=15)
    assert values.max() > 700
    assert values.min() >= -1024


@pytest.mark.parametrize(("name", "series"), [("ct-chest", 1), ("mr-head", 2)])
def test_slices_lie_one_above_the_other(name, series):
    objects = read(name)
    assert len({one.FrameOfReferenceUID for one in objects}) == 1
    uids = {one.SeriesInstanceUID for one in objects}
    assert len(uids) == series
    for uid in uids:
        stack = [one for one in objects if one.SeriesInstanceUID == uid]
        heights = [float(one.ImagePositionPatient[2]) for one in stack]
        steps = np.diff(heights)
        assert steps == pytest.approx(np.full(len(stack) - 1, float(stack[0].SpacingBetweenSlices)))
        assert [int(one.InstanceNumber) for one in stack] == list(range(1, len(stack) + 1))
        assert [float(one.SliceLocation) for one in stack] == heights
        for one in stack:
            assert one.ImageOrientationPatient == [1, 0, 0, 0, 1, 0]
            assert one.ImagePositionPatient[:2] == stack[0].ImagePositionPatient[:2]
            assert one.PixelSpacing == stack[0].PixelSpacing


@pytest.mark.parametrize("name", IMAGES)
def test_pixels_use_the_range_and_stay_in_it(name):
    for one in read(name):
        pixels = one.pixel_array
        assert pixels.min() >= 0
        assert pixels.max() < 2**one.BitsStored
        assert pixels.std() > 2**one.BitsStored / 100
        frames = int(one.get("NumberOfFrames", 1))
        assert pixels.size == frames * one.Rows * one.Columns * one.SamplesPerPixel


def test_the_radiograph_is_dark_where_bones_are():
    radiograph = read("cr-chest")[0]
    assert radiograph.PhotometricInterpretation == "MONOCHROME1"
    pixels = radiograph.pixel_array
    spine, lung = pixels[1100:1300, 1050:1090].mean(), pixels[900:1000, 400:500].mean()
    assert spine < lung
    assert pixels[20, 20] == 4095


def test_the_valve_moves_and_the_beat_closes():
    frames = read("us-heart")[0].pixel_array.astype(int)
    steps = [np.abs(frames[(index + 1) % 30] - frames[index]).mean() for index in range(30)]
    assert min(steps) > 0.5
    assert steps[-1] < 2 * max(steps[:-1])


def test_ultrasound_is_calibrated_in_both_directions():
    for one in read("us-heart"):
        region = one.SequenceOfUltrasoundRegions[0]
        assert region.PhysicalUnitsXDirection == region.PhysicalUnitsYDirection == 3
        assert region.PhysicalDeltaX == region.PhysicalDeltaY == pytest.approx(0.036)
        assert region.RegionLocationMaxX1 < one.Columns


def test_each_breast_lies_against_its_side_of_the_picture():
    for one in read("mg-breast"):
        left, right = one.pixel_array[:, :50].mean(), one.pixel_array[:, -50:].mean()
        assert (left > right) == (one.ImageLaterality == "L")


def test_the_report_refers_to_a_slice_through_the_nodule():
    report, slices = read("sr-nodule")[0], read("ct-chest")
    item = report.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence[0]
    referred = next(one for one in slices if item.ReferencedSOPInstanceUID == one.SOPInstanceUID)
    assert abs(float(referred.ImagePositionPatient[2]) - NODULE_CENTRE[2]) <= 1.5
    assert report.StudyInstanceUID == referred.StudyInstanceUID
    group = report.ContentSequence[-1].ContentSequence[0]
    numbers = [
        (
            item.MeasuredValueSequence[0].NumericValue,
            item.MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0].CodeValue,
        )
        for item in group.ContentSequence
        if item.ValueType == "NUM"
    ]
    assert numbers == [(10.0, "mm"), (523.6, "mm3")]


def test_the_page_is_a_pdf_of_the_stated_length():
    report = read("pdf-report")[0]
    document = report.EncapsulatedDocument[: report.EncapsulatedDocumentLength]
    assert document.startswith(b"%PDF-1.4")
    assert document.endswith(b"%%EOF\n")
    table = int(document.rsplit(b"startxref\n", 1)[1].split()[0])
    assert document[table : table + 4] == b"xref"


@pytest.mark.parametrize("name", NAMES)
def test_every_object_says_who_made_it_and_that_nobody_is_in_it(name):
    for one in read(name):
        assert one.file_meta.ImplementationClassUID == IMPLEMENTATION_CLASS_UID
        assert one.file_meta.ImplementationVersionName == IMPLEMENTATION_VERSION_NAME
        assert one.PatientID.startswith("SAMPLE-")
        assert one.IssuerOfPatientID == "ISOCENTER SAMPLES"
        assert "Synthetic" in one.PatientComments
        assert one[0x0029, 0x0010].value == "ISOCENTER SAMPLES 1"
        assert one[0x0029, 0x1003].VR == "SQ"


def test_uids_are_valid_and_never_shared():
    instances = [one.SOPInstanceUID for name in NAMES for one in read(name)]
    assert len(set(instances)) == len(instances)
    studies = {one.StudyInstanceUID: one.AccessionNumber for name in NAMES for one in read(name)}
    assert len(studies) == len(set(studies.values())) == 5
    assert all(is_valid(uid) for uid in [*instances, *studies])


def test_names_in_other_scripts_survive_their_character_sets():
    for sample in SAMPLES:
        assert str(read(sample.name)[0].PatientName) == sample.patient.name
    sets = {sample.name: read(sample.name)[0].SpecificCharacterSet for sample in SAMPLES}
    assert sets["mg-breast"] == ["", "ISO 2022 IR 87"]
    assert sets["us-heart"] == "ISO_IR 192"


def test_compressed_and_plain_syntaxes_are_both_there():
    found = {str(one.file_meta.TransferSyntaxUID) for name in NAMES for one in read(name)}
    assert found == {"1.2.840.10008.1.2.1", "1.2.840.10008.1.2.5"}
