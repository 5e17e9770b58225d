"""The head of a file: ours is exact, that of others is taken as it comes."""

from __future__ import annotations

import io

import pydicom
import pytest

from isocenter.dicom.part10 import FileMeta, guess_transfer_syntax, read_file_meta, write_file_meta
from isocenter.dicom.uid import IMPLEMENTATION_CLASS_UID, is_valid
from isocenter.errors import DataSetError
from unit.dicom.build import BIG, EXPLICIT_BE, EXPLICIT_LE, IMPLICIT, IMPLICIT_LE, LITTLE

CT = "1.2.840.10008.5.1.4.1.1.2"
DATA = LITTLE.element(0x00080016, "UI", CT.encode() + b"\0") + LITTLE.element(0x00100020, "LO", b"P1")
META = LITTLE.element(0x00020002, "UI", CT.encode() + b"\0") + LITTLE.element(
    0x00020010, "UI", EXPLICIT_LE.encode() + b"\0"
)


def test_what_we_write_pydicom_reads() -> None:
    head = write_file_meta(CT, "1.2.3", EXPLICIT_LE, "MODALITY")
    meta = pydicom.dcmread(io.BytesIO(head + DATA)).file_meta
    assert meta.MediaStorageSOPClassUID == CT
    assert meta.MediaStorageSOPInstanceUID == "1.2.3"
    assert meta.TransferSyntaxUID == EXPLICIT_LE
    assert meta.ImplementationClassUID == IMPLEMENTATION_CLASS_UID
    assert meta.ImplementationVersionName == "ISOCENTER_0_1"
    assert meta.SourceApplicationEntityTitle == "MODALITY"
    assert meta.FileMetaInformationVersion == b"\0\1"
    assert meta.FileMetaInformationGroupLength == len(head) - 144


def test_what_we_write_we_read() -> None:
    head = write_file_meta(CT, "1.2.3.4", EXPLICIT_LE)
    assert write_file_meta(CT, "1.2.3.4", EXPLICIT_LE) == head
    assert read_file_meta(head + DATA) == FileMeta(
        transfer_syntax_uid=EXPLICIT_LE,
        data_set_offset=len(head),
        sop_class_uid=CT,
        sop_instance_uid="1.2.3.4",
        implementation_class_uid=IMPLEMENTATION_CLASS_UID,
        implementation_version_name="ISOCENTER_0_1",
    )


@pytest.mark.parametrize("start", [bytes(128) + b"DICM", b"\xff" * 128 + b"DICM", b"DICM", b""])
def test_preamble_and_group_length_may_be_missing(start: bytes) -> None:
    meta = read_file_meta(start + META + DATA)
    assert meta is not None
    assert meta.transfer_syntax_uid == EXPLICIT_LE
    assert meta.data_set_offset == len(start) + len(META)
    assert meta.has_preamble is (len(start) > 100)
    assert not meta.transfer_syntax_guessed


def test_a_wrong_group_length_does_not_matter() -> None:
    wrong = LITTLE.element(0x00020000, "UL", b"\xff\0\0\0")
    meta = read_file_meta(bytes(128) + b"DICM" + wrong + META + DATA)
    assert meta is not None
    assert meta.data_set_offset == 132 + len(wrong) + len(META)


def test_file_meta_in_implicit_vr_is_read() -> None:
    odd = IMPLICIT.element(0x00020010, "UI", b"1.2.840.10008.1.2\0")
    meta = read_file_meta(bytes(128) + b"DICM" + odd + DATA)
    assert meta is not None
    assert meta.transfer_syntax_uid == IMPLICIT_LE


@pytest.mark.parametrize(("encoder", "syntax"), [(LITTLE, EXPLICIT_LE), (IMPLICIT, IMPLICIT_LE), (BIG, EXPLICIT_BE)])
def test_without_file_meta_the_encoding_is_guessed(encoder, syntax: str) -> None:
    data = encoder.element(0x00080005, "CS", b"ISO_IR 192")
    for start in (b"", bytes(128) + b"DICM"):
        meta = read_file_meta(start + data)
        assert meta is not None
        assert meta.transfer_syntax_uid == syntax
        assert meta.transfer_syntax_guessed
        assert meta.data_set_offset == len(start)


def test_without_a_guess_the_default_syntax_holds_where_there_is_file_meta() -> None:
    meta = read_file_meta(bytes(128) + b"DICM" + META[:34] + IMPLICIT.element(0x00010001, "UN", b"ab"))
    assert meta is not None
    assert meta.transfer_syntax_uid == IMPLICIT_LE


@pytest.mark.parametrize("head", [b"", b"PK\3\4" + bytes(200), bytes(128) + b"DICM", b"%PDF-1.4 and more", bytes(500)])
def test_what_is_no_dicom_is_none(head: bytes) -> None:
    assert read_file_meta(head) is None


def test_a_head_that_ends_inside_the_file_meta_is_refused() -> None:
    whole = write_file_meta(CT, "1.2.3", EXPLICIT_LE)
    ends = [134, 139, 143, 150, 160, 200, len(whole) - 1]
    for cut in ends:
        with pytest.raises(DataSetError):
            read_file_meta(whole[:cut])


def test_guesses_need_a_whole_element_header() -> None:
    assert guess_transfer_syntax(DATA[:7]) is None


def test_our_implementation_class_uid_is_valid() -> None:
    assert is_valid(IMPLEMENTATION_CLASS_UID)
