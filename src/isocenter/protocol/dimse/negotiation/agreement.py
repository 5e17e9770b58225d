"""What two sides have agreed on, read from the request and its acceptance; the same for both sides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from isocenter.errors import ProtocolError
from isocenter.protocol.upper_layer import (
    AssociateAccept,
    AssociateRequest,
    AsynchronousOperationsWindow,
    RoleSelection,
    UserIdentityRequest,
    UserInformation,
)

__all__ = ["AcceptedContext", "AcceptedContexts", "Agreement", "agreement"]


@dataclass(frozen=True, slots=True)
class AcceptedContext:
    """A presentation context on which messages may travel, and the roles on it."""

    context_id: int
    abstract_syntax: str
    transfer_syntax: str
    requestor_is_scu: bool = True
    requestor_is_scp: bool = False


class AcceptedContexts(Mapping[int, AcceptedContext]):
    """The accepted presentation contexts by their ID, and by what they carry."""

    __slots__ = ("_by_id", "_by_syntaxes")

    def __init__(self, contexts: tuple[AcceptedContext, ...]) -> None:
        self._by_id = {context.context_id: context for context in contexts}
        self._by_syntaxes: dict[tuple[str, str], AcceptedContext] = {}
        for context in contexts:
            self._by_syntaxes.setdefault((context.abstract_syntax, context.transfer_syntax), context)

    def __getitem__(self, context_id: int) -> AcceptedContext:
        return self._by_id[context_id]

    def __iter__(self) -> Iterator[int]:
        return iter(self._by_id)

    def __len__(self) -> int:
        return len(self._by_id)

    def find(self, abstract_syntax: str, transfer_syntax: str) -> AcceptedContext | None:
        """The context on which an object of this SOP class and encoding can travel."""
        return self._by_syntaxes.get((abstract_syntax, transfer_syntax))

    def for_abstract_syntax(self, abstract_syntax: str) -> tuple[AcceptedContext, ...]:
        """All contexts of a SOP class, in order of their IDs."""
        found = (context for context in self._by_id.values() if context.abstract_syntax == abstract_syntax)
        return tuple(sorted(found, key=lambda context: context.context_id))


@dataclass(frozen=True, slots=True)
class Agreement:
    """An association's terms.

    ``window`` counts as the requestor sees it: operations that it may invoke, and that it performs.
    ``options`` holds the answered Service-class-application-information by SOP class, for ``QueryOptions.from_bytes``
    and its like; a class that is absent has the defaults.
    """

    contexts: AcceptedContexts
    window: AsynchronousOperationsWindow = field(default_factory=AsynchronousOperationsWindow)
    options: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    user_identity: UserIdentityRequest | None = None


def agreement(request: AssociateRequest, accept: AssociateAccept) -> Agreement:
    """The terms that follow from a request and its acceptance.

    Raises ``ProtocolError`` if the acceptance grants what was not proposed.
    """
    asked, granted = request.user_information, accept.user_information
    window = granted.asynchronous_operations_window if asked.asynchronous_operations_window else None
    proposed_options = {item.sop_class_uid for item in asked.extended_negotiations}
    return Agreement(
        contexts=AcceptedContexts(tuple(_contexts(request, accept))),
        window=window or AsynchronousOperationsWindow(),
        options=MappingProxyType(
            {
                item.sop_class_uid: item.application_information
                for item in granted.extended_negotiations
                if item.sop_class_uid in proposed_options
            }
        ),
        user_identity=asked.user_identity,
    )


def _contexts(request: AssociateRequest, accept: AssociateAccept) -> Iterator[AcceptedContext]:
    proposed = {context.context_id: context for context in request.presentation_contexts}
    roles = _roles(request.user_information, accept.user_information)
    for result in accept.presentation_contexts:
        if not result.accepted:
            continue
        context = proposed.get(result.context_id)
        if context is None or result.transfer_syntax not in context.transfer_syntaxes:
            raise ProtocolError(f"presentation context {result.context_id} was accepted as it was not proposed")
        role = roles.get(context.abstract_syntax)
        yield AcceptedContext(
            context.context_id,
            context.abstract_syntax,
            result.transfer_syntax,
            requestor_is_scu=role is None or role.scu,
            requestor_is_scp=role is not None and role.scp,
        )


def _roles(asked: UserInformation, granted: UserInformation) -> dict[str, RoleSelection]:
    """Roles both proposed and granted; where no answer came, the requestor is the user only (PS3.7 D.3.3.4)."""
    proposed = {role.sop_class_uid: role for role in asked.role_selections}
    roles = {}
    for answer in granted.role_selections:
        asked_role = proposed.get(answer.sop_class_uid)
        if asked_role is not None:
            roles[answer.sop_class_uid] = RoleSelection(
                answer.sop_class_uid, scu=asked_role.scu and answer.scu, scp=asked_role.scp and answer.scp
            )
    return roles
