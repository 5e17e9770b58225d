"""Orthanc as Debian packages it, with its default storage: SQLite, and one file per attachment, synced."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from bench.peers.base import Peer, Place, version_line

__all__ = ["Orthanc"]


class Orthanc(Peer):
    """A plain process; everything not named here is its default."""

    name = "orthanc"

    def version(self) -> str:
        return version_line("Orthanc", "--version")

    def command(self, place: Place, associations: int) -> list[str]:
        del associations
        configuration = place.folder / "orthanc.json"
        configuration.write_text(json.dumps(self._configuration(place)))
        return ["Orthanc", str(configuration)]

    def count(self, place: Place) -> int:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{place.http_port}/statistics") as answer:
            return int(json.load(answer)["CountInstances"])

    def _configuration(self, place: Place) -> dict[str, Any]:  # Any: JSON
        return {
            "Name": "bench",
            "StorageDirectory": str(place.folder / "storage"),
            "IndexDirectory": str(place.folder / "index"),
            "TemporaryDirectory": str(_made(place)),
            "DicomAet": self.ae_title,
            "DicomPort": place.dicom_port,
            "HttpPort": place.http_port,
            "DicomAlwaysAllowStore": True,
            "DicomCheckCalledAet": False,
            "RemoteAccessAllowed": False,
            "AuthenticationEnabled": False,
        }


def _made(place: Place) -> str:
    temporary = place.folder / "temporary"
    temporary.mkdir()
    return str(temporary)
