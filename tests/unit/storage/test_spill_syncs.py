"""A large instance is made durable while it arrives, not all at its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from isocenter.errors import StorageError
from isocenter.storage.packs import LocalPackStore, PackOptions
from storage_disks import FailingDisk
from storage_harness import object_member

MIB = 1 << 20
NEVER = 1 << 40


def test_it_is_synced_as_it_grows(tmp_path: Path) -> None:
    disk = FailingDisk(NEVER)
    store = LocalPackStore(tmp_path, PackOptions(reserve=0), disk)
    spill = store.open_spill(bytes(300))
    disk.calls.clear()
    for _ in range(40):
        spill.write(bytes(MIB))
    assert disk.calls.count("fdatasync") == 2
    spill.finish(object_member(b"any").name)
    assert disk.calls.count("fdatasync") == 3
    store.close()


def test_a_sync_that_fails_on_the_way_is_the_end_of_the_instance(tmp_path: Path) -> None:
    disk = FailingDisk(NEVER)
    store = LocalPackStore(tmp_path, PackOptions(reserve=0), disk)
    spill = store.open_spill(bytes(300))
    for _ in range(16):
        spill.write(bytes(MIB))
    disk._left = 2  # the write passes, the sync after it fails
    with pytest.raises(StorageError):
        spill.write(bytes(MIB))
    assert disk.calls[-2:] == ["fdatasync", "unlink"]
    assert disk.calls.count("fdatasync") == 1
    assert not list((tmp_path / "incoming").iterdir())
    store.close()
