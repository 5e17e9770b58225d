"""All that commands print goes through here: results to standard output, everything else to standard error.

Values may come from anywhere, so nothing in them can steer a terminal or be taken for markup. Where standard output is
no terminal, tables are plain text in columns, without colour, never wrapped.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from isocenter.dicom.dump import escaped

__all__ = ["Bar", "Output", "size_text"]

_UNWRAPPED = 4096
"""Columns of a page that is no terminal."""


class Bar(Protocol):
    """A progress bar under way."""

    def update(self, done: int, total: int | None, text: str = "") -> None:
        """Show how far it is; with no total only that it moves."""


class Output:
    """One command's output."""

    def __init__(self) -> None:
        self._out = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
        if not self._out.is_terminal:
            self._out = Console(file=sys.stdout, width=_UNWRAPPED, highlight=False, markup=False, emoji=False)
        self._err = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)

    # Results.

    def line(self, text: str = "") -> None:
        """Print one line of the result."""
        self._out.print(escaped(text), soft_wrap=True)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> None:
        """Print a table; a column whose name starts with ``#`` holds numbers."""
        table = Table(box=None, pad_edge=False, title=Text(title, "bold") if title else None, title_justify="left")
        for column in columns:
            table.add_column(
                Text(column.removeprefix("#"), "bold"),
                justify="right" if column.startswith("#") else "left",
                overflow="fold",
                no_wrap=not self._out.is_terminal,
            )
        for row in rows:
            table.add_row(*(Text(escaped(value)) for value in row))
        with self._out.capture() as captured:
            self._out.print(table)
        for line in captured.get().splitlines():
            self._out.out(line.rstrip(), highlight=False)

    def json(self, value: Any) -> None:  # Any: JSON
        """Print a result for programs."""
        sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n")

    def dump_line(self, head: str, name: str, value: str) -> None:
        """Print one line of a dump, its parts told apart by colour where there is any."""
        line = Text.assemble((escaped(head), "cyan"), " ", (escaped(name), "bold"), " ", escaped(value))
        line.rstrip()
        self._out.print(line, soft_wrap=True)

    # What goes along with them.

    def note(self, text: str) -> None:
        """Say something that is not the result."""
        self._err.print(escaped(text), soft_wrap=True)

    def error(self, text: str) -> None:
        """Say in one sentence what went wrong."""
        self._err.print(Text.assemble(("isocenter: ", "bold red"), escaped(text)), soft_wrap=True)

    @contextmanager
    def progress(self, what: str) -> Iterator[Bar]:
        """Show a bar while something takes time; nothing where standard error is no terminal."""
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[text]}"),
        )
        with Progress(*columns, console=self._err, transient=True, disable=not self._err.is_terminal) as shown:
            yield _RichBar(shown, what)


class _RichBar:
    def __init__(self, shown: Progress, what: str) -> None:
        self._shown = shown
        self._task = shown.add_task(what, total=None, text="")

    def update(self, done: int, total: int | None, text: str = "") -> None:
        self._shown.update(self._task, completed=done, total=total, text=escaped(text))


def size_text(size: int) -> str:
    """Write a number of bytes for people."""
    amount = float(size)
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TiB"
