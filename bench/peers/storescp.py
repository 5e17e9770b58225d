"""DCMTK's ``storescp +B``: writes each object to a file as it came; keeps no index and makes nothing durable."""

from __future__ import annotations

from bench.peers.base import Peer, Place, version_line

__all__ = ["Storescp"]


class Storescp(Peer):
    """One process, or one per association where there are several."""

    name = "storescp"

    def version(self) -> str:
        return version_line("storescp", "--version").removeprefix("dcmtk: ")

    def command(self, place: Place, associations: int) -> list[str]:
        received = place.folder / "received"
        received.mkdir()
        processes = ["--fork"] if associations > 1 else []
        return ["storescp", *processes, "+B", "-aet", self.ae_title, "-od", str(received), str(place.dicom_port)]

    def count(self, place: Place) -> int:
        return sum(1 for _ in (place.folder / "received").iterdir())
