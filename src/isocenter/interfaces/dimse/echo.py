"""C-ECHO: is somebody there (PS3.4 A)."""

from __future__ import annotations

from isocenter.interfaces.dimse.association import Association
from isocenter.protocol.dimse import Operation, Status

__all__ = ["perform_echo"]


def perform_echo(association: Association, operation: Operation) -> None:
    """Answer at once."""
    association.respond(operation, Status.SUCCESS)
