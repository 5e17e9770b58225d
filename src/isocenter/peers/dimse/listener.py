"""A listener for one pull: takes the C-STOREs that a peer sends on our C-MOVE, into a folder, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from isocenter.dicom.sop_class import STORAGE, VERIFICATION
from isocenter.errors import AssociationError, BusyError
from isocenter.peers.dimse.dialogue import Dialogue
from isocenter.peers.dimse.receiver import ReceivingFolder, StorePerformer
from isocenter.peers.dimse.transport import AssociationTransport
from isocenter.protocol.dimse.negotiation import AcceptorPolicy, ContextPolicy, agreement, negotiate
from isocenter.protocol.upper_layer import (
    Aborted,
    AssociateAccept,
    AssociateReject,
    AssociateRequest,
    AssociateRequested,
    DataFragment,
    Event,
    RejectReason,
    RejectResult,
    ReleaseRequested,
    Role,
    UpperLayer,
    UpperLayerLimits,
)

__all__ = ["ListenAddress", "listening"]

MAX_CONNECTIONS = 16
"""At the same time; a peer that moves needs one, or one for each study."""


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """Where the peer that answers our C-MOVE finds us: the peer's settings must say the same."""

    host: str
    port: int
    ae_title: str


class _Every:
    """Contains every transfer syntax: what comes is kept as it comes."""

    def __contains__(self, uid: object) -> bool:
        return True


_STORAGE = ContextPolicy(_Every())
_CONTEXTS = {**dict.fromkeys(STORAGE, _STORAGE), VERIFICATION: ContextPolicy(frozenset())}


class _Acceptor:
    """The provider's end of one association."""

    def __init__(self, transport: AssociationTransport, caller: str, ae_title: str, folder: ReceivingFolder) -> None:
        self._transport = transport
        self._policy = AcceptorPolicy(_CONTEXTS, _STORAGE, {ae_title}, {caller})
        self._performer = StorePerformer(folder)
        self._dialogue: Dialogue | None = None

    def on_event(self, event: Event) -> None:
        """Act on what the upper layer says."""
        if isinstance(event, DataFragment):
            if self._dialogue is not None:
                self._dialogue.data_arrived(event)
        elif isinstance(event, AssociateRequested):
            self._requested(event.request)
        elif isinstance(event, ReleaseRequested):
            self._transport.layer.release_response(self._transport.now)
            self._end()
        elif isinstance(event, Aborted):
            self._end()

    def on_closed(self) -> None:
        """Forget what came in part."""
        self._end()

    def _requested(self, request: AssociateRequest) -> None:
        answer: AssociateAccept | AssociateReject = negotiate(request, self._policy)
        if isinstance(answer, AssociateReject):
            self._transport.layer.reject(answer, self._transport.now)
            return
        self._transport.layer.accept(answer)
        self._dialogue = Dialogue(self._transport, agreement(request, answer), Role.ACCEPTOR, self._performer)
        self._performer.began(self._dialogue)

    def _end(self) -> None:
        dialogue, self._dialogue = self._dialogue, None
        if dialogue is not None:
            dialogue.ended(AssociationError("The association ended."))


@asynccontextmanager
async def listening(
    address: ListenAddress, caller: str, folder: ReceivingFolder, limits: UpperLayerLimits | None = None
) -> AsyncIterator[int]:
    """Listen while a pull is under way, for one calling AE title; gives the port.

    Raises BusyError when the port is taken: then a server of ours gets what the peer sends.
    """
    connections: set[AssociationTransport] = set()
    limits = limits or UpperLayerLimits()

    def user(transport: AssociationTransport) -> _Acceptor:
        connections.add(transport)
        if len(connections) > MAX_CONNECTIONS:
            return _Full(transport, caller, address.ae_title, folder)
        return _Acceptor(transport, caller, address.ae_title, folder)

    def connection() -> AssociationTransport:
        return _Connection(UpperLayer(Role.ACCEPTOR, limits), user, connections.discard)

    try:
        server = await asyncio.get_running_loop().create_server(connection, address.host, address.port)
    except OSError as error:
        raise BusyError(
            f"Cannot listen on {address.host}:{address.port} for what the peer would send ({error.strerror or error})."
            " A running server receives there: C-MOVE puts the study into its archive."
        ) from None
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for transport in list(connections):
            transport.abort()
            transport.disconnect()


class _Full(_Acceptor):
    """Turns away what is beyond the bound."""

    def _requested(self, request: AssociateRequest) -> None:
        full = AssociateReject(RejectResult.TRANSIENT, RejectReason.LOCAL_LIMIT_EXCEEDED)
        self._transport.layer.reject(full, self._transport.now)


class _Connection(AssociationTransport):
    """A connection that is counted out when it ends."""

    def __init__(
        self,
        layer: UpperLayer,
        user: Callable[[AssociationTransport], _Acceptor],
        closed: Callable[[AssociationTransport], None],
    ) -> None:
        super().__init__(layer, user)
        self._closed = closed

    def connection_lost(self, exc: Exception | None) -> None:
        """Go on, then count out."""
        super().connection_lost(exc)
        self._closed(self)
