"""``isocenter fsck``, ``verify`` and ``reindex``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from isocenter.interfaces.cli.configuration import ConfigOption, DataOption, configuration
from isocenter.interfaces.cli.session import JsonOption, session
from isocenter.services.check.pack_files import pack_files, verify_pack_files

__all__ = ["fsck", "reindex", "verify"]

_INSTEAD = "Stop its server first."


def fsck(
    context: typer.Context, data: DataOption = None, config: ConfigOption = None, json: JsonOption = False
) -> None:
    """Check the index, the packs, and that they agree; reads every stored byte. Needs the data folder to itself."""
    at = session(context)
    settings = configuration(data, config).settings
    with at.archive(settings, _INSTEAD) as archive, at.output.progress("Checking packs") as bar:
        report = archive.check(bar.update)
    if json:
        at.output.json(
            {
                "clean": report.clean,
                "packs": report.packs,
                "members": report.members,
                "indexed": report.indexed,
                "problems": [asdict(problem) for problem in report.problems],
            }
        )
    else:
        at.output.line(f"{report.packs} packs, {report.members} members, {report.indexed} contents in the index.")
        if report.problems:
            at.output.table(("Problem", "Where"), [(problem.rule, problem.detail) for problem in report.problems])
        at.output.line("Clean." if report.clean else f"{len(report.problems)} problems.")
    if not report.clean:
        raise typer.Exit(1)


def verify(
    context: typer.Context,
    packs: Annotated[
        list[Path] | None, typer.Argument(metavar="[PACK]...", help="Pack files, or folders with packs, as a backup.")
    ] = None,
    data: DataOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Read packs and compare every object with the content id that names it. Needs no index and no lock."""
    at = session(context)
    files = pack_files(packs or [configuration(data, config).settings.data / "packs"])
    with at.output.progress("Verifying packs") as bar:
        report = verify_pack_files(files, bar.update)
    if json:
        at.output.json({"clean": not report.bad, "packs": report.packs, "objects": report.objects, "bad": report.bad})
    else:
        at.output.line(f"{report.packs} packs, {report.objects} objects.")
        if report.bad:
            at.output.table(("Pack", "Member", "Problem"), report.bad)
        at.output.line(f"{len(report.bad)} problems." if report.bad else "Every object is what its name says.")
    if report.bad:
        raise typer.Exit(1)


def reindex(
    context: typer.Context, data: DataOption = None, config: ConfigOption = None, json: JsonOption = False
) -> None:
    """Make the index again from the packs alone. Needs the data folder to itself."""
    at = session(context)
    settings = configuration(data, config).settings
    with at.output.progress("Reading packs") as bar:
        rebuilt = at.composition.reindex(settings, bar.update)
    if json:
        at.output.json(asdict(rebuilt))
        return
    at.output.line(f"{rebuilt.events} events and {rebuilt.objects} objects are in the new index.")
    if rebuilt.damaged:
        at.output.line(
            f"{rebuilt.damaged} are damaged or lost: not served; `isocenter exceptions` lists what is known of them."
        )
    if rebuilt.without_event:
        at.output.line(f"{rebuilt.without_event} objects that no event names were received now.")
