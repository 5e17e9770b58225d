"""The peers' programs that tests need."""

from __future__ import annotations

import os
import shutil

import pytest

IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}


def require_program(name: str) -> str:
    """Return the path of a peer's program. In CI a missing one fails the test, elsewhere it is skipped."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        reason = f"The program {name} is not installed."
        if IN_CI:
            pytest.fail(reason)
        pytest.skip(reason)
    return found
