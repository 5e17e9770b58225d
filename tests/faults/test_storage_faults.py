"""Fail the n-th system call, loop until a run is clean; lose the power at the n-th, with every seed printed."""

from __future__ import annotations

import errno
import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from isocenter.errors import BusyError, ReadOnly, StorageError, StorageFull
from isocenter.storage import CheckStatus, MemberKind, Placement
from isocenter.storage.packs import Disk, LocalPackStore, PackOptions
from storage_disks import CutDisk, FailingDisk, PowerCut, ShortDisk
from storage_harness import content, content_id_of, event_member, object_member

OPTIONS = PackOptions(reserve=0, seal_size=20_000, failure_limit=1000)


@dataclass
class Journal:
    """What a client was told."""

    kept: dict[str, tuple[Placement, bytes]] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    maybe_deleted: set[str] = field(default_factory=set)


def one_life(store: LocalPackStore, journal: Journal) -> None:
    """Groups, a pack that fills up, a spill, sealing and a deletion; every failure is taken note of and outlived."""
    lane = store.open_lane()
    for number in range(4):
        contents = [content(10 * number + part, 3000 + part) for part in range(3)]
        group = [object_member(data) for data in contents]
        names = [member.name for member in group]
        try:
            placements = lane.append(group)
            lane.sync()
        except StorageError:
            journal.failed.update(names)
        else:
            journal.kept.update(zip(names, zip(placements, contents, strict=True), strict=True))
        sealed(lane.seal_full)
    spilled(store, journal)
    delete(store, journal)
    sealed(lane.seal)


def sealed(act: object) -> None:
    try:
        act()  # type: ignore[operator]
    except StorageError:
        return


def spilled(store: LocalPackStore, journal: Journal) -> None:
    data = content(99, 100_000)
    name = object_member(data).name
    try:
        spill = store.open_spill(data[:300])
        for start in range(300, len(data), 30_000):
            spill.write(data[start : start + 30_000])
        placement = spill.finish(name)
    except StorageError:
        journal.failed.add(name)
        return
    journal.kept[name] = (placement, data)
    sealed(lambda: store.seal(placement.location.name))


def delete(store: LocalPackStore, journal: Journal) -> None:
    if not journal.kept:
        return
    name, (placement, _) = next(iter(journal.kept.items()))
    journal.maybe_deleted.add(name)
    try:
        store.punch(placement.location, name)
    except StorageError:
        return
    journal.deleted.add(name)


def check(folder: Path, journal: Journal, *, nothing_failed_is_visible: bool) -> None:
    store = LocalPackStore(folder, OPTIONS)
    try:
        known: dict[str, int] = {}
        for placement, _ in journal.kept.values():
            end = placement.location.offset + placement.location.length
            known[placement.location.name] = max(end, known.get(placement.location.name, 0))
        for found in store.recover(known, content_id_of):
            assert not (nothing_failed_is_visible and found.member.name in journal.failed)
        for info in list(store.packs()):
            store.seal(info.name)
        for name, (placement, data) in journal.kept.items():
            if name in journal.maybe_deleted:
                [member] = [one for one in store.scan(placement.location.name) if one.location == placement.location]
                if member.kind is MemberKind.OBJECT:  # a member never claims bytes that it no longer has
                    assert store.read(placement.location, 0, len(data), placement.checks) == data
                store.punch(placement.location, name)
            else:
                assert store.read(placement.location, 0, len(data), placement.checks) == data
        for info in store.packs():
            assert info.sealed
            assert {one.status for one in store.verify(info.name, content_id_of)} <= {CheckStatus.OK}
        assert not list((folder / "incoming").iterdir())
    finally:
        store.close()


def run_with(folder: Path, disk: FailingDisk) -> Journal:
    journal = Journal()
    try:
        store = LocalPackStore(folder, OPTIONS, disk)
    except StorageError:
        return journal
    try:
        one_life(store, journal)
    finally:
        store.close()
    return journal


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
@pytest.mark.parametrize("for_good", [False, True])
def test_any_call_may_fail_and_nothing_kept_is_lost(tmp_path: Path, number: int, for_good: bool) -> None:
    fail_at = 0
    while True:
        fail_at += 1
        disk = FailingDisk(fail_at, number, for_good=for_good)
        folder = tmp_path / str(fail_at)
        journal = run_with(folder, disk)
        if not disk.fired:
            break
        check(folder, journal, nothing_failed_is_visible=not for_good)
    assert len(journal.kept) == 13
    assert not journal.failed
    assert fail_at > 50


@pytest.mark.parametrize("seed", range(4))
def test_a_power_cut_at_any_call_loses_nothing_kept(tmp_path: Path, seed: int) -> None:
    print(f"seed {seed}")
    cut_at = 0
    cut = True
    while cut:
        cut_at += 1
        folder = tmp_path / str(cut_at)
        disk = CutDisk(random.Random(f"{seed} {cut_at}"))
        journal = Journal()
        store = LocalPackStore(folder, OPTIONS, disk)
        disk.cut_at(cut_at)
        try:
            one_life(store, journal)
        except PowerCut:
            pass
        finally:
            store.close()
        cut = disk.cut
        disk.settle()
        check(folder, journal, nothing_failed_is_visible=False)
    assert cut_at > 20


def test_a_failed_sync_is_never_tried_again_and_the_pack_is_abandoned(tmp_path: Path) -> None:
    disk = FailingDisk(1 << 40)
    store = LocalPackStore(tmp_path, OPTIONS, disk)
    lane = store.open_lane()
    [first] = lane.append([event_member(1)])
    lane.sync()
    [lost] = lane.append([event_member(2)])
    disk._left = 1
    with pytest.raises(StorageError):
        lane.sync()
    lane.sync()
    assert disk.calls.count("fdatasync") == 2
    assert lane.pack is None
    [next_one] = lane.append([event_member(3)])
    assert next_one.location.name != first.location.name
    assert [member.sequence for member in store.scan(first.location.name)] == [1]
    assert lane.seal_full() == [lost.location.name]
    store.close()


def test_repeated_failures_switch_writing_off_until_a_probe_works(tmp_path: Path) -> None:
    disk = FailingDisk(1 << 40, for_good=True)
    store = LocalPackStore(tmp_path, PackOptions(reserve=0, failure_limit=3), disk)
    lane = store.open_lane()
    [kept] = lane.append([event_member(1)])
    lane.sync()
    disk._left = 1
    for _ in range(3):
        assert not store.read_only
        with pytest.raises(StorageError):
            lane.append([event_member(2)])
    assert store.read_only
    with pytest.raises(ReadOnly):
        lane.append([event_member(2)])
    with pytest.raises(ReadOnly):
        store.open_spill(b"head")
    assert not store.probe()
    disk.repair()
    with pytest.raises(ReadOnly):
        lane.append([event_member(2)])
    assert store.read(kept.location, 0, 2, kept.checks) == b"{}"
    assert store.probe()
    lane.append([event_member(2)])
    lane.sync()
    store.close()


def test_a_full_disk_is_told_from_a_broken_one(tmp_path: Path) -> None:
    disk = FailingDisk(1 << 40, errno.ENOSPC)
    store = LocalPackStore(tmp_path, PackOptions(reserve=0, failure_limit=1), disk)
    lane = store.open_lane()
    lane.append([event_member(1)])
    lane.sync()
    disk._left = 2
    with pytest.raises(StorageFull):
        lane.append([event_member(2)])
    assert not store.read_only
    lane.append([event_member(2)])
    lane.sync()
    store.close()


def test_short_writes_are_carried_on(tmp_path: Path) -> None:
    store = LocalPackStore(tmp_path, OPTIONS, ShortDisk())
    data = content(1, 10_000)
    lane = store.open_lane()
    placements = lane.append([object_member(data, piece=999), event_member(1)])
    lane.sync()
    assert store.read(placements[0].location, 0, len(data), placements[0].checks) == data
    assert [member.kind.value for member in store.scan(placements[0].location.name)] == ["object", "event"]
    store.close()


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    store = LocalPackStore(tmp_path)
    with pytest.raises(BusyError, match="Another process"):
        LocalPackStore(tmp_path)
    store.close()
    LocalPackStore(tmp_path, disk=Disk()).close()
