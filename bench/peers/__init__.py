"""The programs that are measured, each started in its own folder and stopped again, in the same way."""

from __future__ import annotations

from collections.abc import Mapping

from bench.peers.base import AS_IT_COMES, NO_DELAY, Peer, Running, running
from bench.peers.isocenter import Isocenter
from bench.peers.orthanc import Orthanc
from bench.peers.sink import Sink
from bench.peers.storescp import Storescp

__all__ = ["AS_IT_COMES", "NO_DELAY", "PEERS", "Peer", "Running", "running"]

PEERS: Mapping[str, Peer] = {peer.name: peer for peer in (Isocenter(), Orthanc(), Storescp(), Sink())}
"""By the name that the command line uses."""
