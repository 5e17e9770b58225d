from __future__ import annotations

import hashlib
from pathlib import Path

import pydicom
import pytest
from sample_files import written

from isocenter.errors import BadRequest
from isocenter.services.samples import SAMPLES, write_samples

# SHA-256 over the pixel data of each sample's files in order. A change here changes what every demo, document and
# benchmark shows: make it on purpose, look at the pictures, then put the new digest here.
PIXEL_DIGESTS = {
    "ct-chest": "7ad85331f4254071291c003111e3fe9dcbf65bdcf649b318e02d01944d568d72",
    "cr-chest": "e6fac8581b96fe5691f61f115d54b1afdcff6b04aec7643e4ca5a452a6762afa",
    "mr-head": "fd8304b30ecc67032c01f23142580a2c618d2cfb965ca2b2e9158a4fee661727",
    "us-heart": "b3bd08487ab6b4e17f0d9e1e4dc6fec0807c0d60894f394c4a4206d0a4c59376",
    "mg-breast": "ef468743c4481a3f36097f8258b4a679defd04b72272935d9c530cc4c3dde73b",
}


@pytest.mark.parametrize("name", sorted(PIXEL_DIGESTS))
def test_pixels_are_the_same_on_every_machine(name):
    digest = hashlib.sha256()
    for path in written(name):
        digest.update(pydicom.dcmread(path).PixelData)
    assert digest.hexdigest() == PIXEL_DIGESTS[name]


@pytest.mark.parametrize("name", ["us-heart", "sr-nodule", "pdf-report", "mg-breast"])
def test_a_second_run_writes_the_same_bytes(tmp_path, name):
    again = write_samples(tmp_path, [name]).written[0].files
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in written(name)]


def test_the_catalogue_tells_the_number_of_objects():
    for sample in SAMPLES:
        assert len(written(sample.name)) == sample.instances, sample.name


def test_all_together_stay_small():
    assert sum(path.stat().st_size for sample in SAMPLES for path in written(sample.name)) < 70_000_000


def test_only_what_was_asked_for_is_written_and_counted(tmp_path):
    report = write_samples(tmp_path, ["pdf-report", "sr-nodule"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pdf-report", "sr-nodule"]
    assert report.files == 2
    assert report.size == sum(path.stat().st_size for one in report.written for path in one.files)
    assert report.folder == tmp_path


def test_progress_counts_up_to_all_files(tmp_path):
    seen: list[tuple[str, int, int]] = []
    write_samples(tmp_path, ["sr-nodule", "pdf-report"], lambda *step: seen.append(step))
    assert seen == [("sr-nodule", 1, 2), ("pdf-report", 2, 2)]


def test_an_unknown_name_is_refused_with_the_known_ones(tmp_path: Path):
    with pytest.raises(BadRequest, match=r"no sample named ct-head.*mr-head"):
        write_samples(tmp_path, ["ct-head"])
    assert list(tmp_path.iterdir()) == []


def test_nothing_asked_for_writes_nothing(tmp_path: Path):
    assert write_samples(tmp_path, []).files == 0
