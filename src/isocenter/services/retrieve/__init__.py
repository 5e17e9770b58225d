"""Giving back what is held."""

from isocenter.services.retrieve.held import Held, Outgoing, Scope, Selection
from isocenter.services.retrieve.service import HeldInstances, Retrieve

__all__ = ["Held", "HeldInstances", "Outgoing", "Retrieve", "Scope", "Selection"]
