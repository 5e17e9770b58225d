"""Which settings a command runs with: the one place that knows where the settings file is looked for.

It is the one that ``--config`` names, else the one that ISOCENTER_CONFIG names, else ``isocenter.toml`` in the data
folder when there is one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from isocenter.settings import Settings, load_settings, setting_sources

__all__ = ["ConfigOption", "Configuration", "DataOption", "configuration"]

FILE_NAME = "isocenter.toml"

DataOption = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="The data folder. Default: ISOCENTER_DATA, else ./isocenter-data."),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="FILE", help="The settings file. Default: ISOCENTER_CONFIG, else DIR/isocenter.toml."
    ),
]


@dataclass(frozen=True, slots=True)
class Configuration:
    """Where settings come from for one command."""

    settings: Settings
    overrides: Mapping[str, Any]  # Any: setting values
    file: Path | None
    """The settings file in use; None when there is none."""

    @property
    def writable_file(self) -> Path:
        """The file that a change of the settings goes to."""
        return self.file or self.settings.data / FILE_NAME

    def sources(self) -> Iterator[tuple[str, Any, str]]:
        """Yield every setting with its value and where that comes from."""
        return setting_sources(file=self.file, overrides=self.overrides)


def configuration(
    data: Path | None, config: Path | None, overrides: Mapping[str, Mapping[str, Any]] | None = None
) -> Configuration:
    """Read the settings; values of None among the overrides do not count. Raises ConfigurationError."""
    given: dict[str, Any] = {} if data is None else {"data": data}
    for section, values in (overrides or {}).items():
        chosen = {name: value for name, value in values.items() if value is not None}
        if chosen:
            given[section] = chosen
    file = config or _from_environment() or _beside_data(given)
    return Configuration(load_settings(file=file, overrides=given), given, file)


def _from_environment() -> Path | None:
    named = os.environ.get("ISOCENTER_CONFIG")
    return Path(named) if named else None


def _beside_data(given: Mapping[str, Any]) -> Path | None:
    data = {"data": given["data"]} if "data" in given else {}
    file = load_settings(overrides=data).data / FILE_NAME
    return file if file.is_file() else None
