"""A disk that fails or fills under a whole archive: what fails is refused and absent, what follows is kept."""

from __future__ import annotations

import asyncio
import errno
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from aftermath import archive_digest
from journal_sender import EXPLICIT, Sent, sound

from isocenter.app import Archive, Server, open_archive, reindex
from isocenter.errors import IsocenterError, ReadOnly, StorageError, StorageFull
from isocenter.index.engine import open_engine
from isocenter.index.migrations import upgrade
from isocenter.index.write import IndexWriter
from isocenter.index.write.statements import Session
from isocenter.interfaces.dimse.statuses import failure_of
from isocenter.protocol.dimse import Service
from isocenter.services.record import Outcome, Source
from isocenter.services.retrieve.held import Scope
from isocenter.settings import Settings, load_settings
from isocenter.storage import Buffer
from isocenter.storage.packs import Disk, LocalPackStore, PackOptions

WHO = Source(door="test", name="MODALITY")
SMALL, LARGE = "mr", "ct"
"""A small instance goes to a lane's pack; a large one, with the settings used here, spills to a pack of its own."""


class MoodyDisk(Disk):
    """Fails one kind of call as often as it is told to."""

    def __init__(self) -> None:
        self.failing = ""
        self.number = errno.EIO
        self.times = 0
        self.free = 1 << 40

    def fail(self, call: str, number: int = errno.EIO, times: int = 1) -> None:
        self.failing, self.number, self.times = call, number, times

    def work(self) -> None:
        self.times, self.free = 0, 1 << 40

    def _fails(self, call: str) -> bool:
        if call != self.failing or self.times <= 0:
            return False
        self.times -= 1
        return True

    def _pass(self, call: str) -> None:
        if self._fails(call):
            raise OSError(self.number, os.strerror(self.number))

    def fdatasync(self, fd: int) -> None:
        self._pass("fdatasync")
        super().fdatasync(fd)

    def fsync(self, fd: int) -> None:
        self._pass("fsync")
        super().fsync(fd)

    def create(self, path: Path) -> int:
        self._pass("create")
        return super().create(path)

    def rename(self, old: Path, new: Path) -> None:
        self._pass("rename")
        super().rename(old, new)

    def pwritev(self, fd: int, buffers: Sequence[Buffer], offset: int) -> int:
        if self._fails("pwritev"):
            whole = b"".join(buffers)
            super().pwritev(fd, [whole[: len(whole) // 2]], offset)  # a failed write may be half done
            raise OSError(self.number, os.strerror(self.number))
        return super().pwritev(fd, buffers, offset)

    def free_bytes(self, path: Path) -> int:
        return self.free


def settings_in(folder: Path) -> Settings:
    storage = {"spill_bytes": 64 << 10, "reserve_bytes": 1 << 20}
    ports = {"dimse": {"port": 0}, "web": {"port": 0}}
    return load_settings(overrides={"data": folder / "data", "storage": storage, **ports}, environment={})


@contextmanager
def archive_on(disk: Disk, settings: Settings) -> Iterator[Archive]:
    """An archive whose packs lie on ``disk``; its index has a disk of its own."""
    with ExitStack() as stack:
        storage = LocalPackStore(settings.data, PackOptions(reserve=settings.storage.reserve_bytes), disk)
        stack.callback(storage.close)
        engine = open_engine(settings.database_url)
        stack.callback(engine.dispose)
        upgrade(engine)
        writer = IndexWriter(engine)
        stack.callback(writer.close)
        archive = Archive(settings, engine, storage, writer)
        stack.callback(archive.close)
        yield archive


def store(archive: Archive, sent: Sent) -> Outcome | IsocenterError:
    """Keep an instance as a door would; gives what the sender is told."""
    answer: Future[Any] = Future()
    try:
        incoming = archive.ingest.begin(WHO, EXPLICIT)
        incoming.write(sent.data_set)
        archive.ingest.keep(incoming, 0, answer.set_result)
    except IsocenterError as error:
        return error
    return answer.result(timeout=60)


def refused(answer: Outcome | IsocenterError) -> StorageError:
    assert isinstance(answer, StorageError), answer
    assert failure_of(answer, Service.STORAGE).status == 0xA700
    return answer


def kept(answer: Outcome | IsocenterError) -> bool:
    assert isinstance(answer, Outcome), answer
    return True


def absent(archive: Archive, sent: Sent) -> bool:
    return archive_digest(archive, sent.sop_instance_uid) is None and not archive.record.history(sent.sop_instance_uid)


def here(archive: Archive, sent: Sent) -> bool:
    return archive_digest(archive, sent.sop_instance_uid) == sent.digest


@pytest.mark.parametrize(
    ("size", "call"),
    [(size, call) for size in (SMALL, LARGE) for call in ("fdatasync", "pwritev", "fsync", "create")]
    + [(LARGE, "rename")],
)
def test_a_failure_costs_one_request_and_nothing_else(tmp_path: Path, call: str, size: Any) -> None:
    settings, disk = settings_in(tmp_path), MoodyDisk()
    first, second, third = (sound(size, number) for number in range(3))
    with archive_on(disk, settings) as archive:
        if call not in ("fsync", "create"):
            assert kept(store(archive, first))  # so that the failure is not that of the first pack
        disk.fail(call)
        answer = store(archive, second)
        assert not disk.times
        refused(answer)
        assert absent(archive, second)
        assert kept(store(archive, third))
        assert here(archive, third)
        assert archive.check().clean
    with open_archive(settings) as archive:
        assert absent(archive, second)
        assert here(archive, third)
        assert archive.check().clean
        assert kept(store(archive, second))
        assert here(archive, second)


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_repeated_failures_switch_writing_off_and_reading_goes_on(tmp_path: Path, size: Any) -> None:
    settings, disk = settings_in(tmp_path), MoodyDisk()
    instances = [sound(size, number) for number in range(6)]
    with archive_on(disk, settings) as archive:
        assert kept(store(archive, instances[0]))
        disk.fail("fdatasync", times=1 << 30)
        for sent in instances[1:4]:
            refused(store(archive, sent))
        assert isinstance(refused(store(archive, instances[4])), ReadOnly)
        assert archive.storage.read_only
        health = asyncio.run(health_of(archive))
        assert (health["status"], health["read_only"]) == ("degraded", True)
        assert here(archive, instances[0])
        assert all(absent(archive, sent) for sent in instances[1:5])
        disk.work()
        assert archive.storage.probe()
        assert kept(store(archive, instances[4]))
    with open_archive(settings) as archive:
        assert all(absent(archive, sent) for sent in instances[1:4])
        assert archive.check().clean


async def health_of(archive: Archive) -> dict[str, Any]:
    """What the health check of a server over this archive says."""
    server = Server(archive)
    await server.start()
    try:
        return server.status().as_json()
    finally:
        await server.stop()


def _no_room_left(disk: MoodyDisk) -> None:
    disk.free = (1 << 20) + 1000


def _writes_fail(disk: MoodyDisk) -> None:
    disk.fail("pwritev", errno.ENOSPC, times=1 << 30)


@pytest.mark.parametrize("fill", [_no_room_left, _writes_fail])
@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_a_full_disk_refuses_instances_until_there_is_room(
    tmp_path: Path, size: Any, fill: Callable[[MoodyDisk], None]
) -> None:
    settings, disk = settings_in(tmp_path), MoodyDisk()
    instances = [sound(size, number) for number in range(8)]
    with archive_on(disk, settings) as archive:
        assert kept(store(archive, instances[0]))
        fill(disk)
        for sent in instances[1:6]:
            assert isinstance(refused(store(archive, sent)), StorageFull)
            assert absent(archive, sent)
        assert not archive.storage.read_only  # a full disk is not a broken one
        assert here(archive, instances[0])
        disk.work()
        assert kept(store(archive, instances[1]))
        assert archive.check().clean


def test_a_deletion_is_recorded_on_a_full_disk(tmp_path: Path) -> None:
    settings, disk = settings_in(tmp_path), MoodyDisk()
    sent = sound(SMALL, 0)
    with archive_on(disk, settings) as archive:
        assert kept(store(archive, sent))
        held = archive.retrieve.select(Scope(archive_study(archive, sent)))
        _no_room_left(disk)
        refused(store(archive, sound(SMALL, 1)))
        assert archive.delete.delete(Scope(held[0].study_instance_uid), WHO, "make room") == 1


def archive_study(archive: Archive, sent: Sent) -> str:
    (identity,) = archive.record.identities([archive.record.history(sent.sop_instance_uid)[0].content_id])
    return identity.study_instance_uid


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_what_the_index_did_not_commit_is_refused_and_stays_away(
    tmp_path: Path, size: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bytes are durable in a pack when the index fails; the sender is told so, and no restart brings them back."""
    settings = settings_in(tmp_path)
    first, second = sound(size, 0), sound(size, 1)
    commit, failing = Session.commit, [True]

    def moody(session: Session) -> None:
        if failing.pop() if failing else False:
            raise sqlite3.OperationalError("disk I/O error")
        commit(session)

    with open_archive(settings) as archive:
        monkeypatch.setattr(Session, "commit", moody)
        answer = store(archive, first)
        assert isinstance(answer, IsocenterError)
        assert failure_of(answer, Service.STORAGE).status == 0xA700
        assert absent(archive, first)
        assert kept(store(archive, second))
    reindex(settings)
    for _ in range(2):
        with open_archive(settings) as archive:
            assert absent(archive, first)
            assert here(archive, second)
            assert archive.check().clean
    with open_archive(settings) as archive:
        assert kept(store(archive, first))
        assert here(archive, first)
