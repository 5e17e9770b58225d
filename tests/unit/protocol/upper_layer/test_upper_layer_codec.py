"""PDUs byte by byte, and the odd ones that real peers send."""

from __future__ import annotations

import struct

import pytest

from isocenter.errors import BadRequest, ProtocolError
from isocenter.protocol.upper_layer import (
    Abort,
    AbortReason,
    AbortSource,
    AssociateAccept,
    AssociateReject,
    AssociateRequest,
    ContextResult,
    MalformedPdu,
    PresentationContext,
    PresentationContextResult,
    RejectReason,
    RejectResult,
    RejectSource,
    UpperLayerLimits,
    UserIdentityRequest,
    UserInformation,
    is_ae_title,
)
from isocenter.protocol.upper_layer.decode import decode
from isocenter.protocol.upper_layer.encode import encode
from isocenter.protocol.upper_layer.pdu import UNSTATED_MAXIMUM_LENGTH, PduType

LIMITS = UpperLayerLimits()
HEAD = b"\x00\x01\x00\x00" + b"CALLED".ljust(16) + b"CALLING".ljust(16) + bytes(32)


def item(kind: int, value: bytes) -> bytes:
    return struct.pack(">BBH", kind, 0, len(value)) + value


def read_request(*items: bytes) -> AssociateRequest:
    pdu = decode(PduType.A_ASSOCIATE_RQ, HEAD + b"".join(items), LIMITS)
    assert isinstance(pdu, AssociateRequest)
    return pdu


def read_information(*sub_items: bytes) -> UserInformation:
    return read_request(item(0x50, b"".join(sub_items))).user_information


def test_a_request_is_written_byte_for_byte_as_the_standard_lays_it_out() -> None:
    request = AssociateRequest("CALLED", "CALLING", (PresentationContext(1, "1.2", ("1.3",)),), UserInformation(16384))
    body = (
        HEAD
        + item(0x10, b"1.2.840.10008.3.1.1.1")
        + item(0x20, b"\x01\x00\x00\x00" + item(0x30, b"1.2") + item(0x40, b"1.3"))
        + item(0x50, item(0x51, b"\x00\x00\x40\x00"))
    )
    assert encode(request) == b"\x01\x00" + struct.pack(">I", len(body)) + body


def test_small_pdus_are_written_byte_for_byte() -> None:
    reject = AssociateReject(RejectResult.TRANSIENT, RejectReason.LOCAL_LIMIT_EXCEEDED)
    assert reject.source is RejectSource.PRESENTATION
    assert encode(reject) == bytes.fromhex("03000000000400020302")
    assert encode(Abort(AbortSource.SERVICE_PROVIDER, AbortReason.INVALID_PARAMETER_VALUE)) == bytes.fromhex(
        "07000000000400000206"
    )


def test_unknown_items_are_passed_over() -> None:
    request = read_request(item(0x99, b"what"), item(0x50, item(0x5F, b"ever") + item(0x51, bytes(4))))
    assert request.user_information.maximum_length == 0
    assert request.presentation_contexts == ()


def test_a_peer_that_states_no_maximum_length_is_given_what_all_can_take() -> None:
    assert read_request().user_information.maximum_length == UNSTATED_MAXIMUM_LENGTH
    assert read_information(item(0x52, b"1.2")).maximum_length == UNSTATED_MAXIMUM_LENGTH


def test_padding_of_uids_is_taken_off() -> None:
    assert read_request(item(0x10, b"1.2.840\0")).application_context == "1.2.840"
    assert read_request(item(0x10, b"1.2.840 ")).application_context == "1.2.840"


def test_a_context_without_an_abstract_syntax_is_left_to_negotiation() -> None:
    request = read_request(item(0x20, b"\x01\x00\x00\x00" + item(0x40, b"1.2")))
    assert request.presentation_contexts == (PresentationContext(1, "", ("1.2",)),)


def test_a_version_name_is_cleaned_and_cut() -> None:
    assert read_information(item(0x55, b" NAME\n\xff ")).implementation_version_name == "NAME??"
    assert len(read_information(item(0x55, b"A" * 1000)).implementation_version_name) == 64


def test_an_identity_without_its_second_field_is_read() -> None:
    value = b"\x01\x00" + struct.pack(">H", 4) + b"user"
    assert read_information(item(0x58, value)).user_identity == UserIdentityRequest(1, b"user")


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        ((b"\x10",), AbortReason.INVALID_PARAMETER_VALUE),
        ((b"\x10\x00\x00\x09abc",), AbortReason.INVALID_PARAMETER_VALUE),
        ((item(0x10, b"1.2"), item(0x10, b"1.2")), AbortReason.UNEXPECTED_PARAMETER),
        ((item(0x50, b""), item(0x50, b"")), AbortReason.UNEXPECTED_PARAMETER),
        ((item(0x10, b"1" * 65),), AbortReason.INVALID_PARAMETER_VALUE),
        ((item(0x10, b"1.\xff"),), AbortReason.INVALID_PARAMETER_VALUE),
        ((item(0x20, b"\x01"),), AbortReason.INVALID_PARAMETER_VALUE),
        ((item(0x50, item(0x51, b"\x00")),), AbortReason.INVALID_PARAMETER_VALUE),
        ((item(0x50, item(0x54, b"\xff\xff1.2\x01\x01")),), AbortReason.INVALID_PARAMETER_VALUE),
        ((item(0x50, item(0x57, b"\x00\x011\x00\x011\x00\x03\x00\x091")),), AbortReason.INVALID_PARAMETER_VALUE),
    ],
)
def test_lengths_that_lie_and_items_that_come_twice_are_malformed(
    items: tuple[bytes, ...], reason: AbortReason
) -> None:
    with pytest.raises(MalformedPdu) as caught:
        read_request(*items)
    assert caught.value.reason is reason
    assert isinstance(caught.value, ProtocolError)


def test_every_byte_less_is_malformed_or_a_shorter_request_never_anything_else() -> None:
    body = encode(AssociateRequest("A", "B", (PresentationContext(1, "1.2", ("1.3", "1.4")),), UserInformation(1)))[6:]
    for end in range(len(body)):
        try:
            decode(PduType.A_ASSOCIATE_RQ, body[:end], LIMITS)
        except MalformedPdu:
            continue
        assert end >= 68


def test_reserved_codes_of_a_peer_are_read_as_the_nearest_meaning() -> None:
    assert decode(PduType.A_ASSOCIATE_RJ, b"\0\x01\x01\x04", LIMITS) == AssociateReject(
        RejectResult.PERMANENT, RejectReason.NO_REASON
    )
    assert decode(PduType.A_ASSOCIATE_RJ, b"\0\xff\xff\xff", LIMITS) == AssociateReject(
        RejectResult.PERMANENT, RejectReason.NO_REASON
    )
    assert decode(PduType.A_ABORT, b"\0\0\x01\x03", LIMITS) == Abort(AbortSource.SERVICE_PROVIDER)
    assert decode(PduType.A_ABORT, b"\0\0\x00\x06", LIMITS) == Abort()
    answer = decode(PduType.A_ASSOCIATE_AC, HEAD + item(0x21, b"\x01\x00\x09\x00" + item(0x40, b"1.2")), LIMITS)
    assert isinstance(answer, AssociateAccept)
    assert answer.presentation_contexts == (PresentationContextResult(1, ContextResult.NO_REASON, "1.2"),)


def test_data_is_not_a_value_to_decode() -> None:
    with pytest.raises(MalformedPdu):
        decode(PduType.P_DATA_TF, b"", LIMITS)


def test_what_has_no_place_on_the_wire_is_refused() -> None:
    too_long = UserInformation(0, user_identity=UserIdentityRequest(4, bytes(70_000)))
    with pytest.raises(BadRequest):
        encode(AssociateRequest("A", "B", (), too_long))
    with pytest.raises(BadRequest):
        encode(AssociateRequest("A", "B", (PresentationContext(1, "1.é", ()),)))


@pytest.mark.parametrize(
    ("title", "lawful"),
    [("A", True), ("A" * 16, True), ("A B", True), ("A" * 17, False), ("", False), (" ", False), ("A\\B", False)],
)
def test_titles(title: str, lawful: bool) -> None:
    assert is_ae_title(title) is lawful
