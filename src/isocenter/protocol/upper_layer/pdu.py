"""What two application entities say to each other on an association (PS3.8 9.3, PS3.7 Annex D).

Plain values, no encoding: `encode` writes them, `decode` reads them. P-DATA-TF has no value of its own, because its
content is passed on in pieces as it arrives (`events.DataFragment`) and is cut up as it is sent.

UIDs are without padding; application entity titles are without the spaces around them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

APPLICATION_CONTEXT_UID = "1.2.840.10008.3.1.1.1"
"""The DICOM application context, the only one there is (PS3.7 A.2.1)."""

PROTOCOL_VERSION = 1
"""Bit 0 of the version field: version 1 of the upper layer protocol (PS3.8 9.3.2)."""

UNSTATED_MAXIMUM_LENGTH = 16384
"""Maximum PDU length taken for a peer that states none, against PS3.8 D.1: what every implementation can take."""


class PduType(IntEnum):
    """First byte of a PDU (PS3.8 9.3.1)."""

    A_ASSOCIATE_RQ = 0x01
    A_ASSOCIATE_AC = 0x02
    A_ASSOCIATE_RJ = 0x03
    P_DATA_TF = 0x04
    A_RELEASE_RQ = 0x05
    A_RELEASE_RP = 0x06
    A_ABORT = 0x07


class ContextResult(IntEnum):
    """What became of a proposed presentation context (PS3.8 Table 9-18)."""

    ACCEPTANCE = 0
    USER_REJECTION = 1
    NO_REASON = 2
    ABSTRACT_SYNTAX_NOT_SUPPORTED = 3
    TRANSFER_SYNTAXES_NOT_SUPPORTED = 4


class RejectResult(IntEnum):
    """Whether it makes sense to ask again (PS3.8 Table 9-21)."""

    PERMANENT = 1
    TRANSIENT = 2


class RejectSource(IntEnum):
    """Who rejects an association (PS3.8 Table 9-21)."""

    SERVICE_USER = 1
    ACSE = 2
    PRESENTATION = 3


class RejectReason(IntEnum):
    """Why an association is rejected; a value has a meaning per source (PS3.8 Table 9-21).

    Members are the source times 256 plus the code on the wire, so that each has one meaning.
    """

    NO_REASON = 0x101
    APPLICATION_CONTEXT_NOT_SUPPORTED = 0x102
    CALLING_AE_NOT_RECOGNIZED = 0x103
    CALLED_AE_NOT_RECOGNIZED = 0x107
    ACSE_NO_REASON = 0x201
    PROTOCOL_VERSION_NOT_SUPPORTED = 0x202
    TEMPORARY_CONGESTION = 0x301
    LOCAL_LIMIT_EXCEEDED = 0x302

    @property
    def source(self) -> RejectSource:
        """Who rejects for this reason."""
        return RejectSource(self >> 8)

    @property
    def code(self) -> int:
        """The byte on the wire."""
        return self & 0xFF


class AbortSource(IntEnum):
    """Who ends an association at once (PS3.8 Table 9-26)."""

    SERVICE_USER = 0
    SERVICE_PROVIDER = 2


class AbortReason(IntEnum):
    """Why the service provider aborts (PS3.8 Table 9-26); without meaning when the service user does."""

    NOT_SPECIFIED = 0
    UNRECOGNIZED_PDU = 1
    UNEXPECTED_PDU = 2
    UNRECOGNIZED_PARAMETER = 4
    UNEXPECTED_PARAMETER = 5
    INVALID_PARAMETER_VALUE = 6


class UserIdentityType(IntEnum):
    """The form of a user identity (PS3.7 D.3.3.7.1)."""

    USERNAME = 1
    USERNAME_AND_PASSCODE = 2
    KERBEROS = 3
    SAML = 4
    JWT = 5


@dataclass(frozen=True, slots=True)
class PresentationContext:
    """A proposal: one abstract syntax and the transfer syntaxes it may travel in (PS3.8 9.3.2.2)."""

    context_id: int
    """Odd, 1 to 255."""
    abstract_syntax: str
    transfer_syntaxes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PresentationContextResult:
    """The answer to one proposal (PS3.8 9.3.3.2)."""

    context_id: int
    result: ContextResult
    transfer_syntax: str = ""
    """The one chosen; without meaning unless accepted."""

    @property
    def accepted(self) -> bool:
        """Whether data may be sent on this context."""
        return self.result is ContextResult.ACCEPTANCE


@dataclass(frozen=True, slots=True)
class AsynchronousOperationsWindow:
    """How many operations may be under way at once, 0 for any number (PS3.7 D.3.3.3)."""

    maximum_invoked: int = 1
    maximum_performed: int = 1


@dataclass(frozen=True, slots=True)
class RoleSelection:
    """Which roles the association requestor takes for a SOP class (PS3.7 D.3.3.4)."""

    sop_class_uid: str
    scu: bool
    scp: bool


@dataclass(frozen=True, slots=True)
class ExtendedNegotiation:
    """Options of a service class for one SOP class (PS3.7 D.3.3.5)."""

    sop_class_uid: str
    application_information: bytes


@dataclass(frozen=True, slots=True)
class CommonExtendedNegotiation:
    """The service class and general SOP classes that a SOP class belongs to; only requested (PS3.7 D.3.3.6)."""

    sop_class_uid: str
    service_class_uid: str
    related_general_sop_classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UserIdentityRequest:
    """Who is asking, and the proof (PS3.7 D.3.3.7.1). Never shown in a log: both fields are left out of `repr`."""

    identity_type: int
    """A `UserIdentityType`, or a number that this program does not know."""
    primary: bytes = field(repr=False)
    secondary: bytes = field(default=b"", repr=False)
    positive_response_requested: bool = False


@dataclass(frozen=True, slots=True)
class UserIdentityResponse:
    """The acceptor believes who is asking (PS3.7 D.3.3.7.2); empty for a user name."""

    server_response: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class UserInformation:
    """Everything negotiated beside the presentation contexts (PS3.8 D.1, PS3.7 D.3.3)."""

    maximum_length: int = 0
    """Largest value of the length field of a P-DATA-TF PDU that the sender of this can receive; 0 for any."""
    implementation_class_uid: str = ""
    implementation_version_name: str = ""
    asynchronous_operations_window: AsynchronousOperationsWindow | None = None
    role_selections: tuple[RoleSelection, ...] = ()
    extended_negotiations: tuple[ExtendedNegotiation, ...] = ()
    common_extended_negotiations: tuple[CommonExtendedNegotiation, ...] = ()
    user_identity: UserIdentityRequest | None = None
    """Only in a request."""
    user_identity_response: UserIdentityResponse | None = None
    """Only in an acceptance."""


@dataclass(frozen=True, slots=True)
class AssociateRequest:
    """A-ASSOCIATE-RQ: somebody wants an association (PS3.8 9.3.2)."""

    called_ae_title: str
    calling_ae_title: str
    presentation_contexts: tuple[PresentationContext, ...]
    user_information: UserInformation = UserInformation()
    application_context: str = APPLICATION_CONTEXT_UID
    protocol_version: int = PROTOCOL_VERSION


@dataclass(frozen=True, slots=True)
class AssociateAccept:
    """A-ASSOCIATE-AC: the association is agreed (PS3.8 9.3.3)."""

    presentation_contexts: tuple[PresentationContextResult, ...]
    user_information: UserInformation = UserInformation()
    called_ae_title: str = ""
    """Sent back as in the request and not to be tested when received."""
    calling_ae_title: str = ""
    application_context: str = APPLICATION_CONTEXT_UID
    protocol_version: int = PROTOCOL_VERSION


@dataclass(frozen=True, slots=True)
class AssociateReject:
    """A-ASSOCIATE-RJ: there will be no association (PS3.8 9.3.4)."""

    result: RejectResult
    reason: RejectReason

    @property
    def source(self) -> RejectSource:
        """Who rejects."""
        return self.reason.source


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """A-RELEASE-RQ: one side is done (PS3.8 9.3.6)."""


@dataclass(frozen=True, slots=True)
class ReleaseResponse:
    """A-RELEASE-RP: the other side is done too (PS3.8 9.3.7)."""


@dataclass(frozen=True, slots=True)
class Abort:
    """A-ABORT: the association ends now (PS3.8 9.3.8)."""

    source: AbortSource = AbortSource.SERVICE_USER
    reason: AbortReason = AbortReason.NOT_SPECIFIED


Pdu = AssociateRequest | AssociateAccept | AssociateReject | ReleaseRequest | ReleaseResponse | Abort
"""All but P-DATA-TF."""
