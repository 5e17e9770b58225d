"""The validators that the standard's own people use find nothing wrong."""

from __future__ import annotations

import subprocess

import pytest
from sample_files import read, written

from isocenter.services.samples import SAMPLES, bench_instance
from support.programs import require_program

# dicom3tools places the Accession Number of a structured report in another entity than that of an image: it says
# this of every study that holds both, whatever their values.
TOOL_QUIRK = "Different information entities for attribute - Element=<AccessionNumber>"


@pytest.mark.peer
@pytest.mark.parametrize("name", [sample.name for sample in SAMPLES])
def test_dciodvfy_finds_no_error(name):
    program = require_program("dciodvfy")
    for path in written(name):
        found = subprocess.run([program, "-new", path], capture_output=True, text=True, check=False)
        assert found.stderr.strip(), "the validator said nothing, not even the name of the object"
        errors = [line for line in found.stderr.splitlines() if line.startswith("Error")]
        assert not errors, f"{path.name}: {errors}"


@pytest.mark.peer
def test_dciodvfy_knows_an_error_when_it_sees_one(tmp_path):
    program = require_program("dciodvfy")
    broken = read("cr-chest")[0]
    del broken.Rows
    broken.save_as(tmp_path / "broken.dcm")
    found = subprocess.run([program, "-new", tmp_path / "broken.dcm"], capture_output=True, text=True, check=False)
    assert "Error" in found.stderr


@pytest.mark.peer
@pytest.mark.parametrize(
    "names", [("ct-chest", "sr-nodule", "pdf-report"), ("cr-chest",), ("mr-head",), ("us-heart",), ("mg-breast",)]
)
def test_dcentvfy_finds_each_study_consistent(names):
    program = require_program("dcentvfy")
    paths = [path for name in names for path in written(name)]
    found = subprocess.run([program, *paths], capture_output=True, text=True, check=False)
    lines = [line for line in (found.stdout + found.stderr).splitlines() if line.strip()]
    assert [line for line in lines if TOOL_QUIRK not in line] == []


@pytest.mark.peer
@pytest.mark.parametrize("kind", ["ct", "mr"])
def test_dciodvfy_finds_no_error_in_what_is_used_for_load(tmp_path, kind):
    program = require_program("dciodvfy")
    path = tmp_path / "bench.dcm"
    path.write_bytes(bench_instance(kind, 7))
    found = subprocess.run([program, "-new", path], capture_output=True, text=True, check=False)
    assert found.stderr.strip()
    assert "Error" not in found.stderr
