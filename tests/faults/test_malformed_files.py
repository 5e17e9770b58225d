"""Every malformed file of the shared collection over the wire, unchanged: stored whole, or refused as it should be."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
from blake3 import blake3
from process import MIB, descriptors, forget_peak, peak_bytes, resident_bytes, wait_until

from support.part10 import Part10, identity_inside, read_part10, split_part10
from support.raw_sender import VERIFICATION, Answer, RawPeer
from support.server import Server, running_server

STORED, CANNOT_UNDERSTAND, MISSING_UID, INVALID_UID = 0x0000, 0xC000, 0xC001, 0xC002
ROUNDS = 5
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"

EXPECTED = {
    "cornerstone3D__no-pixel-data.dcm": STORED,
    "cornerstone3D__no-pixel-spacing.dcm": STORED,
    "dcmjs__invalid-vr-length-test.dcm": STORED,
    "dcmjs__no-meta-length-test.dcm": INVALID_UID,
    "pydicom-data__bad_sequence.dcm": INVALID_UID,
    "pydicom-data__emri_small_jpeg_2k_lossless_too_short.dcm": CANNOT_UNDERSTAND,
    "pydicom__ExplVR_BigEndNoMeta.dcm": STORED,
    "pydicom__ExplVR_LitEndNoMeta.dcm": STORED,
    "pydicom__MR_small_padded.dcm": STORED,
    "pydicom__MR_truncated.dcm": CANNOT_UNDERSTAND,
    "pydicom__UN_sequence.dcm": MISSING_UID,
    "pydicom__badVR.dcm": STORED,
    "pydicom__empty_charset_LEI.dcm": MISSING_UID,
    "pydicom__meta_missing_tsyntax.dcm": MISSING_UID,
    "pydicom__nested_priv_SQ.dcm": MISSING_UID,
    "pydicom__no_meta.dcm": CANNOT_UNDERSTAND,
    "pydicom__no_meta_group_length.dcm": MISSING_UID,
    "pydicom__priv_SQ.dcm": MISSING_UID,
    "pydicom__rtplan_truncated.dcm": CANNOT_UNDERSTAND,
    "pydicom__zipMR.gz": CANNOT_UNDERSTAND,
    "pynetdicom__CTImageStorage_bad_meta.dcm": STORED,
    "synthetic__dicm_only_132.dcm": MISSING_UID,
    "synthetic__empty_0_bytes.dcm": MISSING_UID,
    "synthetic__huge_element_length.dcm": CANNOT_UNDERSTAND,
    "synthetic__nested_200.dcm": CANNOT_UNDERSTAND,
    "synthetic__preamble_mz.dcm": STORED,
    "synthetic__random_bytes.dcm": CANNOT_UNDERSTAND,
    "synthetic__rows_missing.dcm": STORED,
    "synthetic__sequence_no_delimiter.dcm": CANNOT_UNDERSTAND,
    "synthetic__truncated_in_header.dcm": CANNOT_UNDERSTAND,
    "synthetic__truncated_in_pixeldata.dcm": CANNOT_UNDERSTAND,
    "synthetic__ts_mismatch_implicit_labelled_explicit.dcm": CANNOT_UNDERSTAND,
    "synthetic__unknown_charset.dcm": STORED,
}


def send(server: Server, part10: Part10) -> Answer:
    """Store it under the UIDs that it has, or made-up ones where it has none."""
    inside = identity_inside(part10)
    sop_class = inside.sop_class_uid or SECONDARY_CAPTURE
    uid = inside.sop_instance_uid or part10.sop_instance_uid or "2.25.5"
    with RawPeer(server.address) as peer:
        peer.associate({1: (sop_class, [part10.transfer_syntax_uid]), 3: (VERIFICATION, ["1.2.840.10008.1.2"])})
        answer = peer.store(1, sop_class, uid, part10.data_set)
        assert peer.echo(3).status == 0
        peer.release()
    return answer


def content_ids(folder: Path) -> set[bytes]:
    found = set()
    for pack in folder.glob("packs/*/*.tar"):
        with tarfile.open(pack, "r:") as tar:
            for member in tar:
                extracted = tar.extractfile(member)
                if member.name.endswith(".dcm") and extracted is not None:
                    found.add(content_id(split_part10(extracted.read())))
    return found


def content_id(part10: Part10) -> bytes:
    return blake3(part10.transfer_syntax_uid.encode() + b"\0" + part10.data_set).digest()


@pytest.mark.corpus
def test_malformed_files_over_the_wire(corpus: Path, tmp_path: Path) -> None:
    files = {path.name: read_part10(path) for path in sorted((corpus / "malformed").iterdir())}
    assert set(files) == set(EXPECTED)
    with running_server(tmp_path) as server:
        pid = server.process.pid
        answers = {name: send(server, part10) for name, part10 in files.items()}
        memory, open_files = resident_bytes(pid), descriptors(pid)
        forget_peak(pid)
        assert {name: f"{answer.status:04X}" for name, answer in answers.items()} == {
            name: f"{status:04X}" for name, status in EXPECTED.items()
        }
        assert not [name for name, answer in answers.items() if answer.status and not answer.error_comment]
        for _ in range(ROUNDS):
            again = {name: send(server, part10).status for name, part10 in files.items()}
            assert again == EXPECTED
        wait_until(lambda: len(descriptors(pid)) <= len(open_files) + 6, "that connections are closed")
        assert peak_bytes(pid) - memory < 50 * MIB
        assert not list((server.data / "incoming").iterdir())
    stored = {content_id(part10) for name, part10 in files.items() if EXPECTED[name] == STORED}
    assert content_ids(server.data) == stored
