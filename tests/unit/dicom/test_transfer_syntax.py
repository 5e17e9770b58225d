"""The table of transfer syntaxes agrees with pydicom's, where that has one, and covers all."""

from __future__ import annotations

import warnings

from pydicom.uid import UID, UID_dictionary

from isocenter.dicom.transfer_syntax import ALL, lookup, walked_as

NO_DATA_SETS = {"1.2.840.10008.1.2.6.1", "1.2.840.10008.1.2.6.2"}
PAPYRUS = "1.2.840.10008.1.20"  # retired in 2015, never a DICOM encoding on the network
NO_PIXEL_DATA = {
    # Referenced pixel data and streams: pydicom counts them among the encapsulated ones.
    "1.2.840.10008.1.2.4.94",
    "1.2.840.10008.1.2.4.95",
    "1.2.840.10008.1.2.4.204",
    "1.2.840.10008.1.2.4.205",
    "1.2.840.10008.1.2.7.1",
    "1.2.840.10008.1.2.7.2",
    "1.2.840.10008.1.2.7.3",
}


def test_every_syntax_pydicom_knows_is_here_and_alike() -> None:
    known = {uid for uid, row in UID_dictionary.items() if row[1] == "Transfer Syntax"} - {PAPYRUS}
    assert known <= {syntax.uid for syntax in ALL}
    assert len(ALL) == 62
    for syntax in ALL:
        if syntax.uid not in known or syntax.uid in NO_DATA_SETS:
            continue
        uid = UID(syntax.uid)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert syntax.implicit_vr == uid.is_implicit_VR, uid
            assert syntax.big_endian == (not uid.is_little_endian), uid
            assert syntax.retired == uid.is_retired, uid
            if uid not in NO_PIXEL_DATA:
                assert syntax.deflated == uid.is_deflated, uid
                assert syntax.encapsulated == uid.is_encapsulated, uid


def test_uids_are_unique_and_looked_up() -> None:
    assert len({syntax.uid for syntax in ALL}) == len(ALL)
    for syntax in ALL:
        assert lookup(syntax.uid) is syntax
        assert walked_as(syntax.uid) is syntax


def test_lossless_and_lossy_are_told_apart() -> None:
    lossless = {"50": False, "51": False, "57": True, "70": True, "80": True, "81": False, "90": True, "91": False}
    for last, expected in {**lossless, "110": True, "112": False, "201": True, "203": False, "102": False}.items():
        syntax = lookup(f"1.2.840.10008.1.2.4.{last}")
        assert syntax is not None
        assert syntax.lossy is not expected, last


def test_whole_data_sets_are_deflated_for_referenced_deflate_too() -> None:
    assert [s.uid.removeprefix("1.2.840.10008.1.2.") for s in ALL if s.deflated] == ["1.99", "4.95", "4.205"]


def test_video_is_marked() -> None:
    assert {s.name.split()[0] for s in ALL if s.video} == {"MPEG2", "MPEG-4", "HEVC/H.265", "Fragmentable"}
    assert sum(s.video for s in ALL) == 16


def test_unknown_uids_are_none_and_walked_as_explicit_little_endian() -> None:
    assert lookup("1.2.3") is None
    walked = walked_as("1.2.3")
    assert not walked.implicit_vr
    assert not walked.big_endian
    assert lookup("1.2.840.113619.5.2") is None
    assert walked_as("1.2.840.113619.5.2").implicit_vr
