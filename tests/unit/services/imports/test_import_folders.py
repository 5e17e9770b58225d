"""Importing files and folders: what is taken, what is passed over, what is refused, each counted once."""

from __future__ import annotations

import base64
import gzip
import os
import socket
import subprocess
from pathlib import Path

import pytest

from isocenter.errors import BadRequest, NotFound, StorageFull
from isocenter.services.imports import Counts, Importer, ImportMode, ImportOptions, ImportReport, measure
from isocenter.services.imports.sources import FileSource
from unit.services.imports.import_archive import ImportArchive, data_set, part10, uid

USER = ImportOptions("tester")


def run(archive: ImportArchive, *paths: Path, mode: ImportMode = ImportMode.COPY) -> ImportReport:
    report = Importer(archive.ingest).run(paths, ImportOptions("tester", mode))
    counts = report.counts
    assert counts.found == counts.stored + counts.duplicate + counts.kept_aside + counts.refused
    assert counts.files == counts.found + sum(reason.count for reason in report.passed_over)
    return report


def reasons(report: ImportReport) -> dict[str, int]:
    return {reason.text: reason.count for reason in report.refused}


def test_a_folder_is_imported_and_its_data_sets_come_back_as_they_were(archive: ImportArchive, media: Path) -> None:
    for number in range(1, 201):
        place = media / f"{number % 7}" / "deeper"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"IM{number}").write_bytes(part10(number))
    report = run(archive, media)
    assert report.counts == Counts(
        files=200, bytes=report.counts.bytes, found=200, stored=200, duplicate=0, kept_aside=0, refused=0
    )
    assert archive.instances() == 200
    assert archive.part10(uid(7)).endswith(data_set(7))
    assert measure([media]) == (200, report.counts.bytes)


def test_what_came_before_the_data_set_is_kept_in_the_journal(archive: ImportArchive, media: Path) -> None:
    (media / "one").write_bytes(part10(1))
    run(archive, media)
    (entry,) = archive.record.history(uid(1))
    assert entry.kind == "received"
    assert entry.actor == "tester"
    assert "copy from" in entry.source
    head = part10(1)[: -len(data_set(1))]
    assert base64.b64encode(head).decode() in entry.body


def test_importing_again_counts_duplicates(archive: ImportArchive, media: Path) -> None:
    (media / "one").write_bytes(part10(1))
    (media / "same").write_bytes(part10(1))
    assert run(archive, media).counts.stored == 1
    again = run(archive, media)
    assert (again.counts.stored, again.counts.duplicate) == (0, 2)


def test_other_pixels_under_the_same_uid_are_kept_aside_and_said_so(archive: ImportArchive, media: Path) -> None:
    (media / "a").write_bytes(part10(1, pixels=16))
    run(archive, media)
    (media / "a").write_bytes(part10(1, pixels=32))
    report = run(archive, media)
    assert report.counts.kept_aside == 1
    assert report.kept_aside[0].examples[0].where == str(media / "a")


def test_a_file_without_preamble_and_meta_is_taken(archive: ImportArchive, media: Path) -> None:
    (media / "bare").write_bytes(data_set(1))
    assert run(archive, media).counts.stored == 1
    assert archive.part10(uid(1)).endswith(data_set(1))


def test_a_large_file_goes_through_a_part_file(archive: ImportArchive, media: Path) -> None:
    (media / "large").write_bytes(part10(1, pixels=5 << 20))
    assert run(archive, media).counts.stored == 1
    assert archive.part10(uid(1)).endswith(data_set(1, pixels=5 << 20))


def test_what_is_no_dicom_is_passed_over(archive: ImportArchive, media: Path) -> None:
    (media / "readme.txt").write_text("nothing to see")
    (media / "empty").write_bytes(b"")
    (media / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    report = run(archive, media)
    assert report.counts.found == 0
    assert {reason.text: reason.count for reason in report.passed_over} == {"Not DICOM.": 2, "Empty.": 1}


def test_bad_files_are_refused_with_reasons_and_the_rest_is_stored(archive: ImportArchive, media: Path) -> None:
    (media / "cut").write_bytes(part10(1, pixels=64)[:-10])
    (media / "fine").write_bytes(part10(2))
    (media / "packed.gz").write_bytes(gzip.compress(part10(3)))
    (media / "no-uid").write_bytes(part10(4).replace(b"1.2.3.1.1\0", b"\0" * 10))
    report = run(archive, media)
    assert report.counts.stored == 1
    assert reasons(report) == {
        "The data set is malformed.": 1,
        "A file compressed with gzip; unpack it first.": 1,
        "The data set has no Series Instance UID.": 1,
    }


def test_a_transfer_syntax_that_is_no_uid_is_refused(archive: ImportArchive, media: Path) -> None:
    (media / "odd").write_bytes(part10(1).replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.\xe9\0", 1))
    assert reasons(run(archive, media)) == {
        "The transfer syntax in the file meta information is not a UID by PS3.5 9.1.": 1
    }


def test_links_pipes_and_sockets_are_not_opened(archive: ImportArchive, media: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(part10(1))
    (media / "link").symlink_to(outside / "secret")
    (media / "folder").symlink_to(outside)
    os.mkfifo(media / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        here = Path.cwd()
        os.chdir(media)  # a socket's path has a short limit
        try:
            listening.bind("socket")
        finally:
            os.chdir(here)
        report = run(archive, media)
    assert report.counts.found == 0
    assert {reason.text: reason.count for reason in report.passed_over} == {
        "A symbolic link; it is not followed.": 2,
        "A special file (device, pipe or socket); it is not followed.": 2,
    }


def test_a_link_that_the_caller_names_is_followed(archive: ImportArchive, media: Path, tmp_path: Path) -> None:
    (media / "one").write_bytes(part10(1))
    (tmp_path / "named").symlink_to(media)
    assert run(archive, tmp_path / "named").counts.stored == 1


def test_a_single_file_is_imported_alone(archive: ImportArchive, media: Path) -> None:
    (media / "one").write_bytes(part10(1))
    (media / "two").write_bytes(part10(2))
    assert run(archive, media / "two").counts.files == 1
    assert archive.instances() == 1


def test_a_path_that_is_not_there_is_said_before_anything_is_read(archive: ImportArchive, media: Path) -> None:
    (media / "one").write_bytes(part10(1))
    with pytest.raises(NotFound, match="There is no"):
        Importer(archive.ingest).run([media, media / "gone"], USER)
    assert archive.instances() == 0


def test_a_file_that_changes_while_it_is_read_is_refused(media: Path) -> None:
    path = media / "growing"
    path.write_bytes(part10(1))
    fd = os.open(path, os.O_RDONLY)
    try:
        source = FileSource(fd, path, "growing")
        source.read()
        source.settle()
        with path.open("ab") as file:
            file.write(b"more")
        with pytest.raises(BadRequest, match="changed while it was read"):
            source.settle()
    finally:
        os.close(fd)


def test_a_full_disk_stops_the_import_and_every_object_is_still_counted(archive: ImportArchive, media: Path) -> None:
    for number in range(1, 301):
        (media / f"IM{number:03}").write_bytes(part10(number))
    append = archive.ingest._recorder._judge.decide

    def full(arrived: object) -> object:
        raise StorageFull("No room left.")

    archive.ingest._recorder._judge.decide = full  # type: ignore[assignment,method-assign]
    report = run(archive, media)
    archive.ingest._recorder._judge.decide = append  # type: ignore[method-assign]
    assert report.stopped == "No room left."
    assert report.counts.stored == 0
    assert 0 < report.counts.refused < 300
    assert run(archive, media).counts.stored == 300


def test_folders_deeper_than_any_path_are_walked(archive: ImportArchive, media: Path) -> None:
    fd = os.open(media, os.O_RDONLY)
    try:
        for _ in range(1200):
            os.mkdir("deeper", dir_fd=fd)
            below = os.open("deeper", os.O_RDONLY, dir_fd=fd)
            os.close(fd)
            fd = below
        leaf = os.open("one", os.O_CREAT | os.O_WRONLY, dir_fd=fd)
        os.write(leaf, part10(1))
        os.close(leaf)
        os.close(fd)
        assert run(archive, media).counts.stored == 1
    finally:
        subprocess.run(["rm", "-rf", media / "deeper"], check=True)  # too deep for pytest to remove


def test_progress_is_told_after_each_file(archive: ImportArchive, media: Path) -> None:
    for number in range(3):
        (media / f"{number}").write_bytes(part10(number + 1))
    heard: list[Counts] = []
    Importer(archive.ingest).run([media], USER, heard.append)
    assert [counts.files for counts in heard] == [1, 2, 3]


def test_adopted_files_are_read_where_they_lie(archive: ImportArchive, media: Path) -> None:
    file = media / "one.dcm"
    file.write_bytes(b"MZ" + bytes(126) + part10(1, pixels=300_000)[128:])
    assert run(archive, media, mode=ImportMode.ADOPT).counts.stored == 1
    stored = archive.lookups.by_uid(uid(1))
    assert stored is not None
    assert (stored.content.location.kind, stored.content.location.name) == ("file", str(file))
    assert archive.part10(uid(1)) == file.read_bytes()
    offset = stored.content.data_set_offset
    assert file.read_bytes()[offset:] == data_set(1, pixels=300_000)
    assert str(file) in archive.record.history(uid(1))[0].body


def test_a_copy_and_an_adopted_file_of_one_object_are_duplicates(archive: ImportArchive, media: Path) -> None:
    (media / "one").write_bytes(part10(1))
    assert run(archive, media, mode=ImportMode.ADOPT).counts.stored == 1
    assert run(archive, media).counts.duplicate == 1


def test_a_name_that_is_no_text_cannot_be_adopted_but_copied(archive: ImportArchive, media: Path) -> None:
    Path(os.fsdecode(bytes(media) + b"/\xff\xfe")).write_bytes(part10(1))
    assert run(archive, media, mode=ImportMode.ADOPT).counts.refused == 1
    assert run(archive, media).counts.stored == 1
