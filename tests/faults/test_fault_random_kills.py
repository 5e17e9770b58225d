"""kill -9 at random moments under four senders: ten by default, two hundred with ISOCENTER_LONG=1.

The archive is the same through all kills of a run, so that it is also opened many times over its own past. The seed is
printed; ISOCENTER_SEED repeats a run as far as the machine's timing allows.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from aftermath import Aftermath, look_after, settings_of
from journal_sender import JournalSender, Sent, Told, mismatched, run_all, sound, truncated
from zygote import Zygote, zygote

from isocenter.app import reindex

LONG = os.environ.get("ISOCENTER_LONG") == "1"
KILLS = 200 if LONG else 10
SENDERS = 4
PER_ARCHIVE = 20
"""Kills before a new archive is begun: looking after an archive reads all of it."""


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zygote]:
    with zygote(tmp_path_factory.mktemp("zygote") / "server.log") as process:
        yield process


def batch(sender: int, kill: int, chance: random.Random) -> list[Sent]:
    """What one sender sends until the kill: mostly small, some larger, some to be refused, some sent before."""
    made: list[Sent] = []
    for number in range(400):
        own = (sender * 1000 + kill) * 400 + number
        made.append(
            chance.choices(
                [lambda n: sound("mr", n), lambda n: sound("ct", n), refused(chance), lambda _: again(made, chance)],
                [80, 6, 8, 6],
            )[0](own)
        )
    return made


def refused(chance: random.Random) -> Any:  # a function of a number
    kind = chance.choice(["mr", "ct"])
    make = chance.choice([truncated, mismatched])
    return lambda number: make(kind, number)


def again(made: list[Sent], chance: random.Random) -> Sent:
    """Something that was sent already: an acknowledgement for it is one for the first copy."""
    sent = [each for each in made if not each.expected]
    return chance.choice(sent) if sent else sound("mr", 10**6 + len(made))


def kill_once(
    servers: Zygote, folder: Path, settings: Mapping[str, Any], kill: int, chance: random.Random
) -> tuple[Aftermath, list[str]]:
    server = servers.start(settings)
    assert server.ports is not None
    journals = [folder / f"{kill:03d}-{number}.journal" for number in range(SENDERS)]
    senders = [
        JournalSender(server.ports[0], journal, batch(number, kill, chance), f"SENDER{number}")
        for number, journal in enumerate(journals)
    ]
    moment = chance.uniform(0.02, 0.7)

    def end() -> None:
        time.sleep(moment)  # the fault itself: a moment of its own choosing
        os.kill(server.pid, signal.SIGKILL)

    surprises = run_all(senders, end)
    assert servers.wait(server) == -signal.SIGKILL
    return look_after(settings, Told.read(sorted(folder.glob("*.journal")))), surprises


@pytest.mark.timeout(3600 if LONG else 300)
def test_random_kills_under_four_senders_lose_nothing(
    servers: Zygote, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("ISOCENTER_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
    chance = random.Random(seed)
    acknowledged = refusals = 0
    slowest = 0.0
    wrong: list[str] = []
    for archive in range(0, KILLS, PER_ARCHIVE):
        folder = tmp_path / f"archive-{archive:03d}"
        folder.mkdir()
        settings: dict[str, Any] = {
            "data": str(folder / "data"),
            "dimse": {"port": 0, "accept_any_ae": True},
            "web": {"port": 0},
            "storage": {"lanes": chance.choice([1, 2, 4]), "seal_bytes": 4 << 20, "spill_bytes": 64 << 10},
        }
        for kill in range(archive, min(archive + PER_ARCHIVE, KILLS)):
            found, surprises = kill_once(servers, folder, settings, kill, chance)
            slowest = max(slowest, found.seconds)
            wrong += [f"kill {kill}: {each}" for each in (*found.wrong, *surprises)]
        told = Told.read(sorted(folder.glob("*.journal")))
        reindex(settings_of(settings))
        wrong += [f"after a reindex: {each}" for each in look_after(settings, told).wrong]
        acknowledged += len(told.acknowledged)
        refusals += len(told.refused)
    with capsys.disabled():
        print(
            f"\n{KILLS} random kills, seed {seed}: {acknowledged} acknowledged, {refusals} refused, "
            f"{len(wrong)} wrong, slowest restart {slowest:.2f} s"
        )
    assert not wrong, f"seed {seed}"
