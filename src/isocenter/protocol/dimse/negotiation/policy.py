"""What an acceptor is willing to agree to, as a value."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from isocenter.dicom.sop_class import SOP_CLASSES
from isocenter.protocol.dimse.negotiation.options import Options
from isocenter.protocol.upper_layer import AsynchronousOperationsWindow, UserIdentityResponse

__all__ = ["AcceptorPolicy", "ContextPolicy", "Preference"]


class Preference(Enum):
    """Which of several acceptable transfer syntaxes to choose."""

    AS_PROPOSED = auto()
    """The first one; senders put first what they like best."""
    LOSSLESS_FIRST = auto()
    """The first that loses nothing, so that a sender that can do both does not compress with loss for our sake."""


@dataclass(frozen=True, slots=True)
class ContextPolicy:
    """What we agree to for one abstract syntax.

    Implicit VR little endian is acceptable whether listed or not (PS3.5 10.1). ``requestor_may_be_scp`` means that we
    are able to act as user of the service towards the one who asks, as C-GET needs it for storage.
    """

    transfer_syntaxes: Container[str]
    preference: Preference = Preference.AS_PROPOSED
    requestor_may_be_scu: bool = True
    requestor_may_be_scp: bool = False
    options: Options | None = None


@dataclass(frozen=True, slots=True)
class AcceptorPolicy:
    """What we agree to on one association, for one caller.

    ``unknown_storage`` applies to private and future storage SOP classes, which no table holds; None refuses them.
    ``called_ae_titles`` and ``calling_ae_titles`` are those that may be used; None stands for any.
    ``window`` bounds what the requestor may invoke and what it is to perform at once; 0 is no bound.
    ``user_identity_response`` is sent if one is asked for, once the caller has been believed.
    """

    contexts: Mapping[str, ContextPolicy]
    unknown_storage: ContextPolicy | None = None
    called_ae_titles: Container[str] | None = None
    calling_ae_titles: Container[str] | None = None
    window: AsynchronousOperationsWindow = field(default_factory=AsynchronousOperationsWindow)
    user_identity_response: UserIdentityResponse | None = None

    def for_abstract_syntax(self, uid: str, service_class_uid: str | None) -> ContextPolicy | None:
        """The policy for an abstract syntax; ``service_class_uid`` is what common extended negotiation says of it."""
        listed = self.contexts.get(uid)
        if listed is not None or not _may_be_storage(uid, service_class_uid):
            return listed
        return self.unknown_storage


_STORAGE_SERVICE_CLASS: Final = "1.2.840.10008.4.2"
_STANDARD_ROOT: Final = "1.2.840.10008."
_STANDARD_STORAGE_ROOT: Final = "1.2.840.10008.5.1.4.1.1."


def _may_be_storage(uid: str, service_class_uid: str | None) -> bool:
    """Whether an unlisted SOP class is taken for storage: announced as such, private, or later than our tables."""
    if not uid or uid in SOP_CLASSES:
        return False
    if service_class_uid is not None:
        return service_class_uid == _STORAGE_SERVICE_CLASS
    return not uid.startswith(_STANDARD_ROOT) or uid.startswith(_STANDARD_STORAGE_ROOT)
