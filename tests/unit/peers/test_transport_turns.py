"""A sender of much does not keep others from being read."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import pytest
import uvloop

from isocenter.peers.dimse import transport
from isocenter.peers.dimse.transport import AssociationTransport

FULL = 4096


class Quiet:
    """An upper layer that takes all and says nothing."""

    deadline = None
    closing = False

    def __getattr__(self, name: str) -> Callable[..., Any]:  # Any: every other method gives an empty list
        return lambda *_: []


class Reading(AssociationTransport):
    """Notes who was read, and how much."""

    def __init__(self, name: str, log: list[tuple[str, int]]) -> None:
        super().__init__(Quiet(), lambda _: Quiet())  # type: ignore[arg-type]
        self._name = name
        self._log = log

    def buffer_updated(self, nbytes: int) -> None:
        self._log.append((self._name, nbytes))
        super().buffer_updated(nbytes)


@pytest.fixture(autouse=True)
def small_buffer(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that the kernel's own buffers fill several times over."""
    monkeypatch.setattr(transport, "RECEIVE_BYTES", FULL)
    monkeypatch.setattr(transport, "_receive_buffer", memoryview(bytearray(FULL)))


async def read_both(log: list[tuple[str, int]], *, pause: bool) -> None:
    """Have one sender's ten full buffers wait, then a little of another's."""
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        pairs = [(socket.create_connection(listener.getsockname()), listener.accept()[0]) for _ in range(2)]
    much, little = (theirs for theirs, _ in pairs)
    protocols = []
    for name, (_, ours) in zip(("much", "little"), pairs, strict=True):
        ours.setblocking(False)
        _, protocol = await loop.create_connection(lambda name=name: Reading(name, log), sock=ours)
        protocols.append(protocol)
    if pause:
        protocols[0].pause_reading()
    much.sendall(bytes(10 * FULL))
    little.sendall(b"little")
    await until(lambda: ("little", 6) in log)
    if pause:
        assert [name for name, _ in log] == ["little"]
        protocols[0].resume_reading()
    await until(lambda: sum(size for name, size in log if name == "much") == 10 * FULL)
    much.close()
    little.close()
    await asyncio.sleep(0)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0)


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_a_full_buffer_ends_a_senders_turn(run: Callable[[Any], None]) -> None:
    log: list[tuple[str, int]] = []
    run(read_both(log, pause=False))
    before = [size for name, size in log[: log.index(("little", 6))] if name == "much"]
    assert len(before) <= 2


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_a_pause_that_was_asked_for_outlasts_the_turn(run: Callable[[Any], None]) -> None:
    run(read_both([], pause=True))
