"""Bytes to import, from a file or from a zip entry, read once from the start, and what they look like."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

from isocenter.dicom.part10 import PREAMBLE_LENGTH, FileMeta, read_file_meta
from isocenter.dicom.sop_class import MEDIA_STORAGE_DIRECTORY
from isocenter.errors import BadRequest, DataSetError

__all__ = ["CHUNK", "ByteSource", "FileSource", "Kind", "Recognised", "recognise"]

CHUNK = 1 << 20
"""Bytes read at once."""
HEAD_BYTES = 64 * 1024
"""The file meta information of any file in use fits; a longer one is refused."""


class Kind(Enum):
    """What a file is by its first bytes."""

    DICOM = "DICOM"
    DIRECTORY = "DICOMDIR"
    ZIP = "zip"
    GZIP = "gzip"
    OTHER = "not DICOM"


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file is; ``meta`` for DICOM only, ``error`` when its head says DICOM and is broken."""

    kind: Kind
    meta: FileMeta | None = None
    error: DataSetError | None = None


class ByteSource(Protocol):
    """Bytes read from the start to the end."""

    @property
    def shown(self) -> str:
        """The place as the caller would write it."""

    @property
    def path(self) -> Path | None:
        """The absolute path, for a file that can be adopted where it lies."""

    def read(self) -> bytes:
        """Give the next bytes, up to a chunk; empty at the end. Raises OSError, IsocenterError."""

    def settle(self) -> None:
        """Make sure that what was read is what lies there. Raises BadRequest when it changed meanwhile."""


class FileSource:
    """A regular file that is open."""

    def __init__(self, fd: int, path: Path, shown: str) -> None:
        self._fd = fd
        self._before = _state(fd)
        self._read = 0
        self.path: Path | None = path
        self.shown = shown

    @property
    def size(self) -> int:
        """Bytes of the file when it was opened."""
        return self._before[0]

    def read(self) -> bytes:
        """Give the next chunk, whole unless the file ends in it."""
        data = os.read(self._fd, CHUNK)
        while data and len(data) < CHUNK and (more := os.read(self._fd, CHUNK - len(data))):
            data += more
        self._read += len(data)
        return data

    def settle(self) -> None:
        """Compare size and times with those at the start, and what was read with the size."""
        if _state(self._fd) != self._before or self._read != self._before[0]:
            raise BadRequest("The file changed while it was read; import it again when it is complete.")

    def make_durable(self) -> None:
        """See to it that the file itself survives a power cut: it is about to be relied on where it lies."""
        try:
            os.fsync(self._fd)
        except OSError:
            return  # On a medium that cannot be written there is nothing to make durable.


def recognise(first: bytes) -> Recognised:
    """Tell from a file's first chunk what it is. DICM decides: a preamble may look like anything (PS3.10 7.1)."""
    announced = first[PREAMBLE_LENGTH : PREAMBLE_LENGTH + 4] == b"DICM"
    if not announced:
        if first.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
            return Recognised(Kind.ZIP)
        if first.startswith(b"\x1f\x8b"):
            return Recognised(Kind.GZIP)
    try:
        meta = read_file_meta(first[:HEAD_BYTES])
    except DataSetError as error:
        return Recognised(Kind.DICOM, error=error) if announced else Recognised(Kind.OTHER)
    if meta is None:
        return Recognised(Kind.OTHER)
    return Recognised(Kind.DIRECTORY if meta.sop_class_uid == MEDIA_STORAGE_DIRECTORY else Kind.DICOM, meta)


def _state(fd: int) -> tuple[int, int, int]:
    found = os.fstat(fd)
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns
