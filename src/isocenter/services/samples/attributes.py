"""The modules that all sample objects share (PS3.3 C.7 and C.12), as pydicom data sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRLittleEndian, RLELossless

from isocenter.dicom.uid import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from isocenter.services.samples.identity import ISSUER, Patient, sample_uid
from isocenter.services.samples.rle import encode_frame

__all__ = [
    "PRIVATE_CREATOR",
    "Code",
    "Series",
    "Study",
    "add_private_block",
    "coded",
    "new_object",
    "reference",
    "set_pixels",
]

PRIVATE_CREATOR = "ISOCENTER SAMPLES 1"
Code = tuple[str, str, str]
"""Code value, coding scheme designator, code meaning."""

_AE_TITLE = "SAMPLE_MODALITY"


@dataclass(frozen=True, slots=True)
class Study:
    """What the objects of one study have in common."""

    key: str
    patient: Patient
    date: str
    time: str
    accession_number: str
    description: str
    procedure: Code

    @property
    def uid(self) -> str:
        """Study Instance UID."""
        return sample_uid("study", self.key)


@dataclass(frozen=True, slots=True)
class Series:
    """What the objects of one series have in common."""

    study: Study
    number: int
    modality: str
    description: str
    body_part: str
    model: str
    time: str
    protocol: str = ""
    frame_of_reference: str = ""
    laterality: str = ""

    @property
    def uid(self) -> str:
        """Series Instance UID."""
        return sample_uid("series", self.study.key, self.number)

    def instance_uid(self, number: int) -> str:
        """SOP Instance UID of the series' object with this number."""
        return sample_uid("instance", self.study.key, self.number, number)


def coded(*codes: Code) -> list[Dataset]:
    """Items of a code sequence (PS3.3 8.8)."""
    items = []
    for value, scheme, meaning in codes:
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
        items.append(item)
    return items


def reference(sop_class_uid: str, sop_instance_uid: str, purpose: Code | None = None) -> Dataset:
    """An item that names another object."""
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class_uid, sop_instance_uid
    if purpose:
        item.PurposeOfReferenceCodeSequence = coded(purpose)
    return item


def new_object(series: Series, sop_class_uid: str, number: int, transfer_syntax_uid: str = "") -> Dataset:
    """A data set with file meta, patient, study, series, equipment and SOP common modules."""
    data_set = Dataset()
    data_set.file_meta = _file_meta(sop_class_uid, series.instance_uid(number), transfer_syntax_uid)
    sets = series.study.patient.character_sets
    data_set.SpecificCharacterSet = sets[0] if len(sets) == 1 else list(sets)
    data_set.SOPClassUID = sop_class_uid
    data_set.SOPInstanceUID = series.instance_uid(number)
    data_set.InstanceCreationDate = data_set.ContentDate = series.study.date
    data_set.InstanceCreationTime = data_set.ContentTime = series.time
    data_set.InstanceNumber = number
    data_set.TimezoneOffsetFromUTC = "+0000"
    _add_patient(data_set, series.study.patient)
    _add_study(data_set, series.study)
    _add_series(data_set, series)
    _add_equipment(data_set, series)
    return data_set


def _file_meta(sop_class_uid: str, sop_instance_uid: str, transfer_syntax_uid: str) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\x00\x01"
    meta.MediaStorageSOPClassUID = UID(sop_class_uid)
    meta.MediaStorageSOPInstanceUID = UID(sop_instance_uid)
    meta.TransferSyntaxUID = UID(transfer_syntax_uid or ExplicitVRLittleEndian)
    meta.ImplementationClassUID = UID(IMPLEMENTATION_CLASS_UID)
    meta.ImplementationVersionName = IMPLEMENTATION_VERSION_NAME
    meta.SourceApplicationEntityTitle = _AE_TITLE
    return meta


def _add_patient(data_set: Dataset, patient: Patient) -> None:
    data_set.PatientName = patient.name
    data_set.PatientID = patient.patient_id
    data_set.IssuerOfPatientID = ISSUER
    data_set.PatientBirthDate = patient.birth_date
    data_set.PatientSex = patient.sex
    data_set.PatientAge = patient.age
    data_set.PatientSize = patient.size_m
    data_set.PatientWeight = patient.weight_kg
    data_set.PatientComments = "Synthetic: drawn by a program, nobody's body"


def _add_study(data_set: Dataset, study: Study) -> None:
    data_set.StudyInstanceUID = study.uid
    data_set.StudyID = study.accession_number[-4:]
    data_set.StudyDate, data_set.StudyTime = study.date, study.time
    data_set.AccessionNumber = study.accession_number
    data_set.StudyDescription = study.description
    data_set.ProcedureCodeSequence = coded(study.procedure)
    data_set.ReferringPhysicianName = "Referrer^Rita^^Dr."


def _add_series(data_set: Dataset, series: Series) -> None:
    data_set.SeriesInstanceUID = series.uid
    data_set.SeriesNumber = series.number
    data_set.SeriesDate, data_set.SeriesTime = series.study.date, series.time
    data_set.SeriesDescription = series.description
    data_set.Modality = series.modality
    if series.body_part:
        data_set.BodyPartExamined = series.body_part
    if series.protocol:
        data_set.OperatorsName = "Operator^Olga"
        data_set.ProtocolName = series.protocol
        data_set.PerformedProcedureStepStartDate = series.study.date
        data_set.PerformedProcedureStepStartTime = series.study.time
        data_set.PerformedProcedureStepID = f"PPS{series.study.accession_number[-4:]}"
        data_set.PerformedProcedureStepDescription = series.study.description
        data_set.PerformedProtocolCodeSequence = coded(series.study.procedure)
        data_set.RequestAttributesSequence = [_request(series.study)]
    if series.laterality:
        data_set.Laterality = series.laterality
    if series.frame_of_reference:
        data_set.FrameOfReferenceUID = sample_uid("frame of reference", series.study.key)
        data_set.PositionReferenceIndicator = series.frame_of_reference


def _request(study: Study) -> Dataset:
    item = Dataset()
    item.RequestedProcedureID = f"RP{study.accession_number[-4:]}"
    item.RequestedProcedureDescription = study.description
    item.RequestedProcedureCodeSequence = coded(study.procedure)
    item.ScheduledProcedureStepID = f"SPS{study.accession_number[-4:]}"
    item.ScheduledProcedureStepDescription = study.description
    return item


def _add_equipment(data_set: Dataset, series: Series) -> None:
    data_set.Manufacturer = "Isocenter"
    data_set.ManufacturerModelName = series.model
    data_set.DeviceSerialNumber = f"SYNTH-{series.modality}-01"
    data_set.SoftwareVersions = "isocenter samples 1"
    data_set.InstitutionName = "Isocenter Sample Hospital"
    data_set.InstitutionAddress = "1 Example Street, Nowhere"
    data_set.InstitutionalDepartmentName = "Radiology"
    data_set.StationName = f"SAMPLE{series.modality}"


def add_private_block(data_set: Dataset, sample: str, truth: Sequence[str]) -> None:
    """What is known of the drawing, in a private block (PS3.5 7.8.1): its name and its true measures."""
    block = data_set.private_block(0x0029, PRIVATE_CREATOR, create=True)
    block.add_new(0x01, "LO", sample)
    block.add_new(0x02, "LO", list(truth))
    item = Dataset()
    item.add_new(0x00291001, "LO", "Drawn from code with fixed seeds")
    item.private_block(0x0029, PRIVATE_CREATOR, create=True)
    block.add_new(0x03, "SQ", [item])


def set_pixels(data_set: Dataset, pixels: NDArray[np.uint16] | NDArray[np.uint8], bits_stored: int) -> None:
    """Image pixel module and pixel data for one grey image (rows, columns) or frames (frames, rows, columns).

    Packed when the file meta says RLE Lossless.
    """
    data_set.SamplesPerPixel = 1
    data_set.Rows, data_set.Columns = pixels.shape[-2:]
    data_set.BitsAllocated = 8 * pixels.itemsize
    data_set.BitsStored, data_set.HighBit = bits_stored, bits_stored - 1
    data_set.PixelRepresentation = 0
    wide = pixels.itemsize == 2
    if data_set.file_meta.TransferSyntaxUID == RLELossless:
        frames = pixels if pixels.ndim == 3 else pixels[np.newaxis]
        data_set.PixelData = encapsulate([encode_frame(frame) for frame in frames])
        data_set["PixelData"].VR = "OB"
    else:
        data_set.PixelData = pixels.astype("<u2" if wide else "u1").tobytes()
        data_set["PixelData"].VR = "OW" if wide else "OB"
