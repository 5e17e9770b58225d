"""C-STORE: an instance comes in (PS3.4 B, PS3.7 9.1.1)."""

from __future__ import annotations

import asyncio
import logging

from isocenter.errors import IsocenterError
from isocenter.faults import faultpoint
from isocenter.interfaces.dimse.association import Association
from isocenter.peers.dimse.dialogue import DataSetReceiver
from isocenter.protocol.dimse import Operation, Service, Status
from isocenter.protocol.dimse.messages import CStoreRequest
from isocenter.services.ingest import Announced, Incoming, Ingest
from isocenter.services.record import Outcome, Result, Source

__all__ = ["StoreDoor"]

log = logging.getLogger(__name__)

BACKLOG_BYTES = 8 * 1024 * 1024
"""Bytes of one sender that may wait for the disk before we stop reading from it."""


class StoreDoor:
    """Makes C-STORE a door to `Ingest`."""

    def __init__(self, ingest: Ingest, default_issuer: str = "") -> None:
        self.ingest = ingest
        self.default_issuer = default_issuer
        self._lanes: dict[Association, int] = {}

    def perform(self, association: Association, operation: Operation) -> DataSetReceiver:
        """Begin to receive an instance."""
        return _Receiver(self, association, operation)

    def lane(self, association: Association) -> int:
        """Return the association's lane: it keeps one while it lasts, so that a series lies together."""
        lane = self._lanes.get(association)
        if lane is None:
            lane = self._lanes[association] = self.ingest.join_lane()
            association.on_end(lambda: self.ingest.leave_lane(self._lanes.pop(association)))
        return lane


class _Receiver:
    """Takes the data set of one C-STORE; answers once it is durable."""

    def __init__(self, door: StoreDoor, association: Association, operation: Operation) -> None:
        self._door = door
        self._association = association
        self._operation = operation
        self._loop = asyncio.get_running_loop()
        self._incoming: Incoming | None = None
        self._error: IsocenterError | None = None
        try:
            self._incoming = self._begin()
        except IsocenterError as error:
            self._error = error

    def fragment(self, data: memoryview) -> None:
        """Take the next bytes. After an error the rest is passed over: the peer hears of it at the end."""
        incoming = self._incoming
        if incoming is None:
            return
        try:
            incoming.write(data)
        except IsocenterError as error:
            self._give_up(error)
            return
        if incoming.backlog > BACKLOG_BYTES:
            self._association.pause()
            incoming.when_drained(self._drained)

    def end(self) -> None:
        """Have the instance kept."""
        incoming = self._incoming
        if incoming is not None:
            try:
                self._door.ingest.keep(incoming, self._door.lane(self._association), self._kept)
            except IsocenterError as error:
                self._give_up(error)
            else:
                self._incoming = None
        if self._error is not None:
            self._association.fail(self._operation, self._error, Service.STORAGE)

    def abandon(self) -> None:
        """Forget what came so far: it is bad, or its sender is gone."""
        incoming, self._incoming = self._incoming, None
        if incoming is not None:
            incoming.discard()

    def _begin(self) -> Incoming:
        request = self._operation.request
        assert isinstance(request, CStoreRequest)  # noqa: S101 - performers are chosen by type
        association, caller = self._association, self._association.caller
        peer = caller.peer if caller else None
        return self._door.ingest.begin(
            Source(
                door="dimse",
                name=association.ae_title,
                detail=f"{association.transport.peer_address} to {association.called_ae_title}",
                default_issuer=(peer.default_issuer if peer else "") or self._door.default_issuer,
                conflicts=peer.conflicts if peer else "keep",
            ),
            association.context(self._operation).transfer_syntax,
            Announced(request.affected_sop_class_uid, request.affected_sop_instance_uid),
        )

    def _give_up(self, error: IsocenterError) -> None:
        self._error = error
        self.abandon()

    def _drained(self) -> None:
        """Hear, on another thread, that the disk has caught up."""
        self._loop.call_soon_threadsafe(self._association.resume)

    def _kept(self, outcome: Outcome | IsocenterError) -> None:
        """Hear, on another thread, what became of the instance."""
        self._loop.call_soon_threadsafe(self._answer, outcome)

    def _answer(self, outcome: Outcome | IsocenterError) -> None:
        if isinstance(outcome, IsocenterError):
            self._association.fail(self._operation, outcome, Service.STORAGE)
            return
        if outcome.result is Result.KEPT_ASIDE:
            log.warning("An instance of %s was kept aside: %s", self._association.ae_title, outcome.note)
        faultpoint("K9")
        self._association.respond(self._operation, Status.SUCCESS)
