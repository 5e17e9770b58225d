"""A radiograph of the chest of the CT's patient, a day earlier: MONOCHROME1, so that a viewer has to invert it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import ComputedRadiographyImageStorage

from isocenter.services.samples.attributes import Series, Study, add_private_block, coded, new_object, set_pixels
from isocenter.services.samples.chest_projection import chest_projection
from isocenter.services.samples.identity import QUENTIN

__all__ = ["CR_SERIES", "CR_STUDY", "cr_chest"]

CR_STUDY = Study(
    key="cr-chest",
    patient=QUENTIN,
    date="20260316",
    time="084500",
    accession_number="SMP260316-0007",
    description="Chest PA",
    procedure=("36643-5", "LN", "XR Chest 2 Views"),
)
CR_SERIES = Series(
    study=CR_STUDY,
    number=1,
    modality="CR",
    description="Chest PA erect",
    body_part="CHEST",
    model="Phantom CR",
    time="084712",
    protocol="Chest PA",
)


def cr_chest() -> Iterator[Dataset]:
    """One Computed Radiography Image Storage object."""
    data_set = new_object(CR_SERIES, ComputedRadiographyImageStorage, 1)
    data_set.ImageType = ["ORIGINAL", "PRIMARY"]
    data_set.AcquisitionDate, data_set.AcquisitionTime = CR_STUDY.date, CR_SERIES.time
    data_set.AcquisitionNumber = 1
    data_set.PatientOrientation = ["L", "F"]
    data_set.ViewPosition = "PA"
    data_set.AnatomicRegionSequence = coded(("51185008", "SCT", "Chest"))
    data_set.KVP, data_set.ExposureTime, data_set.Exposure, data_set.XRayTubeCurrent = "125", 12, 3, 250
    data_set.DistanceSourceToDetector, data_set.DistanceSourceToPatient = "1800", "1640"
    data_set.PlateType, data_set.PlateID, data_set.CassetteOrientation = "IP35", "SAMPLE-PLATE-7", "PORTRAIT"
    data_set.CassetteSize = "35CMX35CM"
    data_set.Sensitivity, data_set.RelativeXRayExposure = "320", 410
    data_set.FilterType, data_set.FocalSpots = "NONE", "1.2"
    data_set.ImagerPixelSpacing = ["0.1592", "0.1592"]
    data_set.PixelSpacing = ["0.145", "0.145"]
    data_set.PixelSpacingCalibrationType = "GEOMETRY"
    data_set.PixelSpacingCalibrationDescription = "Source 1800 mm, patient 1640 mm"
    bright = np.rint(chest_projection()).astype(np.uint16)
    set_pixels(data_set, np.uint16(4095) - bright, 12)
    data_set.PhotometricInterpretation = "MONOCHROME1"
    data_set.RescaleIntercept, data_set.RescaleSlope, data_set.RescaleType = "0", "1", "US"
    data_set.WindowCenter, data_set.WindowWidth = "2200", "2900"
    data_set.BurnedInAnnotation, data_set.LossyImageCompression = "NO", "00"
    add_private_block(data_set, "cr-chest", ["the same anatomy as ct-chest"])
    yield data_set
