"""Deleting, restoring and purging."""

from isocenter.services.delete.service import Delete

__all__ = ["Delete"]
