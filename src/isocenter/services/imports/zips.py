"""Zip archives: entries are read as streams, never written to a path, within bounds (spec A38, A39).

An entry's name is only shown, never used. What counts is the bytes that come out, whatever the archive says of them.
"""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

from isocenter.errors import DataSetError, LimitExceeded, NotSupported
from isocenter.services.imports.sources import CHUNK

__all__ = ["ZipEntry", "ZipLimits", "open_zip"]

_CENTRAL = b"PK\x01\x02"
_LENGTHS = struct.Struct("<3H")
"""Lengths of name, extra field and comment of an entry in the central directory."""
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""Those whose output zlib lets us bound step by step."""
_ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True)
class ZipLimits:
    """Bounds on one archive."""

    entries: int = 100_000
    ratio: int = 100
    """Bytes that come out for each byte of the archive, in all: DICOM that shrinks more is blank or a bomb."""
    small_bytes: int = 64 * 1024 * 1024
    """What may come out in any case: a few blank images shrink without bound."""
    directory_bytes: int = 64 * 1024 * 1024
    """Size of the central directory, which is held in memory."""


class ZipEntry:
    """One entry of an archive; it can only be read once."""

    path: Path | None = None

    def __init__(self, opened: OpenZip, info: zipfile.ZipInfo, shown: str) -> None:
        self._opened = opened
        self._info = info
        self._stream: zipfile.ZipExtFile | None = None
        self.shown = shown

    @property
    def is_link(self) -> bool:
        """Whether it stands for a symbolic link."""
        return stat.S_ISLNK(self._info.external_attr >> 16)

    @property
    def stored_size(self) -> int:
        """Bytes that it takes in the archive, as the archive says."""
        return self._info.compress_size

    def read(self) -> bytes:
        """Give the next chunk. Raises LimitExceeded for a bomb, DataSetError for damage, NotSupported."""
        data = self._read()
        while data and len(data) < CHUNK and (more := self._read(CHUNK - len(data))):
            data += more
        return data

    def settle(self) -> None:
        """Nothing: the check value of the entry was compared when its end was read."""

    def close(self) -> None:
        """Let go of the archive."""
        if self._stream is not None:
            self._stream.close()

    def _read(self, size: int = CHUNK) -> bytes:
        self._opened.count(0)
        try:
            if self._stream is None:
                self._stream = self._opened.stream(self._info)
            data = self._stream.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, UnicodeDecodeError, ValueError):
            raise DataSetError("The zip entry is damaged.") from None
        except (NotImplementedError, RuntimeError):
            raise NotSupported("The zip entry uses a feature of zip that is not supported.") from None
        self._opened.count(len(data))
        return data


class OpenZip:
    """An archive whose list of entries is sound."""

    def __init__(self, archive: zipfile.ZipFile, size: int, shown: str, limits: ZipLimits) -> None:
        self._archive = archive
        self._room = max(size * limits.ratio, limits.small_bytes)
        self._ratio = limits.ratio
        self._shown = shown

    def __iter__(self) -> Iterator[ZipEntry]:
        for info in self._archive.infolist():
            if not info.is_dir():
                yield ZipEntry(self, info, f"{self._shown}: {info.filename}")

    def stream(self, info: zipfile.ZipInfo) -> zipfile.ZipExtFile:
        """Open an entry. Raises NotSupported when it is encrypted or compressed in an unusual way."""
        if info.flag_bits & _ENCRYPTED:
            raise NotSupported("The zip entry is encrypted; unpack the archive with its password first.")
        if info.compress_type not in _METHODS:
            raise NotSupported("The zip entry is compressed by a method other than deflate; unpack the archive first.")
        stream = self._archive.open(info)
        assert isinstance(stream, zipfile.ZipExtFile)  # noqa: S101 - opened to be read
        return stream

    def count(self, size: int) -> None:
        """Count bytes that came out. Raises LimitExceeded when they are more than the archive can honestly hold."""
        self._room -= size
        if self._room < 0:
            raise LimitExceeded(
                f"More than {self._ratio} times the size of the zip archive came out of it: it is a bomb, or it holds "
                "blank images. Unpack it and import the folder if you trust it."
            )


def open_zip(fd: int, shown: str, limits: ZipLimits) -> OpenZip:
    """Read an archive's list of entries from an open file, which stays open as long as it is used.

    Raises LimitExceeded for too many entries, before they are held in memory, and DataSetError for no sound archive.
    """
    file = _Guarded(os.fdopen(os.dup(fd), "rb"), limits)
    try:
        archive = zipfile.ZipFile(cast("IO[bytes]", file))
    except (zipfile.BadZipFile, struct.error, UnicodeDecodeError, ValueError, OSError, NotImplementedError):
        raise DataSetError("The zip archive is damaged: its list of entries cannot be read.") from None
    file.listed = True
    return OpenZip(archive, os.fstat(fd).st_size, shown, limits)


class _Guarded:
    """The archive's file as the zip reader sees it: looks at the list of entries before the reader takes it apart."""

    def __init__(self, file: BinaryIO, limits: ZipLimits) -> None:
        self._file = file
        self._limits = limits
        self.listed = False
        self.seek = file.seek
        self.tell = file.tell
        self.seekable = file.seekable
        self.close = file.close

    def read(self, size: int = -1) -> bytes:
        if self.listed:
            return self._file.read(size)
        if size > self._limits.directory_bytes:
            raise LimitExceeded("The zip archive's list of entries is too long; unpack it and import the folder.")
        data = self._file.read(size if size >= 0 else self._limits.directory_bytes)
        if _entries(data, self._limits.entries) > self._limits.entries:
            raise LimitExceeded(
                f"The zip archive has more than {self._limits.entries} entries; unpack it and import the folder."
            )
        return data


def _entries(directory: bytes, enough: int) -> int:
    """Count the headers of a central directory, up to one more than enough."""
    at = entries = 0
    while directory[at : at + 4] == _CENTRAL and at + 46 <= len(directory) and entries <= enough:
        at += 46 + sum(_LENGTHS.unpack_from(directory, at + 28))
        entries += 1
    return entries
