"""Receives instances into a folder: what a C-GET or a C-MOVE to ourselves brings.

Each goes to disk as it comes, so memory is bounded by one PDU. Files are named by a number of our own, never by
anything that the peer sent.
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path

from isocenter.dicom.part10 import write_file_meta
from isocenter.dicom.uid import MAX_LENGTH
from isocenter.errors import StorageError, StorageFull
from isocenter.peers.dimse.dialogue import DataSetReceiver, Dialogue, Discard
from isocenter.peers.dimse.numbered_files import NumberedFiles
from isocenter.protocol.dimse import Operation, Status
from isocenter.protocol.dimse.messages import CEchoRequest, CStoreRequest, response_to

__all__ = ["ReceivedFile", "ReceivingFolder", "StorePerformer"]

MAX_OBJECT_BYTES = 8 * 1024 * 1024 * 1024
"""Largest data set that is taken, as for the archive."""


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """One instance that was received whole."""

    path: Path
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    size: int
    """Bytes of the file."""


class ReceivingFolder:
    """A folder that instances are received into; each SOP Instance UID is kept once."""

    def __init__(self, folder: Path) -> None:
        """Make the folder when there is none. Raises StorageError when that fails."""
        self.numbered = NumberedFiles(folder)
        self.files: list[ReceivedFile] = []
        self.error: StorageError | None = None
        """What kept us from writing; the peer was told as well."""
        self._uids: set[str] = set()

    def has(self, sop_instance_uid: str) -> bool:
        """Tell whether an instance came already."""
        return sop_instance_uid in self._uids

    def add(self, file: ReceivedFile) -> None:
        """Note a file that is whole."""
        self._uids.add(file.sop_instance_uid)
        self.files.append(file)


class StorePerformer:
    """Performs C-STORE (and C-ECHO) on one association; the files go to a folder."""

    def __init__(self, folder: ReceivingFolder) -> None:
        self._folder = folder
        self._dialogue: Dialogue | None = None

    def began(self, dialogue: Dialogue) -> None:
        """Note the dialogue that answers go through."""
        self._dialogue = dialogue

    def perform(self, operation: Operation) -> DataSetReceiver | None:
        """Begin to receive an instance."""
        request = operation.request
        if isinstance(request, CStoreRequest):
            return self._store(operation, request)
        known = isinstance(request, CEchoRequest)
        self.respond(operation, Status.SUCCESS if known else Status.UNRECOGNIZED_OPERATION)
        return Discard()

    def cancelled(self, operation: Operation) -> None:
        """Do nothing: a C-STORE cannot be cancelled."""

    def _store(self, operation: Operation, request: CStoreRequest) -> DataSetReceiver:
        uids = (request.affected_sop_class_uid, request.affected_sop_instance_uid)
        if not all(uid.isascii() and 0 < len(uid) <= MAX_LENGTH for uid in uids):
            return _Answering(self, operation, Status.INVALID_UID)
        if self._folder.has(request.affected_sop_instance_uid):
            return _Answering(self, operation, Status.SUCCESS)
        assert self._dialogue is not None  # noqa: S101 - operations exist on established associations only
        syntax = self._dialogue.agreement.contexts[operation.context_id].transfer_syntax
        try:
            return _FileReceiver(self, operation, self._folder, (*uids, syntax))
        except OSError as error:
            return self.failed(operation, error)

    def failed(self, operation: Operation, error: OSError) -> DataSetReceiver:
        """Note that we cannot write; what is left of the data set is passed over and then refused."""
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        reason = "The disk is full." if full else f"The folder cannot be written: {error.strerror or error}."
        self._folder.error = StorageFull(reason) if full else StorageError(reason)
        return _Answering(self, operation, Status.OUT_OF_RESOURCES)

    def respond(self, operation: Operation, status: Status) -> None:
        """Answer, unless the association is over."""
        if self._dialogue is not None:
            self._dialogue.respond(operation, response_to(operation.request, status))


class _Answering(Discard):
    """Passes over a data set, then answers."""

    def __init__(self, performer: StorePerformer, operation: Operation, status: Status) -> None:
        self._performer = performer
        self._operation = operation
        self._status = status

    def end(self) -> None:
        """Answer."""
        self._performer.respond(self._operation, self._status)


class _FileReceiver:
    """Writes one instance."""

    def __init__(
        self, performer: StorePerformer, operation: Operation, folder: ReceivingFolder, what: tuple[str, str, str]
    ) -> None:
        self._performer = performer
        self._operation = operation
        self._folder = folder
        self._what = what
        self._instead: DataSetReceiver | None = None
        self._draft = folder.numbered.begin()
        self._draft.write(write_file_meta(*what))

    def fragment(self, data: memoryview) -> None:
        """Write the next bytes; after a failure they are passed over."""
        if self._instead is not None:
            return
        try:
            if self._draft.size + len(data) > MAX_OBJECT_BYTES:
                raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
            self._draft.write(data)
        except OSError as error:
            self.abandon()
            self._instead = self._performer.failed(self._operation, error)

    def end(self) -> None:
        """Give the file its name, and answer."""
        if self._instead is not None:
            self._instead.end()
            return
        try:
            path = self._draft.finish()
        except OSError as error:
            self._performer.failed(self._operation, error).end()
            return
        self._folder.add(ReceivedFile(path, *self._what, self._draft.size))
        self._performer.respond(self._operation, Status.SUCCESS)

    def abandon(self) -> None:
        """Remove what was written."""
        self._draft.discard()
