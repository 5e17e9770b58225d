"""DICOM files taken apart at the end of their meta information, by the tests' own reading of PS3.10 7.1."""

from __future__ import annotations

import struct
import warnings
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pydicom

IMPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2"
EXPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
EXPLICIT_VR_BIG_ENDIAN = "1.2.840.10008.1.2.2"
_LONG = {b"OB", b"OW", b"OF", b"OD", b"OL", b"OV", b"SQ", b"UN", b"UT", b"UC", b"UR", b"SV", b"UV"}


@dataclass(frozen=True, slots=True)
class Part10:
    """A file as it is: what its meta says, and the data set's bytes unchanged."""

    transfer_syntax_uid: str
    sop_instance_uid: str
    data_set: bytes
    has_meta: bool


def split_part10(raw: bytes) -> Part10:
    """Take a file apart; one without meta is taken for what its first bytes look like."""
    at = 132 if raw[128:132] == b"DICM" else 0
    meta: dict[int, bytes] = {}
    start = at
    while at + 8 <= len(raw) and raw[at : at + 2] == b"\x02\0":
        element = struct.unpack_from("<H", raw, at + 2)[0]
        if raw[at + 4 : at + 6] in _LONG:
            length, head = struct.unpack_from("<I", raw, at + 8)[0], 12
        else:
            length, head = struct.unpack_from("<H", raw, at + 6)[0], 8
        meta[element] = raw[at + head : at + head + length]
        at += head + length
    data_set = raw[at:]
    guessed = _guessed(data_set)
    return Part10(_uid(meta.get(0x0010, b"")) or guessed, _uid(meta.get(0x0003, b"")), data_set, has_meta=at > start)


def _guessed(data_set: bytes) -> str:
    explicit = data_set[4:6].isalpha() and data_set[4:6].isupper()
    if not explicit:
        return IMPLICIT_VR_LITTLE_ENDIAN
    return EXPLICIT_VR_BIG_ENDIAN if data_set[:1] == b"\0" else EXPLICIT_VR_LITTLE_ENDIAN


def read_part10(path: Path) -> Part10:
    return split_part10(path.read_bytes())


@dataclass(frozen=True, slots=True)
class Identity:
    """The UIDs inside a data set; empty where there is none."""

    sop_class_uid: str
    sop_instance_uid: str
    study_instance_uid: str
    series_instance_uid: str


def identity_inside(part10: Part10) -> Identity:
    """Read the UIDs with pydicom, the oracle; what it cannot read counts as not there."""
    keywords = ["SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"]
    meta = pydicom.dataset.FileMetaDataset()
    meta.TransferSyntaxUID = pydicom.uid.UID(part10.transfer_syntax_uid)
    buffer = BytesIO()
    buffer.write(bytes(128) + b"DICM")
    pydicom.filewriter.write_file_meta_info(buffer, meta, enforce_standard=False)
    buffer.write(part10.data_set)
    buffer.seek(0)
    try:
        with warnings.catch_warnings(action="ignore"):
            data_set = pydicom.dcmread(buffer, specific_tags=keywords, force=True)
            return Identity(*(str(data_set.get(keyword, "") or "") for keyword in keywords))
    except Exception:  # noqa: BLE001 - malformed on purpose, in any way
        return Identity("", "", "", "")


def _uid(raw: bytes) -> str:
    return raw.rstrip(b"\0 ").decode("ascii", "replace")
