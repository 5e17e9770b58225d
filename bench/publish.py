"""Puts a run's tables into the documentation, between the two marks that are there for it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from bench.results import Results

__all__ = ["PAGE", "publish"]

PAGE: Final = Path("docs/reference/benchmarks.md")
_BEGIN: Final = "<!-- figures: written by `python -m bench --publish` -->\n"
_END: Final = "<!-- end of figures -->\n"


def publish(results: Results, picture: Path) -> None:
    """Replace the figures of the page and the picture beside it."""
    page = PAGE.read_text()
    before, found, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not found or not end:
        raise RuntimeError(f"{PAGE} has no place for figures")
    shutil.copyfile(picture, PAGE.with_suffix(".svg"))
    PAGE.write_text(before + _BEGIN + _figures(results) + _END + after)


def _figures(results: Results) -> str:
    machine = "".join(f"- {name}: {value}\n" for name, value in results.machine.items())
    tables = "\n".join(table.markdown() for table in results.tables())
    return (
        f"\nMade by `{results.command}` (order of receivers from seed {results.seed}):\n\n{machine}\n"
        f"![Instances per second]({PAGE.with_suffix('.svg').name})\n\n{tables}\n"
    )
