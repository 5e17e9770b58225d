"""CPU time of a process and everything below it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

__all__ = ["tree_cpu_seconds"]

_TICKS = os.sysconf("SC_CLK_TCK")
_SCHEDULER_CLOCK = 2  # CPUCLOCK_SCHED, what clock_getcpuclockid(3) gives: exact, where /proc counts in 10 ms


def tree_cpu_seconds(pid: int) -> float:
    """Return user and system time of a process, its living descendants, and its ended ones that were waited for."""
    return sum(_cpu_seconds(each) for each in _tree(pid))


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except FileNotFoundError:
            continue
        for child in children:
            yield from _tree(int(child))


def _cpu_seconds(pid: int) -> float:
    """Add up a process's own clock and its waited-for children (proc_pid_stat(5)); 0 for a process that is gone."""
    try:
        own = time.clock_gettime((~pid << 3) | _SCHEDULER_CLOCK)
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    return own + sum(int(field) for field in stat.rpartition(")")[2].split()[13:15]) / _TICKS
