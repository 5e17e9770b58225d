"""Brings a database to the tables of this version."""

from __future__ import annotations

from isocenter.index.migrations.upgrade import upgrade

__all__ = ["upgrade"]
