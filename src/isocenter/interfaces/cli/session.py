"""What one run of the command line has at hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import typer

from isocenter.interfaces.cli.composition import Composition
from isocenter.interfaces.cli.output import Output

__all__ = ["JsonOption", "Session", "session"]

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@dataclass(frozen=True, slots=True)
class Session:
    """Passed to every command as the context's object."""

    composition: Composition
    output: Output = field(default_factory=Output)


def session(context: typer.Context) -> Session:
    """Give the session of a command."""
    found = context.find_object(Session)
    assert found is not None  # noqa: S101 - `run` puts it there
    return found
