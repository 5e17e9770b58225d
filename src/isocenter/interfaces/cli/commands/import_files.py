"""``isocenter import``."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from isocenter.interfaces.cli.configuration import ConfigOption, DataOption, configuration
from isocenter.interfaces.cli.output import Output, size_text
from isocenter.interfaces.cli.session import JsonOption, session
from isocenter.services.imports import (
    Counts,
    DirectoryReport,
    Importer,
    ImportMode,
    ImportOptions,
    ImportReport,
    Reason,
    measure,
)

__all__ = ["import_files"]

_INSTEAD = "While its server runs, send the files to it: isocenter send PATH --peer HOST:PORT."


def import_files(
    context: typer.Context,
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Files, folders, zip archives, or the DICOMDIR of a medium.")
    ],
    adopt: Annotated[
        bool,
        typer.Option("--adopt", help="Leave the files where they are and rely on them there, instead of copying."),
    ] = False,
    data: DataOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Take in what lies in files; repeating an import does no harm. Needs the data folder to itself."""
    at = session(context)
    settings = configuration(data, config).settings
    files, size = measure(paths)
    options = ImportOptions(
        user=_user(),
        mode=ImportMode.ADOPT if adopt else ImportMode.COPY,
        default_issuer=settings.record.default_issuer,
    )
    with at.archive(settings, _INSTEAD) as archive, at.output.progress("Importing") as bar:

        def progress(counts: Counts) -> None:
            bar.update(counts.files, max(files, counts.files), f"{size_text(counts.bytes)} of {size_text(size)}")

        report = Importer(archive.ingest).run(paths, options, progress)
    if json:
        at.output.json(asdict(report))
    else:
        _print(at.output, report)
    if report.stopped or report.counts.refused:
        raise typer.Exit(1)


def _print(output: Output, report: ImportReport) -> None:
    counts = report.counts
    output.table(
        ("#Found", "#Stored", "#Duplicate", "#Kept aside", "#Refused"),
        [tuple(str(n) for n in (counts.found, counts.stored, counts.duplicate, counts.kept_aside, counts.refused))],
    )
    _reasons(output, "Refused", report.refused)
    _reasons(output, "Kept aside: durable, not served, listed by `isocenter exceptions`", report.kept_aside)
    _reasons(output, "Passed over: not meant to be imported", report.passed_over)
    _directories(output, report.directories)
    if report.stopped:
        output.line()
        output.line(f"Stopped early: {report.stopped} Run the same import again when that is resolved.")


def _reasons(output: Output, title: str, reasons: Sequence[Reason]) -> None:
    if reasons:
        output.line()
        rows = [(str(reason.count), reason.text, reason.examples[0].where) for reason in reasons]
        output.table(("#Count", "Reason", "For example"), rows, title)


def _directories(output: Output, directories: Sequence[DirectoryReport]) -> None:
    for directory in directories:
        output.line()
        if directory.unreadable:
            output.line(f"{directory.where}: its list cannot be read ({directory.unreadable})")
            continue
        output.line(
            f"{directory.where} lists {directory.listed} files: {directory.missing} of them are missing, "
            f"{directory.extra} others are there, {directory.outside} names lead out of the medium."
        )
        for example in directory.missing_examples:
            output.line(f"  missing: {example}")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "import"  # a container's user may have no name
