"""Importing media: a DICOMDIR is compared with the files, never followed."""

from __future__ import annotations

from pathlib import Path

from isocenter.dicom.dataset import DataSet, write_data_set
from isocenter.dicom.part10 import write_file_meta
from isocenter.dicom.sop_class import MEDIA_STORAGE_DIRECTORY
from isocenter.services.imports import DirectoryReport, Importer, ImportOptions, ImportReport
from unit.services.imports.import_archive import EXPLICIT_LE, ImportArchive, part10


def dicomdir(*names: str) -> bytes:
    records = []
    for name in names:
        record = DataSet()
        record.set(0x00041430, "CS", "IMAGE")
        record.set(0x00041500, "CS", name.split("\\"))
        records.append(record)
    made = DataSet()
    made.set(0x00041130, "CS", "TEST")
    made.set(0x00041220, "SQ", records)
    return write_file_meta(MEDIA_STORAGE_DIRECTORY, "1.2.3.9", EXPLICIT_LE) + write_data_set(made, EXPLICIT_LE)


def run(archive: ImportArchive, path: Path) -> ImportReport:
    return Importer(archive.ingest).run([path], ImportOptions("tester"))


def test_missing_and_extra_files_are_reported_and_all_that_is_there_is_stored(
    archive: ImportArchive, media: Path
) -> None:
    (media / "IMAGES").mkdir()
    (media / "DICOMDIR").write_bytes(dicomdir("IMAGES\\A", "IMAGES\\B", "IMAGES\\GONE"))
    for number, name in enumerate(["a", "B;1", "EXTRA"], 1):
        (media / "IMAGES" / name).write_bytes(part10(number))
    report = run(archive, media)
    assert report.counts.stored == 3
    assert report.directories == (
        DirectoryReport(where=str(media / "DICOMDIR"), listed=3, missing=1, missing_examples=("IMAGES/GONE",), extra=1),
    )


def test_a_dicomdir_may_be_named_for_its_folder(archive: ImportArchive, media: Path) -> None:
    (media / "DICOMDIR").write_bytes(dicomdir("A"))
    (media / "A").write_bytes(part10(1))
    report = run(archive, media / "DICOMDIR")
    assert report.counts.stored == 1
    assert report.directories[0].missing == 0


def test_names_that_lead_out_are_never_followed(archive: ImportArchive, media: Path) -> None:
    (media.parent / "SECRET").write_bytes(part10(1))
    (media / "DICOMDIR").write_bytes(dicomdir("..\\SECRET", "..\\..\\etc\\passwd", "/etc/passwd", ".\\A"))
    report = run(archive, media)
    assert report.counts.found == 0
    assert report.directories[0].outside == 4


def test_a_listed_link_counts_as_missing(archive: ImportArchive, media: Path) -> None:
    (media.parent / "SECRET").write_bytes(part10(1))
    (media / "A").symlink_to(media.parent / "SECRET")
    (media / "DICOMDIR").write_bytes(dicomdir("A"))
    report = run(archive, media)
    assert report.counts.found == 0
    assert report.directories[0].missing == 1


def test_an_unreadable_list_does_not_keep_the_files_out(archive: ImportArchive, media: Path) -> None:
    (media / "DICOMDIR").write_bytes(dicomdir("A")[:-5])
    (media / "A").write_bytes(part10(1))
    report = run(archive, media)
    assert report.counts.stored == 1
    assert report.directories[0].unreadable


def test_each_of_two_nested_media_is_compared_with_its_own_files(archive: ImportArchive, media: Path) -> None:
    inner = media / "INNER"
    inner.mkdir()
    (media / "DICOMDIR").write_bytes(dicomdir("A"))
    (inner / "DICOMDIR").write_bytes(dicomdir("B"))
    (media / "A").write_bytes(part10(1))
    (inner / "B").write_bytes(part10(2))
    assert [(one.listed, one.missing, one.extra) for one in run(archive, media).directories] == [(1, 0, 0), (1, 0, 0)]


def test_a_real_medium_is_imported_whole(archive: ImportArchive, corpus: Path) -> None:
    folder = corpus / "dicomdir" / "pydicom_fileset"
    report = run(archive, folder)
    assert report.counts.refused == 0
    assert report.counts.stored == report.counts.found - report.counts.duplicate
    assert report.counts.stored > 50
    compared = [(one.listed, one.missing, one.extra, one.outside) for one in report.directories]
    assert compared == [(31, 0, 0, 0), (50, 0, 0, 0)]
