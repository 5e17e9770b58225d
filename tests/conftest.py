"""Fixtures that all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The shared collection of real DICOM files: beside the checkout, or where ISOCENTER_CORPUS says."""
    folder = Path(os.environ.get("ISOCENTER_CORPUS", ROOT.parent / "shared" / "data"))
    if not (folder / "index.csv").is_file():
        pytest.skip("The shared collection of DICOM files is not here; set ISOCENTER_CORPUS to its folder.")
    return folder
