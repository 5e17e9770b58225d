"""What a DICOM object is: structure, values, character sets, identifiers; no I/O and no clock."""

from __future__ import annotations

__all__: list[str] = []
