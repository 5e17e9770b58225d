"""An MR of the head: a T1- and a T2-weighted axial series in one frame of reference."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import MRImageStorage

from isocenter.services.samples.attributes import Series, Study, add_private_block, coded, new_object, set_pixels
from isocenter.services.samples.head import head_slice
from isocenter.services.samples.identity import JORG
from isocenter.services.samples.noise import Floats

__all__ = ["MR_SERIES", "MR_STUDY", "SLICES", "describe", "mr_head"]

SLICES = 30
_SIZE, _PIXEL, _STEP, _THICKNESS, _LOWEST = 256, 0.9, 4.0, 3.6, -39.0
_FRONT = -118.75  # y of the first row's centre

MR_STUDY = Study(
    key="mr-head",
    patient=JORG,
    date="20260402",
    time="143000",
    accession_number="SMP260402-0002",
    description="MR head without contrast",
    procedure=("24590-2", "LN", "MR Brain"),
)
MR_SERIES = tuple(
    Series(
        study=MR_STUDY,
        number=number,
        modality="MR",
        description=description,
        body_part="HEAD",
        model="Phantom MR",
        time=time,
        protocol="Head routine",
        frame_of_reference="NA",
    )
    for number, description, time in ((2, "T1 axial", "143310"), (3, "T2 axial", "143925"))
)
_TECHNIQUES: tuple[dict[str, str | int | list[str]], ...] = (
    {
        "ScanningSequence": "SE",
        "SequenceVariant": "SK",
        "SequenceName": "se2d1",
        "RepetitionTime": "520",
        "EchoTime": "9.8",
        "EchoTrainLength": 1,
        "FlipAngle": "90",
        "PixelBandwidth": "150",
        "WindowCenter": "380",
        "WindowWidth": "780",
    },
    {
        "ScanningSequence": "SE",
        "SequenceVariant": ["SK", "OSP"],
        "SequenceName": "tse2d1_15",
        "RepetitionTime": "4600",
        "EchoTime": "98",
        "EchoTrainLength": 15,
        "FlipAngle": "150",
        "PixelBandwidth": "190",
        "WindowCenter": "480",
        "WindowWidth": "1000",
    },
)


def mr_head() -> Iterator[Dataset]:
    """Both series' slices, foot to head, as MR Image Storage objects."""
    across = (np.arange(_SIZE, dtype=np.float32) - np.float32((_SIZE - 1) / 2)) * np.float32(_PIXEL)
    down = np.arange(_SIZE, dtype=np.float32) * np.float32(_PIXEL) + np.float32(_FRONT)
    y, x = down.reshape(-1, 1), across.reshape(1, -1)
    pairs = [head_slice(_LOWEST + index * _STEP, y, x) for index in range(SLICES)]
    for contrast, series in enumerate(MR_SERIES):
        for index, pair in enumerate(pairs):
            yield _slice(series, contrast, index, pair[contrast])


def _slice(series: Series, contrast: int, index: int, signal: Floats) -> Dataset:
    data_set = new_object(series, MRImageStorage, index + 1)
    describe(data_set, contrast, index)
    pixels = np.clip(np.rint(signal), 0, 4095).astype(np.uint16)
    set_pixels(data_set, pixels, 12)
    data_set.SmallestImagePixelValue, data_set.LargestImagePixelValue = int(pixels.min()), int(pixels.max())
    return data_set


def describe(data_set: Dataset, contrast: int, index: int) -> None:
    """Add all that an MR slice has besides what every object has, and its pixels; ``contrast``: 0 T1, 1 T2."""
    data_set.ImageType = ["ORIGINAL", "PRIMARY", "OTHER"]
    data_set.AcquisitionDate, data_set.AcquisitionTime = MR_STUDY.date, MR_SERIES[contrast].time
    data_set.AcquisitionNumber = 1
    data_set.PatientPosition = "HFS"
    _add_geometry(data_set, index)
    _add_technique(data_set)
    for keyword, value in _TECHNIQUES[contrast].items():
        setattr(data_set, keyword, value)
    data_set.PhotometricInterpretation = "MONOCHROME2"
    add_private_block(data_set, "mr-head", ["two white matter lesions, bright in T2"])


def _add_geometry(data_set: Dataset, index: int) -> None:
    height = _LOWEST + index * _STEP
    first = -(_SIZE - 1) / 2 * _PIXEL
    data_set.PixelSpacing = [f"{_PIXEL:g}", f"{_PIXEL:g}"]
    data_set.SliceThickness, data_set.SpacingBetweenSlices = f"{_THICKNESS:g}", f"{_STEP:g}"
    data_set.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    data_set.ImagePositionPatient = [f"{first:.4f}", f"{_FRONT:.4f}", f"{height:.4f}"]
    data_set.SliceLocation = f"{height:.4f}"
    data_set.PatientOrientation = ["L", "P"]
    data_set.AnatomicRegionSequence = coded(("69536005", "SCT", "Head"))


def _add_technique(data_set: Dataset) -> None:
    data_set.ScanOptions = "PFP"
    data_set.MRAcquisitionType = "2D"
    data_set.MagneticFieldStrength, data_set.ImagingFrequency, data_set.ImagedNucleus = "1.5", "63.87", "1H"
    data_set.NumberOfAverages, data_set.NumberOfPhaseEncodingSteps = "2", 256
    data_set.EchoNumbers = 1
    data_set.PercentSampling, data_set.PercentPhaseFieldOfView = "100", "100"
    data_set.ReceiveCoilName, data_set.TransmitCoilName = "SAMPLE_HEAD_20", "BODY"
    data_set.AcquisitionMatrix = [0, 256, 256, 0]
    data_set.InPlanePhaseEncodingDirection = "ROW"
    data_set.VariableFlipAngleFlag, data_set.SAR, data_set.dBdt = "N", "0.9", "0"
    data_set.ReconstructionDiameter = "230.4"
    data_set.BurnedInAnnotation, data_set.LossyImageCompression = "NO", "00"
