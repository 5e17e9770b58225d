"""Negotiation through the bytes of real PDUs: between two of us, and with pynetdicom on the other side."""

from __future__ import annotations

from pynetdicom import AE, build_role
from pynetdicom.pdu import A_ASSOCIATE_AC, A_ASSOCIATE_RQ
from pynetdicom.pdu_primitives import (
    A_ASSOCIATE,
    AsynchronousOperationsWindowNegotiation,
    ImplementationClassUIDNotification,
    MaximumLengthNotification,
    SOPClassExtendedNegotiation,
)

from isocenter.dicom import sop_class
from isocenter.dicom.transfer_syntax import EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN
from isocenter.protocol.dimse.negotiation import (
    AcceptorPolicy,
    Agreement,
    ContextPolicy,
    Preference,
    Proposal,
    QueryOptions,
    agreement,
    negotiate,
    propose,
    retrieval_proposals,
)
from isocenter.protocol.upper_layer import (
    AssociateAccept,
    AssociateAccepted,
    AssociateRequested,
    AsynchronousOperationsWindow,
    Role,
    UpperLayer,
)

CT = "1.2.840.10008.5.1.4.1.1.2"
JPEG = "1.2.840.10008.1.2.4.50"
PLAIN = (EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN)
POLICY = AcceptorPolicy(
    {
        sop_class.STUDY_ROOT_GET: ContextPolicy(PLAIN),
        sop_class.STUDY_ROOT_FIND: ContextPolicy(PLAIN, options=QueryOptions(relational_queries=True)),
        CT: ContextPolicy((*PLAIN, JPEG), Preference.LOSSLESS_FIRST, requestor_may_be_scp=True),
    },
    window=AsynchronousOperationsWindow(8, 1),
)


def answer(acceptor: UpperLayer, data: bytes) -> Agreement:
    (event,) = acceptor.receive(data, 0.0)
    assert isinstance(event, AssociateRequested)
    accept = negotiate(event.request, POLICY)
    assert isinstance(accept, AssociateAccept)
    acceptor.accept(accept)
    return agreement(event.request, accept)


def test_both_sides_read_the_same_terms() -> None:
    acceptor, requestor = UpperLayer(Role.ACCEPTOR), UpperLayer(Role.REQUESTOR)
    acceptor.connected(0.0)
    asked = propose(
        "ISOCENTER",
        "VIEWER",
        [
            *retrieval_proposals(Proposal(sop_class.STUDY_ROOT_GET, PLAIN), (CT, "1.2.3.4"), (JPEG, *PLAIN)),
            Proposal(sop_class.STUDY_ROOT_FIND, PLAIN, options=QueryOptions(relational_queries=True)),
        ],
        window=AsynchronousOperationsWindow(0, 0),
    )
    requestor.request(asked, 0.0)
    requestor.connected(0.0)
    terms = answer(acceptor, b"".join(requestor.data_to_send()))
    (event,) = requestor.receive(b"".join(acceptor.data_to_send()), 0.0)
    assert isinstance(event, AssociateAccepted)
    ours = agreement(asked, event.accept)
    assert ours.contexts == terms.contexts
    assert ours.window == terms.window == AsynchronousOperationsWindow(8, 1)
    assert ours.options == terms.options
    assert [context.abstract_syntax for context in ours.contexts.values()] == [
        sop_class.STUDY_ROOT_GET,
        CT,
        sop_class.STUDY_ROOT_FIND,
    ]
    assert ours.contexts[3].requestor_is_scp


def test_pynetdicom_understands_our_answer_to_its_c_get() -> None:
    acceptor = UpperLayer(Role.ACCEPTOR)
    acceptor.connected(0.0)
    terms = answer(acceptor, pynetdicom_request())
    data = b"".join(acceptor.data_to_send())
    accept = A_ASSOCIATE_AC()
    accept.decode(data)
    assert {
        (context.context_id, context.result): context.transfer_syntax for context in accept.presentation_context
    } == {
        (1, 0): EXPLICIT_VR_LITTLE_ENDIAN,
        (3, 0): EXPLICIT_VR_LITTLE_ENDIAN,
        (5, 0): IMPLICIT_VR_LITTLE_ENDIAN,
        (7, 3): accept.presentation_context[3].transfer_syntax,
    }
    information = accept.user_information
    assert information.async_ops_window.max_operations_invoked == 4
    assert information.async_ops_window.max_operations_performed == 1
    (role,) = information.role_selection.values()
    assert (role.uid, role.scu_role, role.scp_role) == (CT, 0, 1)
    (options,) = information.ext_neg
    assert (options.uid, options.app_info) == (sop_class.STUDY_ROOT_FIND, b"\1\0")
    assert terms.contexts[3].requestor_is_scp


def pynetdicom_request() -> bytes:
    entity = AE("VIEWER")
    entity.add_requested_context(sop_class.STUDY_ROOT_GET, list(PLAIN))
    entity.add_requested_context(CT, [JPEG, *PLAIN])
    entity.add_requested_context(sop_class.STUDY_ROOT_FIND, [IMPLICIT_VR_LITTLE_ENDIAN])
    entity.add_requested_context("1.2.3.4", list(PLAIN))
    contexts = entity.requested_contexts
    for number, context in enumerate(contexts):
        context.context_id = 2 * number + 1
    window = AsynchronousOperationsWindowNegotiation()
    window.maximum_number_operations_invoked = 4
    window.maximum_number_operations_performed = 0
    options = SOPClassExtendedNegotiation()
    options.sop_class_uid = sop_class.STUDY_ROOT_FIND
    options.service_class_application_information = b"\1\1"
    length, implementation = MaximumLengthNotification(), ImplementationClassUIDNotification()
    length.maximum_length_received = 16384
    implementation.implementation_class_uid = "1.2.3"
    primitive = A_ASSOCIATE()
    primitive.application_context_name = "1.2.840.10008.3.1.1.1"
    primitive.calling_ae_title, primitive.called_ae_title = "VIEWER", "ISOCENTER"
    primitive.presentation_context_definition_list = contexts
    primitive.user_information = [length, implementation, window, options, build_role(CT, scp_role=True)]
    request = A_ASSOCIATE_RQ()
    request.from_primitive(primitive)
    return request.encode()
