"""All that one run found, and its tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from bench.find import FindSample
from bench.measure import Sample, Spread, Summary, summarize
from bench.stages import Stage

__all__ = ["Results", "Table"]


@dataclass(frozen=True, slots=True)
class Table:
    """Text in rows and columns; the first column is words, the others are figures."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        """Write the table for the documentation."""
        head = f"| {' | '.join(self.columns)} |\n|{'---|' + '---:|' * (len(self.columns) - 1)}\n"
        return f"### {self.title}\n\n{head}" + "".join(f"| {' | '.join(row)} |\n" for row in self.rows)


@dataclass(frozen=True, slots=True)
class Results:
    """One run."""

    command: str
    machine: Mapping[str, str]
    seed: int
    stores: Sequence[Sample]
    as_it_comes: Sequence[Sample]
    finds: Sequence[FindSample]
    stages: Mapping[str, Sequence[Stage]]
    """By how the objects came: one by one, or together."""

    def json(self) -> str:
        """Write everything, each repetition included."""
        summaries = [asdict(summary) for summary in summarize([*self.stores, *self.as_it_comes])]
        return json.dumps({**asdict(self), "summaries": summaries}, indent=1)

    def tables(self) -> list[Table]:
        """Return what a person reads."""
        tables = []
        if self.stores:
            tables.append(_stores("C-STORE, by the sender that is not the bottleneck", summarize(self.stores)))
        if self.as_it_comes:
            title = "C-STORE, by storescu as it comes (Nagle's algorithm on, receivers in their default environment)"
            tables.append(_stores(title, summarize(self.as_it_comes)))
        if self.finds:
            tables.append(_finds(self.finds))
        if self.stages:
            tables.append(_stages(self.stages))
        return tables


def _stores(title: str, summaries: Sequence[Summary]) -> Table:
    columns = (
        "workload and receiver", "instances/s", "lowest to highest", "quartiles", "of Orthanc", "of storescp",
        "server CPU ms/instance", "later", "wait ms (median, p95)",
    )  # fmt: skip
    order = {"isocenter": 0, "orthanc": 1, "storescp": 2}
    workloads = list(dict.fromkeys(summary.workload for summary in summaries))
    ordered = sorted(summaries, key=lambda each: (workloads.index(each.workload), order.get(each.peer, 9)))
    return Table(title, columns, [_store_row(each, summaries) for each in ordered])


def _store_row(summary: Summary, summaries: Sequence[Summary]) -> Sequence[str]:
    rate, wait = summary.rate, summary.wait_milliseconds
    return (
        f"{summary.workload} {summary.peer}",
        f"{rate.median:,.0f}",
        f"{rate.low:,.0f} to {rate.high:,.0f}",
        f"{rate.quartiles[0]:,.0f} to {rate.quartiles[1]:,.0f}",
        _ratio(summary, summaries, "orthanc"),
        _ratio(summary, summaries, "storescp"),
        _spread(summary.cpu_milliseconds),
        f"{summary.later_cpu_milliseconds.median:.2f}",
        f"{wait[0]:.2f}, {wait[1]:.2f}",
    )


def _spread(spread: Spread) -> str:
    return f"{spread.median:.2f} ({spread.low:.2f} to {spread.high:.2f})"


def _ratio(summary: Summary, summaries: Sequence[Summary], peer: str) -> str:
    for other in summaries:
        if other.peer == peer and other.workload == summary.workload:
            return f"{summary.rate.median / other.rate.median:.2f}"
    return "-"


def _finds(samples: Sequence[FindSample]) -> Table:
    title = f"C-FIND at study level, {samples[0].instances:,} instances in {samples[0].studies:,} studies"
    columns = ("question", "questions", "answers (median)", "median ms", "p95 ms", "worst ms", "server CPU ms")
    rows = [
        (
            each.name,
            f"{each.queries}",
            f"{each.matches:.0f}",
            f"{each.median_milliseconds:.2f}",
            f"{each.p95_milliseconds:.2f}",
            f"{each.worst_milliseconds:.2f}",
            f"{each.cpu_milliseconds:.2f}",
        )
        for each in samples
    ]
    return Table(title, columns, rows)


def _stages(stages: Mapping[str, Sequence[Stage]]) -> Table:
    columns = ("stage", *stages)
    first = next(iter(stages.values()))
    rows = [
        (
            f"of it: {stage.name}" if stage.part_of else stage.name,
            *(f"{found[number].milliseconds:.3f}" for found in stages.values()),
        )
        for number, stage in enumerate(first)
    ]
    totals = (sum(each.milliseconds for each in found if not each.part_of) for found in stages.values())
    rows.append(("all", *(f"{total:.3f}" for total in totals)))
    return Table("CPU time of one C-STORE by stage, ms for each instance", columns, rows)
