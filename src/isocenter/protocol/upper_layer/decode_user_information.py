"""The user information item: maximum length, roles, extended negotiation, user identity (PS3.8 D.1, PS3.7 D.3.3)."""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import dataclass, field

from isocenter.protocol.upper_layer import pdu
from isocenter.protocol.upper_layer.cursor import Cursor
from isocenter.protocol.upper_layer.items import Item
from isocenter.protocol.upper_layer.limits import UpperLayerLimits
from isocenter.protocol.upper_layer.malformed import MalformedPdu
from isocenter.protocol.upper_layer.pdu import AssociateReject, RejectReason, RejectResult

_LIMIT_EXCEEDED = AssociateReject(RejectResult.PERMANENT, RejectReason.LOCAL_LIMIT_EXCEEDED)
_VERSION_NAME_BYTES = 64
"""PS3.7 D.3.3.2.3 says 16; longer ones exist, and cutting them off harms nobody."""


@dataclass(slots=True)
class _Found:
    maximum_length: int = pdu.UNSTATED_MAXIMUM_LENGTH
    class_uid: str = ""
    version_name: str = ""
    window: pdu.AsynchronousOperationsWindow | None = None
    roles: list[pdu.RoleSelection] = field(default_factory=list)
    extended: list[pdu.ExtendedNegotiation] = field(default_factory=list)
    common: list[pdu.CommonExtendedNegotiation] = field(default_factory=list)
    identity: pdu.UserIdentityRequest | None = None
    identity_response: pdu.UserIdentityResponse | None = None


def decode_user_information(item: Cursor, limits: UpperLayerLimits) -> pdu.UserInformation:
    """Read the item's content. Of a sub-item that may come once, the last one counts."""
    if item.remaining > limits.user_information_bytes:
        raise MalformedPdu(
            f"User information is longer than {limits.user_information_bytes} bytes.", rejection=_LIMIT_EXCEEDED
        )
    found = _Found()
    for kind, sub_item in item.items():
        _sub_item(kind, sub_item, found, limits)
    return pdu.UserInformation(
        maximum_length=found.maximum_length,
        implementation_class_uid=found.class_uid,
        implementation_version_name=found.version_name,
        asynchronous_operations_window=found.window,
        role_selections=tuple(found.roles),
        extended_negotiations=tuple(found.extended),
        common_extended_negotiations=tuple(found.common),
        user_identity=found.identity,
        user_identity_response=found.identity_response,
    )


def _sub_item(kind: int, item: Cursor, found: _Found, limits: UpperLayerLimits) -> None:
    match kind:
        case Item.MAXIMUM_LENGTH:
            found.maximum_length = item.integer(4)
        case Item.IMPLEMENTATION_CLASS_UID:
            found.class_uid = item.uid(item.remaining, limits.uid_bytes)
        case Item.IMPLEMENTATION_VERSION_NAME:
            raw = item.take(min(item.remaining, _VERSION_NAME_BYTES)).strip(b" \0")
            found.version_name = "".join(chr(byte) if 0x20 <= byte < 0x7F else "?" for byte in raw)
        case Item.ASYNCHRONOUS_WINDOW:
            found.window = pdu.AsynchronousOperationsWindow(item.integer(2), item.integer(2))
        case Item.ROLE_SELECTION:
            _check_room(found.roles, limits)
            uid = item.uid(item.integer(2), limits.uid_bytes)
            found.roles.append(pdu.RoleSelection(uid, scu=item.integer(1) == 1, scp=item.integer(1) == 1))
        case Item.EXTENDED_NEGOTIATION:
            _check_room(found.extended, limits)
            uid = item.uid(item.integer(2), limits.uid_bytes)
            found.extended.append(pdu.ExtendedNegotiation(uid, item.take(item.remaining)))
        case Item.COMMON_EXTENDED_NEGOTIATION:
            _check_room(found.common, limits)
            found.common.append(_common(item, limits))
        case Item.USER_IDENTITY_RQ:
            found.identity = _identity(item)
        case Item.USER_IDENTITY_AC:
            found.identity_response = pdu.UserIdentityResponse(item.sized())


def _check_room(items: Sized, limits: UpperLayerLimits) -> None:
    if len(items) >= limits.negotiation_items:
        raise MalformedPdu(
            f"More than {limits.negotiation_items} items of one kind in the user information.",
            rejection=_LIMIT_EXCEEDED,
        )


def _common(item: Cursor, limits: UpperLayerLimits) -> pdu.CommonExtendedNegotiation:
    sop_class = item.uid(item.integer(2), limits.uid_bytes)
    service_class = item.uid(item.integer(2), limits.uid_bytes)
    related: list[str] = []
    classes = Cursor(item.sized())
    while classes.remaining:
        _check_room(related, limits)
        related.append(classes.uid(classes.integer(2), limits.uid_bytes))
    return pdu.CommonExtendedNegotiation(sop_class, service_class, tuple(related))


def _identity(item: Cursor) -> pdu.UserIdentityRequest:
    identity_type = item.integer(1)
    wants_response = item.integer(1) == 1
    primary = item.sized()
    # Some peers leave the second field out when the type has none (PS3.7 D.3.3.7.1 wants its length there).
    secondary = item.sized() if item.remaining else b""
    return pdu.UserIdentityRequest(identity_type, primary, secondary, wants_response)
