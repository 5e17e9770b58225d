"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from bench.peers import PEERS

__all__ = ["Neighbours", "describe_machine"]


def describe_machine(folder: Path) -> Mapping[str, str]:
    """Return the machine, the moment and the versions, ready to print; ``folder`` is where peers store."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": f"{os.cpu_count()} x {_first('/proc/cpuinfo', 'model name')}",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "kernel": platform.release(),
        "file system": _file_system(folder),
        "python": platform.python_version(),
        **{name: peer.version() or "not installed" for name, peer in PEERS.items() if name != "sink"},
    }


class Neighbours:
    """How much of the machine other processes use, from now on; the kernel's own work counts as theirs."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._used = _machine_seconds() - _our_seconds()

    def cores(self) -> float:
        """Return the mean number of processors that others kept busy."""
        used = _machine_seconds() - _our_seconds() - self._used
        return max(0.0, used / (time.monotonic() - self._start))


def _machine_seconds() -> float:
    """Return the CPU seconds of all processes since the start (proc_stat(5)): all but idle and waiting for disks."""
    fields = [int(field) for field in Path("/proc/stat").read_text().partition("\n")[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")


def _our_seconds() -> float:
    """Return the CPU seconds of this process and of all that it has started and waited for."""
    return sum(os.times()[:4])


def _first(file: str, field: str) -> str:
    for line in Path(file).read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == field:
            return value.strip()
    return "unknown"


def _file_system(folder: Path) -> str:
    """Return the type of the file system that holds a folder, from the longest mount point above it."""
    found = max(
        (line.split() for line in Path("/proc/mounts").read_text().splitlines()),
        key=lambda fields: len(fields[1]) if folder.is_relative_to(fields[1]) else -1,
    )
    return f"{found[2]} on {Path(found[0]).name}"
