"""After the power went while a pack was written: what is whole comes back, and a rebuild agrees with the recovery."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest
from record_life import EXPLICIT, SERIES, STUDIES, Life, Thing, flip, keep
from record_snapshot import snapshot
from test_record_reindex import differences, settings_in

from isocenter.app import Archive, open_archive, reindex
from isocenter.index.read import IngestLookups, RetrieveLookups
from isocenter.settings import Settings

CUTS = 20 if os.environ.get("ISOCENTER_LONG") == "1" else 4


def pack_file(settings: Settings, name: str) -> Path:
    return settings.data / "packs" / name[:9] / f"{name}.tar"


def images(folder: Path, chance: random.Random) -> tuple[Settings, dict[str, int]]:
    """A data folder as a crash leaves it: the index as it was some time before the packs; gives what it knows."""
    settings = settings_in(folder, lanes=1, seal_bytes=1 << 30)
    crashed = settings_in(folder / "crashed", lanes=1, seal_bytes=1 << 30)
    crashed.data.mkdir(parents=True)
    with open_archive(settings) as archive:
        life = Life(archive, chance)
        life.live(40, without=("damage",))
        for file in settings.data.glob("index.sqlite*"):
            shutil.copy2(file, crashed.data)
        known = dict(IngestLookups(archive.engine).pack_ends())
        life.live(40, without=("damage", "purge"))
        shutil.copytree(settings.data / "packs", crashed.data / "packs")
    return crashed, known


@pytest.mark.parametrize("seed", range(CUTS))
def test_a_pack_cut_anywhere_recovers_to_what_a_rebuild_gives(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    settings, known = images(tmp_path, chance)
    name = max(known)
    with pack_file(settings, name).open("r+b") as pack:
        size = os.fstat(pack.fileno()).st_size
        pack.truncate(chance.randint(known[name], size))
        if chance.random() < 0.5:  # a file system may also keep the size and lose the bytes
            pack.truncate(size)
    with open_archive(settings) as archive:
        recovered = snapshot(archive, seed)
        assert len(recovered.contents) > 0
    rebuilt = reindex(settings)
    with open_archive(settings) as archive:
        assert not differences(recovered, snapshot(archive, seed)), f"seed {seed}"
    assert rebuilt.refused == [], f"seed {seed}"


def some_things(archive: Archive) -> list[Thing]:
    """Things of one study, each kept in a commit group of its own."""
    things = [Thing(study=0, series=n % SERIES, number=n, patient=0, syntax=EXPLICIT) for n in range(STUDIES)]
    for thing in things:
        keep(archive, thing).result(timeout=60)
    return things


def digest_of(archive: Archive, thing: Thing) -> bytes:
    held = RetrieveLookups(archive.engine).by_uid(thing.sop_instance_uid)
    assert held is not None
    return held.content.content_id


def test_damage_in_an_open_pack_costs_a_rebuild_one_object_and_not_what_follows(tmp_path: Path) -> None:
    """The process was killed, a byte of an early object is wrong, and the index is lost."""
    settings, crashed = settings_in(tmp_path), settings_in(tmp_path / "crashed")
    with open_archive(settings) as archive:
        things = some_things(archive)
        crashed.data.mkdir(parents=True)
        flip(archive, digest_of(archive, things[1]), random.Random(2))
        shutil.copytree(settings.data / "packs", crashed.data / "packs")
    rebuilt = reindex(crashed)
    assert rebuilt.damaged == 1
    with open_archive(crashed) as archive:
        assert len([thing for thing in things if digest_of(archive, thing)]) == len(things)
        assert [entry.kind for entry in archive.record.exceptions()] == ["damaged-content"]
        assert keep(archive, things[1]).result(timeout=60).result.value == "stored"
        assert archive.record.exceptions() == []
        assert archive.check().clean


def test_a_lost_event_does_not_lose_its_objects(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with open_archive(settings) as archive:
        things = some_things(archive)
        event = archive.record.history(things[2].sop_instance_uid)[0]
    data = pack_file(settings, "000000000001")
    at = data.read_bytes().index(f"{event.sequence:016d}.event".encode())
    with data.open("r+b") as pack:
        pack.seek(at + 512 + 20)
        pack.write(b"\0\0\0")
    rebuilt = reindex(settings)
    assert (rebuilt.damaged, rebuilt.without_event) == (1, 1)
    with open_archive(settings) as archive:
        assert all(digest_of(archive, thing) for thing in things)
