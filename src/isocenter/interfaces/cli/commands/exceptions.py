"""``isocenter exceptions``."""

from __future__ import annotations

import orjson
import typer

from isocenter.interfaces.cli.commands.history import moment
from isocenter.interfaces.cli.configuration import ConfigOption, DataOption, configuration
from isocenter.interfaces.cli.session import JsonOption, session

__all__ = ["exceptions"]


def exceptions(
    context: typer.Context, data: DataOption = None, config: ConfigOption = None, json: JsonOption = False
) -> None:
    """List what a person should look at: conflicts, values that disagree, damage. Works beside a running server."""
    at = session(context)
    with at.composition.open_reader(configuration(data, config).settings) as reader:
        entries = list(reader.record.exceptions())
    if json:
        at.output.json(
            [
                {
                    "id": entry.id,
                    "kind": entry.kind,
                    "at": moment(entry.at),
                    "StudyInstanceUID": entry.study_instance_uid,
                    "SOPInstanceUID": entry.sop_instance_uid,
                    "detail": entry.detail,
                }
                for entry in entries
            ]
        )
        return
    at.output.table(
        ("When (UTC)", "What", "Study", "Instance", "Detail"),
        [
            (
                moment(entry.at),
                entry.kind,
                entry.study_instance_uid,
                entry.sop_instance_uid,
                orjson.dumps(entry.detail).decode(),
            )
            for entry in entries
        ],
    )
    at.output.note(f"{len(entries)} open.")
