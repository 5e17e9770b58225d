"""Importing zip archives: by content, within bounds, never to a path."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from pathlib import Path

import pytest

from isocenter.errors import DataSetError, LimitExceeded
from isocenter.services.imports import Importer, ImportLimits, ImportMode, ImportOptions, ImportReport
from isocenter.services.imports.zips import ZipLimits, open_zip
from unit.services.imports.import_archive import ImportArchive, data_set, part10, uid


def run(archive: ImportArchive, path: Path, *, mode: ImportMode = ImportMode.COPY, **limits: int) -> ImportReport:
    importer = Importer(archive.ingest, ImportLimits(zip=ZipLimits(**limits)))
    report = importer.run([path], ImportOptions("tester", mode))
    counts = report.counts
    assert counts.found == counts.stored + counts.duplicate + counts.kept_aside + counts.refused
    assert counts.files == counts.found + sum(reason.count for reason in report.passed_over)
    return report


def reasons(report: ImportReport) -> list[str]:
    return [reason.text for reason in report.refused]


@pytest.fixture
def zipped(media: Path) -> Path:
    return media / "study.zip"


def test_entries_are_stored_whatever_they_are_called(archive: ImportArchive, zipped: Path, tmp_path: Path) -> None:
    before = set(tmp_path.rglob("*"))
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as made:
        for number, name in enumerate(["../../up", "/etc/evil", "C:\\evil", "a/b/c", "same", "SAME"], 1):
            made.writestr(name, part10(number))
        made.writestr("folder/", b"")
        made.writestr("readme.txt", "hello")
    assert run(archive, zipped).counts.stored == 6
    assert archive.part10(uid(1)).endswith(data_set(1))
    outside_packs = {path for path in tmp_path.rglob("*") if "archive" not in path.parts} - before
    assert outside_packs == {zipped}


def test_an_entry_twice_under_one_name_is_read_twice(archive: ImportArchive, zipped: Path) -> None:
    with zipfile.ZipFile(zipped, "w") as made, pytest.warns(UserWarning, match="Duplicate name"):
        made.writestr("one", part10(1))
        made.writestr("one", part10(2))
    assert run(archive, zipped).counts.stored == 2


def test_links_inside_are_passed_over(archive: ImportArchive, zipped: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(zipped, "w") as made:
        made.writestr(link, "/etc/passwd")
    report = run(archive, zipped)
    assert report.counts.found == 0
    assert "A symbolic link; it is not followed." in [reason.text for reason in report.passed_over]


def test_a_zip_inside_a_zip_is_refused(archive: ImportArchive, zipped: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as made:
        made.writestr("one", part10(1))
    with zipfile.ZipFile(zipped, "w") as made:
        made.writestr("inner.zip", inner.getvalue())
        made.writestr("two", part10(2))
    report = run(archive, zipped)
    assert report.counts.stored == 1
    assert reasons(report) == ["A zip archive inside a zip archive; unpack the outer one."]


def test_a_bomb_is_stopped_by_the_bytes_that_come_out(archive: ImportArchive, zipped: Path) -> None:
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("small", part10(1))
        made.writestr("bomb", part10(2, pixels=40 << 20))
        for number in range(3, 10):
            made.writestr(f"{number}", part10(number))
    report = run(archive, zipped, small_bytes=1 << 20)
    assert report.counts.stored == 1
    assert report.counts.refused == 8
    assert "bomb" in reasons(report)[0]
    assert archive.instances() == 1


def test_declared_sizes_do_not_count(archive: ImportArchive, zipped: Path) -> None:
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("one", part10(1, pixels=1000))
    data = bytearray(zipped.read_bytes())
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    zipped.write_bytes(data)
    report = run(archive, zipped)
    assert report.counts.stored == 0
    assert report.counts.refused + sum(r.count for r in report.passed_over if r.text == "Not DICOM.") == 1


def test_damage_is_found_by_the_check_value(archive: ImportArchive, zipped: Path) -> None:
    with zipfile.ZipFile(zipped, "w") as made:
        made.writestr("one", part10(1, pixels=1000))
    data = bytearray(zipped.read_bytes())
    data[900] ^= 1
    zipped.write_bytes(data)
    assert reasons(run(archive, zipped)) == ["The data set is malformed."]
    assert archive.instances() == 0


def test_too_many_entries_are_refused_before_they_are_held(zipped: Path) -> None:
    with zipfile.ZipFile(zipped, "w") as made:
        for number in range(50):
            made.writestr(f"{number}", b"")
    fd = os.open(zipped, os.O_RDONLY)
    try:
        with pytest.raises(LimitExceeded, match="more than 20 entries"):
            open_zip(fd, "z", ZipLimits(entries=20))
        with pytest.raises(LimitExceeded, match="too long"):
            open_zip(fd, "z", ZipLimits(directory_bytes=100))
        assert len(list(open_zip(fd, "z", ZipLimits(entries=50)))) == 50
    finally:
        os.close(fd)


@pytest.mark.parametrize("size", [4, 22, 100])
def test_a_broken_archive_is_refused(zipped: Path, size: int) -> None:
    with zipfile.ZipFile(zipped, "w") as made:
        made.writestr("one", b"1")
    zipped.write_bytes(zipped.read_bytes()[:size])
    fd = os.open(zipped, os.O_RDONLY)
    try:
        with pytest.raises(DataSetError):
            open_zip(fd, "z", ZipLimits())
    finally:
        os.close(fd)


def test_methods_that_cannot_be_bounded_are_refused(archive: ImportArchive, zipped: Path) -> None:
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_BZIP2) as made:
        made.writestr("one", part10(1))
    assert run(archive, zipped).counts.refused == 1


def test_entries_cannot_be_adopted(archive: ImportArchive, zipped: Path) -> None:
    with zipfile.ZipFile(zipped, "w") as made:
        made.writestr("one", part10(1))
    assert reasons(run(archive, zipped, mode=ImportMode.ADOPT)) == [
        "What lies in a zip archive cannot be adopted in place."
    ]
