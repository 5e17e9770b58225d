from __future__ import annotations

import subprocess
import sys

import pytest

from isocenter.dicom import dictionary, tags
from isocenter.dicom.dictionary import entry, implicit_vr, keyword_of, private_entry, tag_for, tag_text


def test_a_standard_tag_has_vr_multiplicity_keyword_and_name() -> None:
    found = entry(0x00100010)
    assert found is not None
    assert (found.vr, found.vm, found.keyword, found.name, found.retired) == (
        "PN",
        "1",
        "PatientName",
        "Patient's Name",
        False,
    )


def test_every_keyword_leads_back_to_its_tag() -> None:
    from pydicom.datadict import DicomDictionary

    for tag, row in DicomDictionary.items():
        if row[4]:
            assert tag_for(row[4]) == tag
            assert keyword_of(tag) == row[4]


def test_attributes_newer_than_pydicom_are_known() -> None:
    assert keyword_of(0x00100011) == "PersonNamesToUseSequence"
    assert implicit_vr(0x00100011) == "SQ"


@pytest.mark.parametrize(
    ("tag", "keyword"),
    [
        (0x60003000, "OverlayData"),
        (0x601E3000, "OverlayData"),
        (0x50040010, "NumberOfPoints"),
        (0x002031FE, "SourceImageIDs"),
        (0x10100007, "ZonalMap"),
        (0x7F020010, "VariablePixelData"),
        (0x7FE00010, "PixelData"),
    ],
)
def test_repeating_groups_are_found(tag: int, keyword: str) -> None:
    assert keyword_of(tag) == keyword


def test_an_odd_group_never_matches_a_repeating_one() -> None:
    assert entry(0x60013000) is None
    assert implicit_vr(0x60013000) == "UN"


@pytest.mark.parametrize(
    ("tag", "pixel_representation", "vr"),
    [
        (0x00280106, 0, "US"),
        (0x00280106, 1, "SS"),
        (0x00283006, 1, "OW"),
        (0x7FE00010, 0, "OW"),
        (0x60003000, 0, "OW"),
        (0x00090010, 0, "LO"),
        (0x00091001, 0, "UN"),
        (0x00080000, 0, "UL"),
        (0x00091000, 0, "UN"),
        (0x00110000, 0, "UL"),
        (0x0008FFFE, 0, "UN"),
        (0xFFFEE000, 0, ""),
    ],
)
def test_a_vr_is_chosen_where_none_came(tag: int, pixel_representation: int, vr: str) -> None:
    assert implicit_vr(tag, pixel_representation) == vr


def test_a_private_element_is_named_by_its_creator_in_any_block() -> None:
    for tag in (0x00091001, 0x00093401):
        found = private_entry("GEMS_IDEN_01 ", tag)
        assert found is not None
        assert (found.vr, found.name) == ("LO", "Full fidelity")
    assert private_entry("NOBODY", 0x00091001) is None
    assert private_entry("GEMS_IDEN_01", 0x000910FE) is None


def test_tags_are_written_as_people_write_them() -> None:
    assert tag_text(0x0010001A) == "(0010,001A)"


def test_named_tags_are_those_of_the_dictionary() -> None:
    for name in tags.__all__:
        keyword = keyword_of(getattr(tags, name))
        assert keyword.upper() == name.replace("_", ""), name


def test_the_dictionary_does_not_import_pydicom() -> None:
    code = "import sys, isocenter.dicom.dictionary as d; d.entry(0x00100010); sys.exit('pydicom' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert dictionary.is_private_creator(0x00090010)
    assert not dictionary.is_private_creator(0x00080010)
