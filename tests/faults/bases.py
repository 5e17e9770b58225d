"""Well-formed files to make mutants of: the shared collection's where it is, and some of our own in every encoding."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pydicom
from dicom_bytes import DicomFile, read_file
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
)

from isocenter.services.samples import SAMPLES, bench_instance

LARGEST = 300_000
"""Bytes: a mutant of a larger file shows nothing that one of this size does not."""
MALFORMED = ("malformed/", "dicomdir/")


def own_files() -> Iterator[DicomFile]:
    """One MR in five encodings, the CT of the benchmarks, and the deeply nested report."""
    for name, syntax in (
        ("explicit", ExplicitVRLittleEndian),
        ("implicit", ImplicitVRLittleEndian),
        ("big endian", ExplicitVRBigEndian),
        ("deflated", DeflatedExplicitVRLittleEndian),
        ("encapsulated", JPEGBaseline8Bit),
    ):
        yield read_file(f"own MR, {name}", _mr_in(syntax))
    yield read_file("own CT", bench_instance("ct", 7))
    report = next(sample for sample in SAMPLES if sample.name == "sr-nodule")
    for number, data_set in enumerate(report.build()):
        yield read_file(f"own report {number}", _saved(data_set, ExplicitVRLittleEndian))


def collected_files(folder: Path) -> Iterator[DicomFile]:
    """The well-formed files of the shared collection that are small enough."""
    with (folder / "index.csv").open(newline="") as index:
        names = [row["file"] for row in csv.DictReader(index) if not row["file"].startswith(MALFORMED)]
    for name in sorted(names):
        path = folder / name
        if path.stat().st_size > LARGEST:
            continue
        raw = path.read_bytes()
        if raw[128:132] == b"DICM":
            yield read_file(name, raw)


def corpus_folder() -> Path | None:
    """The shared collection, when it is there; `corpus` of conftest skips instead."""
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    folder = Path(os.environ.get("ISOCENTER_CORPUS", beside))
    return folder if (folder / "index.csv").is_file() else None


def all_bases() -> list[DicomFile]:
    """Every file to start from, always the same in the same order; every fourth is one of our own."""
    folder = corpus_folder()
    own = list(own_files())
    collected = list(collected_files(folder)) if folder else []
    mixed: list[DicomFile] = own if not collected else []
    for number, file in enumerate(collected):
        mixed.append(file)
        if number % 3 == 2:
            mixed.append(own[number // 3 % len(own)])
    return mixed


def _mr_in(syntax: pydicom.uid.UID) -> bytes:
    data_set = pydicom.dcmread(BytesIO(bench_instance("mr", 3)))
    if syntax.is_encapsulated:
        pixels = data_set.PixelData
        frames = [b"\xff\xd8" + pixels[start : start + 998] for start in range(0, 4000, 1000)]
        data_set.NumberOfFrames = len(frames)
        data_set.PixelData = encapsulate(frames, fragments_per_frame=2)
        data_set["PixelData"].is_undefined_length = True
    return _saved(data_set, syntax)


def _saved(data_set: Dataset, syntax: pydicom.uid.UID) -> bytes:
    """Write it in this encoding; taken over element by element, since pydicom refuses to change the byte order."""
    fresh = Dataset()
    for element in data_set:
        fresh.add(element)
    fresh.file_meta = data_set.file_meta
    fresh.file_meta.TransferSyntaxUID = syntax
    buffer = BytesIO()
    pydicom.dcmwrite(buffer, fresh, enforce_file_format=True)
    return buffer.getvalue()
