"""Fixtures that all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The shared collection of real DICOM files: beside the checkout, or where ISOCENTER_CORPUS says."""
    folder = Path(os.environ.get("ISOCENTER_CORPUS", ROOT.parent / "shared" / "data"))
    if not (folder / "index.csv").is_file():
        pytest.skip("The shared collection of DICOM files is not here; set ISOCENTER_CORPUS to its folder.")
    return folder


settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI", "").lower() in {"1", "true"} else "default")
"""In CI the same examples every time, so that a failure is of the change; elsewhere new ones."""
