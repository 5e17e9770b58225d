"""What the service provider itself looks at before an association, whoever the user is (PS3.8 7.1, 9.3.2, 9.3.3)."""

from __future__ import annotations

from isocenter.protocol.upper_layer.ae_title import is_ae_title
from isocenter.protocol.upper_layer.limits import SMALLEST_PDU_BYTES
from isocenter.protocol.upper_layer.pdu import (
    APPLICATION_CONTEXT_UID,
    PROTOCOL_VERSION,
    AssociateAccept,
    AssociateReject,
    AssociateRequest,
    RejectReason,
    RejectResult,
)


def provider_rejection(request: AssociateRequest) -> AssociateReject | None:
    """Why a request cannot be granted to anybody; None when its user may decide."""
    reason = _reason(request)
    return None if reason is None else AssociateReject(RejectResult.PERMANENT, reason)


def _reason(request: AssociateRequest) -> RejectReason | None:
    if not request.protocol_version & PROTOCOL_VERSION:
        return RejectReason.PROTOCOL_VERSION_NOT_SUPPORTED
    if request.application_context != APPLICATION_CONTEXT_UID:
        return RejectReason.APPLICATION_CONTEXT_NOT_SUPPORTED
    if not is_ae_title(request.called_ae_title):
        return RejectReason.CALLED_AE_NOT_RECOGNIZED
    if not is_ae_title(request.calling_ae_title):
        return RejectReason.CALLING_AE_NOT_RECOGNIZED
    if 0 < request.user_information.maximum_length < SMALLEST_PDU_BYTES:
        return RejectReason.LOCAL_LIMIT_EXCEEDED
    return None


def answer_fault(request: AssociateRequest, accept: AssociateAccept) -> str | None:
    """What is wrong with an acceptance of this request, in a sentence; None when nothing is.

    Only what was proposed can be accepted, and a peer has to be able to take PDUs with something in them.
    """
    proposed = {context.context_id: context.transfer_syntaxes for context in request.presentation_contexts}
    for context in accept.presentation_contexts:
        if context.accepted and context.transfer_syntax not in proposed.get(context.context_id, ()):
            return "A presentation context or transfer syntax was accepted that was not proposed."
    if 0 < accept.user_information.maximum_length < SMALLEST_PDU_BYTES:
        return "The acceptance allows only PDUs too small to send anything in."
    return None
