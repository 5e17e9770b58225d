"""Where the CPU time of one C-STORE goes: each stage of Isocenter on its own, in this process, in CPU time.

The first stages are called directly. The rest run as in the server, on the lane's thread, whose clock is read.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from blake3 import blake3

from bench.archive_clocks import APPEND, INDEX, JUDGE, SYNC, StageClocks, timed_archive
from bench.sender import SOP_CLASSES, Batch, store_messages
from bench.wire import EXPLICIT_LITTLE_ENDIAN, Route, associate_request
from isocenter.dicom.part10 import read_file_meta
from isocenter.dicom.walk import Walker
from isocenter.errors import IsocenterError
from isocenter.protocol.dimse import MessageReader, Status
from isocenter.protocol.dimse.messages import CStoreRequest, decode_message, encode_message, response_to
from isocenter.protocol.upper_layer import (
    AssociateAccept,
    ContextResult,
    DataFragment,
    PresentationContextResult,
    Role,
    UpperLayer,
    UpperLayerLimits,
)
from isocenter.services.ingest import Ingest
from isocenter.services.record import Outcome, Source
from isocenter.services.record.kept import KEPT
from isocenter.services.samples.bench import BenchKind, bench_instance
from isocenter.settings import load_settings
from isocenter.storage.checks import block_checks

__all__ = ["Stage", "measure_stages"]

_PDU_BYTES: Final = UpperLayerLimits().data_pdu_bytes
_READ_BYTES: Final = 256 * 1024
_CONTEXT: Final = 1
_NO_TIME: Final = 0.0


@dataclass(frozen=True, slots=True)
class Stage:
    """CPU time of one stage for one instance."""

    kind: BenchKind
    name: str
    milliseconds: float
    part_of: str = ""
    """The stage that holds this one; it is then not counted again."""


@dataclass(frozen=True, slots=True)
class _Object:
    sop_instance_uid: str
    data_set: bytes
    pieces: tuple[memoryview, ...]
    """As they come out of PDUs."""
    message: bytes


def measure_stages(kind: BenchKind, count: int, together: int, folder: Path) -> list[Stage]:
    """Measure all stages with so many objects; ``together`` of them are handed over before any answer is awaited."""
    objects = list(_objects(kind, count))
    walk = _per_object(objects, _walk)
    hashed = _per_object(objects, lambda each: blake3(each.data_set).digest())
    checks = _per_object(objects, lambda each: block_checks([each.data_set]))
    arriving, answering = _messages(objects)
    door, lane = _kept(objects, together, folder)
    return [
        Stage(kind, "upper layer and messages in", arriving),
        Stage(kind, "walk", walk),
        Stage(kind, "hash", hashed),
        Stage(kind, "buffer, identity, hand over", max(0.0, door - walk - hashed)),
        Stage(kind, JUDGE, lane[JUDGE]),
        Stage(kind, APPEND, lane[APPEND]),
        Stage(kind, "block checks (CRC32C)", checks, part_of=APPEND),
        Stage(kind, SYNC, lane[SYNC]),
        Stage(kind, INDEX, lane[INDEX]),
        Stage(kind, "answer out", answering),
    ]


def _objects(kind: BenchKind, count: int) -> Iterator[_Object]:
    route = Route(_PDU_BYTES, {SOP_CLASSES[kind]: _CONTEXT})
    per_study = max(1, count // 4)
    messages = store_messages(route, Batch(kind, 0, count, per_study), 1)
    for number, message in enumerate(messages):
        file = bench_instance(kind, number, per_study)
        meta = read_file_meta(file[:65536])
        if meta is None:
            raise RuntimeError("a benchmark object is no DICOM file")
        data_set = file[meta.data_set_offset :]
        view, room = memoryview(data_set), _PDU_BYTES - 6
        pieces = tuple(view[start : start + room] for start in range(0, len(data_set), room))
        yield _Object(meta.sop_instance_uid, data_set, pieces, message)


def _per_object(objects: Sequence[_Object], work: Callable[[_Object], object]) -> float:
    """Return this thread's CPU milliseconds for each object, the best of three rounds."""
    rounds = []
    for _ in range(3):
        start = time.thread_time()
        for each in objects:
            work(each)
        rounds.append(time.thread_time() - start)
    return 1000 * min(rounds) / len(objects)


def _walk(each: _Object) -> None:
    walker = Walker(EXPLICIT_LITTLE_ENDIAN, keep=KEPT)
    for piece in each.pieces:
        walker.feed(piece)
    walker.close()


def _messages(objects: Sequence[_Object]) -> tuple[float, float]:
    """Return what it takes to take the messages apart, and to write the answers."""
    layer, reader = _established(), MessageReader({_CONTEXT})

    def arrive(each: _Object) -> None:
        view = memoryview(each.message)
        for start in range(0, len(view), _READ_BYTES):
            for event in layer.receive(view[start : start + _READ_BYTES], _NO_TIME):
                if isinstance(event, DataFragment):
                    reader.receive(*event)

    command = objects[0].message[12 : 6 + int.from_bytes(objects[0].message[2:6], "big")]
    request = decode_message(command)
    if not isinstance(request, CStoreRequest):
        raise RuntimeError("the sender's message is not a C-STORE request")

    def answer(_each: _Object) -> None:
        layer.send_data(_CONTEXT, True, True, encode_message(response_to(request, Status.SUCCESS)))
        layer.data_to_send()

    return _per_object(objects, arrive), _per_object(objects, answer)


def _established() -> UpperLayer:
    layer = UpperLayer(Role.ACCEPTOR)
    layer.connected(_NO_TIME)
    layer.receive(associate_request("ISOCENTER", list(SOP_CLASSES.values())), _NO_TIME)
    accepted = PresentationContextResult(_CONTEXT, ContextResult.ACCEPTANCE, EXPLICIT_LITTLE_ENDIAN)
    layer.accept(AssociateAccept((accepted,)))
    layer.data_to_send()
    return layer


def _kept(objects: Sequence[_Object], together: int, folder: Path) -> tuple[float, Mapping[str, float]]:
    """Ingest all objects; return CPU milliseconds for each: of the caller, and of the lane's parts."""
    clocks = StageClocks()
    settings = load_settings(overrides={"data": folder}, environment={})
    with timed_archive(settings, clocks) as archive:
        _ingest(archive.ingest, objects[:together], together)
        before, door = clocks.read(), time.thread_time()
        _ingest(archive.ingest, objects[together:], together)
        door = time.thread_time() - door
        used = {name: seconds - before.get(name, 0.0) for name, seconds in clocks.read().items()}
    each = 1000 / (len(objects) - together)
    return each * door, {name: each * seconds for name, seconds in used.items()}


def _ingest(ingest: Ingest, objects: Sequence[_Object], together: int) -> None:
    failed: list[IsocenterError] = []
    answered = threading.Semaphore(0)

    def done(outcome: Outcome | IsocenterError) -> None:
        if isinstance(outcome, IsocenterError):
            failed.append(outcome)
        answered.release()

    source = Source(door="dimse", name="BENCH", detail="127.0.0.1 to ISOCENTER")
    for start in range(0, len(objects), together):
        some = objects[start : start + together]
        for each in some:
            incoming = ingest.begin(source, EXPLICIT_LITTLE_ENDIAN)
            for piece in each.pieces:
                incoming.write(piece)
            ingest.keep(incoming, 0, done)
        for _ in some:
            answered.acquire()
    if failed:
        raise failed[0]
