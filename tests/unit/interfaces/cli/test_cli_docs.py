"""The page on the command line says what the program does."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from isocenter.interfaces.cli.application import application
from isocenter.interfaces.cli.reference import reference_page

PAGE = Path(__file__).parents[4] / "docs/reference/cli.md"
NAMES = sorted(typer.main.get_command(application()).commands)  # type: ignore[attr-defined]


def test_the_page_is_the_one_that_is_made_from_the_commands() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference_page(), "run: python tools/make_cli_page.py"


@pytest.mark.parametrize("name", NAMES)
def test_every_command_and_option_says_what_it_is_for(name: str) -> None:
    command = typer.main.get_command(application()).commands[name]  # type: ignore[attr-defined]
    assert command.help
    assert all(parameter.help for parameter in command.params if parameter.name != "help")
    assert f"## {name}\n" in PAGE.read_text(encoding="utf-8")
