"""``isocenter history``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import orjson
import typer

from isocenter.errors import NotFound
from isocenter.interfaces.cli.configuration import ConfigOption, DataOption, configuration
from isocenter.interfaces.cli.session import JsonOption, session

__all__ = ["history", "moment"]


def history(
    context: typer.Context,
    uid: Annotated[str, typer.Argument(metavar="UID", help="SOP Instance UID.")],
    data: DataOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show the journal of one instance: what happened to it, when, by whom. Works beside a running server."""
    at = session(context)
    with at.composition.open_reader(configuration(data, config).settings) as reader:
        entries = list(reader.record.history(uid))
    if not entries:
        raise NotFound(f"There never was an instance {uid} here.")
    if json:
        at.output.json(
            [
                {
                    "sequence": entry.sequence,
                    "kind": entry.kind,
                    "at": moment(entry.at),
                    "actor": entry.actor,
                    "source": entry.source,
                    "reason": entry.reason,
                    "content_id": entry.content_id.hex(),
                    "body": orjson.loads(entry.body),
                }
                for entry in entries
            ]
        )
        return
    at.output.table(
        ("#No.", "When (UTC)", "What", "Who", "From", "Reason", "Content"),
        [
            (
                str(entry.sequence),
                moment(entry.at),
                entry.kind,
                entry.actor,
                entry.source,
                entry.reason,
                entry.content_id.hex()[:12],
            )
            for entry in entries
        ],
    )


def moment(microseconds: int) -> str:
    """Write a moment of the journal."""
    at = datetime.fromtimestamp(microseconds / 1_000_000, UTC)
    return at.strftime("%Y-%m-%d %H:%M:%S")
