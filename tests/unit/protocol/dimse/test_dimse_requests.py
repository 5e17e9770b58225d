"""Requests by name, each with a free message ID."""

from __future__ import annotations

import pytest

from isocenter.errors import BusyError
from isocenter.protocol.dimse import RequestBuilder
from isocenter.protocol.dimse.messages import RESPONSE_TO, decode_message, encode_message, response_to


def test_message_ids_count_up_pass_over_those_in_use_and_start_again() -> None:
    in_use = {2, 65535}
    builder = RequestBuilder(in_use)
    assert [builder.message_id() for _ in range(3)] == [1, 3, 4]
    ids = [builder.message_id() for _ in range(65_532)]
    assert ids[-3:] == [65534, 1, 3]


def test_when_all_message_ids_are_in_use_nothing_can_be_asked() -> None:
    with pytest.raises(BusyError):
        RequestBuilder(range(1, 65536)).message_id()


def test_every_request_can_be_sent_and_answered() -> None:
    builder = RequestBuilder(())
    requests = [
        builder.echo(),
        builder.store("1.2", "1.2.3", originator=("MOVER", 4)),
        builder.find("1.2"),
        builder.get("1.2"),
        builder.move("1.2", "DEST"),
        builder.event_report("1.2", "1.2.3", 1, has_data_set=True),
        builder.n_get("1.2", "1.2.3", (0x00100010,)),
        builder.n_set("1.2", "1.2.3"),
        builder.action("1.2", "1.2.3", 1, has_data_set=False),
        builder.create("1.2", None, has_data_set=True),
        builder.delete("1.2", "1.2.3"),
    ]
    assert {type(request) for request in requests} == set(RESPONSE_TO)
    for request in requests:
        assert decode_message(encode_message(request)) == request
        response = response_to(request, 0x0110, "no luck")
        assert type(response) is RESPONSE_TO[type(request)]
        assert response.affected_sop_class_uid == "1.2" or request.message_id == 1
        assert decode_message(encode_message(response)) == response


def test_a_response_names_what_the_request_named() -> None:
    builder = RequestBuilder(())
    response = response_to(builder.action("1.2", "1.2.3", 4, has_data_set=False), 0)
    assert response.affected_sop_instance_uid == "1.2.3"
    assert response.action_type_id == 4
