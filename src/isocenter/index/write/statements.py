"""The writer's statements: written once in SQLAlchemy Core, compiled once to the SQL text of the dialect.

Executing text through the driver costs a tenth of what Core's own execution does, which counts at thousands of
instances a second. The order of the parameters is checked when a statement is compiled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Dialect, Table, insert
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.sql import ClauseElement

__all__ = ["Session", "compile_sql", "insert_sql", "positional_dialect"]

_ONE_WRITER = 0x150D  # key of the advisory lock

Rows = list[tuple[Any, ...]]


def positional_dialect(name: str) -> Dialect:
    """Return the dialect with parameters by position, the form that both drivers execute fastest."""
    return sqlite.dialect(paramstyle="qmark") if name == "sqlite" else psycopg.dialect(paramstyle="format")  # type: ignore[no-untyped-call]


def compile_sql(dialect: Dialect, statement: ClauseElement, parameters: Sequence[str]) -> str:
    """Return the statement's SQL; its bound parameters must stand in the order that ``parameters`` names."""
    compiled = statement.compile(dialect=dialect)
    found = tuple(getattr(compiled, "positiontup", None) or ())
    if found != tuple(parameters):
        raise AssertionError(f"parameters are {found}, not {tuple(parameters)}: {compiled}")
    return str(compiled)


def insert_sql(dialect: Dialect, table: Table) -> str:
    """Return the insertion of a whole row: values in the order of the table's columns, without a numbered id."""
    names = [column.name for column in table.columns if column.autoincrement is not True]
    return compile_sql(dialect, insert(table).inline().values(dict.fromkeys(names)), names)


class Session:
    """One driver connection in one transaction after the other, with the statements it knows by name.

    The driver's own types are not ours: hence ``Any``.
    """

    def __init__(self, connection: Any, dialect: Dialect, statements: Mapping[str, str]) -> None:
        self._connection = connection
        self._cursor = connection.cursor()
        self._statements = statements
        self.dialect = dialect

    def lock_writer(self) -> bool:
        """Take PostgreSQL's one-writer lock for this connection; SQLite's is a file. False when another has it."""
        if self.dialect.name == "sqlite":
            return True
        self._cursor.execute(f"SELECT pg_try_advisory_lock({_ONE_WRITER})")
        (taken,) = self._cursor.fetchone()
        self._connection.commit()
        return bool(taken)

    def unlock_writer(self) -> None:
        """Give the lock back; PostgreSQL would do so only after it has noticed that the connection is gone."""
        if self.dialect.name != "sqlite":
            self._cursor.execute("SELECT pg_advisory_unlock_all()")
            self._connection.commit()

    def begin(self) -> None:
        """Start a transaction that writes; PostgreSQL's driver does so by itself."""
        if self.dialect.name == "sqlite":
            self._cursor.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Make the transaction durable."""
        if self.dialect.name == "sqlite":
            self._cursor.execute("COMMIT")
        else:
            self._connection.commit()

    def rollback(self) -> None:
        """Undo the transaction, if there is one."""
        self._connection.rollback()

    def run(self, name: str, parameters: tuple[Any, ...]) -> int:
        """Execute once; return how many rows it changed."""
        self._cursor.execute(self._statements[name], parameters)
        return int(self._cursor.rowcount)

    def many(self, name: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Execute for each row."""
        if len(rows) == 1:
            self._cursor.execute(self._statements[name], rows[0])
        elif rows:
            self._cursor.executemany(self._statements[name], rows)

    def rows(self, name: str, parameters: tuple[Any, ...]) -> Rows:
        """Execute a query; return its rows."""
        self._cursor.execute(self._statements[name], parameters)
        return list(self._cursor.fetchall())

    def first(self, name: str, parameters: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """Execute a query; return its first row."""
        found = self.rows(name, parameters)
        return found[0] if found else None
