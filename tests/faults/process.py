"""What a process holds at the moment, by the kernel's account."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

MIB = 1 << 20
LONG = os.environ.get("ISOCENTER_LONG") == "1"
"""Run the full sizes: minutes, and gigabytes of disk."""


def resident_bytes(pid: int | str = "self") -> int:
    return _status_field(pid, "VmRSS")


def peak_bytes(pid: int | str = "self") -> int:
    """The highest resident memory since `forget_peak`."""
    return _status_field(pid, "VmHWM")


def forget_peak(pid: int | str = "self") -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def descriptors(pid: int | str = "self") -> list[str]:
    """What the open descriptors lead to, but for packs: of these a bounded number is kept open for reading."""
    found = []
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            found.append(str(descriptor.readlink()))
    return sorted(target for target in found if not target.endswith(".tar"))


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Wait for another thread or process; there is no event to wait for."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:g} seconds: {what}"
        time.sleep(0.02)  # another process: there is no event to wait for


def _status_field(pid: int | str, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise LookupError(name)
