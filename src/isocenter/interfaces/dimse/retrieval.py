"""What C-GET and C-MOVE share: which instances are meant, and sending them one by one (PS3.4 C.4.2, C.4.3)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from typing import TypeVar

from isocenter.dicom.dataset import DataSet, read_data_set, write_data_set
from isocenter.dicom.sop_class import PATIENT_ROOT_GET, PATIENT_ROOT_MOVE
from isocenter.dicom.tags import FAILED_SOP_INSTANCE_UID_LIST
from isocenter.errors import BadRequest, IsocenterError
from isocenter.index.attributes import UNIQUE_KEYS
from isocenter.index.query import Level
from isocenter.interfaces.dimse.association import Association
from isocenter.interfaces.dimse.identifiers import read_level
from isocenter.protocol.dimse import Operation, ProgressPace, Status, SubOperations
from isocenter.protocol.dimse.messages import CGetRequest, CMoveRequest
from isocenter.services.retrieve import Retrieve, Selection, StoredInstance

__all__ = ["SendOne", "in_thread", "read_ahead", "run_suboperations", "selected"]

log = logging.getLogger(__name__)

MAX_FAILED_UIDS = 900
"""UIDs in a list of failed instances: a value of VR UI has at most 65,534 bytes in explicit VR (PS3.5 7.1.2)."""

SendOne = Callable[[StoredInstance], Awaitable[int]]
"""Sends one instance; gives the status of its C-STORE."""

T = TypeVar("T")


async def selected(
    association: Association, operation: Operation, data_set: bytes, retrieve: Retrieve, pool: Executor
) -> list[StoredInstance]:
    """Read the identifier and find the instances it names."""
    context = association.context(operation)
    identifier = read_data_set(data_set, context.transfer_syntax)
    top = Level.PATIENT if context.abstract_syntax in (PATIENT_ROOT_GET, PATIENT_ROOT_MOVE) else Level.STUDY
    selection = _selection(identifier, top)
    return await asyncio.get_running_loop().run_in_executor(pool, retrieve.matching, selection)


def _selection(identifier: DataSet, top: Level) -> Selection:
    """Read the unique keys: one or more of the level, and those above it as far as they are given."""
    level = read_level(identifier, top)
    keys: dict[Level, tuple[str, ...]] = {}
    for each in Level:
        if top <= each <= level:
            values = tuple(value for value in identifier.texts(UNIQUE_KEYS[each]) if value)
            if values:
                keys[each] = values
    if level not in keys:
        tag = UNIQUE_KEYS[level]
        raise BadRequest(f"A retrieval at level {level.name} needs ({tag >> 16:04X},{tag & 0xFFFF:04X}).", tag=tag)
    return Selection(level, keys)


async def run_suboperations(
    association: Association, operation: Operation, instances: Sequence[StoredInstance], send: SendOne
) -> None:
    """Send instances one by one, tell how far it got, and answer at the end; a C-CANCEL stops between two."""
    request = operation.request
    assert isinstance(request, CGetRequest | CMoveRequest)  # noqa: S101 - performers are chosen by type
    counts = SubOperations(len(instances))
    pace = ProgressPace(association.transport.now)
    for held in instances:
        if operation.cancelled:
            break
        try:
            status = await send(held)
        except IsocenterError as error:
            log.warning("An instance could not be sent to %s: %s", association.ae_title, error)
            status = int(Status.PROCESSING_FAILURE)
        counts.record(held.sop_instance_uid, status)
        if counts.remaining and pace.due(counts.total - counts.remaining, association.transport.now):
            association.answer(operation, counts.progress(request))
    final = counts.outcome(request, cancelled=operation.cancelled)
    failed = b""
    if final.has_data_set:
        listed = DataSet()
        listed.set(FAILED_SOP_INSTANCE_UID_LIST, "UI", counts.failed_sop_instance_uids[:MAX_FAILED_UIDS])
        failed = write_data_set(listed, association.context(operation).transfer_syntax)
    association.answer(operation, final, failed)


async def read_ahead(pieces: Iterable[bytes], pool: Executor) -> AsyncIterator[bytes]:
    """Read pieces from disk on a thread, one ahead of what is being sent."""
    iterator = iter(pieces)
    following = in_thread(pool, _next, iterator)
    while (piece := await following) is not None:
        following = in_thread(pool, _next, iterator)
        yield piece


def in_thread(pool: Executor, function: Callable[..., T], *arguments: object) -> asyncio.Future[T]:
    """Run a function on a thread."""
    return asyncio.get_running_loop().run_in_executor(pool, function, *arguments)


def _next(iterator: Iterator[bytes]) -> bytes | None:
    return next(iterator, None)
