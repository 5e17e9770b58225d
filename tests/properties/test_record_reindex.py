"""After a thousand random operations, an index made again from the packs answers as the first one did."""

from __future__ import annotations

import os
import random
from dataclasses import fields
from pathlib import Path

import pytest
from record_life import Life, erase
from record_snapshot import Snapshot, snapshot

from isocenter.app import open_archive, reindex
from isocenter.settings import Settings, load_settings

OPERATIONS = 1000
SEEDS = [int(seed) for seed in os.environ.get("ISOCENTER_SEED", "1").split(",")]


def settings_in(folder: Path, **storage: int) -> Settings:
    values = {
        "data": folder / "data",
        "record": {"grace_seconds": 0},
        "storage": {"lanes": 2, "seal_bytes": 1 << 20, "reserve_bytes": 0, **storage},
    }
    return load_settings(overrides=values, environment={})


def differences(first: Snapshot, second: Snapshot) -> list[str]:
    found = []
    for part in fields(first):
        one, two = getattr(first, part.name), getattr(second, part.name)
        if one == two:
            continue
        if isinstance(one, dict):
            found += [f"{part.name}[{key}]: {_only(one[key], two[key])}" for key in one if one[key] != two[key]]
        else:
            found.append(f"{part.name}: {_only(one, two)}")
    return found


def _only(one: object, two: object) -> str:
    assert isinstance(one, list | tuple)
    assert isinstance(two, list | tuple)
    before = [each for each in one if each not in two][:3]
    after = [each for each in two if each not in one][:3]
    return f"only before: {before}; only after: {after}"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rebuilt_archive_answers_alike(tmp_path: Path, seed: int) -> None:
    settings = settings_in(tmp_path)
    with open_archive(settings) as archive:
        life = Life(archive, random.Random(seed))
        life.live(OPERATIONS)
        life.heal()
        erase(archive)
        before = snapshot(archive, seed)
    rebuilt = reindex(settings)
    with open_archive(settings) as archive:
        after = snapshot(archive, seed)
    print(f"seed {seed}: {life.done}; {rebuilt.events} events, {rebuilt.objects} objects, refused {rebuilt.refused}")
    assert not differences(before, after), f"seed {seed}"
    assert not before.problems
    assert rebuilt.damaged == rebuilt.without_event == 0
