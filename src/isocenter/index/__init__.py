"""The index: finds what the packs hold, and can be made again from them.

Exported here is the side that asks; what writes is in ``index.write``, how the database is opened in ``index.engine``.
"""

from __future__ import annotations

from isocenter.index.answers import Row
from isocenter.index.attributes import Level
from isocenter.index.finder import Finder, FindLimits, Found
from isocenter.index.keys import KeyRules, read_keys, require_unique_keys
from isocenter.index.query import Order, Query

__all__ = [
    "FindLimits",
    "Finder",
    "Found",
    "KeyRules",
    "Level",
    "Order",
    "Query",
    "Row",
    "read_keys",
    "require_unique_keys",
]
