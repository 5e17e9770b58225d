"""Walking a data set in one pass, within bounds, as its bytes arrive."""

from __future__ import annotations

from isocenter.dicom.walk.limits import WalkLimits
from isocenter.dicom.walk.result import PixelData, WalkResult
from isocenter.dicom.walk.walker import Walker

__all__ = ["PixelData", "WalkLimits", "WalkResult", "Walker"]
