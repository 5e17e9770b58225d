"""Every message survives the way to bytes and back, and every split of its fragments."""

from __future__ import annotations

import contextlib

from dimse_strategies import messages
from hypothesis import given
from hypothesis import strategies as st

from isocenter.errors import ProtocolError
from isocenter.protocol.dimse.command import decode_command_set, encode_command_set
from isocenter.protocol.dimse.messages import (
    Message,
    Refusal,
    UnrecognizedOperationResponse,
    decode_message,
    encode_message,
)
from isocenter.protocol.dimse.reader import CommandReceived, DataSetEnd, DataSetFragment, MessageReader
from isocenter.protocol.dimse.writer import message_fragments


@given(messages())
def test_every_message_comes_back_as_it_was(message: Message) -> None:
    assert decode_message(encode_message(message)) == message


@given(messages())
def test_the_group_length_is_that_of_what_follows(message: Message) -> None:
    data = encode_message(message)
    assert data[:8] == b"\0\0\0\0\4\0\0\0"
    assert int.from_bytes(data[8:12], "little") == len(data) - 12
    assert len(data) % 2 == 0


@given(messages())
def test_elements_come_in_order_of_tag(message: Message) -> None:
    data = encode_message(message)
    tags = list(decode_command_set(data))
    assert tags == sorted(tags)
    assert encode_command_set(decode_command_set(data)) == data


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_a_refusal_or_a_protocol_error(data: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        decode_message(data)


@given(messages(), st.data())
def test_a_damaged_command_set_is_a_message_a_refusal_or_a_protocol_error(
    message: Message, draw: st.DataObject
) -> None:
    data = bytearray(encode_message(message))
    for _ in range(draw.draw(st.integers(1, 4))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    try:
        answer = decode_message(data)
    except ProtocolError:
        return
    if isinstance(answer, Refusal) and not isinstance(answer.response, UnrecognizedOperationResponse):
        assert not isinstance(decode_message(encode_message(answer.response)), Refusal)


@given(
    st.lists(st.tuples(st.integers(0, 127).map(lambda n: 2 * n + 1), messages(), st.binary(max_size=500)), max_size=5),
    st.integers(1, 300),
    st.lists(st.integers(0, 80), min_size=1, max_size=8),
)
def test_messages_arrive_whole_under_any_split(
    conversation: list[tuple[int, Message, bytes]], size: int, buffer_sizes: list[int]
) -> None:
    reader = MessageReader(frozenset(range(1, 256, 2)))
    received: list[tuple[int, Message, bytes]] = []
    for context_id, message, data_set in conversation:
        for fragment in message_fragments(context_id, message, _cut(data_set, buffer_sizes), size=size):
            assert len(fragment[3]) <= size
            for event in reader.receive(fragment[0], fragment[1], fragment[2], memoryview(fragment[3])):
                match event:
                    case CommandReceived(where, what):
                        received.append((where, what, b""))
                    case DataSetFragment(where, data):
                        assert where == context_id
                        received[-1] = (*received[-1][:2], received[-1][2] + data)
                    case DataSetEnd(where):
                        assert where == context_id
        assert reader.between_messages
    assert received == [(where, what, data if what.has_data_set else b"") for where, what, data in conversation]


def _cut(data: bytes, sizes: list[int]) -> list[bytes]:
    """The same bytes as buffers of these sizes, empty ones included, and a last one."""
    pieces = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    return [*pieces, data]
