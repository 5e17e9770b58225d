"""An ultrasound study of the heart: one beat as a cine loop (RLE), and one frame with colour flow."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import RLELossless, UltrasoundImageStorage, UltrasoundMultiFrameImageStorage

from isocenter.services.samples.attributes import Series, Study, add_private_block, coded, new_object, set_pixels
from isocenter.services.samples.heart_echo import PIXEL_MM, SECTOR, FourChamberView
from isocenter.services.samples.identity import LUCJA

__all__ = ["FRAMES", "US_SERIES", "US_STUDY", "us_heart"]

FRAMES = 30
_COLOUR_PHASE = 16 / 30

US_STUDY = Study(
    key="us-heart",
    patient=LUCJA,
    date="20260421",
    time="091000",
    accession_number="SMP260421-0003",
    description="Echocardiography, transthoracic",
    procedure=("34552-0", "LN", "US.doppler Heart Transthoracic"),
)
US_SERIES = Series(
    study=US_STUDY,
    number=1,
    modality="US",
    description="Apical four-chamber view",
    body_part="HEART",
    model="Phantom US",
    time="091405",
    protocol="Adult echo",
)


def us_heart() -> Iterator[Dataset]:
    """A multi-frame loop in grey, then a still in colour."""
    view = FourChamberView()
    yield _loop(view)
    yield _still(view)


def _loop(view: FourChamberView) -> Dataset:
    data_set = new_object(US_SERIES, UltrasoundMultiFrameImageStorage, 1, RLELossless)
    _describe(data_set, "0001")
    frames = np.stack([view.grey(index / FRAMES) for index in range(FRAMES)])
    data_set.NumberOfFrames = FRAMES
    data_set.FrameIncrementPointer = Tag("FrameTime")
    data_set.FrameTime, data_set.CineRate, data_set.RecommendedDisplayFrameRate = "33.333", 30, 30
    data_set.StartTrim, data_set.StopTrim = 1, FRAMES
    data_set.PreferredPlaybackSequencing = 0
    set_pixels(data_set, frames, 8)
    data_set.PhotometricInterpretation = "MONOCHROME2"
    add_private_block(data_set, "us-heart", ["one beat at 60 a minute, frame 1 at the R wave"])
    return data_set


def _still(view: FourChamberView) -> Dataset:
    data_set = new_object(US_SERIES, UltrasoundImageStorage, 2)
    _describe(data_set, "0011")
    pixels = view.coloured(_COLOUR_PHASE)
    data_set.SamplesPerPixel, data_set.PhotometricInterpretation = 3, "RGB"
    data_set.PlanarConfiguration = 0
    data_set.Rows, data_set.Columns = pixels.shape[:2]
    data_set.BitsAllocated, data_set.BitsStored, data_set.HighBit = 8, 8, 7
    data_set.PixelRepresentation = 0
    data_set.UltrasoundColorDataPresent = 1
    data_set.PixelData = pixels.tobytes()
    data_set["PixelData"].VR = "OB"
    add_private_block(data_set, "us-heart", ["filling through both valves"])
    return data_set


def _describe(data_set: Dataset, kind: str) -> None:
    data_set.ImageType = ["ORIGINAL", "PRIMARY", "TTE", kind]
    data_set.AcquisitionDate, data_set.AcquisitionTime = US_STUDY.date, US_SERIES.time
    data_set.PatientOrientation = ""
    data_set.AnatomicRegionSequence = coded(("80891009", "SCT", "Heart"))
    data_set.HeartRate = 60
    data_set.TransducerData = ["SAMPLE PHASED", "", ""]
    data_set.TransducerType = "SECTOR_PHASED"
    data_set.MechanicalIndex, data_set.BoneThermalIndex, data_set.SoftTissueThermalIndex = "1.1", "0.8", "0.6"
    data_set.DepthOfScanField = 150
    data_set.SequenceOfUltrasoundRegions = [_region(colour=kind == "0011")]
    data_set.LossyImageCompression, data_set.BurnedInAnnotation = "00", "NO"


def _region(*, colour: bool) -> Dataset:
    """The calibrated fan (PS3.3 C.8.5.5): cm per pixel, origin at the transducer."""
    left, top, right, bottom = SECTOR
    region = Dataset()
    region.RegionSpatialFormat, region.RegionDataType = 1, 2 if colour else 1
    region.RegionFlags = 2
    region.RegionLocationMinX0, region.RegionLocationMinY0 = left, top
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = right, bottom
    region.ReferencePixelX0, region.ReferencePixelY0 = 320 - left, 22 - top
    region.ReferencePixelPhysicalValueX = region.ReferencePixelPhysicalValueY = 0.0
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3
    region.PhysicalDeltaX = region.PhysicalDeltaY = PIXEL_MM / 10
    region.TransducerFrequency = 2500
    return region
