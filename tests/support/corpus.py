"""The shared collection of real files, as something that peers can send."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from functools import lru_cache
from pathlib import Path

from support.part10 import Identity, Part10, identity_inside, read_part10

MISSING_UID, INVALID_UID = 0xC001, 0xC002
ODD_ONES_OUT = frozenset({"codec/pydicom__SC_rgb_jpeg.dcm"})
"""Malformed and not in the folder for it: implicit VR under a meta that says JPEG, which is explicit VR."""
_UID = re.compile(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))+")


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """One file with what it says of itself."""

    name: str
    path: Path
    part10: Part10
    identity: Identity

    @property
    def uid(self) -> str:
        """The SOP Instance UID inside the data set."""
        return self.identity.sop_instance_uid

    @property
    def refusal(self) -> int | None:
        """The status that a file without valid UIDs is refused with, as far as its UIDs alone can tell."""
        uids = astuple(self.identity)
        if not all(uids):
            return MISSING_UID
        return None if all(_UID.fullmatch(uid) and len(uid) <= 64 for uid in uids) else INVALID_UID

    @property
    def malformed(self) -> bool:
        """Whether it is in the collection because something is wrong with it."""
        return self.name.startswith("malformed/") or self.name in ODD_ONES_OUT

    @property
    def sop_and_syntax(self) -> tuple[str, str]:
        return self.identity.sop_class_uid, self.part10.transfer_syntax_uid


@lru_cache(maxsize=2)
def corpus_files(folder: Path) -> tuple[CorpusFile, ...]:
    """Every file that the collection's index names."""
    with (folder / "index.csv").open(newline="") as index:
        names = [row["file"] for row in csv.DictReader(index)]
    return tuple(read_corpus_file(name, folder / name) for name in names)


def read_corpus_file(name: str, path: Path) -> CorpusFile:
    part10 = read_part10(path)
    return CorpusFile(name, path, part10, identity_inside(part10))


def batches(files: Iterable[CorpusFile]) -> list[list[CorpusFile]]:
    """Distribute files so that no SOP Instance UID occurs twice in a batch: each batch meets an empty server."""
    spread: list[dict[str, CorpusFile]] = []
    for file in files:
        key = file.uid or file.name
        batch = next((batch for batch in spread if key not in batch), None)
        if batch is None:
            spread.append(batch := {})
        batch[key] = file
    return [list(batch.values()) for batch in spread]


def chunks(files: Sequence[CorpusFile], contexts: int = 120) -> list[list[CorpusFile]]:
    """Cut a batch so that each piece needs no more presentation contexts than one association has."""
    pieces: list[list[CorpusFile]] = []
    pairs: set[tuple[str, str]] = set()
    for file in files:
        if not pieces or len(pairs | {file.sop_and_syntax}) > contexts:
            pieces.append([])
            pairs = set()
        pieces[-1].append(file)
        pairs.add(file.sop_and_syntax)
    return pieces
