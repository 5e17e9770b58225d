"""Messages to command sets and back.

A command set that is no message is of two kinds. One cannot be answered, because it does not say what it is, which
message it is, or whether a data set follows: ``ProtocolError``, the association ends. The other can: the request gets
a response with 0211 (no such operation) or 0212 (a field missing or not of its type), see PS3.7 C.5.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, Final

from isocenter.errors import ProtocolError
from isocenter.protocol.dimse.command import (
    ELEMENTS,
    NO_DATA_SET,
    CommandSet,
    CommandValue,
    Encoder,
    decode_command_set,
    encoder,
    with_group_length,
)
from isocenter.protocol.dimse.messages.base import Request, Response
from isocenter.protocol.dimse.messages.table import (
    LAYOUTS,
    RESPONSE_TO,
    DataSetUse,
    Layout,
    Message,
    UnrecognizedOperationResponse,
)
from isocenter.protocol.dimse.status import Status

__all__ = ["Refusal", "decode_message", "encode_message", "response_to"]

_COMMAND_FIELD: Final = 0x0100
_MESSAGE_ID: Final = 0x0110
_DATA_SET_TYPE: Final = 0x0800
_RESPONSE_BIT: Final = 0x8000
_A_DATA_SET: Final = 0x0001
_TAGS: Final = {name: tag for tag, (_, name) in ELEMENTS.items()}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that cannot be understood, with the response it gets; its data set is to be passed over."""

    response: Response
    has_data_set: bool


@dataclass(frozen=True, slots=True)
class _Reading:
    """How to build one message: the fields by tag, and the response to a request that lacks some of them."""

    build: Callable[..., Message]
    names: dict[int, str]
    mandatory: frozenset[int]
    wrong_data_set: bool | None
    answer: Callable[..., Response] | None


@dataclass(frozen=True, slots=True)
class _Writing:
    """How to encode one message: its values in order of tag, and an encoder for each."""

    values: Callable[[Message], tuple[Any, ...]]
    encoders: tuple[Encoder, ...]


def decode_message(data: bytes | bytearray | memoryview) -> Message | Refusal:
    """The message in one whole command set, or the refusal it gets. Raises ``ProtocolError`` if it is neither."""
    values = decode_command_set(data)
    command_field = values.get(_COMMAND_FIELD)
    data_set_type = values.get(_DATA_SET_TYPE)
    if not isinstance(command_field, int) or data_set_type is None:
        raise ProtocolError("command set without Command Field or Command Data Set Type")
    has_data_set = data_set_type != NO_DATA_SET
    reading = _READING.get(command_field)
    if reading is None:
        return _unrecognized(command_field, values, has_data_set)
    if not reading.mandatory <= values.keys():
        missing = min(reading.mandatory - values.keys())
        return _refused(reading, values, has_data_set, f"missing or mistyped: (0000,{missing:04X})")
    if has_data_set is reading.wrong_data_set:
        return _refused(reading, values, has_data_set, "data set where none belongs, or none where one does")
    names = reading.names
    return reading.build(
        **{names[tag]: value for tag, value in values.items() if tag in names}, has_data_set=has_data_set
    )


def encode_message(message: Message) -> bytes:
    """Bytes of a message's command set. Raises ``struct.error`` for a number that its element cannot hold."""
    writing = _WRITING[type(message)]
    return with_group_length(
        [
            encode(value)
            for encode, value in zip(writing.encoders, writing.values(message), strict=True)
            if value is not None
        ]
    )


def response_to(request: Request, status: int, error_comment: str | None = None) -> Response:
    """The response to a request, without data set, naming the class and the instance that the request named."""
    build: Callable[..., Response] = RESPONSE_TO[type(request)]
    return build(
        message_id_being_responded_to=request.message_id,
        status=status,
        error_comment=error_comment,
        **{name: getattr(request, source) for name, source in _ECHOED[type(request)]},
    )


def _unrecognized(command_field: int, values: CommandSet, has_data_set: bool) -> Refusal:
    message_id = values.get(_MESSAGE_ID)
    if command_field & _RESPONSE_BIT or not isinstance(message_id, int):
        raise ProtocolError(f"command field {command_field:04X} is no message of DIMSE")
    response = UnrecognizedOperationResponse(
        command_field=command_field | _RESPONSE_BIT,
        message_id_being_responded_to=message_id,
        status=Status.UNRECOGNIZED_OPERATION,
        error_comment=f"no operation has command field {command_field:04X}",
    )
    return Refusal(response, has_data_set)


def _refused(reading: _Reading, values: CommandSet, has_data_set: bool, reason: str) -> Refusal:
    message_id = values.get(_MESSAGE_ID)
    if reading.answer is None or message_id is None:
        raise ProtocolError(f"command set cannot be answered: {reason}")
    response = reading.answer(
        message_id_being_responded_to=message_id, status=Status.MISTYPED_ARGUMENT, error_comment=reason
    )
    return Refusal(response, has_data_set)


def _reading(layout: Layout) -> _Reading:
    mandatory = layout.mandatory.split()
    wrong = {DataSetUse.NEVER: True, DataSetUse.ALWAYS: False, DataSetUse.MAY: None}[layout.data_set]
    is_request = issubclass(layout.message, Request)
    return _Reading(
        build=layout.message,
        names={_TAGS[name]: name for name in mandatory + layout.optional.split()},
        mandatory=frozenset(_TAGS[name] for name in mandatory),
        wrong_data_set=wrong if is_request else None,
        answer=RESPONSE_TO[layout.message] if issubclass(layout.message, Request) else None,
    )


def _writing(names: list[str], command_field: int | None) -> _Writing:
    """The plan for one message; ``command_field`` is None where it is a field of the message itself."""
    encoders = {_TAGS[name]: (name, encoder(_TAGS[name])) for name in names}
    if command_field is not None:
        constant = encoder(_COMMAND_FIELD)(command_field)
        encoders[_COMMAND_FIELD] = ("has_data_set", lambda _: constant)
    encoders[_DATA_SET_TYPE] = ("has_data_set", _DATA_SET_TYPES.__getitem__)
    plan = [encoders[tag] for tag in sorted(encoders)]
    return _Writing(attrgetter(*(name for name, _ in plan)), tuple(encode for _, encode in plan))


def _echoed(request: type[Request]) -> tuple[tuple[str, str], ...]:
    """Pairs of a response's field and the field of the request that it repeats."""
    asked = {field.name for field in fields(request)}
    repeated = ("affected_sop_class_uid", "affected_sop_instance_uid", "event_type_id", "action_type_id")
    pairs = []
    for field in fields(RESPONSE_TO[request]):
        source = field.name if field.name in asked else field.name.replace("affected", "requested")
        if field.name in repeated and source in asked:
            pairs.append((field.name, source))
    return tuple(pairs)


_DATA_SET_TYPES: Final[dict[CommandValue, bytes]] = {
    True: encoder(_DATA_SET_TYPE)(_A_DATA_SET),
    False: encoder(_DATA_SET_TYPE)(NO_DATA_SET),
}
_READING: Final = {layout.command_field: _reading(layout) for layout in LAYOUTS}
_WRITING: Final[dict[type[Message], _Writing]] = {
    layout.message: _writing([*layout.mandatory.split(), *layout.optional.split()], layout.command_field)
    for layout in LAYOUTS
} | {
    UnrecognizedOperationResponse: _writing(
        ["command_field", "message_id_being_responded_to", "status", "error_comment"], None
    )
}
_ECHOED: Final = {request: _echoed(request) for request in RESPONSE_TO}
