"""``isocenter samples``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isocenter.interfaces.cli.output import size_text
from isocenter.interfaces.cli.session import JsonOption, session

__all__ = ["samples"]


def samples(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write to.")],
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="NAME", help="One sample; repeat it for several.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Write synthetic studies with believable anatomy: CT, MR, CR, ultrasound, mammography, a report. No patient."""
    from isocenter.services.samples import write_samples  # pydicom costs every other command half a second

    at = session(context)
    with at.output.progress("Drawing") as bar:
        report = write_samples(folder, only, lambda name, done, total: bar.update(done, total, name))
    if json:
        at.output.json(
            [
                {"name": one.sample.name, "files": [str(path) for path in one.files], "bytes": one.size}
                for one in report.written
            ]
        )
        return
    rows = [
        (one.sample.name, one.sample.modality, str(len(one.files)), size_text(one.size), one.sample.title)
        for one in report.written
    ]
    at.output.table(("Sample", "Modality", "#Files", "#Size", "What it shows"), rows)
    at.output.line(f"{report.files} files, {size_text(report.size)}, in {report.folder}.")
