"""Operations under way: windows, roles, C-CANCEL, and a C-GET that turns the roles around."""

from __future__ import annotations

from collections import deque

import pytest

from isocenter.dicom import sop_class
from isocenter.dicom.transfer_syntax import EXPLICIT_VR_LITTLE_ENDIAN
from isocenter.errors import BadRequest, BusyError, ProtocolError
from isocenter.protocol.dimse import (
    CancelArrived,
    CancelIgnored,
    CommandReceived,
    Conversation,
    DataSetEnd,
    DataSetFragment,
    MessageReader,
    OperationInvoked,
    OperationRefused,
    RequestBuilder,
    ResponseArrived,
    Status,
    SubOperations,
    message_fragments,
)
from isocenter.protocol.dimse.messages import (
    CCancelRequest,
    CEchoRequest,
    CEchoResponse,
    CFindRequest,
    CFindResponse,
    CGetRequest,
    CGetResponse,
    CStoreRequest,
    CStoreResponse,
    Message,
    NEventReportRequest,
    Request,
    UnrecognizedOperationResponse,
    response_to,
)
from isocenter.protocol.dimse.negotiation import AcceptedContext, AcceptedContexts, Agreement
from isocenter.protocol.upper_layer import AsynchronousOperationsWindow, Role

CT = "1.2.840.10008.5.1.4.1.1.2"
ECHO_ID, FIND_ID, GET_ID, STORE_ID, SENT_BACK_ID, REPORT_ID = 1, 3, 5, 7, 9, 11
CONTEXTS = AcceptedContexts(
    (
        AcceptedContext(ECHO_ID, sop_class.VERIFICATION, EXPLICIT_VR_LITTLE_ENDIAN),
        AcceptedContext(FIND_ID, sop_class.STUDY_ROOT_FIND, EXPLICIT_VR_LITTLE_ENDIAN),
        AcceptedContext(GET_ID, sop_class.STUDY_ROOT_GET, EXPLICIT_VR_LITTLE_ENDIAN),
        AcceptedContext(STORE_ID, CT, EXPLICIT_VR_LITTLE_ENDIAN),
        AcceptedContext(SENT_BACK_ID, CT, EXPLICIT_VR_LITTLE_ENDIAN, requestor_is_scu=False, requestor_is_scp=True),
        AcceptedContext(REPORT_ID, sop_class.STORAGE_COMMITMENT_PUSH_MODEL, EXPLICIT_VR_LITTLE_ENDIAN),
    )
)


def conversation(role: Role, invoked: int = 1, performed: int = 1) -> Conversation:
    return Conversation(Agreement(CONTEXTS, AsynchronousOperationsWindow(invoked, performed)), role)


def echo(message_id: int) -> CEchoRequest:
    return CEchoRequest(message_id=message_id, affected_sop_class_uid=sop_class.VERIFICATION)


def find(message_id: int) -> CFindRequest:
    return CFindRequest(message_id=message_id, affected_sop_class_uid=sop_class.STUDY_ROOT_FIND)


def store(message_id: int) -> CStoreRequest:
    return CStoreRequest(message_id=message_id, affected_sop_class_uid=CT, affected_sop_instance_uid="1.2.3")


def report(message_id: int) -> NEventReportRequest:
    return NEventReportRequest(
        message_id=message_id,
        affected_sop_class_uid=sop_class.STORAGE_COMMITMENT_PUSH_MODEL,
        affected_sop_instance_uid=sop_class.STORAGE_COMMITMENT_PUSH_MODEL_INSTANCE,
        event_type_id=1,
    )


def test_an_operation_lasts_from_request_to_final_response() -> None:
    server = conversation(Role.ACCEPTOR)
    arrival = server.receive(FIND_ID, find(7))
    assert isinstance(arrival, OperationInvoked)
    pending = CFindResponse(message_id_being_responded_to=7, status=Status.PENDING, has_data_set=True)
    server.respond(arrival.operation, pending)
    server.respond(arrival.operation, pending)
    assert not server.idle
    server.respond(arrival.operation, response_to(arrival.operation.request, Status.SUCCESS))
    assert server.idle
    with pytest.raises(BadRequest):
        server.respond(arrival.operation, pending)


def test_a_message_id_in_use_is_refused_0210_and_free_again_after_its_response() -> None:
    server = conversation(Role.ACCEPTOR, invoked=0)
    first = server.receive(ECHO_ID, echo(7))
    assert isinstance(first, OperationInvoked)
    refused = server.receive(STORE_ID, store(7))
    assert isinstance(refused, OperationRefused)
    assert type(refused.response) is CStoreResponse
    assert refused.response.status == Status.DUPLICATE_INVOCATION
    assert refused.context_id == STORE_ID
    server.respond(first.operation, response_to(first.operation.request, 0))
    assert isinstance(server.receive(STORE_ID, store(7)), OperationInvoked)


@pytest.mark.parametrize("window", [1, 3])
def test_more_than_the_window_is_refused_0213(window: int) -> None:
    server = conversation(Role.ACCEPTOR, invoked=window)
    for message_id in range(window):
        assert isinstance(server.receive(STORE_ID, store(message_id)), OperationInvoked)
    refused = server.receive(STORE_ID, store(99))
    assert isinstance(refused, OperationRefused)
    assert refused.response.status == Status.RESOURCE_LIMITATION


def test_our_own_window_is_kept() -> None:
    client = conversation(Role.REQUESTOR, invoked=2, performed=1)
    client.invoke(ECHO_ID, echo(1))
    with pytest.raises(BadRequest, match="in use"):
        client.invoke(ECHO_ID, echo(1))
    client.invoke(ECHO_ID, echo(2))
    assert not client.can_invoke
    with pytest.raises(BusyError):
        client.invoke(ECHO_ID, echo(3))
    arrival = client.receive(ECHO_ID, CEchoResponse(message_id_being_responded_to=1, status=0))
    assert isinstance(arrival, ResponseArrived)
    assert arrival.final
    assert client.can_invoke
    assert list(client.invoked) == [2]


def test_a_window_of_zero_is_no_bound() -> None:
    client = conversation(Role.REQUESTOR, invoked=0)
    for message_id in range(1000):
        client.invoke(ECHO_ID, echo(message_id))
    assert client.can_invoke


@pytest.mark.parametrize(
    ("context_id", "request_"),
    [
        pytest.param(REPORT_ID, report(1), id="report to the provider"),
        pytest.param(SENT_BACK_ID, store(1), id="store by the provider"),
    ],
)
def test_what_is_not_in_the_peers_role_is_refused_0211(context_id: int, request_: Request) -> None:
    server = conversation(Role.ACCEPTOR)
    refused = server.receive(context_id, request_)
    assert isinstance(refused, OperationRefused)
    assert refused.response.status == Status.UNRECOGNIZED_OPERATION
    assert server.idle
    with pytest.raises(BadRequest):
        conversation(Role.REQUESTOR).invoke(context_id, request_)


def test_a_provider_reports_to_its_user() -> None:
    conversation(Role.ACCEPTOR).invoke(REPORT_ID, report(1))
    assert isinstance(conversation(Role.REQUESTOR).receive(REPORT_ID, report(1)), OperationInvoked)


def test_a_flood_of_cancels_is_ignored() -> None:
    server = conversation(Role.ACCEPTOR, invoked=2)
    found = server.receive(FIND_ID, find(7))
    assert isinstance(found, OperationInvoked)
    server.receive(ECHO_ID, echo(8))
    cancel = CCancelRequest(message_id_being_responded_to=7)
    assert server.receive(FIND_ID, CCancelRequest(message_id_being_responded_to=9)) == CancelIgnored(9)
    assert server.receive(ECHO_ID, CCancelRequest(message_id_being_responded_to=8)) == CancelIgnored(8)
    assert server.receive(FIND_ID, cancel) == CancelArrived(found.operation)
    assert found.operation.cancelled
    for _ in range(10_000):
        assert server.receive(FIND_ID, cancel) == CancelIgnored(7)
    server.respond(found.operation, response_to(found.operation.request, Status.CANCEL))
    assert server.receive(FIND_ID, cancel) == CancelIgnored(7)
    assert len(server.performed) == 1


def test_cancelling_waits_for_the_final_response() -> None:
    client = conversation(Role.REQUESTOR)
    operation = client.invoke(FIND_ID, find(7))
    assert client.cancel(operation) == CCancelRequest(message_id_being_responded_to=7)
    pending = CFindResponse(message_id_being_responded_to=7, status=Status.PENDING, has_data_set=True)
    assert client.receive(FIND_ID, pending) == ResponseArrived(operation, pending, final=False)
    final = CFindResponse(message_id_being_responded_to=7, status=Status.CANCEL)
    assert client.receive(FIND_ID, final) == ResponseArrived(operation, final, final=True)
    with pytest.raises(BadRequest):
        client.cancel(operation)


def test_only_what_is_answered_in_parts_can_be_cancelled() -> None:
    client = conversation(Role.REQUESTOR)
    operation = client.invoke(ECHO_ID, echo(1))
    with pytest.raises(BadRequest):
        client.cancel(operation)


def test_an_unrecognized_operation_is_a_final_response() -> None:
    client = conversation(Role.REQUESTOR)
    operation = client.invoke(ECHO_ID, echo(1))
    response = UnrecognizedOperationResponse(message_id_being_responded_to=1, status=0x0211, command_field=0x8030)
    assert client.receive(ECHO_ID, response) == ResponseArrived(operation, response, final=True)


@pytest.mark.parametrize(
    ("context_id", "response"),
    [
        pytest.param(ECHO_ID, CEchoResponse(message_id_being_responded_to=2, status=0), id="another message"),
        pytest.param(FIND_ID, CEchoResponse(message_id_being_responded_to=1, status=0), id="another context"),
        pytest.param(ECHO_ID, CStoreResponse(message_id_being_responded_to=1, status=0), id="another kind"),
        pytest.param(ECHO_ID, CEchoResponse(message_id_being_responded_to=1, status=0xFF00), id="pending"),
    ],
)
def test_a_response_that_fits_no_request_is_a_protocol_error(context_id: int, response: CEchoResponse) -> None:
    client = conversation(Role.REQUESTOR)
    client.invoke(ECHO_ID, echo(1))
    with pytest.raises(ProtocolError):
        client.receive(context_id, response)


def test_responding_with_another_kind_of_response_is_our_mistake() -> None:
    server = conversation(Role.ACCEPTOR)
    arrival = server.receive(ECHO_ID, echo(1))
    assert isinstance(arrival, OperationInvoked)
    with pytest.raises(BadRequest):
        server.respond(arrival.operation, CStoreResponse(message_id_being_responded_to=1, status=0))
    with pytest.raises(BadRequest):
        server.respond(arrival.operation, CEchoResponse(message_id_being_responded_to=2, status=0))


class Side:
    """One end of an association: messages that arrive are worked off as its subclass says."""

    def __init__(self, role: Role) -> None:
        self.conversation = conversation(role)
        self.reader = MessageReader(CONTEXTS)
        self.requests = RequestBuilder(self.conversation.invoked)
        self.outbox: deque[tuple[int, bool, bool, bytes]] = deque()

    def send(self, context_id: int, message: Message, data_set: bytes = b"") -> None:
        for where, is_command, is_last, data in message_fragments(context_id, message, data_set, size=64):
            self.outbox.append((where, is_command, is_last, bytes(data)))

    def receive(self, fragment: tuple[int, bool, bool, bytes]) -> None:
        where, is_command, is_last, data = fragment
        for event in self.reader.receive(where, is_command, is_last, memoryview(data)):
            match event:
                case CommandReceived(context_id, message):
                    self.arrived(self.conversation.receive(context_id, message))
                case DataSetFragment() | DataSetEnd():
                    pass

    def arrived(self, arrival: object) -> None:
        raise NotImplementedError


class Provider(Side):
    """Performs a C-GET of five instances, one store at a time, and stops when it is told to."""

    def __init__(self) -> None:
        super().__init__(Role.ACCEPTOR)
        self.counts = SubOperations(5)

    def arrived(self, arrival: object) -> None:
        match arrival:
            case OperationInvoked(operation):
                self.get = operation
                self.next_store()
            case ResponseArrived(operation, response, final=True):
                assert isinstance(operation.request, CStoreRequest)
                self.counts.record(operation.request.affected_sop_instance_uid, response.status)
                self.next_store()
            case CancelArrived(operation):
                assert operation is self.get
            case _:
                raise AssertionError(arrival)

    def next_store(self) -> None:
        assert isinstance(self.get.request, CGetRequest)
        if self.counts.remaining == 0 or self.get.cancelled:
            final = self.counts.outcome(self.get.request, cancelled=self.get.cancelled)
            self.conversation.respond(self.get, final)
            self.send(GET_ID, final, b"failed")
            return
        pending = self.counts.progress(self.get.request)
        self.conversation.respond(self.get, pending)
        self.send(GET_ID, pending)
        request = self.requests.store(CT, f"1.2.{self.counts.remaining}")
        self.conversation.invoke(SENT_BACK_ID, request)
        self.send(SENT_BACK_ID, request, b"x" * 200)


class User(Side):
    """Retrieves with C-GET, refuses the second instance, and cancels after so many have come."""

    def __init__(self, cancel_after: int) -> None:
        super().__init__(Role.REQUESTOR)
        self.cancel_after = cancel_after
        self.stored = 0
        self.responses: list[CGetResponse] = []
        request = self.requests.get(sop_class.STUDY_ROOT_GET)
        self.get = self.conversation.invoke(GET_ID, request)
        self.send(GET_ID, request, b"identifier")

    def arrived(self, arrival: object) -> None:
        match arrival:
            case OperationInvoked(operation):
                self.stored += 1
                if self.stored == self.cancel_after:
                    self.send(GET_ID, self.conversation.cancel(self.get))
                status = Status.OUT_OF_RESOURCES if self.stored == 2 else Status.SUCCESS
                response = response_to(operation.request, status)
                self.conversation.respond(operation, response)
                self.send(SENT_BACK_ID, response)
            case ResponseArrived(_, CGetResponse() as response):
                self.responses.append(response)
            case _:
                raise AssertionError(arrival)


def run(user: User, provider: Provider) -> None:
    while user.outbox or provider.outbox:
        while user.outbox:
            provider.receive(user.outbox.popleft())
        while provider.outbox:
            user.receive(provider.outbox.popleft())


def counts(response: CGetResponse) -> tuple[int | None, ...]:
    return (
        response.number_of_remaining_suboperations,
        response.number_of_completed_suboperations,
        response.number_of_failed_suboperations,
        response.number_of_warning_suboperations,
    )


def test_a_c_get_turns_roles_on_one_association() -> None:
    user, provider = User(cancel_after=99), Provider()
    run(user, provider)
    assert [counts(response)[:3] for response in user.responses[:-1]] == [
        (5, 0, 0), (4, 1, 0), (3, 1, 1), (2, 2, 1), (1, 3, 1),
    ]  # fmt: skip
    final = user.responses[-1]
    assert final.status == Status.SUBOPERATIONS_COMPLETE_WITH_FAILURES
    assert counts(final) == (None, 4, 1, 0)
    assert final.has_data_set
    assert user.conversation.idle
    assert provider.conversation.idle


def test_a_c_cancel_stops_a_c_get_between_sub_operations() -> None:
    user, provider = User(cancel_after=3), Provider()
    run(user, provider)
    final = user.responses[-1]
    assert final.status == Status.CANCEL
    assert counts(final) == (2, 2, 1, 0)
    assert user.stored == 3
    assert user.conversation.idle
    assert provider.conversation.idle


def test_a_store_by_the_user_during_its_c_get_is_refused() -> None:
    server = conversation(Role.ACCEPTOR)
    get = CGetRequest(message_id=1, affected_sop_class_uid=sop_class.STUDY_ROOT_GET)
    assert isinstance(server.receive(GET_ID, get), OperationInvoked)
    refused = server.receive(STORE_ID, store(2))
    assert isinstance(refused, OperationRefused)
    assert refused.response.status == Status.RESOURCE_LIMITATION
