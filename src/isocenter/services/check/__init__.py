"""Checking that what is kept is what was acknowledged."""

from isocenter.services.check.service import CheckReport, check

__all__ = ["CheckReport", "check"]
