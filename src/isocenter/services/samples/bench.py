"""Instances for load measurements: realistic headers, made at the speed of copying bytes.

One template of each kind is built with pydicom; each instance then only has its identifiers put in place, in fields
whose length never changes.
"""

from __future__ import annotations

import hashlib
from functools import cache
from io import BytesIO
from typing import Literal

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, MRImageStorage

from isocenter.services.samples import ct_chest, mr_head
from isocenter.services.samples.attributes import new_object, set_pixels
from isocenter.services.samples.chest_volume import chest_volume
from isocenter.services.samples.head import head_slice

__all__ = ["BenchKind", "bench_instance"]

BenchKind = Literal["ct", "mr"]
"""``ct``: 512 x 512, 16 bits, 530 KB; ``mr``: 64 x 64, 16 bits, 12 KB. At least 120 elements in each."""

_STUDY, _SERIES, _INSTANCE, _NUMBER, _PATIENT = (
    "2.25.100000000000000000000000000000000000001",
    "2.25.100000000000000000000000000000000000002",
    "2.25.100000000000000000000000000000000000003",
    "9000001",
    "BENCH-9000002",
)
_VENDOR = "ISOCENTER BENCH 1"


def bench_instance(kind: BenchKind, number: int, per_study: int = 100) -> bytes:
    """The Part 10 file number ``number`` (from 0): always the same bytes, its own SOP Instance UID and pixels.

    ``per_study`` consecutive numbers share a patient, a study and a series.
    """
    head, pixels = _template(kind)
    study = number // per_study
    for placeholder, value in (
        (_STUDY, _uid(kind, "study", study)),
        (_SERIES, _uid(kind, "series", study)),
        (_INSTANCE, _uid(kind, "instance", number)),
        (_NUMBER, f"{number % per_study + 1:07d}"),
        (_PATIENT, f"BENCH-{study:07d}"),
    ):
        head = head.replace(placeholder.encode(), value.encode())
    return head + number.to_bytes(8, "little") + pixels[8:]


def _uid(kind: str, level: str, number: int) -> str:
    """A UID of 44 characters, as long as the placeholder."""
    digest = hashlib.sha256(f"isocenter bench {kind} {level} {number}".encode()).digest()
    return f"2.25.{10**38 + int.from_bytes(digest[:15], 'big')}"


@cache
def _template(kind: BenchKind) -> tuple[bytes, bytes]:
    """The file up to the pixel data's value, and that value."""
    data_set = _ct() if kind == "ct" else _mr()
    data_set.StudyInstanceUID, data_set.SeriesInstanceUID = _STUDY, _SERIES
    data_set.SOPInstanceUID = data_set.file_meta.MediaStorageSOPInstanceUID = _INSTANCE
    data_set.InstanceNumber, data_set.PatientID = _NUMBER, _PATIENT
    _add_vendor_block(data_set)
    buffer = BytesIO()
    data_set.save_as(buffer, enforce_file_format=True)
    whole, size = buffer.getvalue(), len(data_set.PixelData)
    return whole[:-size], whole[-size:]


def _ct() -> Dataset:
    data_set = new_object(ct_chest.CT_SERIES, CTImageStorage, 1)
    volume = chest_volume(slices=1)
    ct_chest.describe(data_set, volume, 0)
    set_pixels(data_set, np.clip(np.rint(volume.voxels[0]) + 1024, 0, 4095).astype(np.uint16), 16)
    return data_set


def _mr() -> Dataset:
    data_set = new_object(mr_head.MR_SERIES[0], MRImageStorage, 1)
    across = ((np.arange(64, dtype=np.float32)) - np.float32(31.5)) * np.float32(3.6)
    signal, _ = head_slice(20.0, across.reshape(-1, 1), across.reshape(1, -1))
    mr_head.describe(data_set, 0, 0)
    set_pixels(data_set, np.clip(np.rint(signal), 0, 4095).astype(np.uint16), 16)
    data_set.PixelSpacing = ["3.6", "3.6"]
    return data_set


def _add_vendor_block(data_set: Dataset) -> None:
    """A private group such as vendors write: numbers, texts, and a nested table."""
    block = data_set.private_block(0x0019, _VENDOR, create=True)
    for offset in range(0x10, 0x20):
        block.add_new(offset, "DS", f"{offset * 1.5:.2f}")
    for offset in range(0x20, 0x28):
        block.add_new(offset, "US", offset)
    for offset in range(0x28, 0x2C):
        block.add_new(offset, "LO", f"VENDOR {offset:02X}")
    rows = []
    for index in range(3):
        row = Dataset()
        inner = row.private_block(0x0019, _VENDOR, create=True)
        inner.add_new(0x01, "IS", str(index))
        inner.add_new(0x02, "FD", index * 0.25)
        rows.append(row)
    block.add_new(0x2C, "SQ", rows)
