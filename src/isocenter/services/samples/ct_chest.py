"""A CT of the chest with contrast medium: one axial series, a nodule of known size in the right upper lobe."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage

from isocenter.services.samples import chest
from isocenter.services.samples.attributes import Series, Study, add_private_block, coded, new_object, set_pixels
from isocenter.services.samples.chest_volume import chest_volume
from isocenter.services.samples.identity import QUENTIN
from isocenter.services.samples.volume import Volume

__all__ = ["CT_SERIES", "CT_STUDY", "SLICES", "ct_chest", "describe", "nodule_slice"]

SLICES = 72
_INTERCEPT = -1024

CT_STUDY = Study(
    key="ct-chest",
    patient=QUENTIN,
    date="20260317",
    time="101500",
    accession_number="SMP260317-0001",
    description="CT chest with contrast",
    procedure=("24627-2", "LN", "CT Chest"),
)
CT_SERIES = Series(
    study=CT_STUDY,
    number=2,
    modality="CT",
    description="Chest axial 3.0 mm",
    body_part="CHEST",
    model="Phantom CT",
    time="101742",
    protocol="Chest with contrast",
    frame_of_reference="SN",
)


def ct_chest() -> Iterator[Dataset]:
    """The slices, foot to head, as CT Image Storage objects."""
    volume = chest_volume(SLICES)
    for index in range(SLICES):
        yield _slice(volume, index)


def nodule_slice() -> int:
    """Instance number of the slice nearest to the nodule's centre."""
    spacing, first = 3.0, -3.0 * (SLICES - 1) / 2 - 5.0
    return int((chest.NODULE_CENTRE[2] - first) / spacing + 0.5) + 1


def _slice(volume: Volume, index: int) -> Dataset:
    data_set = new_object(CT_SERIES, CTImageStorage, index + 1)
    describe(data_set, volume, index)
    stored = np.rint(volume.voxels[index]) - np.float32(_INTERCEPT)
    set_pixels(data_set, np.clip(stored, 0, 4095).astype(np.uint16), 12)
    return data_set


def describe(data_set: Dataset, volume: Volume, index: int) -> None:
    """Add all that a CT slice has besides what every object has, and its pixels."""
    data_set.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    second = 42.0 + index * 0.05
    data_set.AcquisitionDate, data_set.AcquisitionTime = CT_STUDY.date, f"1017{second:05.2f}"
    data_set.AcquisitionNumber = 1
    data_set.PatientPosition = "HFS"
    _add_geometry(data_set, volume, index)
    _add_technique(data_set)
    data_set.PhotometricInterpretation = "MONOCHROME2"
    data_set.RescaleIntercept, data_set.RescaleSlope, data_set.RescaleType = str(_INTERCEPT), "1", "HU"
    data_set.WindowCenter, data_set.WindowWidth = ["40", "-500"], ["400", "1500"]
    data_set.WindowCenterWidthExplanation = ["MEDIASTINUM", "LUNG"]
    centre = " ".join(f"{value:g}" for value in chest.NODULE_CENTRE)
    truth = [f"nodule diameter {chest.NODULE_DIAMETER_MM:g} mm", f"nodule centre {centre} mm"]
    add_private_block(data_set, "ct-chest", truth)


def _add_geometry(data_set: Dataset, volume: Volume, index: int) -> None:
    """Image plane module (PS3.3 C.7.6.2): axial, rows to the patient's left, columns to the back."""
    dx, dy, dz = volume.spacing
    x, y, _ = volume.origin
    data_set.PixelSpacing = [f"{dy:g}", f"{dx:g}"]
    data_set.SliceThickness = data_set.SpacingBetweenSlices = f"{dz:g}"
    data_set.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    data_set.ImagePositionPatient = [f"{x:.4f}", f"{y:.4f}", f"{volume.z[index]:.4f}"]
    data_set.SliceLocation = f"{volume.z[index]:.4f}"
    data_set.AnatomicRegionSequence = coded(("51185008", "SCT", "Chest"))


def _add_technique(data_set: Dataset) -> None:
    data_set.KVP, data_set.XRayTubeCurrent, data_set.ExposureTime, data_set.Exposure = "120", 210, 500, 105
    data_set.ScanOptions = "HELICAL MODE"
    data_set.DataCollectionDiameter = "500"
    data_set.ReconstructionDiameter = "368.64"
    data_set.DistanceSourceToDetector, data_set.DistanceSourceToPatient = "1040", "570"
    data_set.GantryDetectorTilt, data_set.TableHeight = "0", "155"
    data_set.RotationDirection = "CW"
    data_set.FilterType, data_set.ConvolutionKernel = "BODY", "SMOOTH"
    data_set.FocalSpots, data_set.GeneratorPower = "1.2", 50
    data_set.SingleCollimationWidth, data_set.TotalCollimationWidth = 0.6, 38.4
    data_set.TableSpeed, data_set.TableFeedPerRotation, data_set.SpiralPitchFactor = 76.8, 38.4, 1.0
    data_set.RevolutionTime, data_set.CTDIvol = 0.5, 7.1
    data_set.CTDIPhantomTypeCodeSequence = coded(("113691", "DCM", "IEC Body Dosimetry Phantom"))
    data_set.ContrastBolusAgent, data_set.ContrastBolusRoute = "Invented contrast 300", "IV"
    data_set.ContrastBolusAgentSequence = coded(("385420005", "SCT", "Contrast agent"))
    data_set.ContrastBolusVolume, data_set.ContrastFlowRate = "80", "3"
    data_set.PatientOrientation = ["L", "P"]
    data_set.BurnedInAnnotation, data_set.LossyImageCompression = "NO", "00"
