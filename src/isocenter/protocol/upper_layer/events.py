"""What the upper layer tells its user: the indications and confirmations of PS3.8 7."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from isocenter.protocol.upper_layer.pdu import Abort, AssociateAccept, AssociateReject, AssociateRequest


class DataFragment(NamedTuple):
    """A piece of a message as it arrived (P-DATA indication, PS3.8 7.6).

    A named tuple, not a data class: it is made for every piece of every image, in half the time.
    """

    context_id: int
    is_command: bool
    is_last: bool
    """Whether the command set or data set ends with this piece. It is the end of the PDV that says so, never a part."""
    data: memoryview
    """A view into the buffer given to `receive`: valid until the caller uses that buffer again."""


@dataclass(frozen=True, slots=True)
class AssociateRequested:
    """Someone asks for an association (A-ASSOCIATE indication): answer with `accept` or `reject`."""

    request: AssociateRequest


@dataclass(frozen=True, slots=True)
class AssociateAccepted:
    """The peer agreed (A-ASSOCIATE confirmation): data may flow."""

    accept: AssociateAccept


@dataclass(frozen=True, slots=True)
class AssociateRejected:
    """The peer refused (A-ASSOCIATE confirmation): the connection is to be closed."""

    reject: AssociateReject


@dataclass(frozen=True, slots=True)
class ReleaseRequested:
    """The peer is done (A-RELEASE indication): answer with `release_response` once all is sent."""


@dataclass(frozen=True, slots=True)
class ReleaseConfirmed:
    """The peer agreed to our release (A-RELEASE confirmation)."""


class AbortOrigin(Enum):
    """Where an association's sudden end came from."""

    PEER = "peer"
    """An A-ABORT arrived."""
    LOCAL = "local"
    """The peer broke the protocol, and we sent an A-ABORT."""
    TRANSPORT = "transport"
    """The connection was lost."""


@dataclass(frozen=True, slots=True)
class Aborted:
    """The association is over at once (A-ABORT or A-P-ABORT indication)."""

    origin: AbortOrigin
    abort: Abort
    """Source and reason, as received or as sent."""
    explanation: str
    """One sentence for the log; without anything the peer wrote."""


Event = (
    DataFragment
    | AssociateRequested
    | AssociateAccepted
    | AssociateRejected
    | ReleaseRequested
    | ReleaseConfirmed
    | Aborted
)
