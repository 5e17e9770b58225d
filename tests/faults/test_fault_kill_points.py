"""kill -9 at each kill point of the ingest contract: nothing acknowledged is lost, nothing refused appears."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aftermath import look_after
from journal_sender import JournalSender, Sent, Told, mismatched, run_all, sound, truncated
from zygote import Zygote, zygote

POINTS = [f"K{number}" for number in range(10)]
SPILLING = {"in packs": {"seal_bytes": 1 << 20}, "spilled": {"spill_bytes": 64 << 10}}
"""Settings by the path that larger instances take; the small seal size makes new packs, for K6."""


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zygote]:
    with zygote(tmp_path_factory.mktemp("zygote") / "server.log") as process:
        yield process


def instances(sender: int) -> list[Sent]:
    """Small and larger instances of one sender, with some between them that must be refused."""
    first = 100 * sender
    return [
        sound("mr", first),
        sound("ct", first + 1),
        truncated("mr", first + 2),
        sound("ct", first + 3),
        mismatched("ct", first + 4),
        sound("mr", first + 5),
        truncated("ct", first + 6),
        sound("ct", first + 7),
        sound("mr", first + 8),
    ]


@pytest.mark.parametrize("path", SPILLING)
@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("point", POINTS)
def test_a_kill_loses_nothing_that_was_acknowledged(
    servers: Zygote, tmp_path: Path, point: str, nth: int, path: str
) -> None:
    settings: dict[str, Any] = {
        "data": str(tmp_path / "data"),
        "dimse": {"port": 0, "accept_any_ae": True},
        "web": {"port": 0},
        "storage": SPILLING[path],
    }
    server = servers.start(settings, f"{point}:{nth}")
    assert server.ports is not None
    journals = [tmp_path / f"sender-{number}.journal" for number in range(2)]
    senders = [
        JournalSender(server.ports[0], journal, instances(number), f"SENDER{number}")
        for number, journal in enumerate(journals)
    ]
    surprises = run_all(senders)
    if all(sender.finished for sender in senders):
        pytest.fail(f"{point} was passed fewer than {nth} times")
    assert servers.wait(server) == -signal.SIGKILL
    found = look_after(settings, Told.read(journals))
    assert not surprises
    assert not found.wrong
