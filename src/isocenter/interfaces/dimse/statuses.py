"""The one table from our errors to DIMSE statuses (docs/reference/conformance.md; PS3.7 C, PS3.4 B.2.3, C.4)."""

from __future__ import annotations

from dataclasses import dataclass

from isocenter import errors
from isocenter.protocol.dimse import Service, Status

__all__ = ["Failure", "failure_of"]


@dataclass(frozen=True, slots=True)
class Failure:
    """What a peer is told about an error."""

    status: int
    comment: str
    offending_elements: tuple[int, ...] | None = None


_STORE: dict[type[errors.IsocenterError], Status] = {
    errors.IdentityMismatch: Status.DATA_SET_DOES_NOT_MATCH_SOP_CLASS,
    errors.MissingUid: Status.MISSING_UID,
    errors.InvalidUid: Status.INVALID_UID,
    errors.ConflictRefused: Status.CONFLICTING_DUPLICATE,
    errors.DuplicateUid: Status.DUPLICATE_SOP_INSTANCE,
    errors.ObjectError: Status.CANNOT_UNDERSTAND,
    errors.NotPermitted: Status.NOT_AUTHORIZED,
    errors.NotSupported: Status.SOP_CLASS_NOT_SUPPORTED,
    errors.SystemFault: Status.OUT_OF_RESOURCES,
    errors.IsocenterError: Status.PROCESSING_FAILURE,
}
_FIND: dict[type[errors.IsocenterError], Status] = {
    errors.BadRequest: Status.IDENTIFIER_DOES_NOT_MATCH_SOP_CLASS,
    errors.ObjectError: Status.IDENTIFIER_DOES_NOT_MATCH_SOP_CLASS,
    errors.NotPermitted: Status.NOT_AUTHORIZED,
    errors.NotSupported: Status.SOP_CLASS_NOT_SUPPORTED,
    errors.SystemFault: Status.OUT_OF_RESOURCES,
    errors.IsocenterError: Status.UNABLE_TO_PROCESS,
}
_RETRIEVE: dict[type[errors.IsocenterError], Status] = {
    **_FIND,
    errors.PeerError: Status.UNABLE_TO_PERFORM_SUBOPERATIONS,
    errors.SystemFault: Status.UNABLE_TO_CALCULATE_MATCHES,
}
_MOVE = {**_RETRIEVE, errors.NotFound: Status.MOVE_DESTINATION_UNKNOWN}
"""What a C-MOVE does not find is its destination: a selection without a match is no error."""
_TABLES = {
    Service.STORAGE: _STORE,
    Service.FIND: _FIND,
    Service.GET: _RETRIEVE,
    Service.MOVE: _MOVE,
}


def failure_of(error: Exception, service: Service) -> Failure:
    """Say what a peer is told about ``error``; total, since every table has the tree's root."""
    if not isinstance(error, errors.IsocenterError):
        return Failure(Status.PROCESSING_FAILURE, "Internal fault; nothing was done.")
    table = _TABLES[service]
    status = next(table[kind] for kind in type(error).__mro__ if kind in table)
    tag = getattr(error, "tag", None)
    return Failure(status, str(error), (tag,) if tag is not None else None)
