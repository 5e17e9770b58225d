"""Runs the web door inside the program's event loop."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

from isocenter.errors import ConfigurationError
from isocenter.settings import WebSettings

__all__ = ["WebServer"]


class WebServer:
    """The HTTP listener; loopback only until there are accounts."""

    def __init__(self, app: Starlette, settings: WebSettings) -> None:
        _require_loopback(settings.host)
        self._settings = settings
        self._server = _Embedded(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="off",
                http="httptools",
                ws="none",
                h11_max_incomplete_event_size=32 * 1024,
                timeout_graceful_shutdown=10,
            )
        )
        self._socket: socket.socket | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port that is listened on."""
        assert self._socket is not None  # noqa: S101 - asked after `start`
        return int(self._socket.getsockname()[1])

    async def start(self) -> None:
        """Begin to listen."""
        family = socket.AF_INET6 if ":" in self._settings.host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((self._settings.host, self._settings.port))
        self._socket.listen(2048)  # from now on callers wait and are not refused; the task below begins a little later
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))

    async def stop(self) -> None:
        """End, letting requests under way finish for a while."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task


class _Embedded(uvicorn.Server):
    """Leaves signals to the program, which ends all doors in order."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take none."""
        yield


def _require_loopback(host: str) -> None:
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    if not loopback:
        raise ConfigurationError(
            f"Setting web.host: {host} is not a loopback address. The web door has no accounts yet, so it is open "
            "to this machine only; put a proxy that authenticates before it."
        )
