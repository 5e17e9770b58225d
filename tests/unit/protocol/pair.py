"""Two ends of an association wired to each other in memory: no socket, no sleep, the time is a number.

Import it as ``from unit.protocol.pair import ConnectionPair`` (``tests`` is on the path).
"""

from __future__ import annotations

from collections.abc import Sequence

from isocenter.protocol.upper_layer import (
    AssociateAccept,
    AssociateRequest,
    ContextResult,
    DataFragment,
    Event,
    PresentationContext,
    PresentationContextResult,
    Role,
    UpperLayer,
    UpperLayerLimits,
)

VERIFICATION = "1.2.840.10008.1.1"
CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
IMPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2"
EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"

REQUEST = AssociateRequest(
    called_ae_title="ISOCENTER",
    calling_ae_title="MODALITY",
    presentation_contexts=(
        PresentationContext(1, VERIFICATION, (IMPLICIT_LITTLE_ENDIAN,)),
        PresentationContext(3, CT_IMAGE_STORAGE, (EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN)),
    ),
)


def accept_all(request: AssociateRequest) -> AssociateAccept:
    """Accept each context of a request with the first transfer syntax it proposes."""
    return AssociateAccept(
        tuple(
            PresentationContextResult(context.context_id, ContextResult.ACCEPTANCE, context.transfer_syntaxes[0])
            for context in request.presentation_contexts
        )
    )


class ConnectionPair:
    """A requestor and an acceptor with a perfect connection between them.

    ``deliver`` carries bytes both ways until both are silent and keeps what each was told in ``events``; fragments
    are copied there, so that they outlive the call. ``split`` cuts what is delivered into reads of that many bytes.
    """

    def __init__(
        self,
        requestor_limits: UpperLayerLimits | None = None,
        acceptor_limits: UpperLayerLimits | None = None,
        *,
        split: int | None = None,
    ) -> None:
        self.now = 1000.0
        self.split = split
        self.requestor = UpperLayer(Role.REQUESTOR, requestor_limits)
        self.acceptor = UpperLayer(Role.ACCEPTOR, acceptor_limits)
        self.events: dict[UpperLayer, list[Event]] = {self.requestor: [], self.acceptor: []}

    @classmethod
    def established(
        cls,
        request: AssociateRequest = REQUEST,
        accept: AssociateAccept | None = None,
        requestor_limits: UpperLayerLimits | None = None,
        acceptor_limits: UpperLayerLimits | None = None,
    ) -> ConnectionPair:
        """A pair with an association on it; events of its making are forgotten."""
        pair = cls(requestor_limits, acceptor_limits)
        pair.open(request)
        pair.acceptor.accept(accept or accept_all(request))
        pair.deliver()
        pair.take_events(pair.requestor)
        pair.take_events(pair.acceptor)
        return pair

    def open(self, request: AssociateRequest = REQUEST) -> None:
        """Connect and bring the request to the acceptor."""
        self.requestor.request(request, self.now)
        self.requestor.connected(self.now)
        self.acceptor.connected(self.now)
        self.deliver()

    def other(self, layer: UpperLayer) -> UpperLayer:
        """The opposite end."""
        return self.acceptor if layer is self.requestor else self.requestor

    def deliver(self) -> None:
        """Carry bytes until nobody has any left; a side that wants its connection closed takes the other's too."""
        moved = True
        while moved:
            moved = False
            for layer in (self.requestor, self.acceptor):
                data = b"".join(layer.data_to_send())
                if data:
                    moved = True
                    self.give(self.other(layer), data)

    def give(self, layer: UpperLayer, data: bytes) -> list[Event]:
        """Let one side receive bytes, and return what it makes of them."""
        size = self.split or max(len(data), 1)
        found: list[Event] = []
        for start in range(0, len(data), size):
            found += map(lasting, layer.receive(data[start : start + size], self.now))
        self.events[layer] += found
        return found

    def take_events(self, layer: UpperLayer) -> list[Event]:
        """What one side was told since the last call."""
        found = self.events[layer]
        self.events[layer] = []
        return found

    def exchange(self, sender: UpperLayer, messages: Sequence[tuple[int, bool, bytes]]) -> list[Event]:
        """Send whole command sets or data sets (context, is command, bytes) and return the other side's events."""
        for context_id, is_command, data in messages:
            sender.send_data(context_id, is_command, True, data)
        self.deliver()
        return self.take_events(self.other(sender))


def lasting(event: Event) -> Event:
    """An event that does not look into somebody's buffer any more."""
    return event._replace(data=memoryview(bytes(event.data))) if isinstance(event, DataFragment) else event


def whole(events: Sequence[Event]) -> list[object]:
    """Fragments joined to (context, is command, bytes, ended); other events as they are.

    So two runs can be compared that cut the same stream at different places.
    """
    result: list[object] = []
    open_piece: tuple[int, bool, bytes] | None = None
    for event in events:
        if not isinstance(event, DataFragment):
            if open_piece is not None:
                result.append((*open_piece, False))
                open_piece = None
            result.append(event)
            continue
        key = (event.context_id, event.is_command)
        if open_piece is not None and open_piece[:2] != key:
            result.append((*open_piece, False))
            open_piece = None
        open_piece = (*key, (open_piece[2] if open_piece else b"") + bytes(event.data))
        if event.is_last:
            result.append((*open_piece, True))
            open_piece = None
    if open_piece is not None:
        result.append((*open_piece, False))
    return result
