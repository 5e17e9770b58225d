"""``storescu`` as people run it: in its default environment, where it leaves Nagle's algorithm on.

Its small writes then wait for the receiver's delayed acknowledgement, 44 ms for each object, unless the receiver
acknowledges at once. The receivers run in their default environment too.
"""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.measure import Sample
from bench.peers import AS_IT_COMES, Peer, Running, running
from bench.workloads import AsItComesWorkload
from isocenter.services.samples.bench import bench_instance

__all__ = ["measure_as_it_comes"]


def measure_as_it_comes(
    workloads: Sequence[AsItComesWorkload],
    peers: Sequence[Peer],
    repetitions: int,
    chance: random.Random,
    folder: Path,
    tell: Callable[[Sample], None],
) -> list[Sample]:
    """Run everything; the time is that of the whole command, the program's start included."""
    samples = []
    for repetition in range(repetitions):
        for workload in workloads:
            files = _written(workload, repetition, folder / f"files-{workload.name}-{repetition}")
            for peer in chance.sample(peers, len(peers)):
                place = folder / f"{peer.name}-{workload.name}-{repetition}"
                with running(peer, place, environment=AS_IT_COMES) as server:
                    sample = _measure(workload, server, files)
                tell(sample)
                samples.append(sample)
    return samples


def _written(workload: AsItComesWorkload, repetition: int, folder: Path) -> list[Path]:
    folder.mkdir(parents=True)
    files = []
    for number in range(workload.count):
        file = folder / f"{number:04d}.dcm"
        file.write_bytes(bench_instance(workload.kind, repetition * workload.count + number, workload.count))
        files.append(file)
    return files


def _measure(workload: AsItComesWorkload, server: Running, files: Sequence[Path]) -> Sample:
    target = server.target
    environment = {name: value for name, value in os.environ.items() if name != "TCP_NODELAY"}
    before = server.cpu_seconds()
    start = time.monotonic()
    subprocess.run(
        ["storescu", "-aec", target.ae_title, target.host, str(target.port), *map(str, files)],
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    seconds = time.monotonic() - start
    used = server.cpu_seconds() - before
    if server.count != len(files):
        raise RuntimeError(f"{server.peer.name} was sent {len(files)} files and holds {server.count}")
    wait = 1000 * seconds / len(files)
    return Sample(workload.name, server.peer.name, len(files), seconds, used, 0.0, (wait, wait))
