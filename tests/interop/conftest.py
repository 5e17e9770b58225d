"""What a full run of the tests with real peers holds beyond the usual one: ``pytest -m corpus`` runs everything."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "exhaustive: left to a full run, which is asked for with -m corpus")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "corpus" in (config.option.markexpr or ""):
        return
    skipped = pytest.mark.skip(reason="Left to a full run: pytest -m corpus.")
    for item in items:
        if item.get_closest_marker("exhaustive"):
            item.add_marker(skipped)
