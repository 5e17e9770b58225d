"""Which message has which fields: the whole of DIMSE's message tables as one literal (PS3.7 9.3, 10.3, E.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from isocenter.protocol.dimse.messages.base import Request, Response
from isocenter.protocol.dimse.messages.composite import (
    CCancelRequest,
    CEchoRequest,
    CEchoResponse,
    CFindRequest,
    CFindResponse,
    CGetRequest,
    CGetResponse,
    CMoveRequest,
    CMoveResponse,
    CStoreRequest,
    CStoreResponse,
)
from isocenter.protocol.dimse.messages.normalized import (
    NActionRequest,
    NActionResponse,
    NCreateRequest,
    NCreateResponse,
    NDeleteRequest,
    NDeleteResponse,
    NEventReportRequest,
    NEventReportResponse,
    NGetRequest,
    NGetResponse,
    NSetRequest,
    NSetResponse,
)

__all__ = ["LAYOUTS", "RESPONSE_TO", "DataSetUse", "Layout", "Message", "UnrecognizedOperationResponse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnrecognizedOperationResponse(Response):
    """The answer to a request of a kind that DIMSE does not know: ``command_field`` is the request's, answered."""

    command_field: int


Message = Request | Response | CCancelRequest


class DataSetUse(Enum):
    """Whether a message comes with a data set."""

    NEVER = auto()
    MAY = auto()
    ALWAYS = auto()


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields of one message: those it must have, those it may have, and its data set."""

    command_field: int
    message: type[Message]
    mandatory: str
    optional: str
    data_set: DataSetUse


_RQ: Final = "message_id"
_RSP: Final = "message_id_being_responded_to status"
_AFFECTED: Final = "affected_sop_class_uid affected_sop_instance_uid"
_REQUESTED: Final = "requested_sop_class_uid requested_sop_instance_uid"
_ERROR: Final = "offending_elements error_comment"
_N_ERROR: Final = "error_comment error_id"
_COUNTS: Final = (
    "number_of_remaining_suboperations number_of_completed_suboperations"
    " number_of_failed_suboperations number_of_warning_suboperations"
)
_ORIGINATOR: Final = "move_originator_ae_title move_originator_message_id"
_NEVER, _MAY, _ALWAYS = DataSetUse.NEVER, DataSetUse.MAY, DataSetUse.ALWAYS

# Priority is mandatory by PS3.7; a request without one is taken as of medium priority, since nothing depends on it.
LAYOUTS: Final = (
    Layout(0x0001, CStoreRequest, f"{_RQ} {_AFFECTED}", f"priority {_ORIGINATOR}", _ALWAYS),
    Layout(0x8001, CStoreResponse, _RSP, f"{_AFFECTED} {_ERROR}", _NEVER),
    Layout(0x0010, CGetRequest, f"{_RQ} affected_sop_class_uid", "priority", _ALWAYS),
    Layout(0x8010, CGetResponse, _RSP, f"affected_sop_class_uid {_COUNTS} {_ERROR}", _MAY),
    Layout(0x0020, CFindRequest, f"{_RQ} affected_sop_class_uid", "priority", _ALWAYS),
    Layout(0x8020, CFindResponse, _RSP, f"affected_sop_class_uid {_ERROR}", _MAY),
    Layout(0x0021, CMoveRequest, f"{_RQ} affected_sop_class_uid move_destination", "priority", _ALWAYS),
    Layout(0x8021, CMoveResponse, _RSP, f"affected_sop_class_uid {_COUNTS} {_ERROR}", _MAY),
    Layout(0x0030, CEchoRequest, f"{_RQ} affected_sop_class_uid", "", _NEVER),
    Layout(0x8030, CEchoResponse, _RSP, "affected_sop_class_uid error_comment", _NEVER),
    Layout(0x0100, NEventReportRequest, f"{_RQ} {_AFFECTED} event_type_id", "", _MAY),
    Layout(0x8100, NEventReportResponse, _RSP, f"{_AFFECTED} event_type_id {_N_ERROR}", _MAY),
    Layout(0x0110, NGetRequest, f"{_RQ} {_REQUESTED}", "attribute_identifier_list", _NEVER),
    Layout(0x8110, NGetResponse, _RSP, f"{_AFFECTED} attribute_identifier_list {_N_ERROR}", _MAY),
    Layout(0x0120, NSetRequest, f"{_RQ} {_REQUESTED}", "", _ALWAYS),
    Layout(0x8120, NSetResponse, _RSP, f"{_AFFECTED} attribute_identifier_list {_N_ERROR}", _MAY),
    Layout(0x0130, NActionRequest, f"{_RQ} {_REQUESTED} action_type_id", "", _MAY),
    Layout(0x8130, NActionResponse, _RSP, f"{_AFFECTED} action_type_id {_N_ERROR}", _MAY),
    Layout(0x0140, NCreateRequest, f"{_RQ} affected_sop_class_uid", "affected_sop_instance_uid", _MAY),
    Layout(0x8140, NCreateResponse, _RSP, f"{_AFFECTED} {_N_ERROR}", _MAY),
    Layout(0x0150, NDeleteRequest, f"{_RQ} {_REQUESTED}", "", _NEVER),
    Layout(0x8150, NDeleteResponse, _RSP, f"{_AFFECTED} {_N_ERROR}", _NEVER),
    Layout(0x0FFF, CCancelRequest, "message_id_being_responded_to", "", _NEVER),
)

RESPONSE_TO: Final[Mapping[type[Request], type[Response]]] = {
    CStoreRequest: CStoreResponse,
    CFindRequest: CFindResponse,
    CGetRequest: CGetResponse,
    CMoveRequest: CMoveResponse,
    CEchoRequest: CEchoResponse,
    NEventReportRequest: NEventReportResponse,
    NGetRequest: NGetResponse,
    NSetRequest: NSetResponse,
    NActionRequest: NActionResponse,
    NCreateRequest: NCreateResponse,
    NDeleteRequest: NDeleteResponse,
}
