"""What only packs on a disk have: places, tar tools, adopted files, the limits of open files."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from isocenter.errors import DamagedContent, Gone, StorageError
from isocenter.storage import Location
from isocenter.storage.checks import block_checks
from isocenter.storage.packs import Disk, LocalPacks, LocalPackStore, PackOptions
from isocenter.storage.pins import Pins
from storage_harness import content, content_id_of, event_member, object_member


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalPackStore]:
    store = LocalPackStore(tmp_path / "data", PackOptions(reserve=0))
    yield store
    store.close()


def pack_path(folder: Path, pack: str) -> Path:
    return folder / "data" / "packs" / pack[:9] / f"{pack}.tar"


LISTERS = {
    "GNU tar": ["tar", "-tf"],
    "bsdtar": ["bsdtar", "-tf"],
    "busybox": ["busybox", "tar", "-tf"],
}


@pytest.mark.parametrize("state", ["open", "sealed", "punched"])
@pytest.mark.parametrize("tool", [*LISTERS, "Python"])
def test_any_tar_tool_reads_a_pack_at_any_time(tmp_path: Path, store: LocalPackStore, tool: str, state: str) -> None:
    lane = store.open_lane()
    group = [object_member(content(number, 5000 + number)) for number in range(3)] + [event_member(4)]
    placements = lane.append(group)
    lane.sync()
    names = [member.name for member in group]
    if state == "sealed":
        lane.seal()
    if state == "punched":
        store.punch(placements[1].location, names[1])
        names[1] = ".deleted/" + names[1].removesuffix(".dcm")
    path = pack_path(tmp_path, placements[0].location.name)
    if tool == "Python":
        with tarfile.open(path) as archive:
            assert archive.getnames() == names
            extracted = archive.extractfile(names[2])
            assert extracted is not None
            assert extracted.read() == content(2, 5002)
        return
    if shutil.which(LISTERS[tool][0]) is None:
        pytest.skip(f"{tool} is not installed")
    listed = subprocess.run([*LISTERS[tool], path], check=True, capture_output=True, text=True)
    assert listed.stdout.split() == names
    assert listed.stderr == ""
    target = tmp_path / "out"
    target.mkdir()
    extract = [*LISTERS[tool][:-1], "-xf", path, "-C", target]
    subprocess.run(extract, check=True, capture_output=True)
    assert (target / names[2]).read_bytes() == content(2, 5002)


def test_packs_lie_where_their_number_says(tmp_path: Path, store: LocalPackStore) -> None:
    lane = store.open_lane()
    [placement] = lane.append([event_member(1)])
    assert placement.location.name == "000000000001"
    assert pack_path(tmp_path, "000000000001") == tmp_path / "data/packs/000000000/000000000001.tar"
    assert pack_path(tmp_path, "000000000001").is_file()


def test_numbers_go_on_across_folders(tmp_path: Path) -> None:
    folder = tmp_path / "data/packs/000000004"
    folder.mkdir(parents=True)
    (folder / "000000004999.tar").write_bytes(b"")
    (folder / "notes.txt").write_bytes(b"")
    store = LocalPackStore(tmp_path / "data", PackOptions(reserve=0))
    [placement] = store.open_lane().append([event_member(1)])
    assert placement.location.name == "000000005000"
    assert [info.name for info in store.packs()] == ["000000004999", "000000005000"]
    store.close()


@pytest.mark.parametrize("name", ["", "1", "../../../etc/x", "00000000000a", "٠٠٠٠٠٠٠٠٠٠٠١"])
def test_only_twelve_digits_name_a_pack(store: LocalPackStore, name: str) -> None:
    with pytest.raises(ValueError, match="twelve digits"):
        store.read(Location("pack", name, 0, 1), 0, 1, bytes(4))


def test_parts_of_a_stopped_process_are_removed(tmp_path: Path, store: LocalPackStore) -> None:
    store.open_spill(b"head")
    assert len(list((tmp_path / "data/incoming").iterdir())) == 1
    store.close()
    again = LocalPackStore(tmp_path / "data", PackOptions(reserve=0))
    assert list((tmp_path / "data/incoming").iterdir()) == []
    again.close()


def test_a_look_beside_the_running_server_needs_no_lock(tmp_path: Path, store: LocalPackStore) -> None:
    lane = store.open_lane()
    [placement] = lane.append([object_member(b"abc")])
    lane.sync()
    beside = LocalPacks(tmp_path / "data")
    assert beside.read(placement.location, 0, 3, placement.checks) == b"abc"
    assert [one.status.value for one in beside.verify(placement.location.name, content_id_of)] == ["OK"]
    beside.close()


def test_a_punched_payload_takes_no_room(tmp_path: Path, store: LocalPackStore) -> None:
    lane = store.open_lane()
    member = object_member(content(1, 4_000_000))
    [placement] = lane.append([member])
    lane.sync()
    path = pack_path(tmp_path, placement.location.name)
    before = path.stat()
    store.punch(placement.location, member.name)
    after = path.stat()
    assert after.st_size == before.st_size
    assert after.st_blocks <= before.st_blocks


def test_where_holes_are_not_supported_zeros_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda *args, **kwargs: object())
    path = tmp_path / "file"
    path.write_bytes(b"x" * 3_000_000)
    disk = Disk()
    fd = disk.open_existing(path)
    disk.punch(fd, 10, 2_999_980)
    disk.close(fd)
    assert path.read_bytes() == b"x" * 10 + bytes(2_999_980) + b"x" * 10


# Files adopted in place.


def adopted(path: Path, offset: int, length: int) -> tuple[Location, bytes]:
    data = path.read_bytes()[offset : offset + length]
    return Location("file", str(path), offset, length), block_checks([data])


def test_an_adopted_file_is_read_in_place(tmp_path: Path, store: LocalPackStore) -> None:
    path = tmp_path / "old.dcm"
    path.write_bytes(content(1, 200_000))
    location, checks = adopted(path, 0, 200_000)
    assert store.read(location, 70_000, 140_000, checks) == content(1, 200_000)[70_000:140_000]
    part, checks = adopted(path, 1000, 100_000)
    assert b"".join(store.stream(part, checks)) == content(1, 200_000)[1000:101_000]


def test_an_adopted_file_that_changed_is_damage(tmp_path: Path, store: LocalPackStore) -> None:
    path = tmp_path / "old.dcm"
    path.write_bytes(content(1, 2000))
    location, checks = adopted(path, 0, 2000)
    path.write_bytes(content(2, 2000))
    with pytest.raises(DamagedContent):
        store.read(location, 0, 10, checks)
    path.write_bytes(content(1, 1000))
    with pytest.raises(DamagedContent):
        store.read(location, 0, 10, checks)


def test_links_pipes_and_folders_are_not_followed(tmp_path: Path, store: LocalPackStore) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"secret")
    (tmp_path / "link").symlink_to(target)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    checks = block_checks([b"secret"])
    for name in ("link", "pipe", "folder", "missing"):
        with pytest.raises(DamagedContent):
            store.read(Location("file", str(tmp_path / name), 0, 6), 0, 6, checks)
    with pytest.raises(ValueError, match="absolute"):
        store.read(Location("file", "target", 0, 6), 0, 6, checks)
    with pytest.raises(ValueError, match="adopted"):
        store.punch(Location("file", str(target), 0, 6), "ab" * 32 + ".dcm")


def test_an_unreadable_disk_is_no_damage(
    tmp_path: Path, store: LocalPackStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    lane = store.open_lane()
    [placement] = lane.append([object_member(b"abc")])
    lane.sync()

    def broken(fd: int, length: int, offset: int) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(store._disk, "pread", broken)
    with pytest.raises(StorageError) as caught:
        store.read(placement.location, 0, 3, placement.checks)
    assert not isinstance(caught.value, DamagedContent)
    statuses = store.verify(placement.location.name, content_id_of, [("x" * 4, placement.location)])
    assert {one.status.value for one in statuses} == {"IO_ERROR"}


# Many readers.


def test_many_threads_read_while_packs_outnumber_open_files(tmp_path: Path) -> None:
    store = LocalPackStore(tmp_path / "data", PackOptions(reserve=0, open_files=3, seal_size=1))
    lane = store.open_lane()
    contents = [content(number, 70_000) for number in range(12)]
    placements = [lane.append([object_member(data)])[0] for data in contents]
    lane.sync()
    wrong: list[int] = []

    def read_all(shift: int) -> None:
        for turn in range(60):
            number = (turn * 5 + shift) % 12
            placement = placements[number]
            if store.read(placement.location, 0, 70_000, placement.checks) != contents[number]:
                wrong.append(number)

    threads = [threading.Thread(target=read_all, args=(shift,)) for shift in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    store.read_ahead(placement.location for placement in placements)
    assert len(store._files) <= 3
    store.close()
    assert len(store._files) == 0


def test_what_is_being_erased_cannot_be_pinned() -> None:
    pins = Pins()
    location = Location("pack", "000000000001", 512, 5)
    with pins.erasing(location), pytest.raises(Gone), pins.reading(location):
        pass
    with pins.removing("000000000001"), pytest.raises(Gone), pins.reading(location):
        pass
    with pins.reading(location):
        pass
