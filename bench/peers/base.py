"""One anatomy for all peers: a folder, free ports, a command, a health check, an end by process id."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.process_cpu import tree_cpu_seconds
from bench.wire import Target, is_answering

__all__ = ["AS_IT_COMES", "NO_DELAY", "Peer", "Place", "Running", "running", "version_line"]

NO_DELAY: Final[Mapping[str, str]] = {"TCP_NODELAY": "1"}
"""What keeps DCMTK, which Orthanc is built on too, from Nagle's algorithm."""
AS_IT_COMES: Final[Mapping[str, str]] = {}

_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Place:
    """What a peer is given: an empty folder and two free ports."""

    folder: Path
    dicom_port: int
    http_port: int


class Peer(ABC):
    """A program that receives objects."""

    name: str
    ae_title: str = "BENCHPEER"

    @abstractmethod
    def version(self) -> str:
        """Return the version that is installed; empty when it is not."""

    @abstractmethod
    def command(self, place: Place, associations: int) -> list[str]:
        """Return the command that starts it, ready for that many associations at once."""

    @abstractmethod
    def count(self, place: Place) -> int | None:
        """Return how many instances it holds by its own account; None when it keeps none."""


@dataclass(frozen=True, slots=True)
class Running:
    """A peer that answers."""

    peer: Peer
    place: Place
    process: subprocess.Popen[bytes]

    @property
    def target(self) -> Target:
        """Where to send."""
        return Target(self.place.dicom_port, self.peer.ae_title)

    @property
    def count(self) -> int | None:
        """How many instances it holds by its own account."""
        return self.peer.count(self.place)

    def cpu_seconds(self) -> float:
        """Return the CPU time that it and its children have used so far."""
        return tree_cpu_seconds(self.process.pid)


@contextmanager
def running(
    peer: Peer,
    folder: Path,
    *,
    associations: int = 1,
    environment: Mapping[str, str] = NO_DELAY,
    prepare: Callable[[Path], object] | None = None,
) -> Iterator[Running]:
    """Start a peer in a new folder, which ``prepare`` may fill first; stop it and remove the folder at the end.

    What the folder held is written out or forgotten before this returns: the next peer starts with a quiet disk.
    """
    folder.mkdir(parents=True)
    try:
        if prepare is not None:
            prepare(folder)
        place = Place(folder, *_free_ports())
        with _process(peer.command(place, associations), folder / "log", environment) as process:
            started = Running(peer, place, process)
            _wait_until_answering(started)
            yield started
    except Exception as error:
        error.add_note(f"{peer.name} was running. Its log ends:\n{_end_of_log(folder)}")
        raise
    finally:
        shutil.rmtree(folder)
        os.sync()


@contextmanager
def _process(command: list[str], log: Path, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command until the block ends; then ask it to stop, and stop it if it does not."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env={**_clean_environment(), **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def version_line(*command: str) -> str:
    """Return the first line that a program prints; empty when it is not installed."""
    if shutil.which(command[0]) is None:
        return ""
    output = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return output.partition("\n")[0].strip(" $")


def _wait_until_answering(started: Running) -> None:
    end = time.monotonic() + _START_SECONDS
    while not is_answering(started.target):
        if started.process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"{started.peer.name} does not answer")
        time.sleep(0.05)  # another process: there is no event to wait for


def _end_of_log(folder: Path) -> str:
    log = folder / "log"
    return log.read_text(errors="replace")[-2000:] if log.exists() else ""


def _free_ports() -> tuple[int, int]:
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]


def _clean_environment() -> dict[str, str]:
    """Return this process's environment without what would set up a peer behind our back."""
    return {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR", "TZ"}}
