"""C-GET: instances go out over the association that asks for them (PS3.4 C.4.3)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from concurrent.futures import Executor

from isocenter.errors import AssociationError, NotSupported
from isocenter.interfaces.dimse.association import Association
from isocenter.interfaces.dimse.retrieval import read_ahead, run_suboperations, selected
from isocenter.peers.dimse.dialogue import DataSetReceiver, IdentifierReceiver
from isocenter.protocol.dimse import Operation, RequestBuilder, Service
from isocenter.services.retrieve import Retrieve, StoredInstance

__all__ = ["GetDoor"]


class GetDoor:
    """Makes C-GET a door to `Retrieve`."""

    def __init__(self, retrieve: Retrieve, pool: Executor, operation_seconds: float) -> None:
        self._retrieve = retrieve
        self._pool = pool
        self._operation_seconds = operation_seconds

    def perform(self, association: Association, operation: Operation) -> DataSetReceiver:
        """Collect the identifier, then send what it names."""

        def begin(data_set: bytes) -> None:
            association.start(operation, self._answer(association, operation, data_set), Service.GET)

        return IdentifierReceiver(begin)

    async def _answer(self, association: Association, operation: Operation, data_set: bytes) -> None:
        instances = await selected(association, operation, data_set, self._retrieve, self._pool)

        async def send(held: StoredInstance) -> int:
            return await self._send(association, held)

        await run_suboperations(association, operation, instances, send)

    async def _send(self, association: Association, held: StoredInstance) -> int:
        """Send one instance on a context for which the caller took the provider's role."""
        dialogue = association.dialogue
        if dialogue is None:
            raise AssociationError("The association ended.")
        contexts = dialogue.agreement.contexts.for_abstract_syntax(held.sop_class_uid)
        usable = [context for context in contexts if context.requestor_is_scp]
        outgoing = self._retrieve.outgoing(held, [context.transfer_syntax for context in usable])
        if outgoing is None:
            raise NotSupported("The peer does not take this SOP class in a transfer syntax that we can give.")
        context = next(context for context in usable if context.transfer_syntax == outgoing.transfer_syntax_uid)
        await dialogue.room()
        request = RequestBuilder(dialogue.conversation.invoked).store(held.sop_class_uid, held.sop_instance_uid)
        pieces: AsyncIterator[bytes] = read_ahead(outgoing.pieces, self._pool)
        status = 0
        async for response, _ in dialogue.invoke(context.context_id, request, pieces, seconds=self._operation_seconds):
            status = response.status
        return status
