"""``isocenter get``."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from isocenter.errors import BadRequest, IsocenterError, NotFound, StorageError
from isocenter.index.query import Level
from isocenter.index.read import StoredInstance
from isocenter.interfaces.cli.composition import Archive
from isocenter.interfaces.cli.configuration import ConfigOption, DataOption, configuration
from isocenter.interfaces.cli.output import Bar, Output
from isocenter.interfaces.cli.session import JsonOption, session
from isocenter.interfaces.cli.targets import PeerOption, target
from isocenter.peers.dimse.numbered_files import NumberedFiles
from isocenter.peers.dimse.pull import Wanted, pull
from isocenter.peers.dimse.receiver import ReceivingFolder
from isocenter.services.retrieve import Retrieve
from isocenter.services.retrieve.held import Selection

__all__ = ["get", "held_under"]

_LEVELS = (Level.STUDY, Level.SERIES, Level.IMAGE)

_INSTEAD = "While its server runs, ask it: isocenter get UID DIR --peer HOST:PORT."


def get(
    context: typer.Context,
    uid: Annotated[str, typer.Argument(metavar="UID", help="Of a study; of a series or instance with the options.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for the files; they are named 000001.dcm on.")],
    peer: PeerOption = None,
    series: Annotated[
        str, typer.Option("--series", metavar="UID", help="From a peer: one series of the study UID.")
    ] = "",
    instance: Annotated[
        str, typer.Option("--instance", metavar="UID", help="From a peer: one instance of that series.")
    ] = "",
    data: DataOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Write a study, series or instance to files: from this archive, or from a peer by C-GET, else C-MOVE.

    From this archive, UID may be that of a study, a series or an instance.
    """
    at = session(context)
    settings = configuration(data, config).settings
    if peer is None:
        if series or instance:
            raise BadRequest("--series and --instance are for peers; here give the UID itself.")
        with at.archive(settings, _INSTEAD) as archive, at.output.progress("Writing") as bar:
            files = _from_here(archive, uid, NumberedFiles(folder), bar)
        _print(at.output, files, folder, json=json)
        return
    if instance and not series:
        raise BadRequest("--instance needs --series.")
    there, receiving = target(settings, peer), ReceivingFolder(folder)
    with at.output.progress("Fetching") as bar:
        pulled = asyncio.run(
            pull(
                there.address,
                Wanted(uid, series, instance),
                receiving,
                there.listen,
                there.options,
                lambda done, remaining: bar.update(done, done + remaining),
            )
        )
    found = [
        {"file": str(one.path), "SOPInstanceUID": one.sop_instance_uid, "TransferSyntaxUID": one.transfer_syntax_uid}
        for one in pulled.files
    ]
    if pulled.note and pulled.files:
        at.output.note(f"Fetched by {pulled.verb}: {pulled.note}")
    if not found and not pulled.failed:
        raise NotFound(f"{peer} has nothing under this UID.")
    _print(at.output, found, folder, json=json)
    if pulled.failed:
        at.output.error(f"{peer} could not send {pulled.failed} instances.")
        raise typer.Exit(1)


def held_under(retrieve: Retrieve, uid: str) -> list[StoredInstance]:
    """Find what a UID names here, be it of a study, a series or an instance. Raises NotFound."""
    for level in _LEVELS:
        held = retrieve.matching(Selection(level, {level: (uid,)}))
        if held:
            return held
    raise NotFound(f"There is no study, series or instance {uid} here.")


def _from_here(archive: Archive, uid: str, files: NumberedFiles, bar: Bar) -> list[dict[str, Any]]:
    held = held_under(archive.retrieve, uid)
    written = []
    for done, one in enumerate(held, 1):
        path = _write(archive.retrieve, one, files)
        written.append(
            {
                "file": str(path),
                "SOPInstanceUID": one.sop_instance_uid,
                "TransferSyntaxUID": one.content.transfer_syntax_uid,
            }
        )
        bar.update(done, len(held))
    return written


def _write(retrieve: Retrieve, held: StoredInstance, files: NumberedFiles) -> Path:
    try:
        draft = files.begin()
    except OSError as error:
        raise StorageError(f"The folder {files.folder} cannot be written: {error.strerror}.") from None
    try:
        for piece in retrieve.part10(held):
            draft.write(piece)
        return draft.finish()
    except (OSError, IsocenterError) as error:
        draft.discard()
        if isinstance(error, IsocenterError):
            raise
        raise StorageError(f"The folder {files.folder} cannot be written: {error.strerror}.") from None


def _print(output: Output, files: Sequence[dict[str, Any]], folder: Path, *, json: bool) -> None:
    if json:
        output.json(list(files))
    else:
        output.line(f"{len(files)} files in {folder}.")
