"""One object that stays in the file it lies in: read once, checked, and only its place is kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from blake3 import blake3

from isocenter.dicom.walk import Walker
from isocenter.errors import LimitExceeded
from isocenter.services.ingest.incoming import IngestLimits, sound_identity
from isocenter.services.record import Source, WholeObject
from isocenter.services.record.kept import KEPT
from isocenter.storage import Location, Placement
from isocenter.storage.checks import BlockChecks

__all__ = ["InPlace"]


class InPlace:
    """Takes the data set of one file in chunks of any size, to be adopted where it lies.

    ``head`` is all that comes before the data set in that file. Used by one thread; what `write` and `finish` raise
    are ObjectErrors, and nothing is left to clean up.
    """

    def __init__(
        self, *, path: Path, head: bytes, source: Source, transfer_syntax_uid: str, limits: IngestLimits
    ) -> None:
        self._path = path
        self._head = head
        self._source = source
        self._transfer_syntax_uid = transfer_syntax_uid
        self._limits = limits
        self._walker = Walker(transfer_syntax_uid, limits=limits.walk, keep=KEPT)
        self._hash = blake3(transfer_syntax_uid.encode("ascii") + b"\0")
        self._checks = BlockChecks()
        self._checks.update(head)
        self._size = 0

    def write(self, data: bytes | memoryview) -> None:
        """Take the next piece of the data set; the buffer is free again on return."""
        self._size += len(data)
        if self._size > self._limits.object_bytes:
            raise LimitExceeded(
                f"The data set is larger than the {self._limits.object_bytes} bytes that are accepted here "
                "(setting dimse.max_object_bytes)."
            )
        self._walker.feed(data)
        self._hash.update(data)
        self._checks.update(data)

    def finish(self) -> tuple[WholeObject, Placement]:
        """Check that the object is whole; gives it, and where it lies."""
        walked = self._walker.close()
        whole = WholeObject(
            identity=sound_identity(walked),
            content_id=self._hash.digest(),
            transfer_syntax_uid=self._transfer_syntax_uid,
            head=self._head,
            body=_Elsewhere(),
            size=self._size,
            walked=walked,
            source=self._source,
        )
        location = Location("file", str(self._path), 0, len(self._head) + self._size)
        return whole, Placement(location, self._checks.result())


class _Elsewhere:
    """A body that is not ours to hold."""

    chunks: tuple[bytes, ...] = ()

    def when_drained(self, callback: Callable[[], None]) -> None:
        callback()

    def finish(self, name: str, now: float) -> None:
        del name, now

    def release(self) -> None:
        pass
