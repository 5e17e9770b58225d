"""The reader: order of fragments, and requests that cannot be understood."""

from __future__ import annotations

import pytest

from isocenter.errors import ProtocolError
from isocenter.protocol.dimse.command import MAX_COMMAND_SET_SIZE, CommandValue, encode_command_set
from isocenter.protocol.dimse.messages import (
    CEchoRequest,
    CEchoResponse,
    CFindResponse,
    CStoreRequest,
    CStoreResponse,
    NEventReportResponse,
    UnrecognizedOperationResponse,
    decode_message,
    encode_message,
)
from isocenter.protocol.dimse.reader import (
    CommandReceived,
    CommandRefused,
    DataSetEnd,
    DataSetFragment,
    MessageEvent,
    MessageReader,
)

ECHO = CEchoRequest(message_id=1, affected_sop_class_uid="1.2.840.10008.1.1")
STORE = CStoreRequest(message_id=2, affected_sop_class_uid="1.2.3", affected_sop_instance_uid="1.2.3.4")


def command(
    reader: MessageReader, data: bytes, *, context_id: int = 1, is_last: bool = True
) -> tuple[MessageEvent, ...]:
    return reader.receive(context_id, True, is_last, memoryview(data))


def data_set(
    reader: MessageReader, data: bytes, *, context_id: int = 1, is_last: bool = True
) -> tuple[MessageEvent, ...]:
    return reader.receive(context_id, False, is_last, memoryview(data))


@pytest.fixture
def reader() -> MessageReader:
    return MessageReader({1, 3})


def test_a_data_set_passes_through_uncopied(reader: MessageReader) -> None:
    assert command(reader, encode_message(STORE)) == (CommandReceived(1, STORE),)
    buffer = bytearray(b"some data")
    events = reader.receive(1, False, False, memoryview(buffer))
    assert isinstance(events[0], DataSetFragment)
    assert events[0].data.obj is buffer
    assert data_set(reader, b"") == (DataSetEnd(1),)


def test_messages_on_several_contexts_follow_each_other(reader: MessageReader) -> None:
    assert command(reader, encode_message(ECHO), context_id=3) == (CommandReceived(3, ECHO),)
    assert command(reader, encode_message(ECHO)) == (CommandReceived(1, ECHO),)


def test_a_context_that_was_not_accepted_is_a_protocol_error(reader: MessageReader) -> None:
    with pytest.raises(ProtocolError, match="context 5"):
        command(reader, encode_message(ECHO), context_id=5)


def test_a_data_set_that_the_command_did_not_announce_is_a_protocol_error(reader: MessageReader) -> None:
    command(reader, encode_message(ECHO))
    with pytest.raises(ProtocolError, match="unannounced"):
        data_set(reader, b"ab")


def test_a_command_inside_a_data_set_is_a_protocol_error(reader: MessageReader) -> None:
    command(reader, encode_message(STORE))
    data_set(reader, b"ab", is_last=False)
    with pytest.raises(ProtocolError, match="inside a data set"):
        command(reader, encode_message(ECHO))


@pytest.mark.parametrize("is_command", [True, False])
def test_another_message_inside_a_message_is_a_protocol_error(reader: MessageReader, is_command: bool) -> None:
    command(reader, encode_message(STORE)[:10], is_last=False)
    with pytest.raises(ProtocolError, match="inside a message"):
        reader.receive(3, is_command, True, memoryview(b"ab"))


def test_nothing_is_taken_after_a_protocol_error(reader: MessageReader) -> None:
    with pytest.raises(ProtocolError):
        command(reader, b"rubbish")
    with pytest.raises(ProtocolError, match="after a protocol error"):
        command(reader, encode_message(ECHO))


def test_a_command_in_endless_fragments_is_stopped_at_64_kib(reader: MessageReader) -> None:
    fragment = bytes(16 * 1024)
    for _ in range(MAX_COMMAND_SET_SIZE // len(fragment)):
        assert command(reader, fragment, is_last=False) == ()
    with pytest.raises(ProtocolError, match="more than"):
        command(reader, fragment, is_last=False)


def test_an_unknown_operation_is_answered_0211_after_its_data_set(reader: MessageReader) -> None:
    unknown = encode_command_set({0x0100: 0x0777, 0x0110: 9, 0x0800: 1})
    assert command(reader, unknown) == ()
    assert data_set(reader, b"ab", is_last=False) == ()
    (event,) = data_set(reader, b"cd")
    assert isinstance(event, CommandRefused)
    assert isinstance(event.response, UnrecognizedOperationResponse)
    assert (event.response.status, event.response.command_field) == (0x0211, 0x8777)
    assert command(reader, encode_message(ECHO)) == (CommandReceived(1, ECHO),)


@pytest.mark.parametrize(
    ("values", "answer"),
    [
        pytest.param({0x0100: 0x0030, 0x0110: 9, 0x0800: 0x0101}, CEchoResponse, id="no SOP class"),
        pytest.param({0x0100: 0x0001, 0x0002: "1.2", 0x0110: 9, 0x0800: 0x0101}, CStoreResponse, id="no instance"),
        pytest.param(
            {0x0100: 0x0001, 0x0002: "1.2", 0x0110: 9, 0x0800: 0x0101, 0x1000: "1.2"},
            CStoreResponse,
            id="store without data set",
        ),
        pytest.param(
            {0x0100: 0x0100, 0x0002: "1.2", 0x0110: 9, 0x0800: 0x0101, 0x1000: "1.2"},
            NEventReportResponse,
            id="report without event type",
        ),
    ],
)
def test_a_request_that_lacks_something_is_answered_0212(
    reader: MessageReader, values: dict[int, CommandValue], answer: type
) -> None:
    (event,) = command(reader, encode_command_set(values))
    assert isinstance(event, CommandRefused)
    assert type(event.response) is answer
    assert event.response.message_id_being_responded_to == 9
    assert event.response.status == 0x0212
    assert event.response.error_comment
    assert decode_message(encode_message(event.response)) == event.response


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({0x0110: 1, 0x0800: 0x0101}, id="no command field"),
        pytest.param({0x0100: 0x0030, 0x0002: "1.2", 0x0110: 1}, id="no data set type"),
        pytest.param({0x0100: 0x0030, 0x0002: "1.2", 0x0800: 0x0101}, id="no message id"),
        pytest.param({0x0100: 0x0777, 0x0800: 0x0101}, id="unknown, no message id"),
        pytest.param({0x0100: 0x8777, 0x0120: 1, 0x0800: 0x0101, 0x0900: 0}, id="unknown response"),
        pytest.param({0x0100: 0x8030, 0x0120: 1, 0x0800: 0x0101}, id="response without status"),
        pytest.param({0x0100: 0x8030, 0x0900: 0, 0x0800: 0x0101}, id="response to nothing"),
        pytest.param({0x0100: 0x0FFF, 0x0800: 0x0101}, id="cancel of nothing"),
    ],
)
def test_what_cannot_be_answered_is_a_protocol_error(reader: MessageReader, values: dict[int, CommandValue]) -> None:
    with pytest.raises(ProtocolError):
        command(reader, encode_command_set(values))


def test_a_pending_response_keeps_its_data_set(reader: MessageReader) -> None:
    response = CFindResponse(message_id_being_responded_to=1, status=0xFF00, has_data_set=True)
    assert command(reader, encode_message(response)) == (CommandReceived(1, response),)
    assert data_set(reader, b"id") == (DataSetFragment(1, memoryview(b"id")), DataSetEnd(1))
