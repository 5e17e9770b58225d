"""Peers as people name them: by their name in the settings, by their AE title, or as ``[TITLE@]HOST:PORT``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

import typer

from isocenter.errors import ConfigurationError, NotFound
from isocenter.peers.dimse.listener import ListenAddress
from isocenter.peers.dimse.user import PeerAddress, UserOptions
from isocenter.protocol.upper_layer import UpperLayerLimits
from isocenter.settings import Settings

__all__ = ["PeerOption", "Target", "target"]

ANY_TITLE = "ANY-SCP"
"""Called where an address comes without a title: many systems do not look at it."""

_ADDRESS = re.compile(r"(?:(?P<title>[^@]{1,16})@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^:@\[\]]+):(?P<port>[0-9]{1,5})")

PeerOption = Annotated[
    str | None,
    typer.Option("--peer", metavar="PEER", help="A peer of the settings by name, or [TITLE@]HOST:PORT."),
]


@dataclass(frozen=True, slots=True)
class Target:
    """A peer to call."""

    name: str
    address: PeerAddress
    options: UserOptions
    listen: ListenAddress
    """Where it would find us for a C-MOVE."""


def target(settings: Settings, text: str) -> Target:
    """Find a peer. Raises NotFound for a name that the settings do not know."""
    dimse = settings.dimse
    peer = settings.peers.get(text) or next((one for one in settings.peers.values() if one.ae_title == text), None)
    seconds = dimse.operation_seconds
    if peer is not None:
        if not peer.host:
            raise ConfigurationError(f"The peer {text} has no address: set peers.{text}.host.")
        ours = peer.our_ae_title or dimse.ae_title
        address = PeerAddress(peer.host, peer.port, peer.ae_title, ours)
        seconds = peer.operation_seconds or seconds
    else:
        found = _ADDRESS.fullmatch(text)
        if found is None or not 0 < int(found["port"]) < 65536:
            known = ", ".join(sorted(settings.peers)) or "none"
            raise NotFound(f"{text} is no peer of the settings (there: {known}) and not of the form [TITLE@]HOST:PORT.")
        host = found["host"].strip("[]")
        address = PeerAddress(host, int(found["port"]), found["title"] or ANY_TITLE, dimse.ae_title)
    limits = UpperLayerLimits(data_pdu_bytes=dimse.max_pdu_bytes, pdu_seconds=dimse.pdu_seconds)
    return Target(
        text,
        address,
        UserOptions(operation_seconds=seconds, limits=limits),
        ListenAddress(dimse.host, dimse.port, address.our_ae_title),
    )
