"""Runs the migrations that a database has not had yet, all in one transaction."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from isocenter.errors import ConfigurationError
from isocenter.index.engine import write_transaction

__all__ = ["current_revision", "newest_revision", "upgrade"]

_ONE_AT_A_TIME = 0x150C  # key of PostgreSQL's advisory lock while tables change


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "isocenter.index:migrations")
    config.set_main_option("path_separator", "os")
    return config


def newest_revision() -> str:
    """Return the revision that this version of the program works with."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def current_revision(engine: Engine) -> str:
    """Return the revision that the database is at; empty when it has no tables yet."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


def upgrade(engine: Engine) -> None:
    """Bring the database to the tables of this version; nothing happens when it is there already.

    Raises ConfigurationError when the database was made by a newer version, and changes nothing then.
    """
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    head = scripts.get_current_head()
    with write_transaction(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})"))
        current = MigrationContext.configure(connection).get_current_revision()
        if current == head:
            return
        if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
            raise ConfigurationError(
                f"the index was written by a newer version of Isocenter (its tables are at {current}, this version "
                f"knows {head}): install that version, or let reindex make a new index"
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
