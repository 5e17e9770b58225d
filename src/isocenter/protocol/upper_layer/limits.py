"""Bounds on what a peer can make the upper layer hold or wait for, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass

from isocenter.errors import ConfigurationError

KIB = 1024

PDV_HEADER_BYTES = 6
"""Length, presentation context and control header that go before each fragment (PS3.8 9.3.5.1)."""

SMALLEST_PDU_BYTES = 128
"""A maximum length below this is refused: PDUs would be mostly headers, and sending would cost us far more than it
costs the peer to ask. No real peer is known to ask for less than 256."""


@dataclass(frozen=True, slots=True)
class UpperLayerLimits:
    """Named limits of one association. Lengths count what follows the six bytes of a PDU's header."""

    associate_pdu_bytes: int = 128 * KIB
    """A-ASSOCIATE-RQ and -AC. They are held whole and come before anybody is known. 128 contexts with eight transfer
    syntaxes each and a user identity take less than half of it."""
    data_pdu_bytes: int = 128 * KIB
    """P-DATA-TF we receive, announced as our maximum length. Larger ones save no measurable time, since fragments are
    passed on as they arrive; smaller ones cost headers."""
    send_pdu_bytes: int = 128 * KIB
    """P-DATA-TF we send to a peer that sets no limit or a larger one. Bounds how long an abort or a cancel waits."""
    artim_seconds: float = 30.0
    """ARTIM (PS3.8 9.1.5): wait for an A-ASSOCIATE-RQ, or for the peer to close after the association's end."""
    pdu_seconds: float = 30.0
    """From the first byte of a PDU to its last, whatever trickles in between: a half-sent PDU holds a place."""
    pdu_grace_seconds: float = 10.0
    """A PDU may stall this long before the least rate counts: a lost packet on a slow line takes seconds."""
    pdu_bytes_per_second: int = KIB
    """Least rate within a PDU after the grace: below any line that an image could reasonably use."""
    presentation_contexts: int = 128
    """All odd numbers of one byte (PS3.8 9.3.2.2); more cannot be distinct."""
    transfer_syntaxes: int = 128
    """Per presentation context: twice as many as the standard has ever defined."""
    negotiation_items: int = 1024
    """Role selections, extended negotiations and related classes, each kind: five times the standard's SOP classes."""
    user_information_bytes: int = 64 * KIB - 1
    """The whole user information item, identity tokens included: all that its length field can say. Lower it to
    refuse large tokens."""
    uid_bytes: int = 64
    """PS3.5 9.1."""

    def __post_init__(self) -> None:
        for name in ("data_pdu_bytes", "send_pdu_bytes"):
            if not SMALLEST_PDU_BYTES <= getattr(self, name) <= 0xFFFF_FFFF:
                raise ConfigurationError(f"{name} must be between {SMALLEST_PDU_BYTES} and 4294967295.")
