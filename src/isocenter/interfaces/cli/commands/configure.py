"""``isocenter config``."""

from __future__ import annotations

import re
from typing import Any

import typer

from isocenter.interfaces.cli.configuration import ConfigOption, DataOption, configuration
from isocenter.interfaces.cli.session import JsonOption, session

__all__ = ["config"]

_PASSWORD = re.compile(r"(://[^/@:]*:)[^@]*@")


def config(
    context: typer.Context, data: DataOption = None, config: ConfigOption = None, json: JsonOption = False
) -> None:
    """Show every setting, its value, and where that comes from."""
    at = session(context)
    chosen = configuration(data, config)
    found = [(name, _shown(value), source) for name, value, source in chosen.sources()]
    if json:
        at.output.json([{"name": name, "value": value, "source": source} for name, value, source in found])
        return
    at.output.note(f"Settings file: {chosen.file or f'none; {chosen.writable_file} would be used'}")
    at.output.table(("Setting", "Value", "From"), [(name, _text(value), source) for name, value, source in found])


def _shown(value: Any) -> Any:  # Any: whatever a setting holds, as JSON
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, (bool, int, float)) or value is None:
        return value
    return _PASSWORD.sub(r"\1***@", str(value))


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(item) or '""' for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
