"""Bytes to PDUs (PS3.8 9.3). Total: whatever the bytes, the answer is a PDU or `MalformedPdu`.

The reader has held the PDU to its length limit before any of this runs, so every loop here is bounded by it. Items of
unknown type are passed over (PS3.8 9.3.1). What is well-formed but beyond what we grant carries the rejection to send.
"""

from __future__ import annotations

from collections.abc import Mapping

from isocenter.protocol.upper_layer import pdu
from isocenter.protocol.upper_layer.ae_title import AE_TITLE_BYTES, decode_ae_title
from isocenter.protocol.upper_layer.cursor import Cursor, once
from isocenter.protocol.upper_layer.decode_user_information import decode_user_information
from isocenter.protocol.upper_layer.items import Item
from isocenter.protocol.upper_layer.limits import UpperLayerLimits
from isocenter.protocol.upper_layer.malformed import MalformedPdu
from isocenter.protocol.upper_layer.pdu import (
    AbortReason,
    AbortSource,
    AssociateReject,
    ContextResult,
    PduType,
    RejectReason,
    RejectResult,
)

TOO_MANY = AssociateReject(RejectResult.PERMANENT, RejectReason.LOCAL_LIMIT_EXCEEDED)
NOT_DISTINCT = AssociateReject(RejectResult.PERMANENT, RejectReason.ACSE_NO_REASON)

_CONTEXT_RESULTS = {int(result): result for result in ContextResult}
_REJECT_REASONS = {(int(reason.source), reason.code): reason for reason in RejectReason}
_ABORT_REASONS = {int(reason): reason for reason in AbortReason}


def decode(pdu_type: PduType, body: bytes, limits: UpperLayerLimits) -> pdu.Pdu:
    """Read one PDU other than P-DATA-TF; `body` is all that follows its six-byte header."""
    cursor = Cursor(body)
    match pdu_type:
        case PduType.A_ASSOCIATE_RQ:
            return _associate_request(cursor, limits)
        case PduType.A_ASSOCIATE_AC:
            return _associate_accept(cursor, limits)
        case PduType.A_ASSOCIATE_RJ:
            return _associate_reject(cursor)
        case PduType.A_RELEASE_RQ:
            return pdu.ReleaseRequest()
        case PduType.A_RELEASE_RP:
            return pdu.ReleaseResponse()
        case PduType.A_ABORT:
            return _abort(cursor)
        case _:
            raise MalformedPdu("The PDU is of no known type.", AbortReason.UNRECOGNIZED_PDU)


def _associate_request(cursor: Cursor, limits: UpperLayerLimits) -> pdu.AssociateRequest:
    version, called, calling = _head(cursor)
    application_context: str | None = None
    information: pdu.UserInformation | None = None
    contexts: dict[int, pdu.PresentationContext] = {}
    for kind, item in cursor.items():
        match kind:
            case Item.APPLICATION_CONTEXT:
                once(application_context, "an application context")
                application_context = item.uid(item.remaining, limits.uid_bytes)
            case Item.PRESENTATION_CONTEXT_RQ:
                context = _proposal(item, limits)
                _check_context_id(context.context_id, contexts, limits)
                contexts[context.context_id] = context
            case Item.USER_INFORMATION:
                once(information, "user information")
                information = decode_user_information(item, limits)
    return pdu.AssociateRequest(
        called_ae_title=called,
        calling_ae_title=calling,
        presentation_contexts=tuple(contexts.values()),
        user_information=information or pdu.UserInformation(pdu.UNSTATED_MAXIMUM_LENGTH),
        application_context=application_context or "",
        protocol_version=version,
    )


def _associate_accept(cursor: Cursor, limits: UpperLayerLimits) -> pdu.AssociateAccept:
    version, called, calling = _head(cursor)
    application_context: str | None = None
    information: pdu.UserInformation | None = None
    contexts: dict[int, pdu.PresentationContextResult] = {}
    for kind, item in cursor.items():
        match kind:
            case Item.APPLICATION_CONTEXT:
                once(application_context, "an application context")
                application_context = item.uid(item.remaining, limits.uid_bytes)
            case Item.PRESENTATION_CONTEXT_AC:
                context = _result(item, limits)
                _check_context_id(context.context_id, contexts, limits)
                contexts[context.context_id] = context
            case Item.USER_INFORMATION:
                once(information, "user information")
                information = decode_user_information(item, limits)
    return pdu.AssociateAccept(
        presentation_contexts=tuple(contexts.values()),
        user_information=information or pdu.UserInformation(pdu.UNSTATED_MAXIMUM_LENGTH),
        called_ae_title=called,
        calling_ae_title=calling,
        application_context=application_context or "",
        protocol_version=version,
    )


def _head(cursor: Cursor) -> tuple[int, str, str]:
    version = cursor.integer(2)
    cursor.take(2)
    called = decode_ae_title(cursor.take(AE_TITLE_BYTES))
    calling = decode_ae_title(cursor.take(AE_TITLE_BYTES))
    cursor.take(32)
    return version, called, calling


def _check_context_id(context_id: int, seen: Mapping[int, object], limits: UpperLayerLimits) -> None:
    if len(seen) >= limits.presentation_contexts:
        raise MalformedPdu(f"More than {limits.presentation_contexts} presentation contexts.", rejection=TOO_MANY)
    if context_id % 2 == 0 or context_id in seen:
        raise MalformedPdu("A presentation context has an even number or one that is taken.", rejection=NOT_DISTINCT)


def _proposal(item: Cursor, limits: UpperLayerLimits) -> pdu.PresentationContext:
    context_id = item.integer(1)
    item.take(3)
    abstract: str | None = None
    syntaxes: list[str] = []
    for kind, sub_item in item.items():
        match kind:
            case Item.ABSTRACT_SYNTAX:
                once(abstract, "an abstract syntax")
                abstract = sub_item.uid(sub_item.remaining, limits.uid_bytes)
            case Item.TRANSFER_SYNTAX:
                if len(syntaxes) >= limits.transfer_syntaxes:
                    raise MalformedPdu(
                        f"More than {limits.transfer_syntaxes} transfer syntaxes in one presentation context.",
                        rejection=TOO_MANY,
                    )
                syntaxes.append(sub_item.uid(sub_item.remaining, limits.uid_bytes))
    # Without an abstract syntax the empty one stands: negotiation refuses that context and keeps the others.
    return pdu.PresentationContext(context_id, abstract or "", tuple(syntaxes))


def _result(item: Cursor, limits: UpperLayerLimits) -> pdu.PresentationContextResult:
    context_id = item.integer(1)
    item.take(1)
    result = _CONTEXT_RESULTS.get(item.integer(1), ContextResult.NO_REASON)
    item.take(1)
    syntax: str | None = None
    for kind, sub_item in item.items():
        if kind == Item.TRANSFER_SYNTAX:
            once(syntax, "a transfer syntax in an answer")
            syntax = sub_item.uid(sub_item.remaining, limits.uid_bytes)
    return pdu.PresentationContextResult(context_id, result, syntax or "")


def _associate_reject(cursor: Cursor) -> AssociateReject:
    cursor.take(1)
    result, source, code = cursor.integer(1), cursor.integer(1), cursor.integer(1)
    # Reserved codes are a refusal all the same; what does not say "transient" is not worth asking again.
    return AssociateReject(
        RejectResult.TRANSIENT if result == RejectResult.TRANSIENT else RejectResult.PERMANENT,
        _REJECT_REASONS.get((source, code), RejectReason.NO_REASON),
    )


def _abort(cursor: Cursor) -> pdu.Abort:
    cursor.take(2)
    source, code = cursor.integer(1), cursor.integer(1)
    # The reason has no meaning when the user aborts (PS3.8 9.3.8); reserved codes end the association all the same.
    if source == AbortSource.SERVICE_USER:
        return pdu.Abort()
    return pdu.Abort(AbortSource.SERVICE_PROVIDER, _ABORT_REASONS.get(code, AbortReason.NOT_SPECIFIED))
