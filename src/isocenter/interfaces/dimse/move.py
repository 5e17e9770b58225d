"""C-MOVE: instances go out to a third party that our settings name (PS3.4 C.4.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor

from isocenter.dicom.transfer_syntax import EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN
from isocenter.errors import BadRequest, IsocenterError, NotFound, NotSupported
from isocenter.interfaces.dimse.association import Association
from isocenter.interfaces.dimse.retrieval import SendOne, read_ahead, run_suboperations, selected
from isocenter.peers.dimse.dialogue import DataSetReceiver, IdentifierReceiver
from isocenter.peers.dimse.user import PeerAddress, UserAssociation, UserOptions, associate
from isocenter.protocol.dimse import Operation, Service, Status
from isocenter.protocol.dimse.messages import CMoveRequest
from isocenter.protocol.dimse.negotiation import MAX_CONTEXTS, Proposal, storage_proposals
from isocenter.services.retrieve import Retrieve, StoredInstance
from isocenter.settings import DimseSettings, PeerSettings

__all__ = ["MoveDoor"]

CONVERTIBLE = (EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN)


class MoveDoor:
    """Makes C-MOVE a door to `Retrieve` and to the user side of DIMSE."""

    def __init__(
        self, retrieve: Retrieve, pool: Executor, settings: DimseSettings, peers: Mapping[str, PeerSettings]
    ) -> None:
        self._retrieve = retrieve
        self._pool = pool
        self._settings = settings
        self._destinations = {peer.ae_title: peer for peer in peers.values() if peer.host}

    def perform(self, association: Association, operation: Operation) -> DataSetReceiver:
        """Collect the identifier, then send what it names."""

        def begin(data_set: bytes) -> None:
            association.start(operation, self._answer(association, operation, data_set), Service.MOVE)

        return IdentifierReceiver(begin)

    async def _answer(self, association: Association, operation: Operation, data_set: bytes) -> None:
        request = operation.request
        assert isinstance(request, CMoveRequest)  # noqa: S101 - performers are chosen by type
        peer = self._destination(request.move_destination)
        instances = await selected(association, operation, data_set, self._retrieve, self._pool)
        originator = (association.ae_title, request.message_id)
        if not instances:
            await run_suboperations(association, operation, instances, _nothing)
            return
        address = PeerAddress(peer.host, peer.port, peer.ae_title, peer.our_ae_title or self._settings.ae_title)
        seconds = peer.operation_seconds or self._settings.operation_seconds
        proposals = _proposals(instances, peer)
        try:
            async with associate(address, proposals, UserOptions(operation_seconds=seconds)) as user:

                async def send(held: StoredInstance) -> int:
                    return await self._send(user, held, originator)

                await run_suboperations(association, operation, instances, send)
        except IsocenterError as error:
            if operation.request.message_id not in _performed(association):
                return
            await run_suboperations(association, operation, instances, _failing(error))

    def _destination(self, ae_title: str) -> PeerSettings:
        """Return the peer of a title; nobody else is ever connected to (A801)."""
        peer = self._destinations.get(ae_title)
        if peer is None:
            raise NotFound("The move destination is not a peer with an address in our settings.")
        if (peer.host, peer.port) == (self._settings.host, self._settings.port):
            raise BadRequest("The move destination is this archive itself.")
        return peer

    async def _send(self, user: UserAssociation, held: StoredInstance, originator: tuple[str, int]) -> int:
        contexts = user.dialogue.agreement.contexts.for_abstract_syntax(held.sop_class_uid)
        outgoing = self._retrieve.outgoing(held, [context.transfer_syntax for context in contexts])
        if outgoing is None:
            raise NotSupported("The destination does not take this SOP class in a transfer syntax that we can give.")
        return await user.store(
            held.sop_class_uid,
            held.sop_instance_uid,
            outgoing.transfer_syntax_uid,
            read_ahead(outgoing.pieces, self._pool),
            originator=originator,
        )


def _proposals(instances: Sequence[StoredInstance], peer: PeerSettings) -> list[Proposal]:
    """Propose each object as it is stored, and what we could convert to; only what the peer's profile allows."""

    def allowed(uid: str) -> bool:
        return not peer.transfer_syntaxes or uid in peer.transfer_syntaxes

    held = {(each.sop_class_uid, each.content.transfer_syntax_uid) for each in instances}
    convertible = tuple(uid for uid in CONVERTIBLE if allowed(uid))
    proposals = storage_proposals([pair for pair in held if allowed(pair[1])], ())
    proposals += [Proposal(uid, convertible) for uid in sorted({uid for uid, _ in held}) if convertible]
    return proposals[:MAX_CONTEXTS]


async def _nothing(held: StoredInstance) -> int:
    return int(Status.SUCCESS)


def _failing(error: IsocenterError) -> SendOne:
    async def send(held: StoredInstance) -> int:
        raise error

    return send


def _performed(association: Association) -> Mapping[int, Operation]:
    return association.dialogue.conversation.performed if association.dialogue is not None else {}
