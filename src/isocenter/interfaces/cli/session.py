"""What one run of the command line has at hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Annotated

import typer

from isocenter.errors import BusyError
from isocenter.interfaces.cli.composition import Archive, Composition
from isocenter.interfaces.cli.output import Output
from isocenter.settings import Settings

__all__ = ["JsonOption", "Session", "session"]

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@dataclass(frozen=True, slots=True)
class Session:
    """Passed to every command as the context's object."""

    composition: Composition
    output: Output = field(default_factory=Output)

    @contextmanager
    def archive(self, settings: Settings, instead: str) -> Iterator[Archive]:
        """Open the whole archive; when a server has it, the error says what can be done instead."""
        with ExitStack() as stack:
            try:
                archive = stack.enter_context(self.composition.open_archive(settings))
            except BusyError as error:
                raise BusyError(f"{error} {instead}") from None
            yield archive


def session(context: typer.Context) -> Session:
    """Give the session of a command."""
    found = context.find_object(Session)
    assert found is not None  # noqa: S101 - `run` puts it there
    return found
