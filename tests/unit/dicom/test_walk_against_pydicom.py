"""pydicom as the oracle, over the shared collection: tags, VRs, value bytes at all levels, pixel data, frames."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
from pydicom.dataelem import RawDataElement
from pydicom.encaps import generate_frames
from pydicom.tag import BaseTag

from isocenter.dicom.byte_order import swapped
from isocenter.dicom.dataset import DataSet, Element, Fragments, read_data_set, write_data_set
from isocenter.dicom.frames import fragments_of
from isocenter.dicom.part10 import FileMeta, read_file_meta
from isocenter.dicom.transfer_syntax import walked_as
from isocenter.dicom.walk import Walker, WalkResult
from isocenter.dicom.walk.inflate import Inflater
from isocenter.dicom.walk.limits import WalkLimits
from isocenter.errors import DataSetError, LimitExceeded, ObjectError

pytestmark = pytest.mark.corpus

REFUSED_HERE = {
    # file: (what we say, who is right and by which clause)
    "codec/pydicom__SC_rgb_jpeg.dcm": (
        "no VR of two capital letters",
        "we: PS3.5 A.4 asks for explicit VR, the elements have none; pydicom changes over to implicit VR unasked",
    ),
    "dicomdir/pydicom_fileset/DICOMDIR-nooffset": (
        "longer than what holds it",
        "we: PS3.5 7.5.1, the last item ends 24 bytes after its sequence; pydicom reads on past the end",
    ),
    "malformed/pydicom-data__emri_small_jpeg_2k_lossless_too_short.dcm": (
        "ends inside (7FE0,0010)",
        "we: PS3.5 A.4, the sequence delimiter is missing; pydicom takes what there is",
    ),
    "malformed/pydicom__MR_truncated.dcm": (
        "62 bytes before the end of (7FE0,0010)",
        "we: PS3.5 7.1.1, the length is not filled; pydicom takes what there is",
    ),
    "malformed/pydicom__rtplan_truncated.dcm": (
        "before the end of (300A,012C)",
        "we: PS3.5 7.1.1, the file is cut; pydicom takes what there is",
    ),
    "malformed/synthetic__huge_element_length.dcm": (
        "before the end of (0009,1010)",
        "we: PS3.5 7.1.1, 2 GiB are announced and 4 bytes present; pydicom takes what there is",
    ),
    "malformed/synthetic__nested_200.dcm": (
        "nested deeper than 64",
        "both: PS3.5 sets no depth; ours is a limit against attacks, pydicom meets Python's own",
    ),
    "malformed/synthetic__sequence_no_delimiter.dcm": (
        "ends inside (0040,0275)",
        "we: PS3.5 7.5.2, nothing closes the sequence; pydicom refuses too",
    ),
    "malformed/synthetic__truncated_in_header.dcm": (
        "ends inside the element",
        "we: PS3.5 7.1.1, the file is cut; pydicom drops the part of an element at the end",
    ),
    "malformed/synthetic__truncated_in_pixeldata.dcm": (
        "before the end of (7FE0,0010)",
        "we: PS3.5 7.1.1, the length is not filled; pydicom takes what there is",
    ),
    "malformed/synthetic__ts_mismatch_implicit_labelled_explicit.dcm": (
        "no VR of two capital letters",
        "we: PS3.10 7.1, the file meta names another encoding; pydicom changes over to implicit VR unasked",
    ),
}

NOT_DICOM = {
    # file: why
    "malformed/pydicom__no_meta.dcm": "begins with a stray byte, so no element is where one should be",
    "malformed/pydicom__zipMR.gz": "a compressed file",
    "malformed/synthetic__dicm_only_132.dcm": "a preamble and nothing after it",
    "malformed/synthetic__empty_0_bytes.dcm": "nothing",
    "malformed/synthetic__random_bytes.dcm": "no DICOM at all",
}
"""pydicom reads some of these when forced, and finds one nonsensical element."""


def dicom_files(corpus: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(corpus.rglob("*")):
        if path.is_file() and path.suffix not in {".csv", ".md", ".txt"}:
            yield path.relative_to(corpus).as_posix(), path.read_bytes()


def walked(data: bytes, meta: FileMeta) -> WalkResult:
    walker = Walker(meta.transfer_syntax_uid, keep=frozenset([0x00100020, 0x0020000D]))
    for at in range(meta.data_set_offset, len(data), 1 << 16):
        walker.feed(data[at : min(at + (1 << 16), len(data))])
    return walker.close()


def by_pydicom(data: bytes) -> pydicom.Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pydicom.dcmread(io.BytesIO(data), force=True)


def compare(ours: DataSet, theirs: pydicom.Dataset, big_endian: bool, explicit: bool, where: str) -> int:
    """Compare two data sets at all levels; give the number of elements compared."""
    assert list(ours) == sorted(int(tag) for tag in theirs._dict), where
    count = 0
    for element in ours.elements():
        place = f"{where} {element.tag:08X}"
        raw = theirs._dict[BaseTag(element.tag)]  # as read: get_item converts empty values
        if isinstance(element.value, list):
            items = theirs[element.tag].value
            assert len(items) == len(element.value), place
            inner_explicit = explicit and not (isinstance(raw, RawDataElement) and raw.VR in (None, "UN"))
            for item, theirs_item in zip(element.value, items, strict=True):
                count += compare(
                    item, theirs_item, big_endian, inner_explicit and not theirs_item.is_implicit_VR, place
                )
            continue
        if explicit and isinstance(raw, RawDataElement) and raw.VR is not None:
            assert element.vr == raw.VR, place
        value = raw.value if raw.value is not None else b""
        if isinstance(raw, RawDataElement):
            assert encoded(element, big_endian and explicit) == value, place
        count += 1
    return count


def encoded(element: Element, big_endian: bool) -> bytes:
    value = element.value
    if isinstance(value, Fragments):
        items = (value.offset_table, *value.items)
        return b"".join(b"\xfe\xff\x00\xe0" + len(item).to_bytes(4, "little") + item for item in items)
    assert isinstance(value, bytes)
    return swapped(value, element.vr) if big_endian else value


def inflated(data: bytes, meta: FileMeta) -> bytes:
    if not walked_as(meta.transfer_syntax_uid).deflated:
        return data[meta.data_set_offset :]
    inflater = Inflater(WalkLimits())
    return b"".join([*inflater.feed(data[meta.data_set_offset :]), *inflater.close()])


def declared_frames(theirs: pydicom.Dataset) -> int:
    raw = theirs._dict.get(BaseTag(0x00280008))
    text = (raw.value or b"").strip() if isinstance(raw, RawDataElement) else b""
    return int(text) if text.isdigit() else 1  # one file says 1A


def compare_pixel_data(result: WalkResult, theirs: pydicom.Dataset, data: bytes, meta: FileMeta, name: str) -> int:
    """Compare place and frames; give the number of frames compared."""
    found = result.pixel_data
    if found is None:
        assert not {"PixelData", "FloatPixelData", "DoubleFloatPixelData"} & set(theirs.dir()), name
        return 0
    raw = theirs._dict[BaseTag(found.tag)]
    base = 0 if result.deflated else meta.data_set_offset
    assert raw.value_tell == base + found.offset, name
    assert len(raw.value) == found.length, name
    body = inflated(data, meta)
    declared = declared_frames(theirs)
    if not len(result.frames):
        assert "frames-unknown" in result.oddities or "pixel-data-short" in result.oddities, name
        return 0
    assert len(result.frames) == declared, name
    ours = [body[at : at + length] for at, length in result.frames]
    if found.encapsulated:
        ours = [b"".join(fragments_of(span)) for span in ours]
        assert ours == list(generate_frames(raw.value, number_of_frames=declared)), name
    else:
        assert b"".join(ours) == raw.value[: sum(map(len, ours))], name
    return declared


def test_what_pydicom_reads_we_read_alike(corpus: Path) -> None:
    files = elements = frames = 0
    for name, data in dicom_files(corpus):
        if name in REFUSED_HERE or name in NOT_DICOM:
            continue
        meta = read_file_meta(data)
        assert meta is not None, name
        result = walked(data, meta)
        theirs = by_pydicom(data)
        stated = theirs.file_meta.get("TransferSyntaxUID")
        assert stated is None or stated == meta.transfer_syntax_uid, name
        syntax = walked_as(meta.transfer_syntax_uid)
        ours = read_data_set(data[meta.data_set_offset :], meta.transfer_syntax_uid)
        elements += compare(ours, theirs, syntax.big_endian, not syntax.implicit_vr, name)
        frames += compare_pixel_data(result, theirs, data, meta, name)
        files += 1
    assert files > 590
    assert elements > 50_000
    assert frames > 800


def test_what_we_write_pydicom_reads_alike(corpus: Path) -> None:
    for name, data in dicom_files(corpus):
        if name in REFUSED_HERE or name in NOT_DICOM or len(data) > 300_000:
            continue
        meta = read_file_meta(data)
        assert meta is not None
        ours = read_data_set(data[meta.data_set_offset :], meta.transfer_syntax_uid)
        written = write_data_set(ours, meta.transfer_syntax_uid)
        again = read_data_set(written, meta.transfer_syntax_uid)
        assert write_data_set(again, meta.transfer_syntax_uid) == written, name
        theirs = by_pydicom(data[: meta.data_set_offset] + written)
        syntax = walked_as(meta.transfer_syntax_uid)
        compare(again, theirs, syntax.big_endian, not syntax.implicit_vr, name)


@pytest.mark.parametrize("name", REFUSED_HERE)
def test_disagreements_are_as_the_table_says(corpus: Path, name: str) -> None:
    data = (corpus / name).read_bytes()
    meta = read_file_meta(data)
    assert meta is not None
    with pytest.raises((DataSetError, LimitExceeded)) as caught:
        walked(data, meta)
    assert REFUSED_HERE[name][0] in str(caught.value)
    with pytest.raises((DataSetError, LimitExceeded)):
        read_data_set(data[meta.data_set_offset :], meta.transfer_syntax_uid)


@pytest.mark.parametrize("name", NOT_DICOM)
def test_what_is_no_dicom_is_told_by_its_head(corpus: Path, name: str) -> None:
    assert read_file_meta((corpus / name).read_bytes()) is None


@pytest.mark.timeout(60)
def test_malformed_files_are_whole_or_refused_in_every_syntax(corpus: Path) -> None:
    syntaxes = ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"]
    for name, data in dicom_files(corpus / "malformed"):
        for syntax in syntaxes:
            for start in (0, 132):
                walker = Walker(syntax)
                try:
                    walker.feed(data[start:])
                    result = walker.close()
                except ObjectError:
                    continue
                assert result.size == max(0, len(data) - start), name
