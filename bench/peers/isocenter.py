"""Isocenter as ``isocenter serve`` starts it, with its default settings."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import isocenter
from bench.peers.base import Peer, Place

__all__ = ["Isocenter"]


class Isocenter(Peer):
    """The program under development, from the virtual environment that runs the benchmark."""

    name = "isocenter"
    ae_title = "ISOCENTER"

    def version(self) -> str:
        return isocenter.__version__

    def command(self, place: Place, associations: int) -> list[str]:
        del associations
        return [
            str(Path(sys.executable).parent / "isocenter"),
            "serve",
            "--data",
            str(place.folder / "data"),
            "--dicom-port",
            str(place.dicom_port),
            "--http-port",
            str(place.http_port),
            "--accept-any-ae",
        ]

    def count(self, place: Place) -> int:
        with closing(sqlite3.connect(place.folder / "data" / "index.sqlite")) as index:
            return int(index.execute("SELECT count(*) FROM instance WHERE state = 0").fetchone()[0])
