"""Starts servers quickly: one process imports the program once, then forks for each server that a test wants.

Run as a program it reads commands, one JSON object a line, and answers each with one line:
``{"start": {settings}, "kill": "K5:3"}`` -> ``{"pid": n, "ports": [dicom, http] or null}``,
``{"wait": pid}`` -> ``{"status": n}``, negative for a signal as in `subprocess`.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Running:
    """A server that was started; ``ports`` is None when it ended before it was ready."""

    pid: int
    ports: tuple[int, int] | None


class Zygote:
    """The test's side."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def start(self, settings: Mapping[str, Any], kill: str = "") -> Running:
        """Start a server and wait until its doors are open or it is gone."""
        answer = self._ask({"start": settings, "kill": kill})
        return Running(answer["pid"], tuple(answer["ports"]) if answer["ports"] else None)

    def wait(self, running: Running) -> int:
        """Wait until a server has ended; gives its return code, negative for a signal."""
        return int(self._ask({"wait": running.pid})["status"])

    def _ask(self, command: Mapping[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return dict(json.loads(self._process.stdout.readline()))


@contextmanager
def zygote(log: Path) -> Iterator[Zygote]:
    """Have a process that can start servers; what they log goes to ``log``."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ISOCENTER_")}
    with log.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=file,
            env=environment,
            text=True,
        )
    with process:
        yield Zygote(process)


def main() -> None:
    """Read commands until the input ends."""
    app = importlib.import_module("isocenter.app")
    for line in sys.stdin:
        command = json.loads(line)
        if "wait" in command:
            _, status = os.waitpid(command["wait"], 0)
            answer: dict[str, Any] = {"status": os.waitstatus_to_exitcode(status)}
        else:
            pid, ports = _start(app, command["start"], command["kill"])
            answer = {"pid": pid, "ports": ports}
        print(json.dumps(answer), flush=True)


def _start(app: Any, settings: Mapping[str, Any], kill: str) -> tuple[int, list[int] | None]:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.close(reading)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            _serve(app, settings, kill, writing)
            status = 0
        finally:
            sys.stderr.flush()
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        line = pipe.readline()
    return pid, json.loads(line) if line else None


def _serve(app: Any, settings: Mapping[str, Any], kill: str, ready: int) -> None:
    os.environ["ISOCENTER_KILL"] = kill
    importlib.reload(importlib.import_module("isocenter.faults"))  # reads the variable, as at a start
    load_settings = importlib.import_module("isocenter.settings").load_settings

    def announce(server: Any) -> None:
        os.write(ready, f"[{server.dimse.port}, {server.web.port}]\n".encode())

    app.serve(load_settings(overrides=settings, environment={}), announce)


if __name__ == "__main__":
    main()
