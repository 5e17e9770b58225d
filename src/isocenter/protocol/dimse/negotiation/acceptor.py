"""Answering a request for an association (PS3.8 7.1, PS3.7 D.3.3)."""

from __future__ import annotations

from collections.abc import Iterator

from isocenter.dicom.transfer_syntax import IMPLICIT_VR_LITTLE_ENDIAN, lookup
from isocenter.dicom.uid import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from isocenter.protocol.dimse.negotiation.policy import AcceptorPolicy, ContextPolicy, Preference
from isocenter.protocol.upper_layer import (
    AssociateAccept,
    AssociateReject,
    AssociateRequest,
    AsynchronousOperationsWindow,
    ContextResult,
    ExtendedNegotiation,
    PresentationContext,
    PresentationContextResult,
    RejectReason,
    RejectResult,
    RoleSelection,
    UserInformation,
)

__all__ = ["choose_transfer_syntax", "negotiate"]


def negotiate(request: AssociateRequest, policy: AcceptorPolicy) -> AssociateAccept | AssociateReject:
    """Answer a request by a policy.

    An association without any acceptable context is accepted all the same, each context with its reason, so that the
    other side learns why. The maximum length and the titles are left for the upper layer to fill in.
    """
    rejection = _rejection(request, policy)
    if rejection is not None:
        return rejection
    asked = request.user_information
    policies = _policies(request, policy)
    roles = {role.sop_class_uid: _answer_role(role, policies.get(role.sop_class_uid)) for role in asked.role_selections}
    results = tuple(
        _answer_context(context, policies.get(context.abstract_syntax), roles.get(context.abstract_syntax))
        for context in request.presentation_contexts
    )
    granted = {
        context.abstract_syntax
        for context, result in zip(request.presentation_contexts, results, strict=True)
        if result.accepted
    }
    identity = asked.user_identity
    return AssociateAccept(
        presentation_contexts=results,
        user_information=UserInformation(
            implementation_class_uid=IMPLEMENTATION_CLASS_UID,
            implementation_version_name=IMPLEMENTATION_VERSION_NAME,
            asynchronous_operations_window=_answer_window(asked.asynchronous_operations_window, policy.window),
            role_selections=tuple(role for uid, role in roles.items() if role is not None and uid in granted),
            extended_negotiations=tuple(_answer_options(asked.extended_negotiations, policies, granted)),
            user_identity_response=policy.user_identity_response
            if identity is not None and identity.positive_response_requested
            else None,
        ),
    )


def choose_transfer_syntax(proposed: tuple[str, ...], policy: ContextPolicy) -> str | None:
    """The transfer syntax for one context; None when no proposed one is acceptable."""
    acceptable = [uid for uid in proposed if uid in policy.transfer_syntaxes or uid == IMPLICIT_VR_LITTLE_ENDIAN]
    if not acceptable:
        return None
    if policy.preference is Preference.LOSSLESS_FIRST:
        return min(acceptable, key=_loss)  # the first of equals
    return acceptable[0]


def _loss(uid: str) -> int:
    """Order of preference: known to lose nothing, unknown, known to lose something."""
    known = lookup(uid)
    return 1 if known is None else 2 if known.lossy else 0


def _rejection(request: AssociateRequest, policy: AcceptorPolicy) -> AssociateReject | None:
    if policy.called_ae_titles is not None and request.called_ae_title not in policy.called_ae_titles:
        return AssociateReject(RejectResult.PERMANENT, RejectReason.CALLED_AE_NOT_RECOGNIZED)
    if policy.calling_ae_titles is not None and request.calling_ae_title not in policy.calling_ae_titles:
        return AssociateReject(RejectResult.PERMANENT, RejectReason.CALLING_AE_NOT_RECOGNIZED)
    return None


def _policies(request: AssociateRequest, policy: AcceptorPolicy) -> dict[str, ContextPolicy]:
    """The policy of each proposed abstract syntax that has one."""
    announced = {
        item.sop_class_uid: item.service_class_uid for item in request.user_information.common_extended_negotiations
    }
    found = {}
    for uid in {context.abstract_syntax for context in request.presentation_contexts}:
        own = policy.for_abstract_syntax(uid, announced.get(uid))
        if own is not None:
            found[uid] = own
    return found


def _answer_role(proposed: RoleSelection, policy: ContextPolicy | None) -> RoleSelection | None:
    """What is granted of a proposed role (PS3.7 D.3.3.4); None where nothing was asked or there is nobody to ask."""
    if policy is None or not (proposed.scu or proposed.scp):
        return None
    return RoleSelection(
        proposed.sop_class_uid,
        scu=proposed.scu and policy.requestor_may_be_scu,
        scp=proposed.scp and policy.requestor_may_be_scp,
    )


def _answer_context(
    context: PresentationContext, policy: ContextPolicy | None, role: RoleSelection | None
) -> PresentationContextResult:
    if policy is None:
        return PresentationContextResult(context.context_id, ContextResult.ABSTRACT_SYNTAX_NOT_SUPPORTED)
    usable = policy.requestor_may_be_scu if role is None else role.scu or role.scp
    if not usable:
        return PresentationContextResult(context.context_id, ContextResult.USER_REJECTION)
    chosen = choose_transfer_syntax(context.transfer_syntaxes, policy)
    if chosen is None:
        return PresentationContextResult(context.context_id, ContextResult.TRANSFER_SYNTAXES_NOT_SUPPORTED)
    return PresentationContextResult(context.context_id, ContextResult.ACCEPTANCE, chosen)


def _answer_window(
    proposed: AsynchronousOperationsWindow | None, ours: AsynchronousOperationsWindow
) -> AsynchronousOperationsWindow | None:
    """The smaller of each bound (PS3.7 D.3.3.3); no answer where nothing was proposed."""
    if proposed is None:
        return None
    return AsynchronousOperationsWindow(
        _smaller(proposed.maximum_invoked, ours.maximum_invoked),
        _smaller(proposed.maximum_performed, ours.maximum_performed),
    )


def _smaller(one: int, other: int) -> int:
    """The smaller of two bounds of which 0 means none."""
    return min(one, other) if one and other else one or other


def _answer_options(
    proposed: tuple[ExtendedNegotiation, ...], policies: dict[str, ContextPolicy], granted: set[str]
) -> Iterator[ExtendedNegotiation]:
    """Answers for accepted SOP classes whose options are known here; no answer means the defaults."""
    for item in proposed:
        policy = policies.get(item.sop_class_uid)
        if policy is not None and policy.options is not None and item.sop_class_uid in granted:
            answer = policy.options.answer(item.application_information)
            yield ExtendedNegotiation(item.sop_class_uid, answer)
