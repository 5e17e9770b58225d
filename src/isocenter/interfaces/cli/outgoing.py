"""What is to be sent: files as they lie, and instances of the archive as they are stored."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from isocenter.dicom.part10 import FileMeta, read_file_meta
from isocenter.dicom.sop_class import MEDIA_STORAGE_DIRECTORY
from isocenter.dicom.tags import SOP_CLASS_UID, SOP_INSTANCE_UID
from isocenter.dicom.walk import Walker
from isocenter.errors import BadRequest, DataSetError, IsocenterError
from isocenter.index.read import StoredInstance
from isocenter.services.imports.places import Entry, EntryKind, roots, walk
from isocenter.services.retrieve import Retrieve

__all__ = ["Sendable", "from_archive", "from_files"]

HEAD_BYTES = 64 * 1024
CHUNK = 1 << 20
"""Bytes read at once; even, as all pieces but the last of a data set must be."""
_KEPT = frozenset({SOP_CLASS_UID, SOP_INSTANCE_UID})


@dataclass(frozen=True, slots=True)
class Sendable:
    """One object: what it is, and how to read its data set when its turn comes."""

    shown: str
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    pieces: Callable[[], Iterator[bytes]]


def from_files(paths: Sequence[Path]) -> tuple[list[Sendable], int]:
    """List the DICOM files that are named or lie in folders, and count those that are no DICOM."""
    sendables: list[Sendable] = []
    others = 0
    for root in roots(paths):
        for entry in walk(root):
            found = _sendable(entry) if entry.kind is EntryKind.FILE else None
            if found is None:
                others += 1
            else:
                sendables.append(found)
    return sendables, others


def from_archive(retrieve: Retrieve, held: Sequence[StoredInstance]) -> list[Sendable]:
    """List instances of the archive."""
    return [
        Sendable(
            one.sop_instance_uid,
            one.sop_class_uid,
            one.sop_instance_uid,
            one.content.transfer_syntax_uid,
            partial(retrieve.data_set, one),
        )
        for one in held
    ]


def _sendable(entry: Entry) -> Sendable | None:
    try:
        fd = entry.open()
    except OSError:
        return None
    try:
        head = os.pread(fd, HEAD_BYTES, 0)
        meta = read_file_meta(head)
        if meta is None or meta.sop_class_uid == MEDIA_STORAGE_DIRECTORY:
            return None
        sop_class_uid, sop_instance_uid = _identity(head, meta)
    except (DataSetError, OSError):
        return None
    finally:
        os.close(fd)
    return Sendable(
        entry.shown,
        sop_class_uid,
        sop_instance_uid,
        meta.transfer_syntax_uid,
        partial(_read, entry.path, meta.data_set_offset),
    )


def _identity(head: bytes, meta: FileMeta) -> tuple[str, str]:
    """Read the UIDs from the data set, which a C-STORE must agree with; from the meta only what it does not say."""
    walker = Walker(meta.transfer_syntax_uid, keep=_KEPT)
    with suppress(IsocenterError):  # the peer judges the object; here only its UIDs matter
        walker.feed(head[meta.data_set_offset :])
    values = walker.values
    found = (_uid(values.get(SOP_CLASS_UID)), _uid(values.get(SOP_INSTANCE_UID)))
    return found[0] or meta.sop_class_uid, found[1] or meta.sop_instance_uid


def _uid(raw: bytes | None) -> str:
    return (raw or b"").rstrip(b"\0 ").decode("ascii", "replace")


def _read(path: Path, offset: int) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            file.seek(offset)
            while piece := file.read(CHUNK):
                yield piece
    except OSError as error:
        raise BadRequest(f"The file cannot be read: {error.strerror}.") from None
