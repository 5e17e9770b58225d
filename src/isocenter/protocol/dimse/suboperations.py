"""Counting the C-STORE sub-operations of a C-GET or C-MOVE (PS3.4 C.4.2, C.4.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from isocenter.protocol.dimse.messages import (
    RESPONSE_TO,
    CGetRequest,
    CMoveRequest,
    RetrieveResponse,
)
from isocenter.protocol.dimse.status import Category, Status, category

__all__ = ["ProgressPace", "SubOperations"]

_LARGEST_COUNT: Final = 0xFFFF
"""What a count can say, being of VR US; larger ones are sent as this."""


class SubOperations:
    """How far a retrieval has come: always remaining + completed + failed + warning = total."""

    __slots__ = ("completed", "failed_sop_instance_uids", "remaining", "total", "warning")

    def __init__(self, total: int) -> None:
        self.total = total
        self.remaining = total
        self.completed = 0
        self.warning = 0
        self.failed_sop_instance_uids: list[str] = []
        """For Failed SOP Instance UID List (0008,0058), in the order in which they failed."""

    @property
    def failed(self) -> int:
        """Sub-operations that failed."""
        return len(self.failed_sop_instance_uids)

    def record(self, sop_instance_uid: str, status: int) -> None:
        """Count one sub-operation by the status of its C-STORE. Raises ``ValueError`` when none remains."""
        if self.remaining == 0:
            raise ValueError("more sub-operations than there were to be")
        self.remaining -= 1
        match category(status):
            case Category.SUCCESS:
                self.completed += 1
            case Category.WARNING:
                self.warning += 1
            case _:
                self.failed_sop_instance_uids.append(sop_instance_uid)

    def progress(self, request: CGetRequest | CMoveRequest) -> RetrieveResponse:
        """The pending response that tells the counts."""
        return self._response(request, Status.PENDING, None)

    def outcome(
        self, request: CGetRequest | CMoveRequest, *, cancelled: bool, error_comment: str | None = None
    ) -> RetrieveResponse:
        """The final response.

        Success when all went well, A702 when nothing did, B000 between (PS3.4 C.4.2.2.1); FE00 when a C-CANCEL left
        some undone. With failures it ``has_data_set``: the identifier with the list of failed instances. Raises
        ``ValueError`` when sub-operations remain that nobody cancelled.
        """
        if self.remaining and not cancelled:
            raise ValueError(f"{self.remaining} sub-operations are still to be done")
        return self._response(request, self._final_status(), error_comment)

    def _final_status(self) -> Status:
        if self.remaining:
            return Status.CANCEL
        if not self.failed and not self.warning:
            return Status.SUCCESS
        if not self.completed and not self.warning:
            return Status.UNABLE_TO_PERFORM_SUBOPERATIONS
        return Status.SUBOPERATIONS_COMPLETE_WITH_FAILURES

    def _response(
        self, request: CGetRequest | CMoveRequest, status: Status, error_comment: str | None
    ) -> RetrieveResponse:
        build: Callable[..., RetrieveResponse] = RESPONSE_TO[type(request)]  # type: ignore[assignment]  # of the two
        tells_remaining = status in (Status.PENDING, Status.CANCEL)
        return build(
            message_id_being_responded_to=request.message_id,
            affected_sop_class_uid=request.affected_sop_class_uid,
            status=status,
            number_of_remaining_suboperations=_count(self.remaining) if tells_remaining else None,
            number_of_completed_suboperations=_count(self.completed),
            number_of_failed_suboperations=_count(self.failed),
            number_of_warning_suboperations=_count(self.warning),
            error_comment=error_comment,
            has_data_set=status != Status.PENDING and self.failed > 0,
        )


class ProgressPace:
    """Says when a pending response is due: after so many sub-operations, or so many seconds."""

    __slots__ = ("_at", "_count", "_every", "_seconds")

    def __init__(self, now: float, *, every: int = 10, seconds: float = 2.0) -> None:
        self._at = now
        self._count = 0
        self._every = every
        self._seconds = seconds

    def due(self, done: int, now: float) -> bool:
        """Whether to report now that ``done`` sub-operations are over; if so, the next period begins."""
        if done - self._count < self._every and now - self._at < self._seconds:
            return False
        self._count, self._at = done, now
        return True


def _count(number: int) -> int:
    return min(number, _LARGEST_COUNT)
