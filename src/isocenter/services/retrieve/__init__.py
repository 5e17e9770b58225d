"""Giving back what is held."""

from isocenter.index.read import StoredInstance
from isocenter.services.retrieve.held import Outgoing, Scope, Selection
from isocenter.services.retrieve.service import Retrieve

__all__ = ["Outgoing", "Retrieve", "Scope", "Selection", "StoredInstance"]
