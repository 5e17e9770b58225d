"""The databases that every contract of the index and the queue is tested on."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from isocenter.index.engine import Durability, EngineOptions, open_engine
from isocenter.index.schema import metadata, partition
from isocenter.index.write import IndexWriter, WriterOptions
from postgresql_cluster import required_programs, running_cluster

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """URL of the maintenance database of a cluster of our own."""
    programs = required_programs()
    # A short path: the name of a socket may have 107 bytes.
    with tempfile.TemporaryDirectory(prefix="pg") as folder, running_cluster(programs, Path(folder)) as url:
        yield url


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty database for one module of tests, on each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('index') / 'index.sqlite'}"
        return
    maintenance = request.getfixturevalue("postgresql")
    name = f"test_{next(_numbers)}"
    admin = create_engine(maintenance, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} LOCALE 'C.UTF-8' TEMPLATE template0"))
    yield make_url(maintenance).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(scope="module")
def shared_engine(database_url: str) -> Iterator[Engine]:
    """The tables of the index, empty at first and shared by the tests of a module."""
    engine = open_engine(database_url, EngineOptions(durability=Durability.WAIVED))
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(shared_engine: Engine) -> Engine:
    """The tables of the index, emptied before the test."""
    with shared_engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
    return shared_engine


@pytest.fixture
def index(engine: Engine) -> Engine:
    """The tables of the index with the default partition alone, as the first migration leaves them."""
    with engine.begin() as connection:
        connection.execute(partition.insert(), {"id": 1, "name": "default"})
    return engine


@pytest.fixture
def writer(index: Engine) -> Iterator[IndexWriter]:
    """The one writer of that index."""
    with IndexWriter(index, WriterOptions(generic_patient_ids=("", "UNKNOWN", "ANON"))) as writer:
        yield writer
