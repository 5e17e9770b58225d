"""The messages of the composite services: store, find, get, move, echo, and cancel (PS3.7 9.3)."""

from __future__ import annotations

from dataclasses import dataclass

from isocenter.protocol.dimse.messages.base import Priority, Request, Response

__all__ = [
    "CCancelRequest",
    "CEchoRequest",
    "CEchoResponse",
    "CFindRequest",
    "CFindResponse",
    "CGetRequest",
    "CGetResponse",
    "CMoveRequest",
    "CMoveResponse",
    "CStoreRequest",
    "CStoreResponse",
    "RetrieveResponse",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CStoreRequest(Request):
    """Keep this instance (PS3.7 9.3.1.1). A store on behalf of a C-MOVE names the move's caller and message."""

    affected_sop_class_uid: str
    affected_sop_instance_uid: str
    priority: int = Priority.MEDIUM
    move_originator_ae_title: str | None = None
    move_originator_message_id: int | None = None
    has_data_set: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CStoreResponse(Response):
    """What became of an instance to keep (PS3.7 9.3.1.2)."""

    affected_sop_instance_uid: str | None = None
    offending_elements: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CFindRequest(Request):
    """Find what matches the identifier in the data set (PS3.7 9.3.2.1)."""

    affected_sop_class_uid: str
    priority: int = Priority.MEDIUM
    has_data_set: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CFindResponse(Response):
    """One match, with its identifier and a pending status, or the end of the matches (PS3.7 9.3.2.2)."""

    offending_elements: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CGetRequest(Request):
    """Send what matches the identifier over this association (PS3.7 9.3.3.1)."""

    affected_sop_class_uid: str
    priority: int = Priority.MEDIUM
    has_data_set: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrieveResponse(Response):
    """How far a retrieval has come: the counts of its C-STORE sub-operations."""

    number_of_remaining_suboperations: int | None = None
    number_of_completed_suboperations: int | None = None
    number_of_failed_suboperations: int | None = None
    number_of_warning_suboperations: int | None = None
    offending_elements: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CGetResponse(RetrieveResponse):
    """How far a C-GET has come, or its end (PS3.7 9.3.3.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CMoveRequest(Request):
    """Send what matches the identifier to the application that ``move_destination`` names (PS3.7 9.3.4.1)."""

    affected_sop_class_uid: str
    move_destination: str
    priority: int = Priority.MEDIUM
    has_data_set: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CMoveResponse(RetrieveResponse):
    """How far a C-MOVE has come, or its end (PS3.7 9.3.4.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CEchoRequest(Request):
    """Are you there? (PS3.7 9.3.5.1)."""

    affected_sop_class_uid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CEchoResponse(Response):
    """I am here (PS3.7 9.3.5.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CCancelRequest:
    """Stop the C-FIND, C-GET or C-MOVE of that message ID; never answered itself (PS3.7 9.3.2.3)."""

    message_id_being_responded_to: int
    has_data_set: bool = False
