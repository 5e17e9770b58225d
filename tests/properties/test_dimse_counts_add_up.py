"""Whatever becomes of the sub-operations of a retrieval, the counts add up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from isocenter.protocol.dimse import Status, SubOperations
from isocenter.protocol.dimse.messages import CMoveRequest, CMoveResponse, decode_message, encode_message

MOVE = CMoveRequest(message_id=1, affected_sop_class_uid="1.2", move_destination="DEST")
STATUSES = st.sampled_from([0x0000, 0xB000, 0xB007, 0xA700, 0x0122, 0xC000, 0xFE00])


@given(st.lists(STATUSES, max_size=60), st.integers(0, 20))
def test_counts_add_up_at_every_step(statuses: list[int], undone: int) -> None:
    counts = SubOperations(len(statuses) + undone)
    for number, status in enumerate(statuses):
        counts.record(str(number), status)
        response = counts.progress(MOVE)
        assert total(response) == counts.total
        assert response.number_of_remaining_suboperations == counts.total - number - 1
    final = counts.outcome(MOVE, cancelled=undone > 0)
    assert decode_message(encode_message(final)) == final
    assert total(final) == counts.total
    assert (final.status == Status.CANCEL) is (undone > 0)
    assert final.number_of_failed_suboperations == len(counts.failed_sop_instance_uids)


def total(response: CMoveResponse) -> int:
    return (
        (response.number_of_remaining_suboperations or 0)
        + (response.number_of_completed_suboperations or 0)
        + (response.number_of_failed_suboperations or 0)
        + (response.number_of_warning_suboperations or 0)
    )
