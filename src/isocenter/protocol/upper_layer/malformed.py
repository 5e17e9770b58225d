"""The one error that reading a PDU can raise."""

from __future__ import annotations

from isocenter.errors import ProtocolError
from isocenter.protocol.upper_layer.pdu import AbortReason, AssociateReject


class MalformedPdu(ProtocolError):
    """A PDU cannot be read, breaks a limit or takes too long; the message never quotes its content."""

    def __init__(
        self,
        message: str,
        reason: AbortReason = AbortReason.INVALID_PARAMETER_VALUE,
        *,
        rejection: AssociateReject | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        """What an A-ABORT says of it (PS3.8 Table 9-26)."""
        self.rejection = rejection
        """For an A-ASSOCIATE-RQ that is well-formed but cannot be granted: the answer, in place of an abort."""
