"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from bench.peers import PEERS

__all__ = ["describe_machine"]


def describe_machine(folder: Path) -> Mapping[str, str]:
    """Return the machine, the moment and the versions, ready to print; ``folder`` is where peers store."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": f"{os.cpu_count()} x {_first('/proc/cpuinfo', 'model name')}",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "kernel": platform.release(),
        "file system": _file_system(folder),
        "load before": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        "python": platform.python_version(),
        **{name: peer.version() or "not installed" for name, peer in PEERS.items() if name != "sink"},
    }


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
