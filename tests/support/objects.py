"""Small objects that tests make up, encoded by pydicom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset, write_file_meta_info

from support.part10 import EXPLICIT_VR_LITTLE_ENDIAN
from support.raw_sender import Outgoing

MR_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.4"
ROOT = "1.2.826.0.1.3680043.10.1671.1"
"""Under the UIDs of tests."""

Value = str | int | bytes | list[str]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an object belongs."""

    study_instance_uid: str = f"{ROOT}.1"
    series_instance_uid: str = f"{ROOT}.1.1"
    patient_id: str = "T-1"
    patient_name: str = "Test^Object"


def mr(number: int, place: Place = Place(), *, pixels: bytes = bytes(32), **more: Value | None) -> Outgoing:
    """A small MR image of 4 x 4 pixels; ``more`` sets elements by keyword, or removes them with None."""
    uid = f"{place.series_instance_uid}.{number}"
    data_set = Dataset()
    values: dict[str, Value | None] = {
        "SOPClassUID": MR_IMAGE_STORAGE,
        "SOPInstanceUID": uid,
        "StudyInstanceUID": place.study_instance_uid,
        "SeriesInstanceUID": place.series_instance_uid,
        "PatientID": place.patient_id,
        "PatientName": place.patient_name,
        "Modality": "MR",
        "InstanceNumber": str(number),
        "Rows": 4,
        "Columns": 4,
        "BitsAllocated": 16,
        "BitsStored": 16,
        "HighBit": 15,
        "PixelRepresentation": 0,
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "PixelData": pixels,
        **more,
    }
    for keyword, value in values.items():
        if value is not None:
            setattr(data_set, keyword, value)
    if "PixelData" in data_set:
        data_set["PixelData"].VR = "OW"
    return Outgoing(MR_IMAGE_STORAGE, uid, EXPLICIT_VR_LITTLE_ENDIAN, encoded(data_set))


def encoded(data_set: Dataset) -> bytes:
    """The bytes of a data set in explicit VR little endian."""
    buffer = DicomBytesIO()
    buffer.is_little_endian, buffer.is_implicit_VR = True, False
    write_dataset(buffer, data_set)
    return buffer.getvalue()


def under(uid: str, made: Outgoing) -> Outgoing:
    """The same object announced under another SOP Instance UID than its own."""
    return replace(made, sop_instance_uid=uid)


def part10_files(folder: Path, objects: Sequence[Outgoing]) -> list[Path]:
    """Write objects as files that any program reads."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for made in objects:
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = made.sop_class_uid
        meta.MediaStorageSOPInstanceUID = made.sop_instance_uid
        meta.TransferSyntaxUID = made.transfer_syntax_uid
        meta.ImplementationClassUID = ROOT
        buffer = DicomBytesIO()
        write_file_meta_info(buffer, meta)
        file = folder / f"{made.sop_instance_uid}.dcm"
        file.write_bytes(bytes(128) + b"DICM" + buffer.getvalue() + made.data_set)
        files.append(file)
    return files
