"""The user side of DIMSE: opens associations and asks for things.

    async with associate(peer, proposals, options) as association:
        await association.echo()

Data sets go out as streams and come in as they arrive; nothing is held whole but identifiers.
"""

from __future__ import annotations

import asyncio
import logging
import os
import ssl
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Protocol

from isocenter.dicom.dataset import DataSet, read_data_set, write_data_set
from isocenter.dicom.sop_class import VERIFICATION
from isocenter.errors import AssociationError, NotSupported, PeerRefused, PeerUnreachable
from isocenter.peers.dimse.dialogue import Answer, Dialogue, Performer
from isocenter.peers.dimse.transport import AssociationTransport
from isocenter.protocol.dimse import Category, Operation, RequestBuilder, Service, Status, category, meaning
from isocenter.protocol.dimse.messages import CGetRequest, CMoveRequest, RetrieveResponse, response_to
from isocenter.protocol.dimse.negotiation import AcceptedContext, Proposal, agreement, propose
from isocenter.protocol.upper_layer import (
    Aborted,
    AssociateAccepted,
    AssociateRejected,
    AssociateRequest,
    AsynchronousOperationsWindow,
    Buffer,
    DataFragment,
    Event,
    ReleaseConfirmed,
    ReleaseRequested,
    Role,
    UpperLayer,
    UpperLayerLimits,
)

__all__ = ["PeerAddress", "UserAssociation", "UserOptions", "UserPerformer", "associate"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PeerAddress:
    """Where a peer listens, and the titles used towards it."""

    host: str
    port: int
    ae_title: str
    our_ae_title: str


@dataclass(frozen=True, slots=True)
class UserOptions:
    """How we behave as a user."""

    connect_seconds: float = 15.0
    """To a connection and an answer to our association request."""
    operation_seconds: float = 60.0
    """To each response of an operation."""
    release_seconds: float = 10.0
    limits: UpperLayerLimits = field(default_factory=UpperLayerLimits)
    tls: ssl.SSLContext | None = None
    window: AsynchronousOperationsWindow | None = None


class UserPerformer(Performer, Protocol):
    """Performs what the peer asks of us on an association that we opened, such as the C-STOREs of a C-GET."""

    def began(self, dialogue: Dialogue) -> None:
        """Hear that the association is established; answers go through its dialogue."""


class _Nobody:
    """Performs nothing: a user that only asks."""

    def __init__(self) -> None:
        self._dialogue: Dialogue | None = None

    def began(self, dialogue: Dialogue) -> None:
        """Note the dialogue."""
        self._dialogue = dialogue

    def perform(self, operation: Operation) -> None:
        """Refuse."""
        if self._dialogue is not None:
            self._dialogue.respond(operation, response_to(operation.request, Status.UNRECOGNIZED_OPERATION))

    def cancelled(self, operation: Operation) -> None:
        """Do nothing."""


class UserAssociation:
    """An association that we opened."""

    def __init__(self, transport: AssociationTransport, performer: UserPerformer | None, options: UserOptions) -> None:
        self._transport = transport
        self._performer: UserPerformer = performer or _Nobody()
        self._options = options
        self._requested: AssociateRequest | None = None
        self._established: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._closed = asyncio.Event()
        self._dialogue: Dialogue | None = None
        self._requests: RequestBuilder | None = None

    # Asking.

    async def echo(self) -> None:
        """Ask whether the peer is there (C-ECHO). Raises PeerRefused when it answers with a failure."""
        context = self._context(VERIFICATION)
        async for response, _ in self._invoke(context, self.requests.echo()):
            _expect_success(response.status, Service.GENERAL)

    async def store(
        self,
        sop_class_uid: str,
        sop_instance_uid: str,
        transfer_syntax_uid: str,
        data_set: AsyncIterable[Buffer],
        *,
        originator: tuple[str, int] | None = None,
    ) -> int:
        """Send an instance as it is (C-STORE); gives the peer's status, warnings and failures included.

        Raises NotSupported when no context was accepted for this class and encoding.
        """
        context = self.dialogue.agreement.contexts.find(sop_class_uid, transfer_syntax_uid)
        if context is None or not context.requestor_is_scu:
            raise NotSupported("The peer does not take this SOP class in this transfer syntax.")
        await self.dialogue.room()
        request = self.requests.store(sop_class_uid, sop_instance_uid, originator=originator)
        status = 0
        async for response, _ in self._invoke(context, request, data_set):
            status = response.status
        return status

    async def find(self, sop_class_uid: str, identifier: DataSet) -> AsyncGenerator[DataSet, None]:
        """Query (C-FIND); yields matches as they come. Raises PeerRefused when the peer fails it.

        Closing the iterator before its end cancels the query.
        """
        context = self._context(sop_class_uid)
        await self.dialogue.room()
        request = self.requests.find(sop_class_uid)
        try:
            async for response, data_set in self._invoke(
                context, request, write_data_set(identifier, context.transfer_syntax)
            ):
                if category(response.status) is Category.PENDING:
                    yield read_data_set(data_set, context.transfer_syntax)
                elif category(response.status) is not Category.CANCEL:
                    _expect_success(response.status, Service.FIND, response.error_comment)
        finally:
            self.dialogue.cancel(context.context_id, request.message_id)

    async def get(self, sop_class_uid: str, identifier: DataSet) -> AsyncIterator[RetrieveResponse]:
        """Fetch over this association (C-GET); instances go to the performer, progress is yielded."""
        context = self._context(sop_class_uid)
        async for progress in self._retrieve(context, self.requests.get(sop_class_uid), identifier):
            yield progress

    async def move(self, sop_class_uid: str, destination: str, identifier: DataSet) -> AsyncIterator[RetrieveResponse]:
        """Have the peer send to ``destination`` (C-MOVE); progress is yielded."""
        context = self._context(sop_class_uid)
        async for progress in self._retrieve(context, self.requests.move(sop_class_uid, destination), identifier):
            yield progress

    async def release(self) -> None:
        """End the association in good order; drop it when the peer does not agree in time."""
        if self._transport.layer.associated:
            try:
                self._transport.layer.release()
                self._transport.flush()
                async with asyncio.timeout(self._options.release_seconds):
                    await self._closed.wait()
            except (TimeoutError, AssociationError):
                self._transport.abort()
        self._transport.disconnect()

    @property
    def dialogue(self) -> Dialogue:
        """The dialogue of the established association. Raises AssociationError when there is none."""
        if self._dialogue is None:
            raise AssociationError("The association ended.")
        return self._dialogue

    @property
    def requests(self) -> RequestBuilder:
        """Makes our requests. Raises AssociationError when there is no association."""
        if self._requests is None:
            raise AssociationError("The association ended.")
        return self._requests

    # What the transport tells.

    def on_event(self, event: Event) -> None:
        """Act on what the upper layer says."""
        if isinstance(event, DataFragment):
            if self._dialogue is not None:
                self._dialogue.data_arrived(event)
        elif isinstance(event, AssociateAccepted):
            self._accepted(event)
        elif isinstance(event, AssociateRejected):
            reason = event.reject.reason
            name = getattr(reason, "name", str(reason)).lower().replace("_", " ")
            self._refuse(AssociationError(f"The peer rejected the association: {name}."))
        elif isinstance(event, ReleaseRequested):
            with suppress(AssociationError):  # an abort that came in the same breath has ended it already
                self._transport.layer.release_response(self._transport.now)
        elif isinstance(event, ReleaseConfirmed):
            self._closed.set()
        elif isinstance(event, Aborted):
            self._refuse(AssociationError(f"The association was aborted: {event.explanation}"))

    def on_closed(self) -> None:
        """Tell everybody who waits."""
        self._refuse(AssociationError("The connection was closed."))
        self._closed.set()

    # How it is done.

    async def establish(self, request: AssociateRequest) -> None:
        """Wait for the peer's answer to our request."""
        self._requested = request
        await self._established

    def _accepted(self, event: AssociateAccepted) -> None:
        assert self._requested is not None  # noqa: S101 - an acceptance answers a request
        terms = agreement(self._requested, event.accept)
        self._dialogue = Dialogue(self._transport, terms, Role.REQUESTOR, self._performer)
        self._performer.began(self._dialogue)
        self._requests = RequestBuilder(self._dialogue.conversation.invoked)
        if not self._established.done():
            self._established.set_result(None)

    def _refuse(self, error: AssociationError) -> None:
        if not self._established.done():
            self._established.set_exception(error)
        dialogue, self._dialogue, self._requests = self._dialogue, None, None
        if dialogue is not None:
            dialogue.ended(error)

    def _context(self, sop_class_uid: str) -> AcceptedContext:
        contexts = self.dialogue.agreement.contexts.for_abstract_syntax(sop_class_uid)
        if not contexts:
            raise NotSupported("The peer does not offer this service.")
        return contexts[0]

    def _invoke(
        self, context: AcceptedContext, request: object, data_set: AsyncIterable[Buffer] | bytes = b""
    ) -> AsyncIterator[Answer]:
        return self.dialogue.invoke(
            context.context_id,
            request,  # type: ignore[arg-type]  # every request of the builder is one
            data_set,
            seconds=self._options.operation_seconds,
        )

    async def _retrieve(
        self, context: AcceptedContext, request: CGetRequest | CMoveRequest, identifier: DataSet
    ) -> AsyncIterator[RetrieveResponse]:
        encoded = write_data_set(identifier, context.transfer_syntax)
        service = Service.GET if isinstance(request, CGetRequest) else Service.MOVE
        try:
            async for response, _ in self._invoke(context, request, encoded):
                if category(response.status) is Category.FAILURE and not isinstance(response, RetrieveResponse):
                    _expect_success(response.status, service, response.error_comment)
                assert isinstance(response, RetrieveResponse)  # noqa: S101 - the conversation checked the type
                yield response
        finally:
            if self._dialogue is not None:
                self._dialogue.cancel(context.context_id, request.message_id)


@asynccontextmanager
async def associate(
    peer: PeerAddress,
    proposals: Sequence[Proposal],
    options: UserOptions | None = None,
    performer: UserPerformer | None = None,
) -> AsyncIterator[UserAssociation]:
    """Open an association, and release it at the end.

    ``performer`` performs what the peer asks of us, such as the C-STOREs of a C-GET. Raises PeerUnreachable when
    there is no connection in time, AssociationError when the peer rejects it.
    """
    options = options or UserOptions()
    request = propose(peer.ae_title, peer.our_ae_title, proposals, window=options.window)
    layer = UpperLayer(Role.REQUESTOR, options.limits)
    users: list[UserAssociation] = []

    def user(transport: AssociationTransport) -> UserAssociation:
        users.append(UserAssociation(transport, performer, options))
        return users[0]

    loop = asyncio.get_running_loop()
    transport: AssociationTransport | None = None
    try:
        async with asyncio.timeout(options.connect_seconds):
            layer.request(request, loop.time())
            _, transport = await loop.create_connection(
                lambda: AssociationTransport(layer, user), peer.host, peer.port, ssl=options.tls
            )
            await users[0].establish(layer.requested or request)
    except TimeoutError:
        if transport is not None:
            transport.abort()
        raise PeerUnreachable(
            f"{peer.ae_title} at {peer.host}:{peer.port} gave no answer within {options.connect_seconds:g} seconds."
        ) from None
    except OSError as error:
        raise PeerUnreachable(
            f"{peer.ae_title} at {peer.host}:{peer.port} cannot be reached: {_reason(error)}."
        ) from None
    try:
        yield users[0]
    finally:
        await users[0].release()


def _reason(error: OSError) -> str:
    """Say why in the system's words; asyncio writes the address into its own."""
    return os.strerror(error.errno).lower() if error.errno and error.errno > 0 else error.strerror or str(error)


def _expect_success(status: int, service: Service, comment: str | None = None) -> None:
    if category(status) in (Category.SUCCESS, Category.WARNING):
        return
    text = f"The peer answered {status:04X} ({meaning(status, service)})"
    raise PeerRefused(f"{text}: {comment}" if comment else f"{text}.", status=status)
