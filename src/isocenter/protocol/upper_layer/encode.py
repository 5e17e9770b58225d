"""PDUs to bytes (PS3.8 9.3, PS3.7 Annex D). Raises `BadRequest` for a value that has no place on the wire."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from functools import singledispatch

from isocenter.errors import BadRequest
from isocenter.protocol.upper_layer import pdu
from isocenter.protocol.upper_layer.ae_title import encode_ae_title
from isocenter.protocol.upper_layer.items import Item
from isocenter.protocol.upper_layer.pdu import PduType

_PDU_HEADER = struct.Struct(">BxI")
_ITEM_HEADER = struct.Struct(">BBH")
_U16 = struct.Struct(">H")
_FIXED = struct.Struct(">BxIBBBB")
_ASSOCIATE_HEAD = struct.Struct(">H2x16s16s32x")


@singledispatch
def encode(value: pdu.Pdu) -> bytes:
    """Write one PDU, header included."""
    raise TypeError(f"{type(value).__name__} is not a PDU.")


@encode.register
def _(value: pdu.AssociateRequest) -> bytes:
    contexts = (_proposal(context) for context in value.presentation_contexts)
    return _associate(PduType.A_ASSOCIATE_RQ, value, contexts)


@encode.register
def _(value: pdu.AssociateAccept) -> bytes:
    contexts = (_result(context) for context in value.presentation_contexts)
    return _associate(PduType.A_ASSOCIATE_AC, value, contexts)


@encode.register
def _(value: pdu.AssociateReject) -> bytes:
    return _FIXED.pack(PduType.A_ASSOCIATE_RJ, 4, 0, value.result, value.source, value.reason.code)


@encode.register
def _(_value: pdu.ReleaseRequest) -> bytes:
    return _FIXED.pack(PduType.A_RELEASE_RQ, 4, 0, 0, 0, 0)


@encode.register
def _(_value: pdu.ReleaseResponse) -> bytes:
    return _FIXED.pack(PduType.A_RELEASE_RP, 4, 0, 0, 0, 0)


@encode.register
def _(value: pdu.Abort) -> bytes:
    return _FIXED.pack(PduType.A_ABORT, 4, 0, 0, value.source, value.reason)


def _associate(
    pdu_type: PduType, value: pdu.AssociateRequest | pdu.AssociateAccept, contexts: Iterable[bytes]
) -> bytes:
    body = b"".join(
        (
            _ASSOCIATE_HEAD.pack(
                value.protocol_version,
                encode_ae_title(value.called_ae_title),
                encode_ae_title(value.calling_ae_title),
            ),
            _item(Item.APPLICATION_CONTEXT, _uid(value.application_context)),
            *contexts,
            _item(Item.USER_INFORMATION, b"".join(_user_information(value.user_information))),
        )
    )
    return _PDU_HEADER.pack(pdu_type, len(body)) + body


def _proposal(context: pdu.PresentationContext) -> bytes:
    syntaxes = [_item(Item.TRANSFER_SYNTAX, _uid(uid)) for uid in context.transfer_syntaxes]
    abstract = _item(Item.ABSTRACT_SYNTAX, _uid(context.abstract_syntax))
    return _item(Item.PRESENTATION_CONTEXT_RQ, b"".join((bytes((context.context_id, 0, 0, 0)), abstract, *syntaxes)))


def _result(context: pdu.PresentationContextResult) -> bytes:
    # The item is there even when the context is refused and it has no meaning (PS3.8 9.3.3.2).
    syntax = _item(Item.TRANSFER_SYNTAX, _uid(context.transfer_syntax))
    return _item(Item.PRESENTATION_CONTEXT_AC, bytes((context.context_id, 0, context.result, 0)) + syntax)


def _user_information(information: pdu.UserInformation) -> Iterable[bytes]:
    yield _item(Item.MAXIMUM_LENGTH, struct.pack(">I", information.maximum_length))
    if information.implementation_class_uid:
        yield _item(Item.IMPLEMENTATION_CLASS_UID, _uid(information.implementation_class_uid))
    window = information.asynchronous_operations_window
    if window is not None:
        yield _item(Item.ASYNCHRONOUS_WINDOW, struct.pack(">HH", window.maximum_invoked, window.maximum_performed))
    for role in information.role_selections:
        yield _item(Item.ROLE_SELECTION, _sized(_uid(role.sop_class_uid)) + bytes((role.scu, role.scp)))
    if information.implementation_version_name:
        yield _item(Item.IMPLEMENTATION_VERSION_NAME, _ascii(information.implementation_version_name))
    for extended in information.extended_negotiations:
        yield _item(Item.EXTENDED_NEGOTIATION, _sized(_uid(extended.sop_class_uid)) + extended.application_information)
    for common in information.common_extended_negotiations:
        related = b"".join(_sized(_uid(uid)) for uid in common.related_general_sop_classes)
        yield _item(
            Item.COMMON_EXTENDED_NEGOTIATION,
            _sized(_uid(common.sop_class_uid)) + _sized(_uid(common.service_class_uid)) + _sized(related),
        )
    identity = information.user_identity
    if identity is not None:
        yield _item(
            Item.USER_IDENTITY_RQ,
            bytes((identity.identity_type, identity.positive_response_requested))
            + _sized(identity.primary)
            + _sized(identity.secondary),
        )
    if information.user_identity_response is not None:
        yield _item(Item.USER_IDENTITY_AC, _sized(information.user_identity_response.server_response))


def _item(item: Item, value: bytes) -> bytes:
    return _ITEM_HEADER.pack(item, 0, _fitting(value)) + value


def _sized(value: bytes) -> bytes:
    return _U16.pack(_fitting(value)) + value


def _fitting(value: bytes) -> int:
    if len(value) > 0xFFFF:
        raise BadRequest("An item of an association request is longer than 65535 bytes.")
    return len(value)


def _uid(uid: str) -> bytes:
    return _ascii(uid)


def _ascii(text: str) -> bytes:
    try:
        return text.encode("ascii")
    except UnicodeEncodeError:
        raise BadRequest("A UID or version name holds characters beyond ASCII.") from None
