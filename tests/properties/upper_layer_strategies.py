"""Hypothesis strategies that draw PDUs, lawful and not, and ways to cut a stream."""

from __future__ import annotations

import struct

from hypothesis import strategies as st

from isocenter.protocol.upper_layer import (
    Abort,
    AbortReason,
    AbortSource,
    AssociateAccept,
    AssociateReject,
    AssociateRequest,
    AsynchronousOperationsWindow,
    CommonExtendedNegotiation,
    ContextResult,
    ExtendedNegotiation,
    PresentationContext,
    PresentationContextResult,
    RejectReason,
    RejectResult,
    RoleSelection,
    UserIdentityRequest,
    UserIdentityResponse,
    UserInformation,
)
from isocenter.protocol.upper_layer.encode import encode
from isocenter.protocol.upper_layer.pdu import Pdu, ReleaseRequest, ReleaseResponse

UIDS = st.lists(st.integers(0, 99999), min_size=1, max_size=8).map(lambda arcs: ".".join(map(str, [1, *arcs])))
TITLES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", min_size=1, max_size=16)
CONTEXT_IDS = st.integers(0, 127).map(lambda number: 2 * number + 1)
BLOBS = st.binary(min_size=1, max_size=40)


def _tuples(element: st.SearchStrategy[object], most: int = 3) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(element, max_size=most).map(tuple)


_ROLES = st.builds(RoleSelection, UIDS, st.booleans(), st.booleans()).filter(lambda role: role.scu or role.scp)
_COMMON = st.builds(CommonExtendedNegotiation, UIDS, UIDS, _tuples(UIDS))
_WINDOW = st.builds(AsynchronousOperationsWindow, st.integers(0, 0xFFFF), st.integers(0, 0xFFFF))
_IDENTITY = st.one_of(
    st.builds(UserIdentityRequest, st.sampled_from([1, 3, 4, 5]), BLOBS, st.just(b""), st.booleans()),
    st.builds(UserIdentityRequest, st.just(2), BLOBS, BLOBS, st.booleans()),
)
_VERSION = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", min_size=1, max_size=16)
_LENGTHS = st.one_of(st.just(0), st.integers(128, 0xFFFFFFFF))

_COMMON_FIELDS = {
    "maximum_length": _LENGTHS,
    "implementation_class_uid": UIDS,
    "implementation_version_name": _VERSION,
    "asynchronous_operations_window": st.none() | _WINDOW,
    "role_selections": st.lists(_ROLES, max_size=3, unique_by=lambda role: role.sop_class_uid).map(tuple),
    "extended_negotiations": st.lists(
        st.builds(ExtendedNegotiation, UIDS, BLOBS), max_size=3, unique_by=lambda item: item.sop_class_uid
    ).map(tuple),
}
_SYNTAXES = st.lists(UIDS, min_size=1, max_size=4, unique=True).map(tuple)
REQUESTS = st.builds(
    AssociateRequest,
    TITLES,
    TITLES,
    st.lists(
        st.builds(
            PresentationContext, CONTEXT_IDS, UIDS, st.lists(UIDS, min_size=1, max_size=4, unique=True).map(tuple)
        ),
        min_size=1,
        max_size=5,
        unique_by=lambda context: context.context_id,
    ).map(tuple),
    st.builds(
        UserInformation,
        **_COMMON_FIELDS,
        common_extended_negotiations=st.lists(_COMMON, max_size=2, unique_by=lambda i: i.sop_class_uid).map(tuple),
        user_identity=st.none() | _IDENTITY,
    ),
)
ACCEPTS = st.builds(
    AssociateAccept,
    st.lists(
        st.builds(PresentationContextResult, CONTEXT_IDS, st.sampled_from(ContextResult), UIDS),
        min_size=1,
        max_size=5,
        unique_by=lambda context: context.context_id,
    ).map(tuple),
    st.builds(
        UserInformation,
        **_COMMON_FIELDS,
        user_identity_response=st.none() | st.builds(UserIdentityResponse, st.binary(max_size=40)),
    ),
    TITLES,
    TITLES,
)
REJECTS = st.builds(AssociateReject, st.sampled_from(RejectResult), st.sampled_from(RejectReason))
ABORTS = st.one_of(
    st.just(Abort()),
    st.builds(Abort, st.just(AbortSource.SERVICE_PROVIDER), st.sampled_from(AbortReason)),
)
PDUS: st.SearchStrategy[Pdu] = st.one_of(
    REQUESTS, ACCEPTS, REJECTS, ABORTS, st.just(ReleaseRequest()), st.just(ReleaseResponse())
)


@st.composite
def data_pdus(draw: st.DrawFn) -> bytes:
    """A P-DATA-TF PDU on one of the two contexts of the pair."""
    pdvs = draw(
        st.lists(st.tuples(st.sampled_from([1, 3]), st.integers(0, 3), st.binary(max_size=60)), min_size=1, max_size=4)
    )
    body = b"".join(struct.pack(">IBB", len(data) + 2, context, control) + data for context, control, data in pdvs)
    return struct.pack(">BxI", 4, len(body)) + body


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A lawful PDU with some of its bytes changed, cut off, or followed by others."""
    stream = bytearray(draw(st.one_of(PDUS.map(encode), data_pdus())))
    for _ in range(draw(st.integers(1, 4))):
        stream[draw(st.integers(0, len(stream) - 1))] = draw(st.integers(0, 255))
    return bytes(stream[: draw(st.integers(1, len(stream)))])


GARBAGE = st.binary(min_size=1, max_size=80)
STREAMS = st.lists(st.one_of(PDUS.map(encode), data_pdus(), data_pdus(), damaged(), GARBAGE), max_size=8)


@st.composite
def cuts(draw: st.DrawFn, stream: bytes) -> list[bytes]:
    """The stream in reads of random sizes; a few sizes are drawn and used in turn."""
    sizes = draw(st.lists(st.one_of(st.integers(1, 13), st.integers(1, 400)), min_size=1, max_size=6))
    parts = []
    start = 0
    while start < len(stream):
        size = sizes[len(parts) % len(sizes)]
        parts.append(stream[start : start + size])
        start += size
    return parts
