"""Negotiation, as tables of what was proposed and what was answered (PS3.8 7.1, PS3.7 D.3.3)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from isocenter.dicom import sop_class
from isocenter.dicom.transfer_syntax import ALL, EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN
from isocenter.errors import BadRequest, ProtocolError
from isocenter.protocol.dimse.negotiation import (
    MAX_CONTEXTS,
    AcceptorPolicy,
    ContextPolicy,
    Preference,
    Proposal,
    QueryOptions,
    RetrieveOptions,
    StorageOptions,
    agreement,
    choose_transfer_syntax,
    negotiate,
    propose,
    retrieval_proposals,
    split,
    storage_proposals,
)
from isocenter.protocol.upper_layer import (
    AssociateAccept,
    AssociateReject,
    AssociateRequest,
    AsynchronousOperationsWindow,
    CommonExtendedNegotiation,
    ContextResult,
    ExtendedNegotiation,
    PresentationContextResult,
    RejectReason,
    RejectResult,
    RoleSelection,
    UserIdentityRequest,
    UserIdentityResponse,
)

IMPLICIT, EXPLICIT = IMPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN
BASELINE, LOSSLESS, RLE = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.5"
PRIVATE_SYNTAX = "1.2.3.4.5.6"
EVERY = frozenset(syntax.uid for syntax in ALL)
CT, MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
PRIVATE_CLASS, LATER_CLASS = "1.3.12.2.1107.5.9.1", "1.2.840.10008.5.1.4.1.1.999"
PRINT = "1.2.840.10008.5.1.1.9"

STORAGE = ContextPolicy(EVERY, Preference.LOSSLESS_FIRST, requestor_may_be_scp=True, options=StorageOptions())
QUERY = ContextPolicy(frozenset({EXPLICIT}), options=QueryOptions(relational_queries=True, fuzzy_name_matching=True))
POLICY = AcceptorPolicy(
    {CT: STORAGE, sop_class.STUDY_ROOT_FIND: QUERY, sop_class.VERIFICATION: ContextPolicy(frozenset({EXPLICIT}))}
)


def request(*proposals: Proposal) -> AssociateRequest:
    return propose("ISOCENTER", "MODALITY", proposals)


def accepted(asked: AssociateRequest, policy: AcceptorPolicy = POLICY) -> AssociateAccept:
    answer = negotiate(asked, policy)
    assert isinstance(answer, AssociateAccept)
    return answer


def with_information(asked: AssociateRequest, **items: object) -> AssociateRequest:
    return replace(asked, user_information=replace(asked.user_information, **items))


@pytest.mark.parametrize(
    ("proposed", "policy", "chosen"),
    [
        ((IMPLICIT,), STORAGE, IMPLICIT),
        ((IMPLICIT, EXPLICIT), STORAGE, IMPLICIT),
        ((EXPLICIT, IMPLICIT), STORAGE, EXPLICIT),
        ((BASELINE,), STORAGE, BASELINE),
        ((BASELINE, LOSSLESS), STORAGE, LOSSLESS),
        ((BASELINE, LOSSLESS, RLE), STORAGE, LOSSLESS),
        ((BASELINE, IMPLICIT), STORAGE, IMPLICIT),
        ((PRIVATE_SYNTAX,), STORAGE, None),
        ((), STORAGE, None),
        (
            (BASELINE, PRIVATE_SYNTAX),
            ContextPolicy({BASELINE, PRIVATE_SYNTAX}, Preference.LOSSLESS_FIRST),
            PRIVATE_SYNTAX,
        ),
        ((IMPLICIT, EXPLICIT), QUERY, IMPLICIT),
        ((RLE, EXPLICIT), QUERY, EXPLICIT),
        ((RLE,), QUERY, None),
        ((IMPLICIT,), ContextPolicy(frozenset()), IMPLICIT),
    ],
)
def test_choice_of_transfer_syntax(proposed: tuple[str, ...], policy: ContextPolicy, chosen: str | None) -> None:
    assert choose_transfer_syntax(proposed, policy) == chosen


def test_each_context_gets_its_own_answer() -> None:
    answer = accepted(
        request(
            Proposal(CT, (EXPLICIT,)),
            Proposal(CT, (LOSSLESS,)),
            Proposal(MR, (EXPLICIT,)),
            Proposal(sop_class.STUDY_ROOT_FIND, (RLE,)),
        )
    )
    assert answer.presentation_contexts == (
        PresentationContextResult(1, ContextResult.ACCEPTANCE, EXPLICIT),
        PresentationContextResult(3, ContextResult.ACCEPTANCE, LOSSLESS),
        PresentationContextResult(5, ContextResult.ABSTRACT_SYNTAX_NOT_SUPPORTED),
        PresentationContextResult(7, ContextResult.TRANSFER_SYNTAXES_NOT_SUPPORTED),
    )


def test_every_standard_transfer_syntax_is_accepted_as_it_comes() -> None:
    asked = request(*(Proposal(CT, (syntax.uid,)) for syntax in ALL))
    agreed = agreement(asked, accepted(asked))
    assert all(agreed.contexts.find(CT, syntax.uid) is not None for syntax in ALL)


@pytest.mark.parametrize(
    ("uid", "service_class", "is_taken"),
    [
        (PRIVATE_CLASS, None, True),
        (LATER_CLASS, None, True),
        ("1.2.840.10008.99.1", None, False),
        ("1.2.840.10008.99.1", "1.2.840.10008.4.2", True),
        (PRIVATE_CLASS, "1.2.840.10008.99", False),
        (PRINT, None, False),
        (PRINT, "1.2.840.10008.4.2", False),
        (sop_class.STUDY_ROOT_GET, None, False),
        ("", None, False),
    ],
)
def test_unlisted_storage_classes_are_taken_only_from_those_who_may(
    uid: str, service_class: str | None, is_taken: bool
) -> None:
    asked = request(Proposal(uid, (IMPLICIT,)))
    if service_class is not None:
        asked = with_information(asked, common_extended_negotiations=(CommonExtendedNegotiation(uid, service_class),))
    (result,) = accepted(asked, replace(POLICY, unknown_storage=STORAGE)).presentation_contexts
    assert result.accepted is is_taken
    (result,) = accepted(asked, POLICY).presentation_contexts
    assert result.result is ContextResult.ABSTRACT_SYNTAX_NOT_SUPPORTED


def test_an_unknown_title_is_rejected_for_good() -> None:
    asked = request(Proposal(CT, (EXPLICIT,)))
    assert negotiate(asked, replace(POLICY, called_ae_titles={"OTHER"})) == AssociateReject(
        RejectResult.PERMANENT, RejectReason.CALLED_AE_NOT_RECOGNIZED
    )
    assert negotiate(asked, replace(POLICY, calling_ae_titles=())) == AssociateReject(
        RejectResult.PERMANENT, RejectReason.CALLING_AE_NOT_RECOGNIZED
    )
    strict = replace(POLICY, called_ae_titles={"ISOCENTER"}, calling_ae_titles={"MODALITY"})
    assert isinstance(negotiate(asked, strict), AssociateAccept)


@pytest.mark.parametrize(
    ("proposed", "may_be_scp", "answered", "result"),
    [
        pytest.param(None, True, None, ContextResult.ACCEPTANCE, id="nothing asked"),
        pytest.param((True, False), True, (True, False), ContextResult.ACCEPTANCE, id="default"),
        pytest.param((True, True), True, (True, True), ContextResult.ACCEPTANCE, id="both"),
        pytest.param((True, True), False, (True, False), ContextResult.ACCEPTANCE, id="provider turned down"),
        pytest.param((False, True), True, (False, True), ContextResult.ACCEPTANCE, id="as C-GET asks"),
        pytest.param((False, True), False, None, ContextResult.USER_REJECTION, id="no role left"),
        pytest.param((False, False), True, None, ContextResult.ACCEPTANCE, id="no role proposed"),
    ],
)
def test_role_selection(
    proposed: tuple[bool, bool] | None,
    may_be_scp: bool,
    answered: tuple[bool, bool] | None,
    result: ContextResult,
) -> None:
    policy = replace(POLICY, contexts={CT: replace(STORAGE, requestor_may_be_scp=may_be_scp)})
    asked = request(Proposal(CT, (EXPLICIT,)))
    if proposed is not None:
        asked = with_information(asked, role_selections=(RoleSelection(CT, *proposed),))
    answer = accepted(asked, policy)
    assert answer.presentation_contexts[0].result is result
    assert answer.user_information.role_selections == (() if answered is None else (RoleSelection(CT, *answered),))
    for context in agreement(asked, answer).contexts.values():
        assert (context.requestor_is_scu, context.requestor_is_scp) == (answered or (True, False))


def test_roles_for_what_was_not_accepted_are_not_answered() -> None:
    asked = with_information(
        request(Proposal(MR, (EXPLICIT,))),
        role_selections=(RoleSelection(MR, True, True), RoleSelection(CT, True, True)),
    )
    assert accepted(asked).user_information.role_selections == ()


def test_a_role_that_the_acceptor_invents_is_not_believed() -> None:
    asked = request(Proposal(CT, (EXPLICIT,)))
    answer = with_information_of(accepted(asked), role_selections=(RoleSelection(CT, True, True),))
    assert not agreement(asked, answer).contexts[1].requestor_is_scp


def with_information_of(answer: AssociateAccept, **items: object) -> AssociateAccept:
    return replace(answer, user_information=replace(answer.user_information, **items))


@pytest.mark.parametrize(
    ("proposed", "ours", "answered"),
    [
        (None, (8, 8), None),
        ((1, 1), (8, 8), (1, 1)),
        ((5, 3), (8, 1), (5, 1)),
        ((0, 0), (8, 4), (8, 4)),
        ((0, 7), (0, 0), (0, 7)),
        ((16, 0), (8, 0), (8, 0)),
    ],
)
def test_the_window_is_the_smaller_of_both(
    proposed: tuple[int, int] | None, ours: tuple[int, int], answered: tuple[int, int] | None
) -> None:
    asked = request(Proposal(CT, (EXPLICIT,)))
    if proposed is not None:
        window = AsynchronousOperationsWindow(*proposed)
        asked = with_information(asked, asynchronous_operations_window=window)
    answer = accepted(asked, replace(POLICY, window=AsynchronousOperationsWindow(*ours)))
    expected = None if answered is None else AsynchronousOperationsWindow(*answered)
    assert answer.user_information.asynchronous_operations_window == expected
    assert agreement(asked, answer).window == (expected or AsynchronousOperationsWindow(1, 1))


@pytest.mark.parametrize(
    ("proposed", "answered"),
    [
        (b"\1", b"\1"),
        (b"\1\1\1", b"\1\0\1"),
        (b"\0\1\1\1\1\1\1", b"\0\0\1\0\0\0\0"),
        (b"\1\1\1\1\1\1\1\1\1", b"\1\0\1\0\0\0\0"),
        (b"\2", b"\0"),
        (b"", b""),
    ],
)
def test_query_options_are_answered_honestly_and_no_longer_than_asked(proposed: bytes, answered: bytes) -> None:
    uid = sop_class.STUDY_ROOT_FIND
    asked = with_information(
        request(Proposal(uid, (EXPLICIT,))), extended_negotiations=(ExtendedNegotiation(uid, proposed),)
    )
    answer = accepted(asked)
    assert answer.user_information.extended_negotiations == (ExtendedNegotiation(uid, answered),)
    options = QueryOptions.from_bytes(agreement(asked, answer).options[uid])
    assert options.relational_queries is (answered[:1] == b"\1")
    assert not options.combined_date_time_matching


def test_options_of_others_are_not_answered() -> None:
    asked = with_information(
        request(Proposal(sop_class.VERIFICATION, (EXPLICIT,)), Proposal(MR, (EXPLICIT,))),
        extended_negotiations=(
            ExtendedNegotiation(sop_class.VERIFICATION, b"\1"),
            ExtendedNegotiation(MR, b"\1"),
            ExtendedNegotiation(CT, b"\1"),
        ),
    )
    assert accepted(asked).user_information.extended_negotiations == ()


def test_storage_says_that_it_keeps_everything() -> None:
    asked = with_information(
        request(Proposal(CT, (EXPLICIT,))), extended_negotiations=(ExtendedNegotiation(CT, b"\3\0\0\0\0\0"),)
    )
    (answer,) = accepted(asked).user_information.extended_negotiations
    assert answer.application_information == bytes([2, 0, 0, 0, 0, 0])
    assert StorageOptions.from_bytes(answer.application_information) == StorageOptions()
    assert StorageOptions.from_bytes(b"").level == 3


def test_options_round_trip() -> None:
    options = RetrieveOptions(relational_retrieval=True)
    assert options.to_bytes() == b"\1\0"
    assert RetrieveOptions.from_bytes(b"\1") == options
    assert RetrieveOptions.from_bytes(b"\1\0\1") == options


@pytest.mark.parametrize("wants_answer", [True, False])
def test_a_user_identity_is_passed_out_and_answered_only_if_asked(wants_answer: bool) -> None:
    identity = UserIdentityRequest(2, b"somebody", b"secret", wants_answer)
    asked = with_information(request(Proposal(CT, (EXPLICIT,))), user_identity=identity)
    policy = replace(POLICY, user_identity_response=UserIdentityResponse(b""))
    answer = accepted(asked, policy)
    assert agreement(asked, answer).user_identity is identity
    assert (answer.user_information.user_identity_response is not None) is wants_answer


def test_an_acceptance_of_what_was_not_proposed_is_a_protocol_error() -> None:
    asked = request(Proposal(CT, (EXPLICIT,)))
    for result in (
        PresentationContextResult(3, ContextResult.ACCEPTANCE, EXPLICIT),
        PresentationContextResult(1, ContextResult.ACCEPTANCE, IMPLICIT),
    ):
        with pytest.raises(ProtocolError):
            agreement(asked, AssociateAccept((result,)))


def test_a_window_or_option_that_was_not_proposed_is_not_believed() -> None:
    asked = request(Proposal(CT, (EXPLICIT,)))
    answer = with_information_of(
        accepted(asked),
        asynchronous_operations_window=AsynchronousOperationsWindow(0, 0),
        extended_negotiations=(ExtendedNegotiation(CT, b"\1"),),
    )
    agreed = agreement(asked, answer)
    assert agreed.window == AsynchronousOperationsWindow(1, 1)
    assert agreed.options == {}


# The requestor.


def test_contexts_are_numbered_odd_and_at_most_128() -> None:
    asked = request(*(Proposal(f"1.2.{number}", (EXPLICIT,)) for number in range(MAX_CONTEXTS)))
    assert [context.context_id for context in asked.presentation_contexts] == list(range(1, 256, 2))
    for count in (0, MAX_CONTEXTS + 1):
        with pytest.raises(BadRequest):
            request(*(Proposal(CT, (EXPLICIT,)) for _ in range(count)))


def test_more_than_128_proposals_are_split_over_associations() -> None:
    proposals = [Proposal(f"1.2.{number}", (EXPLICIT,)) for number in range(300)]
    groups = list(split(proposals))
    assert [len(group) for group in groups] == [128, 128, 44]
    assert [proposal for group in groups for proposal in group] == proposals


def test_storage_gets_a_context_for_each_class_and_encoding() -> None:
    proposals = storage_proposals([(MR, RLE), (CT, EXPLICIT), (CT, LOSSLESS), (CT, EXPLICIT)], also=(IMPLICIT,))
    assert proposals == [
        Proposal(CT, (EXPLICIT,)),
        Proposal(CT, (LOSSLESS,)),
        Proposal(MR, (RLE,)),
        Proposal(CT, (IMPLICIT,)),
        Proposal(MR, (IMPLICIT,)),
    ]
    asked = request(*proposals)
    assert asked.user_information.role_selections == ()
    contexts = agreement(asked, accepted(asked)).contexts
    found = contexts.find(CT, LOSSLESS)
    assert found is not None
    assert found.context_id == 3
    assert contexts.find(MR, RLE) is None
    assert [context.context_id for context in contexts.for_abstract_syntax(CT)] == [1, 3, 7]


def test_a_c_get_asks_for_the_provider_role_of_what_may_come_back() -> None:
    retrieve = Proposal(
        sop_class.STUDY_ROOT_FIND, (EXPLICIT,), options=QueryOptions(relational_queries=True, timezone_adjustment=True)
    )
    asked = request(*retrieval_proposals(retrieve, (CT, MR), (EXPLICIT, IMPLICIT)))
    assert asked.user_information.role_selections == (
        RoleSelection(CT, scu=False, scp=True),
        RoleSelection(MR, scu=False, scp=True),
    )
    agreed = agreement(asked, accepted(asked))
    (context,) = agreed.contexts.for_abstract_syntax(CT)
    assert (context.requestor_is_scu, context.requestor_is_scp) == (False, True)
    options = QueryOptions.from_bytes(agreed.options[sop_class.STUDY_ROOT_FIND])
    assert options == QueryOptions(relational_queries=True)
