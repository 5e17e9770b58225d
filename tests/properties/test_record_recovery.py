"""What a start does with what a crash left: in the journal's order, whichever packs it lies in, and nothing voided."""

from __future__ import annotations

import shutil
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from record_life import IMPLICIT, WHO, Thing, erase, keep
from record_snapshot import snapshot
from test_record_reindex import differences, settings_in

from isocenter.app import Archive, open_archive, reindex
from isocenter.errors import Gone, Held
from isocenter.index.engine import open_engine
from isocenter.index.migrations import upgrade
from isocenter.index.read import RetrieveLookups
from isocenter.services.record.replay import unit_of
from isocenter.services.retrieve.held import Scope
from isocenter.settings import Settings
from isocenter.storage import MemberKind

FIRST = Thing(study=0, series=0, number=0, patient=0)
SECOND = replace(FIRST, text=1)


def result_of(archive: Archive, thing: Thing) -> str:
    return str(keep(archive, thing).result(timeout=60).result.value)


def content_in_force(archive: Archive, thing: Thing) -> bytes | None:
    held = RetrieveLookups(archive.engine).by_uid(thing.sop_instance_uid)
    return held.content.content_id if held else None


def keep_in_lane(archive: Archive, thing: Thing, lane: int) -> Any:
    answer: Future[Any] = Future()
    incoming = archive.ingest.begin(WHO, thing.syntax)
    incoming.write(thing.data_set())
    archive.ingest.keep(incoming, lane, answer.set_result)
    return answer.result(timeout=60)


def crashed(settings: Settings, folder: Path) -> Settings:
    """The packs as they lie now, and an index that knows nothing of them."""
    left = settings_in(folder, lanes=2)
    left.data.mkdir(parents=True)
    shutil.copytree(settings.data / "packs", left.data / "packs")
    engine = open_engine(left.database_url)
    upgrade(engine)
    engine.dispose()
    return left


def test_events_of_two_lanes_are_entered_in_the_order_of_the_journal(tmp_path: Path) -> None:
    """The later version lies in the earlier pack."""
    settings = settings_in(tmp_path)
    other = Thing(study=1, series=0, number=0, patient=0)
    with open_archive(settings) as archive:
        for lane, thing in ((0, other), (1, FIRST), (0, SECOND)):
            keep_in_lane(archive, thing, lane)
        left = crashed(settings, tmp_path / "crashed")
        expected = snapshot(archive, 1)
    with open_archive(left) as archive:
        assert not differences(expected, snapshot(archive, 1))


def test_a_spilled_object_lies_in_a_later_pack_than_its_event(tmp_path: Path) -> None:
    """The lane's pack was begun before; the object is entered with its event, and not as found by chance."""
    settings = settings_in(tmp_path, lanes=1, spill_bytes=64 << 10)
    large = replace(FIRST, number=1, pixel_bytes=100_000)
    with open_archive(settings) as archive:
        result_of(archive, FIRST)
        result_of(archive, large)
        left = crashed(settings, tmp_path / "crashed")
        unsealed(left)
        expected = snapshot(archive, 1)
    with open_archive(left) as archive:
        assert not differences(expected, snapshot(archive, 1))


def unsealed(settings: Settings) -> None:
    """Take the seals off: the crash came before them."""
    for file in (settings.data / "packs").rglob("*.tar"):
        data = file.read_bytes()
        if data[-512:].startswith(b"ISOCENTER PACK SEAL"):
            file.write_bytes(data[:-1536])


def test_an_event_that_the_index_refuses_stays_refused_after_a_rebuild(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    study = Scope(FIRST.study_instance_uid)
    body = {"case_id": "CASE", "author": "law", "study_instance_uid": FIRST.study_instance_uid}
    with open_archive(settings) as archive:
        result_of(archive, FIRST)
        archive.recorder.happen("held", WHO, "a dispute", body, unit_of)
        with pytest.raises(Held):
            archive.delete.delete(study, WHO, "by mistake")
        archive.recorder.happen("released", WHO, "settled", {"case_id": "CASE"}, unit_of)
        kinds = [each.kind for each in archive.record.history(FIRST.sop_instance_uid)]
        assert kinds == ["received"]
    reindex(settings)
    with open_archive(settings) as archive:
        assert content_in_force(archive, FIRST) is not None
        assert [each.kind for each in archive.record.history(FIRST.sop_instance_uid)] == kinds


def test_a_purged_object_that_came_again_keeps_its_new_bytes(tmp_path: Path) -> None:
    """The bytes are erased later than they are purged; the same object lies elsewhere by then."""
    settings = settings_in(tmp_path)
    study = Scope(FIRST.study_instance_uid)
    with open_archive(settings) as archive:
        result_of(archive, FIRST)
        archive.delete.delete(study, WHO, "too old")
        assert archive.delete.purge(WHO) == 1
        assert result_of(archive, FIRST) == "stored"
        erase(archive)
        held = archive.retrieve.select(study)
        assert b"".join(archive.retrieve.data_set(held[0])) == FIRST.data_set()
        assert archive.check().clean
        members = [each for pack in archive.storage.packs() for each in archive.storage.scan(pack.name)]
        kinds = [each.kind for each in members if each.kind is not MemberKind.EVENT]
        assert kinds == [MemberKind.DELETED, MemberKind.OBJECT]


def test_what_is_purged_is_known_to_have_been_here_after_a_rebuild(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    study = Scope(FIRST.study_instance_uid)
    with open_archive(settings) as archive:
        result_of(archive, FIRST)
        archive.delete.delete(study, WHO, "too old")
        archive.delete.purge(WHO)
        erase(archive)
    reindex(settings)
    with open_archive(settings) as archive:
        with pytest.raises(Gone):
            archive.retrieve.select(study)
        kinds = [each.kind for each in archive.record.history(FIRST.sop_instance_uid)]
        assert kinds == ["received", "deleted", "purged"]
        assert result_of(archive, FIRST) == "stored"
        assert content_in_force(archive, FIRST) is not None


def test_an_older_version_that_comes_after_its_purge_is_a_version_again(tmp_path: Path) -> None:
    with open_archive(settings_in(tmp_path)) as archive:
        result_of(archive, FIRST)
        archive.delete.delete(Scope(FIRST.study_instance_uid), WHO, "too old")
        archive.delete.purge(WHO)
        result_of(archive, SECOND)
        assert result_of(archive, FIRST) == "stored"
        held = archive.retrieve.select(Scope(FIRST.study_instance_uid))
        assert b"".join(archive.retrieve.data_set(held[0])) == FIRST.data_set()


def test_a_deleted_version_that_comes_again_does_not_jam_its_sender(tmp_path: Path) -> None:
    with open_archive(settings_in(tmp_path)) as archive:
        result_of(archive, FIRST)
        archive.delete.delete(Scope(FIRST.study_instance_uid), WHO, "wrong")
        result_of(archive, SECOND)
        assert result_of(archive, FIRST) == "stored"
        assert result_of(archive, FIRST) == "duplicate"


def test_another_rendition_of_a_deleted_instance_is_stored(tmp_path: Path) -> None:
    with open_archive(settings_in(tmp_path)) as archive:
        result_of(archive, FIRST)
        rendition = replace(FIRST, syntax=IMPLICIT)
        result_of(archive, rendition)
        archive.delete.delete(Scope(FIRST.study_instance_uid), WHO, "wrong")
        assert result_of(archive, rendition) == "stored"
        assert len(archive.retrieve.select(Scope(FIRST.study_instance_uid))) == 1
        assert archive.check().clean
