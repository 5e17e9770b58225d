"""What peers do that they should not: each abuse case of the upper layer, answered as specified and at bounded cost."""

from __future__ import annotations

import struct
import tracemalloc
from dataclasses import replace

import pytest

from isocenter.protocol.upper_layer import (
    Abort,
    Aborted,
    AbortReason,
    AbortSource,
    AssociateReject,
    AssociateRequested,
    DataFragment,
    PresentationContext,
    RejectReason,
    RejectResult,
    Role,
    State,
    UpperLayer,
    UpperLayerLimits,
    UserIdentityRequest,
    UserInformation,
)
from isocenter.protocol.upper_layer.encode import encode
from unit.protocol.pair import REQUEST, ConnectionPair

INVALID = Abort(AbortSource.SERVICE_PROVIDER, AbortReason.INVALID_PARAMETER_VALUE)
UNEXPECTED = Abort(AbortSource.SERVICE_PROVIDER, AbortReason.UNEXPECTED_PDU)
UNRECOGNIZED = Abort(AbortSource.SERVICE_PROVIDER, AbortReason.UNRECOGNIZED_PDU)


def waiting() -> UpperLayer:
    layer = UpperLayer(Role.ACCEPTOR)
    layer.connected(0.0)
    return layer


def answer(layer: UpperLayer) -> bytes:
    return b"".join(layer.data_to_send())


def rejection(reason: RejectReason, result: RejectResult = RejectResult.PERMANENT) -> bytes:
    return encode(AssociateReject(result, reason))


def request_bytes(called: bytes = b"ISOCENTER", calling: bytes = b"MODALITY", extra: bytes = b"") -> bytes:
    body = bytearray(encode(REQUEST)[6:])
    body[4:20] = called.ljust(16)[:16]
    body[20:36] = calling.ljust(16)[:16]
    body += extra
    return b"\x01\x00" + len(body).to_bytes(4, "big") + bytes(body)


# A01: lengths before anybody is known.


@pytest.mark.parametrize("pdu_type", [1, 2, 3, 5, 6, 7])
@pytest.mark.parametrize("length", [0xFFFFFFF0, 0xFFFFFFFF, 128 * 1024 + 1, 0])
def test_a_length_out_of_bounds_is_refused_on_the_header_alone(pdu_type: int, length: int) -> None:
    layer = waiting()
    layer.receive(struct.pack(">BxI", pdu_type, length), 0.0)
    assert answer(layer) == encode(INVALID)
    assert layer.state is State.Sta13


def test_memory_stays_small_whatever_is_sent_after_an_absurd_length() -> None:
    layer = waiting()
    layer.receive(struct.pack(">BxI", 1, 0xFFFFFFF0), 0.0)
    chunk = bytes(1 << 20)
    tracemalloc.start()
    for _ in range(64):
        assert layer.receive(chunk, 0.0) == []
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 64 * 1024


def test_an_associate_pdu_of_just_the_limit_is_read() -> None:
    room = 128 * 1024 - (len(request_bytes()) - 6)
    first = b"\x7e\x00" + struct.pack(">H", 0xFFFF) + bytes(0xFFFF)
    second = room - len(first) - 4
    layer = waiting()
    stream = request_bytes(extra=first + b"\x7e\x00" + struct.pack(">H", second) + bytes(second))
    (event,) = layer.receive(stream, 0.0)
    assert isinstance(event, AssociateRequested)


# A02, A03: data out of bounds.


def test_data_larger_than_announced_is_aborted_before_it_is_read() -> None:
    pair = ConnectionPair.established(acceptor_limits=UpperLayerLimits(data_pdu_bytes=1000))
    (event,) = pair.acceptor.receive(struct.pack(">BxIIBB", 4, 1001, 997, 1, 0) + bytes(100), pair.now)
    assert isinstance(event, Aborted)
    assert event.abort == INVALID
    assert answer(pair.acceptor) == encode(INVALID)


@pytest.mark.parametrize(
    ("pdv_length", "control"),
    [(0, 0), (1, 0), (97, 0), (99, 0), (0xFFFFFFFF, 0), (0x80000000, 0), (94, 0), (96, 4), (96, 0x80), (96, 0xFF)],
)
def test_a_pdv_that_does_not_fit_its_pdu_is_aborted(pdv_length: int, control: int) -> None:
    pair = ConnectionPair.established()
    events = pair.give(pair.acceptor, struct.pack(">BxIIBB", 4, 100, pdv_length, 1, control) + bytes(94))
    assert not [event for event in events if isinstance(event, DataFragment)]
    assert answer(pair.acceptor) == encode(INVALID)


@pytest.mark.parametrize("length", range(6))
def test_a_data_pdu_without_room_for_a_pdv_is_aborted(length: int) -> None:
    pair = ConnectionPair.established()
    pair.give(pair.acceptor, struct.pack(">BxI", 4, length) + bytes(length))
    assert answer(pair.acceptor) == encode(INVALID)


def test_data_on_a_context_that_was_not_accepted_is_aborted() -> None:
    pair = ConnectionPair.established()
    pair.give(pair.acceptor, struct.pack(">BxIIBB", 4, 6, 2, 5, 0))
    assert answer(pair.acceptor) == encode(INVALID)


# A04: half a PDU, dribble.


def test_half_a_request_and_silence_is_aborted_and_closed() -> None:
    layer = waiting()
    layer.receive(encode(REQUEST)[:20], 1.0)
    assert layer.deadline is not None
    assert layer.deadline < 12.0
    assert layer.tick(layer.deadline) == []
    assert answer(layer) == encode(Abort(AbortSource.SERVICE_PROVIDER))
    assert layer.deadline is not None
    layer.tick(layer.deadline)
    assert layer.closing


@pytest.mark.parametrize("seconds_per_byte", [0.5, 1.0, 9.0])
def test_a_dribbling_peer_is_gone_within_the_grace_and_a_little(seconds_per_byte: float) -> None:
    pair = ConnectionPair.established()
    pair.requestor.send_data(3, False, True, bytes(100_000))
    stream = answer(pair.requestor)
    start = now = pair.now
    for byte in stream:
        deadline = pair.acceptor.deadline
        if deadline is not None and now >= deadline:
            break
        pair.acceptor.receive(bytes((byte,)), now)
        now += seconds_per_byte
    (event,) = pair.acceptor.tick(now)
    assert isinstance(event, Aborted)
    assert now - start < 20.0


def test_a_pdu_at_a_lawful_rate_is_cut_off_at_the_absolute_deadline() -> None:
    pair = ConnectionPair.established()
    pair.requestor.send_data(3, False, True, bytes(120_000))
    stream = answer(pair.requestor)
    for second in range(30):
        assert pair.acceptor.tick(pair.now + second) == []
        pair.acceptor.receive(stream[second * 2000 : (second + 1) * 2000], pair.now + second)
    (event,) = pair.acceptor.tick(pair.now + 30)
    assert isinstance(event, Aborted)


def test_silence_from_the_beginning_is_closed_without_a_word() -> None:
    layer = waiting()
    assert layer.deadline == 30.0
    assert layer.tick(29.9) == []
    assert not layer.closing
    assert layer.tick(30.0) == []
    assert layer.closing
    assert answer(layer) == b""


# A06: presentation contexts.


def contexts(*context_ids: int) -> tuple[PresentationContext, ...]:
    return tuple(PresentationContext(number, "1.2.3", ("1.2.840.10008.1.2",)) for number in context_ids)


def test_128_contexts_are_read() -> None:
    layer = waiting()
    (event,) = layer.receive(encode(replace(REQUEST, presentation_contexts=contexts(*range(1, 256, 2)))), 0.0)
    assert isinstance(event, AssociateRequested)
    assert len(event.request.presentation_contexts) == 128


@pytest.mark.parametrize(
    ("context_ids", "reason"),
    [
        ((1, 1), RejectReason.ACSE_NO_REASON),
        ((1, 2), RejectReason.ACSE_NO_REASON),
        ((0,), RejectReason.ACSE_NO_REASON),
        ((*range(1, 256, 2), 1), RejectReason.LOCAL_LIMIT_EXCEEDED),
    ],
)
def test_contexts_that_are_too_many_or_not_distinct_odd_numbers_are_rejected(
    context_ids: tuple[int, ...], reason: RejectReason
) -> None:
    layer = waiting()
    assert layer.receive(encode(replace(REQUEST, presentation_contexts=contexts(*context_ids))), 0.0) == []
    assert answer(layer) == rejection(reason)
    assert layer.fault is not None
    assert layer.deadline == 30.0


def test_a_thousand_transfer_syntaxes_in_one_context_are_rejected() -> None:
    layer = waiting()
    syntaxes = tuple(f"1.2.{number}" for number in range(1000))
    many = replace(REQUEST, presentation_contexts=(PresentationContext(1, "1.2.3", syntaxes),))
    layer.receive(encode(many), 0.0)
    assert answer(layer) == rejection(RejectReason.LOCAL_LIMIT_EXCEEDED)


def test_a_flood_of_role_selections_is_rejected() -> None:
    role = b"\x54\x00\x00\x05\x00\x01\x31\x01\x01"
    item = b"\x50\x00" + struct.pack(">H", len(role) * 2000) + role * 2000
    body = encode(REQUEST)[6:]
    body = body[: body.index(b"\x50\x00\x00\x08")] + item
    layer = waiting()
    layer.receive(b"\x01\x00" + len(body).to_bytes(4, "big") + body, 0.0)
    assert answer(layer) == rejection(RejectReason.LOCAL_LIMIT_EXCEEDED)


# A07: what the state does not expect.


def test_a_second_request_is_aborted() -> None:
    pair = ConnectionPair.established()
    pair.give(pair.acceptor, encode(REQUEST))
    assert answer(pair.acceptor) == encode(UNEXPECTED)


def test_data_before_an_association_is_aborted_on_its_header() -> None:
    layer = waiting()
    assert layer.receive(struct.pack(">BxI", 4, 100), 0.0) == []
    assert answer(layer) == encode(UNEXPECTED)


@pytest.mark.parametrize("first", [0, 8, 0x16, 0x47, 0xFF])
def test_an_unknown_type_is_aborted(first: int) -> None:
    layer = waiting()
    layer.receive(bytes((first,)) + b"ET / HTTP/1.1\r\n", 0.0)
    assert answer(layer) == encode(UNRECOGNIZED)


def test_a_peer_that_goes_on_after_the_end_gets_one_more_answer_only() -> None:
    pair = ConnectionPair.established()
    pair.acceptor.abort(pair.now)
    answer(pair.acceptor)
    sent = b""
    for _ in range(1000):
        pair.give(pair.acceptor, encode(REQUEST))
        sent += answer(pair.acceptor)
    assert sent == encode(UNEXPECTED)
    assert pair.acceptor.deadline == pair.now + 30.0


# A08: titles.


@pytest.mark.parametrize(
    "title",
    [b"A\0B", b"A\nB", b"\x1b[31mRED", "\N{GRINNING FACE}".encode(), b"   ", b"", b"..\\..", b"\xff\xfe", b"A\x7f"],
)
def test_what_is_no_title_is_rejected(title: bytes) -> None:
    layer = waiting()
    assert layer.receive(request_bytes(calling=title), 0.0) == []
    assert answer(layer) == rejection(RejectReason.CALLING_AE_NOT_RECOGNIZED)
    layer = waiting()
    assert layer.receive(request_bytes(called=title), 0.0) == []
    assert answer(layer) == rejection(RejectReason.CALLED_AE_NOT_RECOGNIZED)


@pytest.mark.parametrize("title", [b"../../etc", b"%s%n", b"  PADDED", b"WITH NUL END\0\0"])
def test_an_odd_title_that_is_lawful_is_for_the_user_to_refuse(title: bytes) -> None:
    layer = waiting()
    (event,) = layer.receive(request_bytes(calling=title), 0.0)
    assert isinstance(event, AssociateRequested)
    assert event.request.calling_ae_title == title.decode().strip(" \0")


# The rest of what only a provider can refuse.


def test_another_protocol_version_or_application_context_is_rejected() -> None:
    layer = waiting()
    layer.receive(encode(replace(REQUEST, protocol_version=2)), 0.0)
    assert answer(layer) == rejection(RejectReason.PROTOCOL_VERSION_NOT_SUPPORTED)
    layer = waiting()
    layer.receive(encode(replace(REQUEST, application_context="1.2.3")), 0.0)
    assert answer(layer) == rejection(RejectReason.APPLICATION_CONTEXT_NOT_SUPPORTED)
    assert layer.rejected is not None


@pytest.mark.parametrize("length", [1, 6, 7, 127])
def test_a_peer_that_takes_only_crumbs_is_rejected(length: int) -> None:
    layer = waiting()
    layer.receive(encode(replace(REQUEST, user_information=UserInformation(length))), 0.0)
    assert answer(layer) == rejection(RejectReason.LOCAL_LIMIT_EXCEEDED)


# A16: user identity.


def test_a_large_identity_is_read_and_never_shown() -> None:
    token = b"secret-" * 9000
    request = replace(REQUEST, user_information=UserInformation(0, user_identity=UserIdentityRequest(5, token)))
    layer = waiting()
    (event,) = layer.receive(encode(request), 0.0)
    assert isinstance(event, AssociateRequested)
    identity = event.request.user_information.user_identity
    assert identity is not None
    assert identity.primary == token
    assert "secret" not in repr(event)


def test_user_information_beyond_its_limit_is_rejected() -> None:
    layer = UpperLayer(Role.ACCEPTOR, UpperLayerLimits(user_information_bytes=1000))
    layer.connected(0.0)
    identity = UserIdentityRequest(4, bytes(2000))
    layer.receive(encode(replace(REQUEST, user_information=UserInformation(0, user_identity=identity))), 0.0)
    assert answer(layer) == rejection(RejectReason.LOCAL_LIMIT_EXCEEDED)


def test_an_identity_whose_length_lies_is_aborted() -> None:
    item = b"\x58\x00\x00\x06\x04\x00\xff\xff\x00\x00"
    body = encode(REQUEST)[6:]
    body = body[: body.index(b"\x50\x00\x00\x08")] + b"\x50\x00" + struct.pack(">H", len(item)) + item
    layer = waiting()
    layer.receive(b"\x01\x00" + len(body).to_bytes(4, "big") + body, 0.0)
    assert answer(layer) == encode(INVALID)
