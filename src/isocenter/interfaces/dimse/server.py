"""The DICOM listener."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import Counter
from collections.abc import Mapping

from isocenter.interfaces.dimse.association import Association, AssociationHost, PerformOperation
from isocenter.interfaces.dimse.callers import Callers
from isocenter.peers.dimse.transport import AssociationTransport
from isocenter.protocol.dimse.messages import Request
from isocenter.protocol.upper_layer import RejectReason, Role, UpperLayer, UpperLayerLimits
from isocenter.settings import DimseSettings

__all__ = ["DimseServer"]

log = logging.getLogger(__name__)


class DimseServer:
    """Listens for associations, within bounds: in all, for each peer, and for each address that is still unknown."""

    def __init__(
        self,
        settings: DimseSettings,
        callers: Callers,
        performers: Mapping[type[Request], PerformOperation],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._settings = settings
        self._tls = tls
        self._host = AssociationHost(settings, callers, performers, self._join, self._leave)
        self._limits = UpperLayerLimits(
            data_pdu_bytes=settings.max_pdu_bytes,
            artim_seconds=settings.pdu_seconds,
            pdu_seconds=settings.pdu_seconds,
        )
        self._server: asyncio.Server | None = None
        self._connections: set[AssociationTransport] = set()
        self._joined: dict[Association, str] = {}
        self._unknown: Counter[str] = Counter()

    @property
    def port(self) -> int:
        """The port that is listened on."""
        assert self._server is not None  # noqa: S101 - asked after `start`
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def associations(self) -> int:
        """Associations at the moment."""
        return len(self._joined)

    async def start(self) -> None:
        """Begin to listen."""
        self._server = await asyncio.get_running_loop().create_server(
            self._connection, self._settings.host, self._settings.port, ssl=self._tls, backlog=256
        )

    async def stop(self, seconds: float = 10.0) -> None:
        """Take no more associations; end the others once they are idle, at the latest after ``seconds``."""
        if self._server is None:
            return
        self._server.close()
        deadline = asyncio.get_running_loop().time() + seconds
        while self._busy() and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.05)
        for transport in list(self._connections):
            transport.abort()
        await asyncio.sleep(0)

    def _busy(self) -> bool:
        dialogues = (association.dialogue for association in self._joined)
        return any(dialogue is not None and not dialogue.conversation.idle for dialogue in dialogues)

    def _connection(self) -> AssociationTransport:
        transport = _Connection(self, UpperLayer(Role.ACCEPTOR, self._limits))
        self._connections.add(transport)
        return transport

    def opened(self, transport: AssociationTransport) -> None:
        """Count a connection; too many of one address, or in all, are dropped before they cost anything."""
        address = transport.peer_address
        self._unknown[address] += 1
        if (
            self._unknown[address] > self._settings.max_unknown_connections_per_address
            or len(self._connections) > 2 * self._settings.max_associations
        ):
            log.warning("Too many connections from %s: one dropped.", address)
            transport.disconnect()

    def closed(self, transport: AssociationTransport) -> None:
        """Count a connection out that never became an association, or whose association is over."""
        self._connections.discard(transport)

    def known(self, address: str) -> None:
        """Stop counting a connection as unknown."""
        self._unknown[address] -= 1
        if self._unknown[address] <= 0:
            del self._unknown[address]

    def new_association(self, transport: AssociationTransport) -> Association:
        """Make the provider's end for a connection."""
        return Association(self._host, transport)

    def _join(self, association: Association) -> RejectReason | None:
        same_peer = sum(1 for title in self._joined.values() if title == association.ae_title)
        if (
            len(self._joined) >= self._settings.max_associations
            or same_peer >= self._settings.max_associations_per_peer
        ):
            return RejectReason.LOCAL_LIMIT_EXCEEDED
        self._joined[association] = association.ae_title
        return None

    def _leave(self, association: Association) -> None:
        self._joined.pop(association, None)


class _Connection(AssociationTransport):
    """A connection that the server counts."""

    def __init__(self, server: DimseServer, layer: UpperLayer) -> None:
        super().__init__(layer, server.new_association)
        self._server = server
        self._address = ""
        self._unknown = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count, then go on."""
        super().connection_made(transport)
        self._address = self.peer_address
        self._server.opened(self)

    def buffer_updated(self, nbytes: int) -> None:
        """Go on; who has an association is no longer unknown."""
        super().buffer_updated(nbytes)
        if self._unknown and self.layer.associated:
            self._no_longer_unknown()

    def connection_lost(self, exc: Exception | None) -> None:
        """Go on, then count out."""
        super().connection_lost(exc)
        self._no_longer_unknown()
        self._server.closed(self)

    def _no_longer_unknown(self) -> None:
        if self._unknown:
            self._unknown = False
            self._server.known(self._address)
