"""Commands on an archive of our own: import, find, get, history, fsck, verify, reindex."""

from __future__ import annotations

import json
from pathlib import Path

from isocenter.settings import load_settings
from isocenter.storage.packs.lock import FolderLock
from unit.interfaces.cli.conftest import Run
from unit.services.imports.import_archive import STUDY, data_set, uid


def test_imported_files_are_found_and_come_back(isocenter: Run, files: Path, tmp_path: Path) -> None:
    imported = isocenter("import", files)
    assert imported.code == 0
    assert [line.split() for line in imported.out.splitlines()[:2]] == [
        ["Found", "Stored", "Duplicate", "Kept", "aside", "Refused"],
        ["3", "3", "0", "0", "0"],
    ]
    found = isocenter("find", "PatientName=test*")
    assert STUDY in found.out
    assert "1 found." in found.err
    got = isocenter("get", STUDY, tmp_path / "out")
    assert got.code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["000001.dcm", "000002.dcm", "000003.dcm"]
    assert (tmp_path / "out" / "000002.dcm").read_bytes().endswith(data_set(2, pixels=100_000))


def test_files_are_numbered_after_those_that_are_there(isocenter: Run, files: Path, tmp_path: Path) -> None:
    isocenter("import", files)
    isocenter("get", uid(1), tmp_path / "out")
    again = isocenter("get", uid(1), tmp_path / "out", "--json")
    assert json.loads(again.out)[0]["file"].endswith("000002.dcm")


def test_the_report_is_there_for_programs(isocenter: Run, files: Path) -> None:
    (files / "cut").write_bytes((files / "slice1").read_bytes()[:-7])
    answer = isocenter("import", files, "--json")
    assert answer.code == 1
    report = json.loads(answer.out)
    assert report["counts"]["refused"] == 1
    assert report["refused"][0]["examples"][0]["where"] == str(files / "cut")


def test_answers_are_dicom_json_for_programs(isocenter: Run, files: Path) -> None:
    isocenter("import", files)
    (study,) = json.loads(isocenter("find", "--json").out)
    assert study["00100010"] == {"vr": "PN", "Value": [{"Alphabetic": "Test^Import"}]}
    assert study["00201208"] == {"vr": "IS", "Value": [3]}


def test_levels_and_limits(isocenter: Run, files: Path) -> None:
    isocenter("import", files)
    answer = isocenter("find", "--level", "instance", "--limit", 2, "0020,0013=")
    assert len(answer.out.splitlines()) == 3
    assert "more than 2" in answer.err
    assert isocenter("find", "--level", "patient").out.split()[-2:] == ["IMPORT-1", "1"]


def test_an_unknown_key_is_answered_with_a_near_one(isocenter: Run) -> None:
    answer = isocenter("find", "PatientNmae=x")
    assert answer.code == 2
    assert "Did you mean PatientName?" in answer.err


def test_a_key_that_cannot_be_searched_is_never_passed_over_silently(isocenter: Run, files: Path) -> None:
    isocenter("import", files)
    answer = isocenter("find", "StudyComments=x")
    assert answer.code == 1
    assert answer.err == "isocenter: StudyComments cannot be searched at this level.\n"


def test_history_tells_who_brought_an_instance(isocenter: Run, files: Path) -> None:
    isocenter("import", files)
    answer = isocenter("history", uid(1))
    assert "received" in answer.out
    assert f"copy from {files}" in answer.out
    assert json.loads(isocenter("history", uid(1), "--json").out)[0]["kind"] == "received"
    nothing = isocenter("history", "1.2.3.4")
    assert (nothing.code, nothing.err) == (1, "isocenter: There never was an instance 1.2.3.4 here.\n")


def test_conflicts_are_listed(isocenter: Run, files: Path) -> None:
    isocenter("import", files)
    (files / "slice1").write_bytes((files / "slice1").read_bytes()[:-100_000] + b"\1" * 100_000)
    assert "Kept aside" in isocenter("import", files).out
    assert "other-pixels" in isocenter("exceptions").out
    assert json.loads(isocenter("exceptions", "--json").out)[0]["SOPInstanceUID"] == uid(1)


def test_adopted_files_stay_where_they_are(isocenter: Run, files: Path, tmp_path: Path) -> None:
    assert isocenter("import", "--adopt", files).code == 0
    assert isocenter("get", uid(1), tmp_path / "out").code == 0
    assert (tmp_path / "out" / "000001.dcm").read_bytes() == (files / "slice1").read_bytes()
    (files / "slice1").unlink()
    gone = isocenter("get", uid(1), tmp_path / "out")
    assert (gone.code, gone.err) == (1, "isocenter: The content's file is missing.\n")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["000001.dcm"]


def test_checks_find_damage_and_reindex_gives_the_same_answers(isocenter: Run, files: Path, tmp_path: Path) -> None:
    isocenter("import", files)
    before = isocenter("find", "--level", "instance", "--json").out
    assert isocenter("fsck").out.endswith("Clean.\n")
    assert isocenter("verify").code == 0
    assert "3 objects are in the new index" in isocenter("reindex").out
    assert isocenter("find", "--level", "instance", "--json").out == before
    (pack,) = [path for path in (tmp_path / "data" / "packs").rglob("*.tar") if path.stat().st_size > 100_000]
    damaged = bytearray(pack.read_bytes())
    damaged[50_000] ^= 1
    pack.write_bytes(damaged)
    assert isocenter("verify", tmp_path / "data").code == 1
    assert "its bytes are not what was stored" in isocenter("verify", pack).out
    assert json.loads(isocenter("verify", pack, "--json").out)["clean"] is False
    fsck = isocenter("fsck", "--json")
    assert fsck.code == 1
    assert json.loads(fsck.out)["problems"]


def test_a_busy_data_folder_says_what_to_do_instead(isocenter: Run, files: Path, tmp_path: Path) -> None:
    isocenter("import", files)
    lock = FolderLock(load_settings().data)
    try:
        answer = isocenter("import", files)
        assert answer.code == 1
        assert answer.err.startswith("isocenter: Another process is using this data folder. While its server runs")
        assert isocenter("find").code == 0
    finally:
        lock.release()


def test_a_path_that_is_not_there_is_one_sentence(isocenter: Run, tmp_path: Path) -> None:
    answer = isocenter("import", tmp_path / "gone")
    assert (answer.code, answer.err) == (1, f"isocenter: There is no {tmp_path / 'gone'}.\n")
    shown = isocenter("show", tmp_path / "gone")
    assert (shown.code, shown.err) == (1, f"isocenter: {tmp_path / 'gone'}: No such file or directory.\n")


def test_samples_can_be_drawn_one_by_one(isocenter: Run, tmp_path: Path) -> None:
    answer = isocenter("samples", tmp_path / "samples", "--only", "pdf-report", "--json")
    (sample,) = json.loads(answer.out)
    assert isocenter("import", tmp_path / "samples").code == 0
    assert Path(sample["files"][0]).is_file()
    assert isocenter("samples", tmp_path, "--only", "nonsense").code == 1
