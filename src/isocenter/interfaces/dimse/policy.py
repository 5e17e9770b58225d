"""What we agree to on an association, as a policy for the negotiation."""

from __future__ import annotations

from functools import lru_cache

from isocenter.dicom.sop_class import (
    PATIENT_ROOT_FIND,
    PATIENT_ROOT_GET,
    PATIENT_ROOT_MOVE,
    STORAGE,
    STUDY_ROOT_FIND,
    STUDY_ROOT_GET,
    STUDY_ROOT_MOVE,
    VERIFICATION,
)
from isocenter.dicom.transfer_syntax import (
    EXPLICIT_VR_BIG_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
)
from isocenter.protocol.dimse.negotiation import (
    AcceptorPolicy,
    ContextPolicy,
    Preference,
    QueryOptions,
    RetrieveOptions,
    StorageOptions,
)
from isocenter.protocol.upper_layer import AsynchronousOperationsWindow

__all__ = ["FIND_CLASSES", "GET_CLASSES", "MOVE_CLASSES", "acceptor_policy"]

FIND_CLASSES = (PATIENT_ROOT_FIND, STUDY_ROOT_FIND)
GET_CLASSES = (PATIENT_ROOT_GET, STUDY_ROOT_GET)
MOVE_CLASSES = (PATIENT_ROOT_MOVE, STUDY_ROOT_MOVE)

MAX_OPERATIONS = 32
"""Operations of one association under way at once, where the peer asks for more than one."""


class _Every:
    """Contains every transfer syntax: what comes is kept as it comes."""

    def __contains__(self, uid: object) -> bool:
        return True


_PLAIN = frozenset({EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_BIG_ENDIAN})
QUERY_OPTIONS = QueryOptions(
    relational_queries=True,
    combined_date_time_matching=True,
    fuzzy_name_matching=True,
    timezone_adjustment=True,
    empty_value_matching=True,
    multiple_value_matching=True,
)


@lru_cache(maxsize=8)
def acceptor_policy(*, accept_unknown_sop_classes: bool, max_operations: int = MAX_OPERATIONS) -> AcceptorPolicy:
    """Return the policy towards a caller that was let in; who that is was settled before."""
    storage = ContextPolicy(_Every(), Preference.LOSSLESS_FIRST, requestor_may_be_scp=True, options=StorageOptions())
    contexts = dict.fromkeys(STORAGE, storage)
    contexts[VERIFICATION] = ContextPolicy(_PLAIN)
    contexts |= {uid: ContextPolicy(_PLAIN, options=QUERY_OPTIONS) for uid in FIND_CLASSES}
    retrieval = ContextPolicy(_PLAIN, options=RetrieveOptions(relational_retrieval=True))
    contexts |= dict.fromkeys(GET_CLASSES + MOVE_CLASSES, retrieval)
    return AcceptorPolicy(
        contexts=contexts,
        unknown_storage=storage if accept_unknown_sop_classes else None,
        window=AsynchronousOperationsWindow(max_operations, max_operations),
    )
