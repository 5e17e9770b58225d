"""The whole server inside the test's process, so that a test can look at what it holds."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvloop

from isocenter.app import Server, open_archive
from isocenter.settings import load_settings


@contextmanager
def server_inside(folder: Path, **dimse: Any) -> Iterator[Server]:  # Any: values of settings
    """Run the server on a thread of its own, on free ports, with room for little before objects spill."""
    settings = load_settings(
        overrides={
            "data": folder / "data",
            "storage": {"spill_bytes": 64 * 1024, "buffer_bytes": 8 << 20, "reserve_bytes": 0},
            "dimse": {"port": 0, "accept_any_ae": True} | dimse,
            "web": {"port": 0},
        },
        environment={},
    )
    with open_archive(settings) as archive:
        server = Server(archive)
        loop = uvloop.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="server")
        thread.start()
        try:
            asyncio.run_coroutine_threadsafe(server.start(), loop).result(60)
            yield server
            asyncio.run_coroutine_threadsafe(server.stop(), loop).result(60)
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()
