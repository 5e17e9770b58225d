"""Showing one file."""

from __future__ import annotations

import json
from pathlib import Path

from isocenter.dicom.dataset import DataSet, write_data_set
from isocenter.dicom.part10 import write_file_meta
from unit.interfaces.cli.conftest import Run
from unit.services.imports.import_archive import CT, EXPLICIT_LE, data_set, part10, uid


def test_a_file_is_shown_as_lines(isocenter: Run, tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(part10(1, pixels=5000))
    lines = isocenter("show", tmp_path / "one").out.splitlines()
    assert lines[1].startswith("(0002,0001) OB        2 FileMetaInformationVersion")
    assert any("PatientName" in line and line.endswith("Test^Import") for line in lines)
    assert lines[-1].startswith("(7FE0,0010) OW     5000 PixelData")
    assert "5000 bytes from" in lines[-1]


def test_a_file_is_shown_as_dicom_json(isocenter: Run, tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(part10(1, pixels=5000))
    shown = json.loads(isocenter("show", "--json", tmp_path / "one").out)
    assert shown["00080018"]["Value"] == [uid(1)]
    assert shown["7FE00010"]["BulkDataURI"] == "bulkdata/7FE00010"
    assert "00020010" not in shown


def test_a_file_without_meta_is_shown(isocenter: Run, tmp_path: Path) -> None:
    (tmp_path / "bare").write_bytes(data_set(1))
    answer = isocenter("show", tmp_path / "bare")
    assert "SOPInstanceUID" in answer.out
    assert "it was guessed" in answer.err


def test_nothing_in_a_file_steers_the_terminal(isocenter: Run, tmp_path: Path) -> None:
    hostile = DataSet()
    hostile.set(0x00080005, "CS", "ISO_IR 192")
    hostile.set(0x00100010, "PN", "[red]\x1b]0;owned\x07\u202e[/red]")
    (tmp_path / "bad").write_bytes(write_file_meta(CT, uid(1), EXPLICIT_LE) + write_data_set(hostile, EXPLICIT_LE))
    out = isocenter("show", tmp_path / "bad").out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "[red]\\x1b]0;owned\\x07\\u202e[/red]" in out


def test_what_is_no_dicom_is_said_in_one_sentence(isocenter: Run, tmp_path: Path) -> None:
    for name, content, message in [
        ("text", b"hello world, this is text", "does not look like DICOM"),
        ("empty", b"", "is empty"),
        ("cut", part10(1, pixels=5000)[:-10], "cut short|ends|longer"),
    ]:
        (tmp_path / name).write_bytes(content)
        answer = isocenter("show", tmp_path / name)
        assert answer.code == 1
        assert answer.err.count("\n") == 1
        assert any(part in answer.err for part in message.split("|")), answer.err
    assert isocenter("show", "/dev/null").code == 1
