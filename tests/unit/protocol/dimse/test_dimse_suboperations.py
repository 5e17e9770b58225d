"""Counts and final status of a retrieval (PS3.4 C.4.2, C.4.3)."""

from __future__ import annotations

import pytest

from isocenter.protocol.dimse import ProgressPace, Status, SubOperations
from isocenter.protocol.dimse.messages import CGetRequest, CGetResponse, CMoveRequest, CMoveResponse, encode_message

MOVE = CMoveRequest(message_id=5, affected_sop_class_uid="1.2.840.10008.5.1.4.1.2.2.2", move_destination="DEST")
GET = CGetRequest(message_id=5, affected_sop_class_uid="1.2.840.10008.5.1.4.1.2.2.3")


def after(total: int, *statuses: int) -> SubOperations:
    counts = SubOperations(total)
    for number, status in enumerate(statuses):
        counts.record(f"1.2.{number}", status)
    return counts


@pytest.mark.parametrize(
    ("total", "statuses", "cancelled", "final"),
    [
        (0, (), False, Status.SUCCESS),
        (2, (0, 0), False, Status.SUCCESS),
        (2, (0, 0xA700), False, Status.SUBOPERATIONS_COMPLETE_WITH_FAILURES),
        (2, (0, 0xB000), False, Status.SUBOPERATIONS_COMPLETE_WITH_FAILURES),
        (2, (0xB000, 0xB007), False, Status.SUBOPERATIONS_COMPLETE_WITH_FAILURES),
        (2, (0xB000, 0x0122), False, Status.SUBOPERATIONS_COMPLETE_WITH_FAILURES),
        (2, (0xA700, 0x0122), False, Status.UNABLE_TO_PERFORM_SUBOPERATIONS),
        (2, (), True, Status.CANCEL),
        (2, (0,), True, Status.CANCEL),
        (2, (0, 0), True, Status.SUCCESS),
    ],
)
def test_the_final_status(total: int, statuses: tuple[int, ...], cancelled: bool, final: Status) -> None:
    counts = after(total, *statuses)
    for request, kind in ((MOVE, CMoveResponse), (GET, CGetResponse)):
        response = counts.outcome(request, cancelled=cancelled)
        assert type(response) is kind
        assert response.status == final
        assert response.message_id_being_responded_to == 5
        assert (response.number_of_remaining_suboperations is None) is (final != Status.CANCEL)
        assert response.has_data_set is (counts.failed > 0)


def test_failed_instances_are_listed_in_order() -> None:
    assert after(4, 0xA700, 0, 0xC000, 0xB000).failed_sop_instance_uids == ["1.2.0", "1.2.2"]


def test_progress_tells_all_four_counts() -> None:
    response = after(9, 0, 0, 0xB000, 0xA700).progress(MOVE)
    assert response.status == Status.PENDING
    assert not response.has_data_set
    assert response.number_of_remaining_suboperations == 5
    assert response.number_of_completed_suboperations == 2
    assert response.number_of_failed_suboperations == 1
    assert response.number_of_warning_suboperations == 1


def test_counts_beyond_their_element_are_sent_as_the_largest() -> None:
    response = SubOperations(100_000).progress(MOVE)
    assert response.number_of_remaining_suboperations == 65535
    encode_message(response)


def test_no_final_response_while_sub_operations_remain() -> None:
    with pytest.raises(ValueError, match="1 sub-operations"):
        after(2, 0).outcome(GET, cancelled=False)


def test_no_more_sub_operations_than_announced() -> None:
    with pytest.raises(ValueError, match="more"):
        after(1, 0, 0)


def test_progress_is_due_after_ten_or_after_two_seconds() -> None:
    pace = ProgressPace(now=100.0)
    assert not pace.due(9, now=100.0)
    assert pace.due(10, now=100.0)
    assert not pace.due(19, now=101.9)
    assert pace.due(19, now=102.0)
    assert not pace.due(19, now=103.9)
    assert pace.due(19, now=104.0)
