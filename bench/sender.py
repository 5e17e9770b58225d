"""A sender that is not the bottleneck: every byte it sends exists before the clock starts.

Each association has a process of its own. It associates, cuts its objects to what the peer takes, sends a few others to
warm the peer up, says that it is ready, and at the word sends one object after the other, each after the last answer.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from multiprocessing.connection import Connection

from pydicom import dcmread

from bench.wire import SUCCESS, Association, Route, Target, WireError, store_message
from isocenter.services.samples.bench import BenchKind, bench_instance

__all__ = ["SOP_CLASSES", "Batch", "SendResult", "Senders", "senders", "store_messages"]

SOP_CLASSES = {"ct": "1.2.840.10008.5.1.4.1.1.2", "mr": "1.2.840.10008.5.1.4.1.1.4"}
_WARM_UP_FROM = 5_000_000
_START_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Batch:
    """Objects of one kind, by number; the same number is always the same object."""

    kind: BenchKind
    first: int
    count: int
    per_study: int
    warm_up: int = 10


@dataclass(frozen=True, slots=True)
class SendResult:
    """What it took, in seconds: from the first object's first byte to the last answer; and for each object."""

    seconds: float
    waits: tuple[float, ...]


class Senders:
    """Processes that are ready to send."""

    def __init__(self, pipes: Sequence[Connection]) -> None:
        self._pipes = pipes

    def go(self) -> SendResult:
        """Send everything; raises WireError when an object is not accepted with success."""
        for pipe in self._pipes:
            pipe.send("go")
        marks = [_received(pipe) for pipe in self._pipes]
        waits = tuple(after - before for each in marks for before, after in pairwise(each))
        return SendResult(max(each[-1] for each in marks) - min(each[0] for each in marks), waits)


@contextmanager
def senders(target: Target, batches: Sequence[Batch]) -> Iterator[Senders]:
    """Start one sender for each batch and wait until all are ready; their associations end with the block."""
    spawn = multiprocessing.get_context("spawn")
    pipes, processes = [], []
    for number, batch in enumerate(batches):
        ours, theirs = spawn.Pipe()
        process = spawn.Process(target=_send, args=(theirs, target, batch, number), daemon=True)
        process.start()
        theirs.close()
        pipes.append(ours)
        processes.append(process)
    try:
        for pipe in pipes:
            _received(pipe)
        yield Senders(pipes)
        for pipe in pipes:
            pipe.send("release")
            _received(pipe)
    finally:
        for process in processes:
            process.join(5)
            process.kill()


def _received(pipe: Connection) -> list[float]:
    if not pipe.poll(_START_SECONDS):
        raise WireError("a sender does not come to an end")
    try:
        answer = pipe.recv()
    except EOFError:
        raise WireError("a sender ended early") from None
    if isinstance(answer, str):
        raise WireError(answer)
    marks: list[float] = answer
    return marks


def _send(pipe: Connection, target: Target, batch: Batch, number: int) -> None:
    """Run in a process of its own."""
    try:
        with Association(target, [SOP_CLASSES[batch.kind]]) as association:
            warm_up = Batch(batch.kind, _WARM_UP_FROM + number * batch.per_study, batch.warm_up, batch.per_study)
            _sent(association, store_messages(association.route, warm_up, 1))
            messages = store_messages(association.route, batch, 1 + batch.warm_up)
            pipe.send([])
            pipe.recv()
            pipe.send(_sent(association, messages))
            pipe.recv()
        pipe.send([])
    except (OSError, ValueError, WireError) as error:
        pipe.send(f"{type(error).__name__}: {error}")


def store_messages(route: Route, batch: Batch, first_message_id: int) -> list[bytes]:
    """Make the bytes of a C-STORE-RQ for each object of a batch."""
    return [_message(route, batch, batch.first + number, first_message_id + number) for number in range(batch.count)]


def _message(route: Route, batch: Batch, number: int, message_id: int) -> bytes:
    file = bench_instance(batch.kind, number, batch.per_study)
    meta_end = 144 + int.from_bytes(file[140:144], "little")  # PS3.10 7.1: group length is the first element
    head = dcmread(BytesIO(file[:meta_end]), force=True).file_meta
    return store_message(route, SOP_CLASSES[batch.kind], head.MediaStorageSOPInstanceUID, message_id, file[meta_end:])


def _sent(association: Association, messages: Sequence[bytes]) -> list[float]:
    """Send; give the moments of the start and of each answer."""
    clock = time.monotonic
    marks = [clock()]
    for message in messages:
        association.send(message)
        status = association.status()
        if status != SUCCESS:
            raise WireError(f"an object is answered with status {status:04X}")
        marks.append(clock())
    return marks
