"""Repeats each workload on each peer in a random order and gathers what it took."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.peers import Peer, Running, running
from bench.sender import Batch, senders
from bench.workloads import StoreWorkload

__all__ = ["Sample", "Spread", "Summary", "measure_stores", "spread", "summarize"]

_QUIET_SECONDS = 0.3
_SETTLE_SECONDS = 20.0
_LATER_SECONDS = 2.0
"""What a server puts off until nothing arrives begins by then."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One repetition of one workload on one peer."""

    workload: str
    peer: str
    instances: int
    seconds: float
    cpu_seconds: float
    """CPU time of the server until the last answer."""
    later_cpu_seconds: float
    """CPU time of the server after that, until it was quiet."""
    wait_milliseconds: tuple[float, float]
    """For one object, from its first byte to its answer: median and 95th percentile."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, extremes and quartiles."""

    median: float
    low: float
    high: float
    quartiles: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Summary:
    """All repetitions of one workload on one peer."""

    workload: str
    peer: str
    instances: int
    repetitions: int
    rate: Spread
    """Instances per second."""
    cpu_milliseconds: Spread
    """CPU time of the server for one instance, until its answer."""
    later_cpu_milliseconds: Spread
    """The same for what it does afterwards."""
    wait_milliseconds: tuple[float, float]
    """Medians of the repetitions' median and 95th percentile."""


def measure_stores(
    workloads: Sequence[StoreWorkload],
    peers: Sequence[Peer],
    repetitions: int,
    chance: random.Random,
    folder: Path,
    tell: Callable[[Sample], None],
) -> list[Sample]:
    """Run everything; each run has a fresh server with empty storage."""
    samples = []
    for repetition in range(repetitions):
        for workload in workloads:
            for peer in chance.sample(peers, len(peers)):
                sample = _measure(workload, peer, repetition, folder / f"{peer.name}-{workload.name}-{repetition}")
                tell(sample)
                samples.append(sample)
    return samples


def spread(values: Iterable[float]) -> Spread:
    """Return the median and the spread of some values."""
    ordered = sorted(values)
    first, median, third = statistics.quantiles(ordered, n=4, method="inclusive") if len(ordered) > 1 else ordered * 3
    return Spread(median, ordered[0], ordered[-1], (first, third))


def summarize(samples: Sequence[Sample]) -> list[Summary]:
    """Put together the repetitions of each workload and peer, in the order of their first appearance by name."""
    groups: dict[tuple[str, str], list[Sample]] = {}
    for sample in samples:
        groups.setdefault((sample.workload, sample.peer), []).append(sample)
    return [_summary(workload, peer, group) for (workload, peer), group in groups.items()]


def _summary(workload: str, peer: str, group: Sequence[Sample]) -> Summary:
    return Summary(
        workload,
        peer,
        group[0].instances,
        len(group),
        spread(each.instances / each.seconds for each in group),
        spread(1000 * each.cpu_seconds / each.instances for each in group),
        spread(1000 * each.later_cpu_seconds / each.instances for each in group),
        (
            statistics.median(each.wait_milliseconds[0] for each in group),
            statistics.median(each.wait_milliseconds[1] for each in group),
        ),
    )


def _measure(workload: StoreWorkload, peer: Peer, repetition: int, folder: Path) -> Sample:
    each = workload.count // workload.associations
    first = repetition * workload.count
    batches = [
        Batch(workload.kind, first + number * each, each, workload.per_study) for number in range(workload.associations)
    ]
    with running(peer, folder, associations=workload.associations) as server:
        with senders(server.target, batches) as ready:
            _wait_until_quiet(server)
            before = server.cpu_seconds()
            sent = ready.go()
            answered = server.cpu_seconds()
            time.sleep(_LATER_SECONDS)  # what is measured: the work that follows the answers
            _wait_until_quiet(server)
            quiet = server.cpu_seconds()
        _check_count(server, sum(batch.count + batch.warm_up for batch in batches))
    waits = sorted(1000 * wait for wait in sent.waits)
    return Sample(
        workload.name,
        peer.name,
        workload.count,
        sent.seconds,
        answered - before,
        quiet - answered,
        (statistics.median(waits), waits[int(0.95 * len(waits))]),
    )


def _wait_until_quiet(server: Running) -> None:
    """Wait until the server uses next to no CPU time."""
    end = time.monotonic() + _SETTLE_SECONDS
    used = server.cpu_seconds()
    while time.monotonic() < end:
        time.sleep(_QUIET_SECONDS)  # another process: its clock is looked at, there is no event
        now = server.cpu_seconds()
        if now - used <= 0.1 * _QUIET_SECONDS:
            return
        used = now


def _check_count(server: Running, expected: int) -> None:
    count = server.count
    if count is not None and count != expected:
        raise RuntimeError(f"{server.peer.name} acknowledged {expected} instances and holds {count}")
