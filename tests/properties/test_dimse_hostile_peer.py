"""Whatever a peer sends, it is a message, a refusal or a protocol error, and what is held stays bounded."""

from __future__ import annotations

from dimse_strategies import messages
from hypothesis import given
from hypothesis import strategies as st

from isocenter.errors import ProtocolError
from isocenter.protocol.dimse import CommandReceived, Conversation, MessageReader, OperationInvoked
from isocenter.protocol.dimse.messages import LAYOUTS, Message, Request, encode_message, response_to
from isocenter.protocol.dimse.negotiation import AcceptedContext, AcceptedContexts, Agreement
from isocenter.protocol.upper_layer import AsynchronousOperationsWindow, Role

CONTEXT_IDS = (1, 3, 5)
CONTEXTS = AcceptedContexts(
    (
        AcceptedContext(1, "1.2", "1.2.840.10008.1.2"),
        AcceptedContext(3, "1.2", "1.2.840.10008.1.2", requestor_is_scu=False, requestor_is_scp=True),
        AcceptedContext(5, "1.2", "1.2.840.10008.1.2", requestor_is_scp=True),
    )
)
WINDOW = 3
REQUESTS = tuple(layout for layout in LAYOUTS if issubclass(layout.message, Request))

FRAGMENTS = st.tuples(
    st.sampled_from((*CONTEXT_IDS, 7)),
    st.booleans(),
    st.booleans(),
    st.one_of(st.binary(max_size=40), messages().map(encode_message)),
)


@given(st.lists(FRAGMENTS, max_size=12))
def test_any_fragments_are_read_or_a_protocol_error(fragments: list[tuple[int, bool, bool, bytes]]) -> None:
    reader = MessageReader(CONTEXTS)
    conversation = Conversation(Agreement(CONTEXTS), Role.ACCEPTOR)
    try:
        for context_id, is_command, is_last, data in fragments:
            for event in reader.receive(context_id, is_command, is_last, memoryview(data)):
                if isinstance(event, CommandReceived):
                    conversation.receive(event.context_id, event.message)
    except ProtocolError:
        return


@given(st.lists(st.tuples(st.sampled_from(CONTEXT_IDS), messages(REQUESTS), st.booleans()), max_size=30))
def test_never_more_operations_than_agreed_and_never_two_of_one_id(
    arrivals: list[tuple[int, Message, bool]],
) -> None:
    agreement = Agreement(CONTEXTS, AsynchronousOperationsWindow(WINDOW, 1))
    conversation = Conversation(agreement, Role.ACCEPTOR)
    for context_id, message, answer_one in arrivals:
        before = set(conversation.performed)
        arrival = conversation.receive(context_id, message)
        if isinstance(arrival, OperationInvoked):
            assert arrival.operation.request.message_id not in before
        assert len(conversation.performed) <= WINDOW
        if answer_one and conversation.performed:
            operation = next(iter(conversation.performed.values()))
            conversation.respond(operation, response_to(operation.request, 0))
            assert operation.request.message_id not in conversation.performed
