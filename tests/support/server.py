"""The server as its users start it: a process of its own, in a folder of its own, on free ports."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROGRAM = Path(sys.executable).parent / "isocenter"
AE_TITLE = "ISOCENTER"
START_SECONDS = 60.0
STOP_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer for the settings file; ``extra`` holds more of its settings."""

    ae_title: str
    port: int = 0
    host: str = "127.0.0.1"
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    folder: Path
    dicom_port: int
    http_port: int
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> tuple[str, int]:
        return ("127.0.0.1", self.dicom_port)

    @property
    def dicomweb(self) -> str:
        return f"http://127.0.0.1:{self.http_port}/dicomweb"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text("utf-8", "replace")

    def health(self) -> dict[str, Any]:  # Any: JSON
        return dict(json.loads(get(f"http://127.0.0.1:{self.http_port}/health")))

    def resident_bytes(self) -> int:
        """Memory of the process at the moment."""
        fields = Path(f"/proc/{self.process.pid}/statm").read_text().split()
        return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")

    def descriptors(self) -> int:
        """Open files and sockets of the process at the moment."""
        return sum(1 for _ in Path(f"/proc/{self.process.pid}/fd").iterdir())


def get(url: str, headers: Mapping[str, str] | None = None) -> bytes:
    """GET over HTTP, straight to the server whatever proxies the environment names."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url, headers=dict(headers or {})), timeout=30) as answer:
        return bytes(answer.read())


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment() -> dict[str, str]:
    """The environment for peers and server: no settings of ours, no proxy, no Nagle's algorithm in DCMTK."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ISOCENTER_")}
    for name in [name for name in kept if name.lower().endswith("_proxy")]:
        del kept[name]
    return {**kept, "TCP_NODELAY": "1"}


@contextmanager
def running_server(
    folder: Path,
    *,
    peers: Sequence[Peer] = (),
    accept_any_ae: bool = True,
    dimse: Mapping[str, str | int | float | bool] | None = None,
    check_log: bool = True,
) -> Iterator[Server]:
    """Start ``isocenter serve``, wait until it answers its health check, and stop it with SIGTERM at the end.

    Fails when it does not start, does not end cleanly, or left a traceback in its log.
    """
    dicom_port, http_port = free_port(), free_port()
    settings = settings_in(folder, peers, dimse)
    command = [str(PROGRAM), "serve", "--data", str(folder / "data")]
    command += ["--dicom-port", str(dicom_port), "--http-port", str(http_port), "--ae-title", AE_TITLE]
    if accept_any_ae:
        command.append("--accept-any-ae")
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT, env=clean_environment() | {"ISOCENTER_CONFIG": str(settings)}
        )
    server = Server(folder, dicom_port, http_port, process)
    try:
        _wait_until_healthy(server)
        yield server
        _stop(server)
        if check_log:
            assert "Traceback (most recent call last)" not in server.log, server.log[-4000:]
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def settings_in(
    folder: Path, peers: Sequence[Peer] = (), dimse: Mapping[str, str | int | float | bool] | None = None
) -> Path:
    """Write a settings file into a server's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "isocenter.toml"
    file.write_text(_settings(peers, dimse or {}))
    return file


def isocenter(folder: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a command of the program with the settings file and the data of a server's folder."""
    environment = clean_environment() | {
        "ISOCENTER_CONFIG": str(folder / "isocenter.toml"),
        "ISOCENTER_DATA": str(folder / "data"),
        "NO_COLOR": "1",
        "COLUMNS": "200",
    }
    done = subprocess.run(
        [str(PROGRAM), *arguments], capture_output=True, text=True, timeout=300, env=environment, check=False
    )
    assert not check or done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done


def _settings(peers: Sequence[Peer], dimse: Mapping[str, str | int | float | bool]) -> str:
    lines = ["[dimse]", *(f"{name} = {json.dumps(value)}" for name, value in dimse.items())]
    for peer in peers:
        lines += [f"[peers.{peer.ae_title.lower()}]", f'ae_title = "{peer.ae_title}"']
        if peer.port:
            lines += [f'host = "{peer.host}"', f"port = {peer.port}"]
        lines += [f"{name} = {json.dumps(value)}" for name, value in peer.extra.items()]
    return "\n".join(lines) + "\n"


def _wait_until_healthy(server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise AssertionError(f"The server ended with {server.process.returncode}:\n{server.log[-4000:]}")
        try:
            if server.health()["status"] == "ok":
                return
        except OSError:
            pass
        time.sleep(0.05)  # another process: there is no event to wait for
    raise AssertionError(f"The server did not answer its health check:\n{server.log[-4000:]}")


def _stop(server: Server) -> None:
    assert server.process.poll() is None, f"The server ended by itself:\n{server.log[-4000:]}"
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(STOP_SECONDS) == 0, server.log[-4000:]
