"""The conflict rules of the record, case by case."""

from __future__ import annotations

from dataclasses import replace

import pytest

from isocenter.dicom.walk import WalkResult
from isocenter.errors import ConflictRefused, DamagedContent, DataSetError, IsocenterError, StorageError
from isocenter.index.record import ContentLocation, Decision, Prior
from isocenter.index.schema import State
from isocenter.services.record import Arrived, Identity, Result, Source, WholeObject
from isocenter.services.record.compare import Compared
from isocenter.services.record.judge import Judge

IDENTITY = Identity("1.2.840.10008.5.1.4.1.1.2", "1.2.3.1", "1.2.3.2", "1.2.3.3")
FIRST, OTHER = b"\1" * 32, b"\2" * 32
PRIOR = Prior(
    instance_ref=1,
    sop_instance_uid=IDENTITY.sop_instance_uid,
    sop_class_uid=IDENTITY.sop_class_uid,
    series_instance_uid=IDENTITY.series_instance_uid,
    study_instance_uid=IDENTITY.study_instance_uid,
    patient_id="P1",
    issuer_of_patient_id="",
    state=State.LIVE,
    source="CT1",
    sequence=1,
    content_ref=1,
    content_id=FIRST,
    transfer_syntax_uid="1.2.840.10008.1.2.1",
    location=ContentLocation("pack", "000000000001", 512, 1000),
    checks=b"",
    data_set_offset=332,
    data_set_length=668,
    header_length=300,
    damaged=False,
    purged=False,
    alternate=False,
)
SAME = Compared(same_metadata=True, same_pixels=True, same_patient=True)


class Body:
    chunks = ()

    def when_drained(self, callback) -> None:
        callback()

    def finish(self, name: str, now: float) -> None:
        return None

    def release(self) -> None:
        pass


def arrived(
    content_id: bytes = OTHER, source: str = "CT1", conflicts: str = "keep", identity: Identity = IDENTITY
) -> Arrived:
    whole = WholeObject(
        identity, content_id, "1.2.840.10008.1.2.1", b"", Body(), 668, WalkResult(), Source("dimse", source)
    )
    whole = replace(whole, source=Source("dimse", source, conflicts=conflicts))
    return Arrived(whole, lambda outcome: None)


def decide(entry: Arrived, *priors: Prior, compared: Compared = SAME):
    known = {IDENTITY.sop_instance_uid: list(priors)} if priors else {}
    return Judge(lambda uids: known, lambda prior, new: compared).decide([entry])[0]


def test_an_unknown_uid_is_new() -> None:
    assert decide(arrived()).decision is Decision.NEW


def test_the_same_content_again_is_a_duplicate_and_nothing_is_kept() -> None:
    verdict = decide(arrived(FIRST), PRIOR)
    assert verdict.decision is Decision.DUPLICATE
    assert not verdict.keeps
    assert verdict.result is Result.DUPLICATE


@pytest.mark.parametrize("state", [State.SUPERSEDED, State.QUARANTINED, State.REJECTED])
def test_content_that_is_out_of_service_does_not_return_by_being_sent_again(state: State) -> None:
    assert decide(arrived(FIRST), replace(PRIOR, state=state)).decision is Decision.DUPLICATE


def test_sending_again_heals_a_damaged_copy() -> None:
    assert decide(arrived(FIRST), replace(PRIOR, damaged=True)).decision is Decision.HEAL


def test_sending_again_revives_what_was_deleted_within_its_grace() -> None:
    assert decide(arrived(FIRST), replace(PRIOR, state=State.DELETED)).decision is Decision.REVIVE


def test_what_was_purged_is_new_again() -> None:
    assert decide(arrived(FIRST), replace(PRIOR, state=State.PURGED, purged=True)).decision is Decision.NEW


def test_other_bytes_under_a_deleted_uid_are_new() -> None:
    assert decide(arrived(OTHER), replace(PRIOR, state=State.DELETED)).decision is Decision.NEW


@pytest.mark.parametrize(
    ("identity", "kind"),
    [
        (replace(IDENTITY, study_instance_uid="1.2.3.9"), "other-study"),
        (replace(IDENTITY, series_instance_uid="1.2.3.9"), "other-series"),
        (replace(IDENTITY, sop_class_uid="1.2.840.10008.5.1.4.1.1.4"), "other-sop-class"),
    ],
)
def test_another_place_is_never_taken_for_the_same_object(identity: Identity, kind: str) -> None:
    verdict = decide(arrived(identity=identity), PRIOR)
    assert (verdict.decision, verdict.kind) == (Decision.CONFLICT, kind)
    assert verdict.result is Result.KEPT_ASIDE


@pytest.mark.parametrize(
    ("compared", "decision", "kind"),
    [
        (Compared(True, True, True), Decision.ALTERNATE, ""),
        (Compared(True, None, True), Decision.ALTERNATE, ""),
        (Compared(False, True, True), Decision.VERSION, ""),
        (Compared(False, False, True), Decision.CONFLICT, "other-pixels"),
        (Compared(True, False, True), Decision.CONFLICT, "other-pixels"),
        (Compared(False, None, True), Decision.CONFLICT, "other-metadata-and-encoding"),
        (Compared(False, True, False), Decision.CONFLICT, "other-patient"),
    ],
)
def test_differences_decide(compared: Compared, decision: Decision, kind: str) -> None:
    verdict = decide(arrived(), PRIOR, compared=compared)
    assert (verdict.decision, verdict.kind) == (decision, kind)


def test_a_second_source_never_displaces_the_first() -> None:
    verdict = decide(arrived(source="CT2"), PRIOR, compared=Compared(False, True, True))
    assert (verdict.decision, verdict.kind) == (Decision.SECOND_SOURCE, "second-source")


def test_a_peer_may_be_refused_instead() -> None:
    verdict = decide(arrived(conflicts="refuse"), PRIOR, compared=Compared(False, False, True))
    assert isinstance(verdict.refused, ConflictRefused)
    assert decide(arrived(FIRST, conflicts="refuse"), PRIOR).refused is None


def failing(error: IsocenterError) -> Judge:
    def compare(prior: Prior, new: Arrived) -> Compared:
        raise error

    return Judge(lambda uids: {IDENTITY.sop_instance_uid: [PRIOR]}, compare)


@pytest.mark.parametrize("error", [DataSetError("odd"), DamagedContent("gone")])
def test_what_cannot_be_compared_is_kept_aside(error: IsocenterError) -> None:
    other = arrived(identity=replace(IDENTITY, sop_instance_uid="1.2.3.77"))
    conflict, new = failing(error).decide([arrived(), other])
    assert (conflict.decision, conflict.kind, conflict.refused) == (Decision.CONFLICT, "not-comparable", None)
    assert new.decision is Decision.NEW


def test_a_failing_disk_refuses_the_one_that_it_was_asked_about_and_no_other() -> None:
    error = StorageError("the disk failed")
    other = arrived(identity=replace(IDENTITY, sop_instance_uid="1.2.3.77"))
    conflict, new = failing(error).decide([arrived(conflicts="refuse"), other])
    assert conflict.refused is error
    assert (new.decision, new.refused) == (Decision.NEW, None)
