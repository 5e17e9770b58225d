"""What all requests and all responses have in common."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

__all__ = ["Priority", "Request", "Response"]


class Priority(IntEnum):
    """Priority (0000,0700) that a request asks for; nobody is bound to heed it (PS3.7 9.1.1.1.5)."""

    MEDIUM = 0
    HIGH = 1
    LOW = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An operation or notification that one side invokes and the other answers."""

    message_id: int
    has_data_set: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The answer to a request, or one of several while its status is pending.

    ``error_comment`` is sent as at most 64 printable ASCII characters.
    """

    message_id_being_responded_to: int
    status: int
    affected_sop_class_uid: str | None = None
    error_comment: str | None = None
    has_data_set: bool = False
