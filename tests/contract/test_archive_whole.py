"""The whole archive on each engine: kept, found, deleted, restored, and the index made again from the packs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from isocenter.app import Archive, open_archive, reindex
from isocenter.dicom.part10 import read_file_meta
from isocenter.errors import ConfigurationError, Gone
from isocenter.index.query import Level, Query
from isocenter.services.ingest import Announced
from isocenter.services.record import Outcome, Result, Source
from isocenter.services.retrieve import Scope
from isocenter.services.samples.bench import bench_instance
from isocenter.settings import Settings, load_settings
from postgresql_cluster import required_programs, running_cluster

SOURCE = Source("test", "CT1")
TAGS = frozenset({0x00080020, 0x00100010, 0x00100020, 0x0020000D, 0x00201208})


def settings_for(folder: Path, url: str) -> Settings:
    storage = {"reserve_bytes": 0}
    return load_settings(overrides={"data": folder, "index": {"url": url}, "storage": storage}, environment={})


def keep(archive: Archive, number: int) -> tuple[Outcome, bytes]:
    file = bench_instance("mr", number)
    meta = read_file_meta(file)
    assert meta is not None
    data_set = file[meta.data_set_offset :]
    incoming = archive.ingest.begin(
        SOURCE, meta.transfer_syntax_uid, Announced(meta.sop_class_uid, meta.sop_instance_uid)
    )
    incoming.write(data_set)
    answer: Future[Any] = Future()
    archive.ingest.keep(incoming, 0, answer.set_result)
    return answer.result(30), data_set


def rows(archive: Archive) -> list[dict[int, list[str]]]:
    return [dict(row.values) for row in archive.find.find(Query(Level.STUDY, returns=TAGS))]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def fresh_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database; PostgreSQL's is durable, as the archive demands."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'own.sqlite'}"
        return
    programs = required_programs()
    with tempfile.TemporaryDirectory(prefix="pg") as folder, running_cluster(programs, Path(folder), ()) as url:
        yield url


def test_an_archive_keeps_finds_deletes_restores_and_is_made_again(fresh_url: str, tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "data", fresh_url)
    with open_archive(settings) as archive:
        kept = [keep(archive, number) for number in range(1, 31)]
        assert {outcome.result for outcome, _ in kept} == {Result.STORED}
        assert keep(archive, 7)[0].result is Result.DUPLICATE
        (study,) = {row[0x0020000D][0] for row in rows(archive)}
        held = archive.retrieve.select(Scope(study))
        assert sorted(b"".join(archive.retrieve.data_set(each)) for each in held) == sorted(data for _, data in kept)
        one = Scope(study, held[0].series_instance_uid, held[0].sop_instance_uid)
        assert archive.delete.delete(one, SOURCE, "a test") == 1
        with pytest.raises(Gone):
            archive.retrieve.select(one)
        assert len(archive.retrieve.select(Scope(study))) == 29
        assert archive.delete.restore(one, SOURCE, "a test") == 1
        assert archive.delete.delete(one, SOURCE, "again") == 1
        assert archive.check().clean
        before = rows(archive)

    if fresh_url.startswith("sqlite"):
        Path(str(make_url(fresh_url).database)).unlink()
        with pytest.raises(ConfigurationError, match="reindex"), open_archive(settings):
            pass
        assert reindex(settings).events > 0
        with open_archive(settings) as archive:
            assert rows(archive) == before
            assert archive.check().clean
            with pytest.raises(Gone):
                archive.retrieve.select(one)
    else:
        with pytest.raises(ConfigurationError, match="empty"):
            reindex(settings)
        again = settings_for(tmp_path / "data", f"sqlite:///{tmp_path / 'again.sqlite'}")
        assert reindex(again).events > 0
        with open_archive(again) as archive:
            assert rows(archive) == before
            assert archive.check().clean
