"""C-FIND with real peers: what they answer, read back from the files that they write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pydicom
from pydicom import Dataset

from support.receivers import run_peer, run_pynetdicom
from support.server import AE_TITLE, Server

UNIQUE_KEY = {
    "PATIENT": "PatientID",
    "STUDY": "StudyInstanceUID",
    "SERIES": "SeriesInstanceUID",
    "IMAGE": "SOPInstanceUID",
}
ROOT_OPTION = {"patient": "-P", "study": "-S"}


@dataclass(frozen=True, slots=True)
class Found:
    """Matches, and what the peer's program said."""

    matches: list[Dataset]
    said: str

    def unique(self, level: str) -> set[str]:
        return {str(match.get(UNIQUE_KEY[level], "")) for match in self.matches}


def find_with_dcmtk(server: Server, root: str, keys: Mapping[str, str], folder: Path) -> Found:
    """Ask with findscu; each key is a keyword and its value."""
    into = _fresh(folder)
    options = ["-v", ROOT_OPTION[root], "-aec", AE_TITLE, "-X", "-od", str(into)]
    done = run_peer("findscu", *options, *_keys(keys), "127.0.0.1", str(server.dicom_port), check=False)
    return Found(_read(into), done.stdout + done.stderr)


def find_with_pynetdicom(server: Server, root: str, keys: Mapping[str, str], folder: Path) -> Found:
    """Ask with pynetdicom's findscu; it writes its matches to where it runs."""
    into = _fresh(folder)
    options = ["-v", ROOT_OPTION[root], "-aec", AE_TITLE, "-w"]
    done = run_pynetdicom(
        "findscu", "127.0.0.1", str(server.dicom_port), *options, *_keys(keys), check=False, folder=into
    )
    return Found(_read(into), done.stdout + done.stderr)


def _keys(keys: Mapping[str, str]) -> list[str]:
    return [part for keyword, value in keys.items() for part in ("-k", f"{keyword}={value}" if value else keyword)]


def _fresh(folder: Path) -> Path:
    number = len(list(folder.glob("find-*")))
    into = folder / f"find-{number}"
    into.mkdir(parents=True)
    return into


def _read(folder: Path) -> list[Dataset]:
    files = sorted(folder.iterdir(), key=lambda path: int(re.sub(r"\D", "", path.name) or 0))
    return [pydicom.dcmread(file, force=True) for file in files]
