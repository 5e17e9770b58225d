"""Reads an object that lies in a pack already as if it had just arrived: for recovery and for rebuilding the index."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from blake3 import blake3

from isocenter.dicom.part10 import FileMeta, read_file_meta
from isocenter.dicom.walk import Walker
from isocenter.errors import DamagedContent
from isocenter.services.record.kept import KEPT, identity_of
from isocenter.services.record.source import Source
from isocenter.services.record.whole_object import WholeObject
from isocenter.storage import PackReader, Placement, ReadRange

__all__ = ["content_id_of", "examine"]

HEAD_BYTES = 64 * 1024
_CHUNK = 1 << 20


class _Stored:
    """A body whose bytes are durable already."""

    chunks: tuple[bytes, ...] = ()

    def when_drained(self, callback: Callable[[], None]) -> None:
        callback()

    def finish(self, name: str, now: float) -> None:
        del name, now

    def release(self) -> None:
        pass


def content_id_of(read: ReadRange, size: int) -> bytes:
    """Compute the content id of a Part 10 file: BLAKE3 of its transfer syntax, a zero byte, and its data set."""
    meta = _meta(read(0, min(size, HEAD_BYTES)))
    digest = blake3(meta.transfer_syntax_uid.encode("ascii") + b"\0")
    for start in range(meta.data_set_offset, size, _CHUNK):
        digest.update(read(start, min(start + _CHUNK, size)))
    return digest.digest()


def examine(storage: PackReader, placement: Placement, content_id: bytes, source: Source) -> WholeObject:
    """Walk a stored object. Raises DamagedContent when it cannot be read, ObjectError when it is not what it was."""
    location, checks = placement.location, placement.checks
    head = storage.read(location, 0, min(location.length, HEAD_BYTES), checks)
    meta = _meta(head)
    walker = Walker(meta.transfer_syntax_uid, keep=KEPT)
    for piece in _data_set(storage, placement, meta.data_set_offset):
        walker.feed(piece)
    walked = walker.close()
    return WholeObject(
        identity=identity_of(walked),
        content_id=content_id,
        transfer_syntax_uid=meta.transfer_syntax_uid,
        head=head[: meta.data_set_offset],
        body=_Stored(),
        size=location.length - meta.data_set_offset,
        walked=walked,
        source=source,
    )


def _data_set(storage: PackReader, placement: Placement, offset: int) -> Iterator[bytes]:
    return storage.stream(placement.location, placement.checks, start=offset, stop=placement.location.length)


def _meta(head: bytes) -> FileMeta:
    meta = read_file_meta(head)
    if meta is None:
        raise DamagedContent("A stored object does not begin as a DICOM file.")
    return meta
