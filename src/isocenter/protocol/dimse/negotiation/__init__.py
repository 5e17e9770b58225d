"""Negotiation of an association: contexts, roles, options, window (PS3.7 D.3.3). Values in, values out."""

from isocenter.protocol.dimse.negotiation.acceptor import choose_transfer_syntax, negotiate
from isocenter.protocol.dimse.negotiation.agreement import (
    AcceptedContext,
    AcceptedContexts,
    Agreement,
    agreement,
)
from isocenter.protocol.dimse.negotiation.options import (
    Options,
    QueryOptions,
    RetrieveOptions,
    StorageLevel,
    StorageOptions,
)
from isocenter.protocol.dimse.negotiation.policy import AcceptorPolicy, ContextPolicy, Preference
from isocenter.protocol.dimse.negotiation.requestor import (
    MAX_CONTEXTS,
    Proposal,
    propose,
    retrieval_proposals,
    split,
    storage_proposals,
)

__all__ = [
    "MAX_CONTEXTS",
    "AcceptedContext",
    "AcceptedContexts",
    "AcceptorPolicy",
    "Agreement",
    "ContextPolicy",
    "Options",
    "Preference",
    "Proposal",
    "QueryOptions",
    "RetrieveOptions",
    "StorageLevel",
    "StorageOptions",
    "agreement",
    "choose_transfer_syntax",
    "negotiate",
    "propose",
    "retrieval_proposals",
    "split",
    "storage_proposals",
]
