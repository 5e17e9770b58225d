"""The messages of the normalized services: reports, get, set, action, create, delete (PS3.7 10.3)."""

from __future__ import annotations

from dataclasses import dataclass

from isocenter.protocol.dimse.messages.base import Request, Response

__all__ = [
    "NActionRequest",
    "NActionResponse",
    "NCreateRequest",
    "NCreateResponse",
    "NDeleteRequest",
    "NDeleteResponse",
    "NEventReportRequest",
    "NEventReportResponse",
    "NGetRequest",
    "NGetResponse",
    "NSetRequest",
    "NSetResponse",
    "NormalizedResponse",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalizedResponse(Response):
    """What all answers of the normalized services may hold."""

    affected_sop_instance_uid: str | None = None
    error_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NEventReportRequest(Request):
    """Something happened to this instance (PS3.7 10.3.1.1). Flows from the provider of a service to its user."""

    affected_sop_class_uid: str
    affected_sop_instance_uid: str
    event_type_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NEventReportResponse(NormalizedResponse):
    """The report was taken, or not (PS3.7 10.3.1.2)."""

    event_type_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NGetRequest(Request):
    """Tell these attributes of an instance, or all of them (PS3.7 10.3.2.1)."""

    requested_sop_class_uid: str
    requested_sop_instance_uid: str
    attribute_identifier_list: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NGetResponse(NormalizedResponse):
    """The attributes, in the data set (PS3.7 10.3.2.2); the list names those at fault, if any."""

    attribute_identifier_list: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NSetRequest(Request):
    """Change attributes of an instance to those in the data set (PS3.7 10.3.3.1)."""

    requested_sop_class_uid: str
    requested_sop_instance_uid: str
    has_data_set: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class NSetResponse(NormalizedResponse):
    """What became of a change (PS3.7 10.3.3.2); the list names attributes at fault, if any."""

    attribute_identifier_list: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NActionRequest(Request):
    """Do something with an instance (PS3.7 10.3.4.1)."""

    requested_sop_class_uid: str
    requested_sop_instance_uid: str
    action_type_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NActionResponse(NormalizedResponse):
    """What became of an action (PS3.7 10.3.4.2)."""

    action_type_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NCreateRequest(Request):
    """Make an instance with the attributes of the data set (PS3.7 10.3.5.1); without a UID the provider chooses."""

    affected_sop_class_uid: str
    affected_sop_instance_uid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NCreateResponse(NormalizedResponse):
    """What became of a creation (PS3.7 10.3.5.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NDeleteRequest(Request):
    """Remove an instance (PS3.7 10.3.6.1)."""

    requested_sop_class_uid: str
    requested_sop_instance_uid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NDeleteResponse(NormalizedResponse):
    """What became of a deletion (PS3.7 10.3.6.2)."""
