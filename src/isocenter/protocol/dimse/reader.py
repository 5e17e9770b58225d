"""Fragments in, messages out (PS3.7 6.3, PS3.8 Annex E).

The fragments of one message come in order and those of another message never between them, whatever their
presentation contexts, so one reader serves an association. Data sets are not collected: each fragment passes through
as it came.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from enum import Enum, auto

from isocenter.errors import ProtocolError
from isocenter.protocol.dimse.command import MAX_COMMAND_SET_SIZE
from isocenter.protocol.dimse.messages import Message, Refusal, Response, decode_message

__all__ = [
    "CommandReceived",
    "CommandRefused",
    "DataSetEnd",
    "DataSetFragment",
    "MessageEvent",
    "MessageReader",
]


@dataclass(frozen=True, slots=True)
class CommandReceived:
    """A message begins; if it ``has_data_set``, fragments and their end follow."""

    context_id: int
    message: Message


@dataclass(frozen=True, slots=True)
class DataSetFragment:
    """The next bytes of the data set, valid as long as the buffer they came in."""

    context_id: int
    data: memoryview


@dataclass(frozen=True, slots=True)
class DataSetEnd:
    """The data set is complete."""

    context_id: int


@dataclass(frozen=True, slots=True)
class CommandRefused:
    """A request that cannot be understood came, and its data set was passed over: send this response."""

    context_id: int
    response: Response


MessageEvent = CommandReceived | DataSetFragment | DataSetEnd | CommandRefused


class _Expect(Enum):
    COMMAND = auto()
    MORE_COMMAND = auto()
    DATA_SET = auto()
    REFUSED_DATA_SET = auto()
    NOTHING = auto()


class MessageReader:
    """Turns the fragments that one association receives into messages.

    ``accepted_context_ids`` are the presentation contexts that were accepted; a fragment on another is an error. After
    a ``ProtocolError`` the reader takes nothing more.
    """

    __slots__ = ("_accepted", "_command", "_context_id", "_expect", "_refused")

    def __init__(self, accepted_context_ids: Container[int]) -> None:
        self._accepted = accepted_context_ids
        self._expect = _Expect.COMMAND
        self._context_id = 0
        self._command = bytearray()
        self._refused: Response | None = None

    @property
    def between_messages(self) -> bool:
        """Whether the last message is complete and the next has not begun."""
        return self._expect is _Expect.COMMAND

    def receive(self, context_id: int, is_command: bool, is_last: bool, data: memoryview) -> tuple[MessageEvent, ...]:
        """What one fragment means. Raises ``ProtocolError`` where a fragment or a command set has no place."""
        try:
            return self._receive(context_id, is_command, is_last, data)
        except ProtocolError:
            self._expect = _Expect.NOTHING
            raise

    def _receive(self, context_id: int, is_command: bool, is_last: bool, data: memoryview) -> tuple[MessageEvent, ...]:
        expect = self._expect
        if expect is _Expect.NOTHING:
            raise ProtocolError("fragment after a protocol error")
        if expect is _Expect.COMMAND:
            if context_id not in self._accepted:
                raise ProtocolError(f"fragment on presentation context {context_id}, which was not accepted")
            self._context_id = context_id
        elif context_id != self._context_id:
            raise ProtocolError(f"fragment on context {context_id} inside a message on {self._context_id}")
        if is_command is not (expect is _Expect.COMMAND or expect is _Expect.MORE_COMMAND):
            raise ProtocolError("command fragment inside a data set" if is_command else "unannounced data set")
        if is_command:
            return self._receive_command(is_last, data)
        return self._receive_data_set(is_last, data)

    def _receive_data_set(self, is_last: bool, data: memoryview) -> tuple[MessageEvent, ...]:
        if is_last:
            refused = self._expect is _Expect.REFUSED_DATA_SET
            self._expect = _Expect.COMMAND
            if refused:
                return self._refusal()
            end = DataSetEnd(self._context_id)
            return (DataSetFragment(self._context_id, data), end) if len(data) else (end,)
        if len(data) and self._expect is _Expect.DATA_SET:
            return (DataSetFragment(self._context_id, data),)
        return ()

    def _receive_command(self, is_last: bool, data: memoryview) -> tuple[MessageEvent, ...]:
        if not is_last or self._command:
            if len(self._command) + len(data) > MAX_COMMAND_SET_SIZE:
                raise ProtocolError(f"command set of more than {MAX_COMMAND_SET_SIZE} bytes")
            self._command += data
        if not is_last:
            self._expect = _Expect.MORE_COMMAND
            return ()
        message = decode_message(self._command or data)
        self._command = bytearray()
        if isinstance(message, Refusal):
            self._refused = message.response
            self._expect = _Expect.REFUSED_DATA_SET
            return () if message.has_data_set else self._refuse_now()
        self._expect = _Expect.DATA_SET if message.has_data_set else _Expect.COMMAND
        return (CommandReceived(self._context_id, message),)

    def _refuse_now(self) -> tuple[MessageEvent, ...]:
        self._expect = _Expect.COMMAND
        return self._refusal()

    def _refusal(self) -> tuple[MessageEvent, ...]:
        response, self._refused = self._refused, None
        return () if response is None else (CommandRefused(self._context_id, response),)
