"""Taking in what lies in files: folders, zip archives, media with a DICOMDIR; copied, or adopted where it lies."""

from isocenter.services.imports.importer import Importer, ImportLimits, ImportMode, ImportOptions
from isocenter.services.imports.places import measure
from isocenter.services.imports.report import Counts, DirectoryReport, Example, ImportReport, Reason

__all__ = [
    "Counts",
    "DirectoryReport",
    "Example",
    "ImportLimits",
    "ImportMode",
    "ImportOptions",
    "ImportReport",
    "Importer",
    "Reason",
    "measure",
]
