"""Everything that can go wrong, as one tree; the type says who is to blame.

A message is written for the person who reads it at the other end: what was wrong, where, and what to do.
It never holds a patient's data, a secret or a path of this machine. No protocol code appears here: each door maps
this tree to its own codes in one table.
"""

from __future__ import annotations

__all__ = [
    "AssociationError",
    "BadRequest",
    "BusyError",
    "CallerError",
    "ConfigurationError",
    "ConflictRefused",
    "DamagedContent",
    "DataSetError",
    "DuplicateUid",
    "Gone",
    "Held",
    "IdentityMismatch",
    "IndexFailure",
    "InvalidUid",
    "IsocenterError",
    "LimitExceeded",
    "MissingUid",
    "NotFound",
    "NotPermitted",
    "NotSupported",
    "ObjectError",
    "PeerError",
    "PeerRefused",
    "PeerUnreachable",
    "ProtocolError",
    "ReadOnly",
    "StaleDecision",
    "StorageError",
    "StorageFull",
    "SystemFault",
]


class IsocenterError(Exception):
    """Base of all errors that this program raises on purpose."""


# The caller: a request that is understood and cannot be granted.


class CallerError(IsocenterError):
    """The request is at fault: asking again unchanged gives the same answer."""


class BadRequest(CallerError):
    """The request does not make sense, for instance a query without a level."""

    def __init__(self, message: str, *, tag: int | None = None) -> None:
        super().__init__(message)
        self.tag = tag
        """The key at fault, when one can be named."""


class NotFound(CallerError):
    """What was asked for is not here and never was, as far as the caller may know."""


class Gone(CallerError):
    """What was asked for was here and has been deleted."""


class NotPermitted(CallerError):
    """This caller may not do that."""


class NotSupported(CallerError):
    """A well-formed request for something that this program does not do."""


class Held(CallerError):
    """A hold forbids the deletion."""


# The object: a data set that cannot be accepted as it is.


class ObjectError(IsocenterError):
    """A DICOM object is at fault; nothing of it was stored."""

    def __init__(self, message: str, *, tag: int | None = None, offset: int | None = None) -> None:
        super().__init__(message)
        self.tag = tag
        """The element at fault, when one can be named."""
        self.offset = offset
        """Bytes from the start of the data set, when known."""


class DataSetError(ObjectError):
    """The data set's structure does not close: truncated, or lengths that do not fit."""


class LimitExceeded(ObjectError):
    """A named limit was passed: depth, number of elements, size, inflate ratio."""


class MissingUid(ObjectError):
    """The data set lacks a UID without which it cannot be kept."""


class InvalidUid(ObjectError):
    """A UID is not one by PS3.5 9.1."""


class IdentityMismatch(ObjectError):
    """The request announces another object than the data set holds."""


class ConflictRefused(ObjectError):
    """The SOP Instance UID is taken by another object, and the peer's policy is to refuse."""


class DuplicateUid(ObjectError):
    """A UID that must be new has been used before."""


# The peer: the other side of a connection.


class PeerError(IsocenterError):
    """The other side of a connection is at fault or out of reach."""


class ProtocolError(PeerError):
    """The peer broke the protocol; the association ends."""


class PeerUnreachable(PeerError):
    """No connection, or none in time."""


class AssociationError(PeerError):
    """An association was rejected, aborted or lost."""


class PeerRefused(PeerError):
    """The peer answered with a failure status.

    ``status`` is the DIMSE or HTTP status as the peer sent it.
    """

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


# This system.


class SystemFault(IsocenterError):
    """This installation is at fault: asking again later can help."""


class BusyError(SystemFault):
    """A bound on work under way was reached."""


class StorageError(SystemFault):
    """Bytes could not be kept or read."""


class StorageFull(StorageError):
    """No room left above the reserve."""


class ReadOnly(StorageError):
    """Writing is switched off after repeated failures of the disk."""


class DamagedContent(StorageError):
    """Stored bytes are missing or no longer what was acknowledged."""


class IndexFailure(SystemFault):
    """The database did not answer, or not in time."""


class StaleDecision(IndexFailure):
    """Something else was stored meanwhile: what was decided from an older state must be decided again."""


class ConfigurationError(SystemFault):
    """A setting is wrong; the message names it."""
