"""The page docs/reference/cli.md, made from the commands themselves; a test compares the two."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc
from typing import Any

import typer

from isocenter.interfaces.cli.application import application

__all__ = ["reference_page"]

_HEAD = """# The command line

<!-- Made by tools/make_cli_page.py from the program itself; do not edit. -->

`isocenter COMMAND --help` says the same. Results go to standard output, everything else to standard error; `--json`
prints results for programs. Exit codes: 0 success, 1 one sentence on standard error says what went wrong (or a report
counts something refused), 2 wrong usage.

Settings come from the command line, else the environment (`ISOCENTER_DIMSE__PORT`), else the settings file: the one
that `--config` names, else the one that `ISOCENTER_CONFIG` names, else `isocenter.toml` in the data folder.
"""


def reference_page() -> str:
    """Write the page."""
    return "\n".join([_HEAD, *_commands()])


def _commands() -> Iterator[str]:
    program: Any = typer.main.get_command(application())  # Any: typer's own copy of click has no public types
    context = program.make_context("isocenter", ["--help"], resilient_parsing=True)
    for name in program.list_commands(context):
        command = program.get_command(context, name)
        arguments = [one for one in command.params if one.param_type_name == "argument"]
        options = [one for one in command.params if one.param_type_name == "option"]
        usage = " ".join(["isocenter", name, "[OPTIONS]", *(one.metavar for one in arguments)])
        yield f"## {name}\n\n{cleandoc(command.help or '')}\n\n    {usage}\n"
        rows = [_row(one.metavar, one.help) for one in arguments]
        rows += [_row(_option(one), one.help, one.default) for one in options]
        yield "\n".join(["| | |", "|---|---|", *rows]) + "\n"


def _option(option: Any) -> str:  # Any: as above
    flags = ", ".join(option.opts)
    if option.is_flag:
        return flags
    return f"{flags} {option.metavar}"


def _row(name: str, text: str | None, default: object = None) -> str:
    said = (text or "").replace("|", "\\|")
    value = getattr(default, "value", default)
    if value not in (None, False, ""):
        said += f" Default: {value}."
    return f"| `{name.replace('|', chr(92) + '|')}` | {said} |"
