"""Writes docs/reference/cli.md from the commands of the program."""

from __future__ import annotations

from pathlib import Path

from isocenter.interfaces.cli.reference import reference_page

PAGE = Path(__file__).resolve().parent.parent / "docs/reference/cli.md"

if __name__ == "__main__":
    PAGE.write_text(reference_page(), encoding="utf-8")
