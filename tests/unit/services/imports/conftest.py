"""An archive for each test of imports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from unit.services.imports.import_archive import ImportArchive, import_archive


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[ImportArchive]:
    """A fresh archive."""
    with import_archive(tmp_path / "archive") as opened:
        yield opened


@pytest.fixture
def media(tmp_path: Path) -> Path:
    """An empty folder to import from."""
    folder = tmp_path / "media"
    folder.mkdir()
    return folder
