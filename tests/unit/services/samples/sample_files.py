"""The samples, drawn at most once per test process."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset

from isocenter.services.samples import write_samples


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="isocenter-samples-")


@cache
def written(name: str) -> tuple[Path, ...]:
    """The files of a sample, by its name."""
    return write_samples(Path(_folder().name), [name]).written[0].files


def read(name: str) -> list[Dataset]:
    """The objects of a sample, by its name."""
    return [pydicom.dcmread(path) for path in written(name)]
