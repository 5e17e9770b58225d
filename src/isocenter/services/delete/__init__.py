"""Deleting, restoring and purging."""

from isocenter.services.delete.service import Delete, DeletedContents

__all__ = ["Delete", "DeletedContents"]
