"""Messages in, fragments out (PS3.7 6.3, PS3.8 Annex E)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from isocenter.protocol.dimse.messages import Message, encode_message

__all__ = ["Buffer", "Fragment", "message_fragments"]

Buffer = bytes | bytearray | memoryview

Fragment = tuple[int, bool, bool, Buffer]
"""Presentation context ID, whether it is a command fragment, whether it is the last of its kind, and the bytes."""


def message_fragments(
    context_id: int, message: Message, data_set: Buffer | Iterable[Buffer] = (), *, size: int
) -> Iterator[Fragment]:
    """The fragments of one message, made as they are asked for, each of ``size`` bytes or less.

    ``size`` is what the upper layer puts into one PDU, and even (PS3.8 E.1).
    ``data_set`` is taken only if the message ``has_data_set``. Its buffers are cut, not copied, except where a
    fragment spans two of them, so they must not change before they are sent. All fragments of a message must be sent
    before those of another begin.
    """
    command = memoryview(encode_message(message))
    for start in range(0, len(command), size):
        yield context_id, True, start + size >= len(command), command[start : start + size]
    if not message.has_data_set:
        return
    buffers = (data_set,) if isinstance(data_set, (bytes, bytearray, memoryview)) else data_set
    block: Buffer = b""
    for following in _blocks(buffers, size):
        if block:
            yield context_id, False, False, block
        block = following
    yield context_id, False, True, block


def _blocks(buffers: Iterable[Buffer], size: int) -> Iterator[Buffer]:
    """Cut and join buffers into blocks of ``size`` bytes, the last one shorter."""
    held: list[memoryview] = []
    room = size
    for buffer in buffers:
        view = memoryview(buffer).cast("B")
        while len(view) >= room:
            held.append(view[:room])
            view = view[room:]
            yield held[0] if len(held) == 1 else b"".join(held)
            held, room = [], size
        if len(view):
            held.append(view)
            room -= len(view)
    if held:
        yield held[0] if len(held) == 1 else b"".join(held)
