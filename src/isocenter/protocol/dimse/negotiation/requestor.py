"""Asking for an association (PS3.8 7.1, PS3.7 D.3.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from isocenter.dicom.uid import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from isocenter.errors import BadRequest
from isocenter.protocol.dimse.negotiation.options import Options
from isocenter.protocol.upper_layer import (
    AssociateRequest,
    AsynchronousOperationsWindow,
    ExtendedNegotiation,
    PresentationContext,
    RoleSelection,
    UserIdentityRequest,
    UserInformation,
)

__all__ = ["MAX_CONTEXTS", "Proposal", "propose", "retrieval_proposals", "split", "storage_proposals"]

MAX_CONTEXTS: Final = 128
"""Presentation contexts of one association: the odd numbers from 1 to 255 (PS3.8 9.3.2.2)."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One presentation context to ask for, with the roles that the requestor wants for its SOP class."""

    abstract_syntax: str
    transfer_syntaxes: tuple[str, ...]
    requestor_is_scu: bool = True
    requestor_is_scp: bool = False
    options: Options | None = None


def propose(
    called_ae_title: str,
    calling_ae_title: str,
    proposals: Sequence[Proposal],
    *,
    window: AsynchronousOperationsWindow | None = None,
    user_identity: UserIdentityRequest | None = None,
) -> AssociateRequest:
    """A request for an association. The maximum length is left for the upper layer to fill in.

    Raises ``BadRequest`` for no proposal or more than 128; see ``split``.
    """
    if not 1 <= len(proposals) <= MAX_CONTEXTS:
        raise BadRequest(f"{len(proposals)} presentation contexts; an association has 1 to {MAX_CONTEXTS}")
    return AssociateRequest(
        called_ae_title=called_ae_title,
        calling_ae_title=calling_ae_title,
        presentation_contexts=tuple(
            PresentationContext(2 * number + 1, proposal.abstract_syntax, proposal.transfer_syntaxes)
            for number, proposal in enumerate(proposals)
        ),
        user_information=UserInformation(
            implementation_class_uid=IMPLEMENTATION_CLASS_UID,
            implementation_version_name=IMPLEMENTATION_VERSION_NAME,
            asynchronous_operations_window=window,
            role_selections=tuple(_roles(proposals)),
            extended_negotiations=tuple(_options(proposals)),
            user_identity=user_identity,
        ),
    )


def storage_proposals(objects: Iterable[tuple[str, str]], also: tuple[str, ...] = ()) -> list[Proposal]:
    """Contexts to store objects of these (SOP class UID, transfer syntax UID) as they are.

    Each pair gets a context of its own, since of several transfer syntaxes in one context only one is accepted.
    ``also`` names transfer syntaxes we could convert to; each class gets one more context for them.
    """
    pairs = sorted(set(objects))
    proposals = [Proposal(sop_class_uid, (transfer_syntax_uid,)) for sop_class_uid, transfer_syntax_uid in pairs]
    if also:
        proposals += [Proposal(uid, also) for uid in dict.fromkeys(uid for uid, _ in pairs)]
    return proposals


def retrieval_proposals(
    retrieve: Proposal, storage_sop_classes: Iterable[str], transfer_syntaxes: tuple[str, ...]
) -> list[Proposal]:
    """Contexts for a C-GET: the retrieval, and each SOP class that may come back, for which we are the provider."""
    return [
        retrieve,
        *(
            Proposal(uid, transfer_syntaxes, requestor_is_scu=False, requestor_is_scp=True)
            for uid in storage_sop_classes
        ),
    ]


def split(proposals: Iterable[Proposal]) -> Iterator[tuple[Proposal, ...]]:
    """Groups of proposals that each fit one association."""
    rest = iter(proposals)
    while group := tuple(islice(rest, MAX_CONTEXTS)):
        yield group


def _roles(proposals: Sequence[Proposal]) -> Iterator[RoleSelection]:
    """One item for each SOP class that is not proposed in the default roles (PS3.7 D.3.3.4)."""
    for uid in dict.fromkeys(proposal.abstract_syntax for proposal in proposals):
        own = [proposal for proposal in proposals if proposal.abstract_syntax == uid]
        scu = any(proposal.requestor_is_scu for proposal in own)
        scp = any(proposal.requestor_is_scp for proposal in own)
        if scp or not scu:
            yield RoleSelection(uid, scu=scu, scp=scp)


def _options(proposals: Sequence[Proposal]) -> Iterator[ExtendedNegotiation]:
    """One item for each SOP class with options (PS3.7 D.3.3.5)."""
    by_class = {proposal.abstract_syntax: proposal.options for proposal in proposals if proposal.options is not None}
    for uid, options in by_class.items():
        yield ExtendedNegotiation(uid, options.to_bytes())
