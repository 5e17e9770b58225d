"""The page of errors says what the doors answer."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

from isocenter import errors

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/reference/errors.md").read_text(encoding="utf-8")


def test_the_page_is_up_to_date() -> None:
    made = runpy.run_path(str(ROOT / "tools/make_errors_page.py"))["page"]()
    assert made == PAGE, "run python tools/make_errors_page.py"


def test_every_public_error_is_on_it() -> None:
    named = set(re.findall(r"^\| (?:&nbsp;)*`(\w+)`", PAGE, re.MULTILINE))
    assert set(errors.__all__) <= named
