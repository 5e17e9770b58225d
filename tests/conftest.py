"""Fixtures that all tests share."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The shared collection of real DICOM files: beside the checkout, or where ISOCENTER_CORPUS says."""
    folder = Path(os.environ.get("ISOCENTER_CORPUS", ROOT.parent / "shared" / "data"))
    if not (folder / "index.csv").is_file():
        pytest.skip("The shared collection of DICOM files is not here; set ISOCENTER_CORPUS to its folder.")
    return folder


def require_program(name: str) -> str:
    """Return the path of a peer's program. In CI a missing one fails the test, elsewhere it is skipped."""
    found = shutil.which(name)
    if found is None:
        reason = f"The program {name} is not installed."
        if IN_CI:
            pytest.fail(reason)
        pytest.skip(reason)
    return found
