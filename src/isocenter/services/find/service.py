"""Answers queries."""

from __future__ import annotations

from isocenter.index.finder import Finder, Found
from isocenter.index.query import Query

__all__ = ["Find"]


class Find:
    """Finds patients, studies, series and instances. Thread-safe; calls may take as long as the query's bound."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder

    def find(self, query: Query) -> Found:
        """Find what matches. Raises BadRequest for a query too broad, IndexFailure when the index does not answer."""
        return self._finder.find(query)

    def count(self, query: Query) -> int:
        """Count what matches, whatever the query's limit."""
        return self._finder.count(query)
