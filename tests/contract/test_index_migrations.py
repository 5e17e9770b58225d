"""A database is brought to this version's tables, one of a newer version is refused, an unsafe one is not used."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, select, text

from isocenter.errors import ConfigurationError, IndexFailure
from isocenter.index.engine import Durability, EngineOptions, open_engine, write_transaction
from isocenter.index.migrations import upgrade
from isocenter.index.migrations.upgrade import current_revision, newest_revision
from isocenter.index.schema import metadata, partition


@pytest.fixture
def fresh(database_url: str) -> Iterator[Engine]:
    """A database without tables."""
    engine = open_engine(database_url, EngineOptions(durability=Durability.WAIVED))
    yield engine
    with write_transaction(engine) as connection:
        metadata.drop_all(connection)
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
    engine.dispose()


def test_the_migrations_make_the_tables_that_the_code_knows(fresh: Engine) -> None:
    assert current_revision(fresh) == ""
    upgrade(fresh)
    assert current_revision(fresh) == newest_revision()
    with fresh.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert [tuple(row) for row in connection.execute(select(partition))] == [(1, "default")]


def test_indexes_are_the_same_in_migrations_and_code(fresh: Engine) -> None:
    """Autogenerate does not look at the conditions of partial indexes; the database's own text shows them."""

    def definitions() -> list[str]:
        queries = {
            "sqlite": "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
            "postgresql": "SELECT indexdef FROM pg_indexes"
            " WHERE schemaname = 'public' AND tablename <> 'alembic_version'",
        }
        with fresh.connect() as connection:
            found = connection.execute(text(queries[fresh.dialect.name])).scalars()
            return sorted("".join(line.split()) for line in found)

    upgrade(fresh)
    migrated = definitions()
    with write_transaction(fresh) as connection:
        metadata.drop_all(connection)
    metadata.create_all(fresh)
    assert definitions() == migrated
    assert len(migrated) > 30


def test_upgrading_twice_changes_nothing(fresh: Engine) -> None:
    upgrade(fresh)
    upgrade(fresh)


def test_a_newer_database_is_refused_and_left_alone(fresh: Engine) -> None:
    upgrade(fresh)
    with write_transaction(fresh) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match="newer version"):
        upgrade(fresh)
    assert current_revision(fresh) == "9999"


def test_a_postgresql_that_can_lose_commits_is_refused(postgresql: str) -> None:
    with pytest.raises(ConfigurationError, match="fsync = off"):
        open_engine(postgresql)


def test_sqlite_syncs_every_commit_and_checks_references(tmp_path) -> None:  # type: ignore[no-untyped-def]
    engine = open_engine(f"sqlite:///{tmp_path / 'index.sqlite'}")
    with engine.connect() as connection:
        values = {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in ("synchronous", "foreign_keys")}
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    engine.dispose()
    assert values == {"synchronous": 2, "foreign_keys": 1}


def test_other_databases_and_missing_folders_are_refused(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ConfigurationError, match="not supported"):
        open_engine("mysql+pymysql://localhost/index")
    with pytest.raises(ConfigurationError, match="needs a file"):
        open_engine("sqlite://")
    with pytest.raises(IndexFailure):
        open_engine(f"sqlite:///{tmp_path / 'missing' / 'index.sqlite'}")
