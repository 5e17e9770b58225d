"""Status codes of DIMSE responses: their names, categories and meanings.

PS3.7 C for the general ones, PS3.4 B.2.3, C.4.1.1.4, C.4.2.1.5, C.4.3.1.4 and Y for the services'. Some codes mean
different things in different services, so a name here may share its code with another.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, IntEnum
from typing import Final

__all__ = ["ALLOWED", "Category", "Service", "Status", "category", "is_final", "meaning"]


class Status(IntEnum):
    """Status (0000,0900) by name."""

    SUCCESS = 0x0000
    OPTIONAL_ATTRIBUTES_NOT_SUPPORTED = 0x0001
    NO_SUCH_ATTRIBUTE = 0x0105
    INVALID_ATTRIBUTE_VALUE = 0x0106
    ATTRIBUTE_LIST_ERROR = 0x0107
    PROCESSING_FAILURE = 0x0110
    DUPLICATE_SOP_INSTANCE = 0x0111
    NO_SUCH_SOP_INSTANCE = 0x0112
    NO_SUCH_EVENT_TYPE = 0x0113
    NO_SUCH_ARGUMENT = 0x0114
    INVALID_ARGUMENT_VALUE = 0x0115
    ATTRIBUTE_VALUE_OUT_OF_RANGE = 0x0116
    INVALID_OBJECT_INSTANCE = 0x0117
    NO_SUCH_SOP_CLASS = 0x0118
    CLASS_INSTANCE_CONFLICT = 0x0119
    MISSING_ATTRIBUTE = 0x0120
    MISSING_ATTRIBUTE_VALUE = 0x0121
    SOP_CLASS_NOT_SUPPORTED = 0x0122
    NO_SUCH_ACTION = 0x0123
    NOT_AUTHORIZED = 0x0124
    DUPLICATE_INVOCATION = 0x0210
    UNRECOGNIZED_OPERATION = 0x0211
    MISTYPED_ARGUMENT = 0x0212
    RESOURCE_LIMITATION = 0x0213
    CANCEL = 0xFE00
    PENDING = 0xFF00
    PENDING_OPTIONAL_KEYS_NOT_SUPPORTED = 0xFF01

    # Storage. Codes of the C family below A7xx, A9xx and Cxxx are this program's choice within the ranges.
    COERCION_OF_ELEMENTS = 0xB000
    ELEMENTS_DISCARDED = 0xB006
    STORED_BUT_DOES_NOT_MATCH_SOP_CLASS = 0xB007
    OUT_OF_RESOURCES = 0xA700
    DATA_SET_DOES_NOT_MATCH_SOP_CLASS = 0xA900
    CANNOT_UNDERSTAND = 0xC000
    MISSING_UID = 0xC001
    INVALID_UID = 0xC002
    CONFLICTING_DUPLICATE = 0xC003

    # Query.
    RESPONSE_LIMIT_REACHED = 0xB001
    INVALID_PRIOR_RECORD_KEY = 0xA710
    IDENTIFIER_DOES_NOT_MATCH_SOP_CLASS = 0xA900
    UNABLE_TO_PROCESS = 0xC000

    # Retrieve.
    SUBOPERATIONS_COMPLETE_WITH_FAILURES = 0xB000
    UNABLE_TO_CALCULATE_MATCHES = 0xA701
    UNABLE_TO_PERFORM_SUBOPERATIONS = 0xA702
    MOVE_DESTINATION_UNKNOWN = 0xA801
    NO_FRAME_FOUND = 0xAA00
    UNABLE_TO_CREATE_FROM_FRAMES = 0xAA01
    UNABLE_TO_EXTRACT_FRAMES = 0xAA02
    TIME_BASED_REQUEST_ON_TIMELESS_INSTANCE = 0xAA03
    INVALID_FRAME_REQUEST = 0xAA04


class Category(Enum):
    """What a status says, whatever the reason."""

    SUCCESS = "success"
    PENDING = "pending"
    WARNING = "warning"
    CANCEL = "cancel"
    FAILURE = "failure"


class Service(Enum):
    """A service whose codes have meanings of their own."""

    GENERAL = "general"
    STORAGE = "storage"
    FIND = "find"
    MOVE = "move"
    GET = "get"
    STORAGE_COMMITMENT = "storage commitment"
    NOTIFICATION = "notification"
    PERFORMED_PROCEDURE_STEP_CREATE = "performed procedure step, create"
    PERFORMED_PROCEDURE_STEP_SET = "performed procedure step, set"
    ATTRIBUTES = "attributes"


_WARNINGS: Final = frozenset({0x0001, 0x0107, 0x0116})
_PENDING: Final = frozenset({0xFF00, 0xFF01})


def category(code: int) -> Category:
    """Success, pending, warning, cancel or failure (PS3.7 C); codes that nobody defined are failures."""
    if code == Status.SUCCESS:
        return Category.SUCCESS
    if code in _PENDING:
        return Category.PENDING
    if code == Status.CANCEL:
        return Category.CANCEL
    if code in _WARNINGS or code & 0xF000 == 0xB000:
        return Category.WARNING
    return Category.FAILURE


def is_final(code: int) -> bool:
    """Whether no further response follows one with this status."""
    return code not in _PENDING


def meaning(code: int, service: Service = Service.GENERAL) -> str:
    """What a status means in a service, in a few words."""
    own = _MEANINGS.get(service, {})
    for key in (code, code & 0xFF00, code & 0xF000):
        if key in own and (key == code or key in _RANGES.get(service, ())):
            return own[key]
    return _GENERAL.get(code, f"status {code:04X}, {category(code).value}")


_GENERAL: Final[Mapping[int, str]] = {
    0x0000: "success",
    0x0001: "done, without optional attributes that are not supported",
    0x0105: "no such attribute",
    0x0106: "invalid attribute value",
    0x0107: "done, except for some attributes",
    0x0110: "processing failure",
    0x0111: "duplicate SOP instance",
    0x0112: "no such SOP instance",
    0x0113: "no such event type",
    0x0114: "no such argument",
    0x0115: "invalid argument value",
    0x0116: "done, an attribute value was out of range",
    0x0117: "invalid object instance",
    0x0118: "no such SOP class",
    0x0119: "instance is of another SOP class",
    0x0120: "missing attribute",
    0x0121: "missing attribute value",
    0x0122: "refused: SOP class not supported",
    0x0123: "no such action",
    0x0124: "refused: not authorized",
    0x0210: "duplicate invocation: message ID is in use",
    0x0211: "unrecognized operation",
    0x0212: "mistyped argument",
    0x0213: "resource limitation",
    0xFE00: "cancelled",
    0xFF00: "pending",
    0xFF01: "pending, with a warning",
}

_STORAGE: Final[Mapping[int, str]] = {
    0xB000: "stored, with elements coerced",
    0xB006: "stored, with elements discarded",
    0xB007: "stored, although the data set does not match its SOP class",
    0xA700: "refused: out of resources",
    0xA900: "data set does not match SOP class",
    0xC000: "cannot understand",
    0xC001: "cannot understand: a UID is missing",
    0xC002: "cannot understand: a UID is invalid",
    0xC003: "cannot accept: another object has this UID",
}

_FIND: Final[Mapping[int, str]] = {
    0xA700: "refused: out of resources",
    0xA710: "invalid prior record key",
    0xA900: "identifier does not match SOP class",
    0xB001: "response limit reached; a later request may return more",
    0xC000: "unable to process",
    0xFE00: "matching cancelled",
    0xFF00: "match supplied, more follow",
    0xFF01: "match supplied, some optional keys are not supported",
}

_GET: Final[Mapping[int, str]] = {
    0xA701: "refused: number of matches cannot be calculated",
    0xA702: "refused: sub-operations cannot be performed",
    0xA900: "identifier does not match SOP class",
    0xAA00: "none of the requested frames was found",
    0xAA01: "no object can be made of the requested frames",
    0xAA02: "the requested frames cannot be extracted",
    0xAA03: "time-based request on an instance without times",
    0xAA04: "invalid frame request",
    0xB000: "complete, one or more sub-operations failed or had a warning",
    0xC000: "unable to process",
    0xFE00: "sub-operations cancelled",
    0xFF00: "sub-operations continue",
}

_MOVE: Final[Mapping[int, str]] = {**_GET, 0xA801: "refused: move destination unknown"}

_MEANINGS: Final[Mapping[Service, Mapping[int, str]]] = {
    Service.STORAGE: _STORAGE,
    Service.FIND: _FIND,
    Service.MOVE: _MOVE,
    Service.GET: _GET,
}

# Whole ranges with one meaning: xx00 stands for xx00 to xxFF, C000 for C000 to CFFF.
_RANGES: Final[Mapping[Service, frozenset[int]]] = {
    Service.STORAGE: frozenset({0xA700, 0xA900, 0xC000}),
    Service.FIND: frozenset({0xC000}),
    Service.MOVE: frozenset({0xC000}),
    Service.GET: frozenset({0xC000}),
}

_INVOCATION: Final = frozenset({0x0210, 0x0211, 0x0212, 0x0213})

ALLOWED: Final[Mapping[Service, frozenset[int]]] = {
    Service.STORAGE_COMMITMENT: _INVOCATION
    | {0x0000, 0x0110, 0x0112, 0x0114, 0x0115, 0x0117, 0x0118, 0x0119, 0x0123, 0x0124},
    Service.NOTIFICATION: _INVOCATION | {0x0000, 0x0110, 0x0112, 0x0113, 0x0114, 0x0115, 0x0117, 0x0118, 0x0119},
    Service.PERFORMED_PROCEDURE_STEP_CREATE: _INVOCATION
    | {0x0000, 0x0105, 0x0106, 0x0107, 0x0110, 0x0111, 0x0116, 0x0117, 0x0118, 0x0120, 0x0121, 0x0124},
    Service.PERFORMED_PROCEDURE_STEP_SET: _INVOCATION
    | {0x0000, 0x0105, 0x0106, 0x0110, 0x0112, 0x0116, 0x0117, 0x0118, 0x0119, 0x0121, 0x0124},
    Service.ATTRIBUTES: _INVOCATION | {0x0000, 0x0107, 0x0110, 0x0112, 0x0117, 0x0118, 0x0119, 0x0122, 0x0124},
}
"""The codes that a normalized service may answer with."""
