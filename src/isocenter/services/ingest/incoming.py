"""One object on its way in: chunks of its data set go in, a whole and checked object comes out."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import astuple, dataclass

from blake3 import blake3

from isocenter.dicom.part10 import read_file_meta, write_file_meta
from isocenter.dicom.tags import SOP_CLASS_UID, SOP_INSTANCE_UID
from isocenter.dicom.uid import is_valid
from isocenter.dicom.walk import Walker, WalkLimits, WalkResult
from isocenter.errors import IdentityMismatch, InvalidUid, LimitExceeded, MissingUid
from isocenter.faults import faultpoint
from isocenter.services.ingest.body import MemoryBody, SpilledBody
from isocenter.services.ingest.budget import ByteBudget
from isocenter.services.record import Identity, Source, WholeObject
from isocenter.services.record.kept import KEPT, REQUIRED_UIDS, read_uid, uids_of
from isocenter.storage import PackWriter

__all__ = ["Announced", "Incoming", "IngestLimits", "sound_identity"]


@dataclass(frozen=True, slots=True)
class Announced:
    """What a request says about the object before its data set is seen; the data set must agree (PS3.4 B.2.3)."""

    sop_class_uid: str
    sop_instance_uid: str


@dataclass(frozen=True, slots=True)
class IngestLimits:
    """Bounds on one object."""

    spill_bytes: int
    object_bytes: int
    walk: WalkLimits


class Incoming:
    """Takes the data set of one object in chunks of any size; ends with `finish` or `discard`.

    Used by one thread at a time. ``write`` and ``finish`` raise an ObjectError when the object cannot be kept and a
    StorageError when we cannot keep it; `discard` is then what is left to do.
    """

    def __init__(
        self,
        *,
        source: Source,
        transfer_syntax_uid: str,
        announced: Announced | None,
        limits: IngestLimits,
        budget: ByteBudget,
        storage: PackWriter,
        pool: Executor,
        original_head: bytes = b"",
    ) -> None:
        faultpoint("K1")
        self._source = source
        self._transfer_syntax_uid = transfer_syntax_uid
        self._announced = announced
        self._limits = limits
        self._storage = storage
        self._pool = pool
        self._original_head = original_head
        self._walker = Walker(transfer_syntax_uid, limits=limits.walk, keep=KEPT)
        self._hash = blake3(transfer_syntax_uid.encode("ascii") + b"\0")
        self._memory = MemoryBody(budget)
        self._spilled: SpilledBody | None = None
        self._spilled_head = b""
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes of the data set so far."""
        return self._size

    @property
    def spilled(self) -> bool:
        """Whether the object goes to a part file of its own."""
        return self._spilled is not None

    @property
    def backlog(self) -> int:
        """Bytes that wait for the disk; a door stops reading while this is large."""
        return self._spilled.backlog if self._spilled is not None else 0

    def when_drained(self, callback: Callable[[], None]) -> None:
        """Call back, from any thread, when nothing waits for the disk."""
        if self._spilled is None:
            callback()
        else:
            self._spilled.when_drained(callback)

    def write(self, data: bytes | memoryview) -> None:
        """Take the next piece of the data set; the buffer is free again on return."""
        faultpoint("K2")
        chunk = bytes(data)
        self._size += len(chunk)
        if self._size > self._limits.object_bytes:
            raise LimitExceeded(
                f"The data set is larger than the {self._limits.object_bytes} bytes that are accepted here "
                "(setting dimse.max_object_bytes)."
            )
        self._walker.feed(chunk)
        self._hash.update(chunk)
        if self._spilled is not None:
            self._spilled.add(chunk)
        elif self._size > self._limits.spill_bytes or not self._memory.add(chunk):
            self._spill(chunk)

    def finish(self) -> WholeObject:
        """Check that the object is whole and is what was announced."""
        faultpoint("K3")
        walked = self._walker.close()
        identity = sound_identity(walked)
        _agree(identity, self._announced)
        head = self._head(identity.sop_class_uid, identity.sop_instance_uid)
        if self._spilled is not None and head != self._spilled_head:
            raise IdentityMismatch(
                "The data set does not keep to the UIDs that it, or its file meta information, began with."
            )
        return WholeObject(
            identity=identity,
            content_id=self._hash.digest(),
            transfer_syntax_uid=self._transfer_syntax_uid,
            head=head,
            body=self._spilled or self._memory,
            size=self._size,
            walked=walked,
            source=self._source,
            original_head=b"" if self._original_head == head else self._original_head,
        )

    def discard(self) -> None:
        """Forget the object; safe at any time and after `finish` only if that raised."""
        self._memory.release()
        if self._spilled is not None:
            self._spilled.release()

    def _head(self, sop_class_uid: str, sop_instance_uid: str) -> bytes:
        return write_file_meta(sop_class_uid, sop_instance_uid, self._transfer_syntax_uid)

    def _spill(self, chunk: bytes) -> None:
        """Move to disk what is in memory so far, and ``chunk`` after it."""
        announced = self._announced or self._expected()
        for uid, (tag, name) in zip(astuple(announced), REQUIRED_UIDS, strict=False):
            _require(uid, tag, name)
        self._spilled_head = self._head(announced.sop_class_uid, announced.sop_instance_uid)
        self._spilled = SpilledBody(self._storage.open_spill(self._spilled_head), self._pool)
        for held in self._memory.chunks:
            self._spilled.add(held)
        self._memory.release()
        self._spilled.add(chunk)

    def _expected(self) -> Announced:
        """Give the identity as far as it is known: the data set's, else the file meta's, which may be wrong."""
        values = self._walker.values
        inside = Announced(read_uid(values.get(SOP_CLASS_UID)), read_uid(values.get(SOP_INSTANCE_UID)))
        meta = None if all(astuple(inside)) or not self._original_head else read_file_meta(self._original_head)
        if meta is None:
            return inside
        return Announced(inside.sop_class_uid or meta.sop_class_uid, inside.sop_instance_uid or meta.sop_instance_uid)


def sound_identity(walked: WalkResult) -> Identity:
    """Return what the data set says it is. Raises MissingUid, InvalidUid."""
    uids = uids_of(walked)
    for uid, (tag, name) in zip(uids, REQUIRED_UIDS, strict=True):
        _require(uid, tag, name)
    return Identity(*uids)


def _require(uid: str, tag: int, name: str) -> None:
    if not uid:
        raise MissingUid(f"The data set has no {name}.", tag=tag)
    if not is_valid(uid):
        raise InvalidUid(f"The {name} is not a UID by PS3.5 9.1.", tag=tag)


def _agree(identity: Identity, announced: Announced | None) -> None:
    if announced is None:
        return
    if announced.sop_instance_uid != identity.sop_instance_uid:
        raise IdentityMismatch("SOP Instance UID differs between command and data set.", tag=SOP_INSTANCE_UID)
    if announced.sop_class_uid != identity.sop_class_uid:
        raise IdentityMismatch("SOP Class UID differs between command and data set.", tag=SOP_CLASS_UID)
