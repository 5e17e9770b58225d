"""A screening mammogram: both breasts, two views each, packed without loss (RLE)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import DigitalMammographyXRayImageStorageForPresentation, RLELossless

from isocenter.services.samples.attributes import Series, Study, add_private_block, coded, new_object, set_pixels
from isocenter.services.samples.breast import MASS_DIAMETER_MM, PIXEL_MM, View, mammogram
from isocenter.services.samples.glyphs import letters
from isocenter.services.samples.identity import HANAKO
from isocenter.services.samples.noise import Floats

__all__ = ["MG_SERIES", "MG_STUDY", "VIEWS", "mg_breast"]

VIEWS = (View("R", "CC"), View("L", "CC"), View("R", "MLO"), View("L", "MLO"))
_VIEW_CODES = {
    "CC": ("399162004", "SCT", "cranio-caudal"),
    "MLO": ("399368009", "SCT", "medio-lateral oblique"),
}
_ORIENTATIONS = {
    View("R", "CC"): ["P", "L"],
    View("L", "CC"): ["A", "R"],
    View("R", "MLO"): ["P", "FL"],
    View("L", "MLO"): ["A", "FR"],
}

MG_STUDY = Study(
    key="mg-breast",
    patient=HANAKO,
    date="20260506",
    time="110000",
    accession_number="SMP260506-0004",
    description="Mammography, screening, both breasts",
    procedure=("24606-6", "LN", "MG Breast Screening"),
)
MG_SERIES = Series(
    study=MG_STUDY,
    number=1,
    modality="MG",
    description="Four standard views",
    body_part="BREAST",
    model="Phantom MG",
    time="110420",
    protocol="Screening",
)


def mg_breast() -> Iterator[Dataset]:
    """The four views, as Digital Mammography X-Ray Image Storage - For Presentation objects."""
    for number, view in enumerate(VIEWS, start=1):
        yield _image(number, view)


def _image(number: int, view: View) -> Dataset:
    data_set = new_object(MG_SERIES, DigitalMammographyXRayImageStorageForPresentation, number, RLELossless)
    data_set.ImageType = ["ORIGINAL", "PRIMARY", ""]
    data_set.PresentationIntentType = "FOR PRESENTATION"
    data_set.AcquisitionDate, data_set.AcquisitionTime = MG_STUDY.date, f"1104{number * 12:02d}"
    data_set.AcquisitionNumber = number
    data_set.PatientOrientation = _ORIENTATIONS[view]
    data_set.ImageLaterality = view.laterality
    data_set.ViewPosition = view.position
    data_set.ViewCodeSequence = coded(_VIEW_CODES[view.position])
    data_set.ViewCodeSequence[0].ViewModifierCodeSequence = Items()
    data_set.AnatomicRegionSequence = coded(("76752008", "SCT", "Breast"))
    _add_technique(data_set, view)
    picture = np.rint(_marked(mammogram(view), view)).astype(np.uint16)
    if view.laterality == "R":
        picture = np.ascontiguousarray(picture[:, ::-1])
    set_pixels(data_set, picture, 12)
    _add_display(data_set)
    left = view.laterality == "L"
    truth = [f"mass diameter {MASS_DIAMETER_MM:g} mm", "16 calcifications"] if left else ["no finding"]
    add_private_block(data_set, "mg-breast", truth)
    return data_set


def _marked(picture: Floats, view: View) -> Floats:
    """With the view's letters beside the breast, to be read after the right side has been mirrored."""
    marker = letters(f"{view.laterality} {view.position}", 8)
    if view.laterality == "R":
        marker = marker[:, ::-1]
    part = picture[160 : 160 + marker.shape[0], -80 - marker.shape[1] : -80]
    part[marker] = 3600
    return picture


def _add_technique(data_set: Dataset, view: View) -> None:
    data_set.KVP, data_set.ExposureTime, data_set.Exposure, data_set.XRayTubeCurrent = "28", 800, 64, 80
    data_set.ExposureInuAs = 64000
    data_set.AnodeTargetMaterial, data_set.FilterMaterial, data_set.FilterType = "TUNGSTEN", "RHODIUM", "NONE"
    data_set.FocalSpots, data_set.Grid = "0.3", ["FOCUSED", "RECIPROCATING"]
    data_set.DistanceSourceToDetector, data_set.DistanceSourceToPatient = "650", "625"
    data_set.DistanceSourceToEntrance = 590
    data_set.EstimatedRadiographicMagnificationFactor = "1.04"
    data_set.BodyPartThickness, data_set.CompressionForce = "56", "104"
    data_set.OrganDose, data_set.HalfValueLayer = "0.0124", "0.55"
    data_set.EntranceDoseInmGy, data_set.RelativeXRayExposure = "5.1", 430
    data_set.ExposureControlMode, data_set.ExposureControlModeDescription = "AUTOMATIC", "Automatic"
    data_set.PositionerType = "MAMMOGRAPHIC"
    data_set.PositionerPrimaryAngle = "0" if not view.oblique else ("45" if view.laterality == "L" else "-45")
    data_set.OrganExposed = "BREAST"
    data_set.BreastImplantPresent, data_set.PartialView = "NO", "NO"
    data_set.DetectorType, data_set.DetectorConfiguration = "DIRECT", "AREA"
    data_set.DetectorID, data_set.DateOfLastDetectorCalibration = "SAMPLE-DETECTOR", "20260501"
    data_set.DetectorActiveTime, data_set.DetectorTemperature = "900", "29.5"
    data_set.FieldOfViewShape, data_set.FieldOfViewDimensions = "RECTANGLE", ["161", "224"]
    data_set.FieldOfViewOrigin, data_set.FieldOfViewRotation = ["0", "0"], "0"
    data_set.FieldOfViewHorizontalFlip = "NO"
    spacing = f"{PIXEL_MM:g}"
    data_set.ImagerPixelSpacing = [spacing, spacing]
    data_set.AcquisitionContextSequence = Items()


def _add_display(data_set: Dataset) -> None:
    data_set.PhotometricInterpretation = "MONOCHROME2"
    data_set.PixelIntensityRelationship, data_set.PixelIntensityRelationshipSign = "LOG", -1
    data_set.RescaleIntercept, data_set.RescaleSlope, data_set.RescaleType = "0", "1", "US"
    data_set.PresentationLUTShape = "IDENTITY"
    data_set.WindowCenter, data_set.WindowWidth = "1900", "3000"
    data_set.BurnedInAnnotation, data_set.LossyImageCompression = "NO", "00"
    data_set.QualityControlImage = "NO"
