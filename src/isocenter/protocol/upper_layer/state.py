"""The upper layer's state machine as data (PS3.8 9.2).

Theory of operation
===================

An association is in one of thirteen states. Things happen to it: its user asks for something (a request or response
primitive), the transport connection opens or closes, a PDU arrives, the ARTIM timer runs out. `TABLE` is Table 9-10
of PS3.8 cell for cell: for what happened and the state, the name of an action. An action (`actions.py`) is a function
that returns the next state and a list of effects: PDUs to send, events to give to the user, the timer to start or
stop, the connection to close. It performs none of them. `connection.py` looks up the action and carries out its
effects on values that the caller fetches: bytes, events, a deadline. So the table can be tested cell by cell without
a network, and a review can lay it beside the standard.

Both roles share the table. Which of the two sides is speaking matters in one place, the release collision (AR-8):

- Sta1 is before and after everything. The acceptor's connection opens: Sta2, ARTIM runs until the A-ASSOCIATE-RQ is
  there; Sta3 while its user decides. The requestor asks: Sta4 until the connection is open, Sta5 until the answer.
- Sta6 is an association. P-DATA flows both ways and changes nothing.
- We release: Sta7, and data may still arrive. The peer releases: Sta8, and data may still be sent.
- Both at once: the requestor goes to Sta9, answers and waits in Sta11; the acceptor waits in Sta10 for that answer,
  then answers in Sta12.
- Sta13 is the end of it all on the wire: the other side has to close the connection, and ARTIM sees to it.

Where the table is empty
------------------------
An empty cell is something that cannot happen if everybody keeps to the rules. Who broke them decides what follows:

- The peer sent a PDU where none can be (Sta4, before the connection is confirmed): AA-8, as for any unexpected PDU.
- Our own user asked for what the state does not allow: no action, and the caller gets an error.
- The connection closed or the timer ran out where nobody waits for it (Sta1, for instance): no action, nothing to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from types import MappingProxyType


class State(Enum):
    """PS3.8 Tables 9-1 to 9-5."""

    Sta1 = "idle"
    Sta2 = "transport connection open, awaiting A-ASSOCIATE-RQ"
    Sta3 = "awaiting the local answer to an A-ASSOCIATE indication"
    Sta4 = "awaiting the transport connection to open"
    Sta5 = "awaiting A-ASSOCIATE-AC or A-ASSOCIATE-RJ"
    Sta6 = "association established"
    Sta7 = "awaiting A-RELEASE-RP"
    Sta8 = "awaiting the local answer to an A-RELEASE indication"
    Sta9 = "release collision, requestor: awaiting the local answer"
    Sta10 = "release collision, acceptor: awaiting A-RELEASE-RP"
    Sta11 = "release collision, requestor: awaiting A-RELEASE-RP"
    Sta12 = "release collision, acceptor: awaiting the local answer"
    Sta13 = "awaiting the transport connection to close"


class EventKind(Enum):
    """What can happen, in the order of Table 9-10's rows."""

    A_ASSOCIATE_REQUEST = auto()
    TRANSPORT_CONFIRM = auto()
    A_ASSOCIATE_AC_PDU = auto()
    A_ASSOCIATE_RJ_PDU = auto()
    TRANSPORT_INDICATION = auto()
    A_ASSOCIATE_RQ_PDU = auto()
    A_ASSOCIATE_RESPONSE_ACCEPT = auto()
    A_ASSOCIATE_RESPONSE_REJECT = auto()
    P_DATA_REQUEST = auto()
    P_DATA_TF_PDU = auto()
    A_RELEASE_REQUEST = auto()
    A_RELEASE_RQ_PDU = auto()
    A_RELEASE_RP_PDU = auto()
    A_RELEASE_RESPONSE = auto()
    A_ABORT_REQUEST = auto()
    A_ABORT_PDU = auto()
    TRANSPORT_CLOSED = auto()
    ARTIM_EXPIRED = auto()
    INVALID_PDU = auto()


class Action(Enum):
    """PS3.8 Tables 9-6 to 9-9, by the standard's names."""

    AE_1 = "AE-1"
    AE_2 = "AE-2"
    AE_3 = "AE-3"
    AE_4 = "AE-4"
    AE_5 = "AE-5"
    AE_6 = "AE-6"
    AE_7 = "AE-7"
    AE_8 = "AE-8"
    DT_1 = "DT-1"
    DT_2 = "DT-2"
    AR_1 = "AR-1"
    AR_2 = "AR-2"
    AR_3 = "AR-3"
    AR_4 = "AR-4"
    AR_5 = "AR-5"
    AR_6 = "AR-6"
    AR_7 = "AR-7"
    AR_8 = "AR-8"
    AR_9 = "AR-9"
    AR_10 = "AR-10"
    AA_1 = "AA-1"
    AA_2 = "AA-2"
    AA_3 = "AA-3"
    AA_4 = "AA-4"
    AA_5 = "AA-5"
    AA_6 = "AA-6"
    AA_7 = "AA-7"
    AA_8 = "AA-8"


_TABLE_9_10 = """
                             Sta1  Sta2  Sta3  Sta4  Sta5  Sta6  Sta7  Sta8  Sta9  Sta10 Sta11 Sta12 Sta13
A_ASSOCIATE_REQUEST          AE-1  .     .     .     .     .     .     .     .     .     .     .     .
TRANSPORT_CONFIRM            .     .     .     AE-2  .     .     .     .     .     .     .     .     .
A_ASSOCIATE_AC_PDU           .     AA-1  AA-8  .     AE-3  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-6
A_ASSOCIATE_RJ_PDU           .     AA-1  AA-8  .     AE-4  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-6
TRANSPORT_INDICATION         AE-5  .     .     .     .     .     .     .     .     .     .     .     .
A_ASSOCIATE_RQ_PDU           .     AE-6  AA-8  .     AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-7
A_ASSOCIATE_RESPONSE_ACCEPT  .     .     AE-7  .     .     .     .     .     .     .     .     .     .
A_ASSOCIATE_RESPONSE_REJECT  .     .     AE-8  .     .     .     .     .     .     .     .     .     .
P_DATA_REQUEST               .     .     .     .     .     DT-1  .     AR-7  .     .     .     .     .
P_DATA_TF_PDU                .     AA-1  AA-8  .     AA-8  DT-2  AR-6  AA-8  AA-8  AA-8  AA-8  AA-8  AA-6
A_RELEASE_REQUEST            .     .     .     .     .     AR-1  .     .     .     .     .     .     .
A_RELEASE_RQ_PDU             .     AA-1  AA-8  .     AA-8  AR-2  AR-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-6
A_RELEASE_RP_PDU             .     AA-1  AA-8  .     AA-8  AA-8  AR-3  AA-8  AA-8  AR-10 AR-3  AA-8  AA-6
A_RELEASE_RESPONSE           .     .     .     .     .     .     .     AR-4  AR-9  .     .     AR-4  .
A_ABORT_REQUEST              .     .     AA-1  AA-2  AA-1  AA-1  AA-1  AA-1  AA-1  AA-1  AA-1  AA-1  .
A_ABORT_PDU                  .     AA-2  AA-3  .     AA-3  AA-3  AA-3  AA-3  AA-3  AA-3  AA-3  AA-3  AA-2
TRANSPORT_CLOSED             .     AA-5  AA-4  AA-4  AA-4  AA-4  AA-4  AA-4  AA-4  AA-4  AA-4  AA-4  AR-5
ARTIM_EXPIRED                .     AA-2  .     .     .     .     .     .     .     .     .     .     AA-2
INVALID_PDU                  .     AA-1  AA-8  .     AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-7
"""


def _read(text: str) -> Mapping[EventKind, Mapping[State, Action]]:
    """The literal above as a mapping; written as text so that it can be laid beside the page of the standard."""
    head, *rows = text.strip("\n").splitlines()
    states = [State[name] for name in head.split()]
    table = {}
    for row in rows:
        kind, *cells = row.split()
        pairs = zip(states, cells, strict=True)
        table[EventKind[kind]] = MappingProxyType({state: Action(cell) for state, cell in pairs if cell != "."})
    return MappingProxyType(table)


TABLE = _read(_TABLE_9_10)
"""PS3.8 Table 9-10; a cell that is empty there is absent here."""

PDU_KINDS = frozenset(
    {
        EventKind.A_ASSOCIATE_AC_PDU,
        EventKind.A_ASSOCIATE_RJ_PDU,
        EventKind.A_ASSOCIATE_RQ_PDU,
        EventKind.P_DATA_TF_PDU,
        EventKind.A_RELEASE_RQ_PDU,
        EventKind.A_RELEASE_RP_PDU,
        EventKind.A_ABORT_PDU,
        EventKind.INVALID_PDU,
    }
)
"""What the peer can make happen by sending bytes."""

RECEIVING = frozenset(
    state for state, action in TABLE[EventKind.P_DATA_TF_PDU].items() if action in {Action.DT_2, Action.AR_6}
)
"""States in which data that arrives goes to the user: read off the table, so that they cannot differ from it."""

SENDING = frozenset(TABLE[EventKind.P_DATA_REQUEST])
"""States in which the user may send data (DT-1, AR-7)."""

ASSOCIATED = frozenset({State.Sta6, State.Sta7, State.Sta8, State.Sta9, State.Sta10, State.Sta11, State.Sta12})
"""From the acceptance to the end of the release."""


def action_for(kind: EventKind, state: State) -> Action | None:
    """Name the action for what happened; None where the table is empty and the peer is not to blame."""
    return TABLE[kind].get(state) or (Action.AA_8 if kind in PDU_KINDS else None)
