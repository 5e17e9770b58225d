"""``python -m bench``: measures everything, or the workloads that are named, and shows the figures."""

from __future__ import annotations

import argparse
import random
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table as RichTable

from bench.as_it_comes import measure_as_it_comes
from bench.chart import chart
from bench.find import FindSample, measure_finds
from bench.machine import Neighbours, describe_machine
from bench.measure import Sample, measure_stores, summarize
from bench.peers import PEERS, Peer
from bench.publish import publish
from bench.results import Results, Table
from bench.stages import Stage, measure_stages
from bench.workloads import AS_IT_COMES, STAGES, STORES, quick

FOLDER: Final = Path(".bench")
_FEWEST_REPETITIONS: Final = 5
_QUIET_CORES: Final = 0.2
"""What other processes may use of the machine while figures for publishing are measured."""
_STUDIES: Final = 100_000
_QUERIES: Final = 200


def main() -> None:
    """Run the command."""
    options = _options()
    peers = [PEERS[name] for name in options.peers]
    missing = [peer.name for peer in peers if not peer.version()]
    if missing:
        raise SystemExit(f"Not installed: {', '.join(missing)}. Leave out with --peers, or install (see .ci/run).")
    runs = FOLDER.absolute() / "run"
    shutil.rmtree(runs, ignore_errors=True)
    runs.mkdir(parents=True)
    console = Console(width=None if sys.stdout.isatty() else 160)
    try:
        results = _measured(options, peers, runs, console)
    finally:
        shutil.rmtree(runs)
    for table in results.tables():
        console.print(_rich(table))
    picture = FOLDER / "bench.svg"
    picture.write_text(chart(summarize([*results.stores, *results.as_it_comes])))
    json = options.json or FOLDER / "bench.json"
    json.write_text(results.json())
    console.print(f"All repetitions are in {json}, a picture is in {picture}.")
    if options.publish:
        publish(results, picture)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    every = [*STORES, *AS_IT_COMES, "find", "stages"]
    parser.add_argument("workloads", nargs="*", help=f"what to measure, of {', '.join(every)} (default: all)")
    parser.add_argument("--repetitions", type=int, default=_FEWEST_REPETITIONS, help="of each workload (default: 5)")
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS), help="who receives (default: all)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6), help="of the random order")
    parser.add_argument("--quick", action="store_true", help="a tenth of everything, twice: to see that it runs")
    parser.add_argument("--json", type=Path, help="where to write every repetition (default: .bench/bench.json)")
    parser.add_argument("--publish", action="store_true", help="put the figures into docs/reference/benchmarks.md")
    options = parser.parse_args()
    unknown = set(options.workloads) - set(every)
    if unknown:
        parser.error(f"no such workload: {', '.join(sorted(unknown))}")
    if options.repetitions < _FEWEST_REPETITIONS:
        parser.error("fewer than five repetitions say nothing; --quick only shows that it runs")
    if options.quick and options.publish:
        parser.error("--quick is not for publishing")
    options.workloads = options.workloads or every
    return options


def _measured(options: argparse.Namespace, peers: Sequence[Peer], folder: Path, console: Console) -> Results:
    machine = describe_machine(folder)
    console.print("\n".join(f"{name}: {value}" for name, value in machine.items()))
    console.print(f"seed: {options.seed}")
    chance = random.Random(options.seed)
    neighbours = Neighbours()
    wanted: list[str] = options.workloads
    repetitions = 2 if options.quick else options.repetitions
    stores = [quick(STORES[name]) if options.quick else STORES[name] for name in wanted if name in STORES]
    came = [AS_IT_COMES[name] for name in wanted if name in AS_IT_COMES]
    came = [replace(workload, count=workload.count // 5) for workload in came] if options.quick else came
    listeners = [peer for peer in peers if peer.name in {"isocenter", "orthanc"}]

    def tell(sample: Sample | FindSample) -> None:
        console.print(_line(sample))

    results = Results(
        command=" ".join(["python -m bench", *sys.argv[1:]]),
        machine=machine,
        seed=options.seed,
        stores=measure_stores(stores, peers, repetitions, chance, folder, tell),
        as_it_comes=measure_as_it_comes(came, listeners, repetitions, chance, folder, tell),
        finds=measure_finds(_STUDIES // (10 if options.quick else 1), _QUERIES, chance, folder, tell)
        if "find" in wanted and PEERS["isocenter"] in peers
        else [],
        stages=_stages(folder) if "stages" in wanted else {},
    )
    taken = neighbours.cores()
    console.print(f"Other processes kept {taken:.2f} processors busy meanwhile.")
    if options.publish and taken > _QUIET_CORES:
        raise SystemExit(f"Not published: on a quiet machine that is at most {_QUIET_CORES}.")
    return replace(results, machine={**machine, "taken by others": f"{taken:.2f} processors"})


def _stages(folder: Path) -> dict[str, list[Stage]]:
    return {
        workload.title: measure_stages(workload.kind, workload.count, workload.together, folder / f"stages-{number}")
        for number, workload in enumerate(STAGES)
    }


def _line(sample: Sample | FindSample) -> str:
    if isinstance(sample, FindSample):
        return f"find {sample.name}: {sample.median_milliseconds:.2f} ms"
    rate = sample.instances / sample.seconds
    return f"{sample.workload} {sample.peer}: {rate:,.0f}/s, {1000 * sample.cpu_seconds / sample.instances:.2f} ms CPU"


def _rich(table: Table) -> RichTable:
    shown = RichTable(title=table.title)
    for number, column in enumerate(table.columns):
        shown.add_column(column, justify="right" if number else "left", no_wrap=not number)
    for row in table.rows:
        shown.add_row(*row)
    return shown


if __name__ == "__main__":
    main()
