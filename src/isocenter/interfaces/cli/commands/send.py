"""``isocenter send``."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from isocenter.dicom.uid import is_valid
from isocenter.errors import NotFound
from isocenter.interfaces.cli.commands.get import held_under
from isocenter.interfaces.cli.configuration import ConfigOption, DataOption, configuration
from isocenter.interfaces.cli.outgoing import Sendable, from_archive, from_files
from isocenter.interfaces.cli.output import Output
from isocenter.interfaces.cli.sending import SendReport, send_all
from isocenter.interfaces.cli.session import JsonOption, session
from isocenter.interfaces.cli.targets import target

__all__ = ["send"]

_INSTEAD = "While its server runs, only files can be sent."


def send(
    context: typer.Context,
    what: Annotated[
        list[str], typer.Argument(metavar="WHAT...", help="Files, folders, or UIDs of what is in this archive.")
    ],
    peer: Annotated[
        str, typer.Option("--peer", metavar="PEER", help="A peer of the settings by name, or [TITLE@]HOST:PORT.")
    ],
    data: DataOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Send to a peer by C-STORE, every object as it is: nothing is converted, nothing changed."""
    at = session(context)
    settings = configuration(data, config).settings
    there = target(settings, peer)
    paths, uids = _sorted_out(what)
    with ExitStack() as stack:
        sendables: list[Sendable] = []
        not_dicom = 0
        if paths:
            sendables, not_dicom = from_files(paths)
        if uids:
            archive = stack.enter_context(at.archive(settings, _INSTEAD))
            for uid in uids:
                sendables += from_archive(archive.retrieve, held_under(archive.retrieve, uid))
        with at.output.progress("Sending") as bar:
            report = asyncio.run(send_all(there, sendables, lambda done: bar.update(done, len(sendables))))
    if json:
        at.output.json({**asdict(report), "not_dicom": not_dicom})
    else:
        _print(at.output, report, not_dicom)
    if report.sent + report.with_warning < report.found:
        raise typer.Exit(1)


def _sorted_out(what: Sequence[str]) -> tuple[list[Path], list[str]]:
    """Tell paths from UIDs; what exists as a path is one."""
    paths, uids = [], []
    for text in what:
        if Path(text).exists():
            paths.append(Path(text))
        elif is_valid(text):
            uids.append(text)
        else:
            raise NotFound(f"{text} is neither a path that exists nor a UID.")
    return paths, uids


def _print(output: Output, report: SendReport, not_dicom: int) -> None:
    counts = (report.found, report.sent, report.with_warning, report.refused, report.not_sent)
    output.table(("#Found", "#Sent", "#With warning", "#Refused", "#Not sent"), [tuple(map(str, counts))])
    if report.reasons:
        output.line()
        rows = [(str(reason.count), reason.text, reason.example) for reason in report.reasons]
        output.table(("#Count", "Reason", "For example"), rows)
    if not_dicom:
        output.note(f"{not_dicom} files are not DICOM and were left out.")
