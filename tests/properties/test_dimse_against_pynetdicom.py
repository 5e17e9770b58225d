"""What pynetdicom writes we read, and what we write pynetdicom reads, for every message there is."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from dimse_strategies import messages
from hypothesis import given, settings
from hypothesis import strategies as st
from pynetdicom import dimse_messages
from pynetdicom.dimse_messages import _DATASET_KEYWORDS, _MESSAGE_TYPES, _MSG_TO_PRIMITVE, DIMSEMessage
from pynetdicom.pdu_primitives import P_DATA

from isocenter.protocol.dimse.messages import LAYOUTS, CCancelRequest, Layout, Message
from isocenter.protocol.dimse.reader import CommandReceived, MessageReader
from isocenter.protocol.dimse.writer import message_fragments

DATA_SET = b"\x08\x00\x05\x00\x00\x00\x00\x00"
KEYWORDS = {
    "move_originator_ae_title": "MoveOriginatorApplicationEntityTitle",
    "offending_elements": "OffendingElement",
    "event_type_id": "EventTypeID",
    "action_type_id": "ActionTypeID",
    "error_id": "ErrorID",
}


def keyword(name: str) -> str:
    """Our field's keyword in the dictionary."""
    words = name.replace("sop_", "SOP_").replace("_uid", "_UID").replace("message_id", "message_ID").split("_")
    return KEYWORDS.get(name) or "".join(word if word.isupper() else word.capitalize() for word in words)


def plain(value: Any) -> Any:
    """A value of pynetdicom's as ours: no padding, tuples of tags."""
    if isinstance(value, str):
        return str(value).strip()
    if isinstance(value, int) or value is None:
        return value
    return tuple(int(each) for each in value)


def fields_of(layout: Layout) -> list[str]:
    return [*layout.mandatory.split(), *layout.optional.split()]


def same(name: str, ours: Any, theirs: Any) -> bool:
    if name in ("offending_elements", "attribute_identifier_list") and isinstance(theirs, int):
        theirs = (int(theirs),)
    return ours == plain(theirs)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.message.__name__)
@settings(max_examples=25)
@given(data=st.data())
def test_pynetdicom_reads_what_we_write(layout: Layout, data: st.DataObject) -> None:
    message = data.draw(messages((layout,)))
    read = DIMSEMessage()
    for context_id, is_command, is_last, fragment in message_fragments(5, message, DATA_SET, size=58):
        primitive = P_DATA()
        primitive.presentation_data_value_list.append((context_id, bytes([is_last << 1 | is_command]) + fragment))
        complete = read.decode_msg(primitive)
    assert complete
    assert read.__class__ is _MESSAGE_TYPES[layout.command_field][1]
    assert read.data_set.getvalue() == (DATA_SET if message.has_data_set else b"")
    primitive = read.message_to_primitive()
    for name in fields_of(layout):
        assert same(name, getattr(message, name), getattr(primitive, keyword(name), None)), name


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.message.__name__)
@settings(max_examples=25)
@given(data=st.data())
def test_we_read_what_pynetdicom_writes(layout: Layout, data: st.DataObject) -> None:
    message = data.draw(messages((layout,)))
    written = theirs(layout, message)
    reader = MessageReader({5})
    events = [
        event
        for primitive in written.encode_msg(5, 64)
        for context_id, value in primitive.presentation_data_value_list
        for event in reader.receive(context_id, bool(value[0] & 1), bool(value[0] & 2), memoryview(value)[1:])
    ]
    assert events[0] == CommandReceived(5, message)
    assert reader.between_messages


def theirs(layout: Layout, message: Message) -> DIMSEMessage:
    """The same message, made by pynetdicom."""
    kind = _MESSAGE_TYPES[layout.command_field][0].replace("-", "_")
    primitive = _MSG_TO_PRIMITVE[kind.rpartition("_")[0]]()
    for name in fields_of(layout):
        value = getattr(message, name)
        if value is not None:
            setattr(primitive, keyword(name), list(value) if isinstance(value, tuple) else value)
    if message.has_data_set and not isinstance(message, CCancelRequest):
        setattr(primitive, _DATASET_KEYWORDS[kind], BytesIO(DATA_SET))
    written = getattr(dimse_messages, kind)()
    written.primitive_to_message(primitive)
    return written
