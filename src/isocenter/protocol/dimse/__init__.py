"""DIMSE (PS3.7) without a socket: messages as values, fragments in and out, negotiation, and who may say what next.

The reading path: `messages` (the values and their table), `command` (their bytes), `reader` and `writer` (fragments),
`negotiation` (the terms), `conversation` (operations under way), `suboperations` (counts of a retrieval).
"""

from isocenter.protocol.dimse.conversation import (
    Arrival,
    CancelArrived,
    CancelIgnored,
    Conversation,
    Operation,
    OperationInvoked,
    OperationRefused,
    ResponseArrived,
)
from isocenter.protocol.dimse.reader import (
    CommandReceived,
    CommandRefused,
    DataSetEnd,
    DataSetFragment,
    MessageEvent,
    MessageReader,
)
from isocenter.protocol.dimse.requests import RequestBuilder
from isocenter.protocol.dimse.status import Category, Service, Status, category, is_final, meaning
from isocenter.protocol.dimse.suboperations import ProgressPace, SubOperations
from isocenter.protocol.dimse.writer import Fragment, message_fragments

__all__ = [
    "Arrival",
    "CancelArrived",
    "CancelIgnored",
    "Category",
    "CommandReceived",
    "CommandRefused",
    "Conversation",
    "DataSetEnd",
    "DataSetFragment",
    "Fragment",
    "MessageEvent",
    "MessageReader",
    "Operation",
    "OperationInvoked",
    "OperationRefused",
    "ProgressPace",
    "RequestBuilder",
    "ResponseArrived",
    "Service",
    "Status",
    "SubOperations",
    "category",
    "is_final",
    "meaning",
    "message_fragments",
]
