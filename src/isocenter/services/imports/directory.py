"""The DICOMDIR of a medium: which files it lists (PS3.3 F.3.2.2). It is compared, never followed.

The names in it are data, so none of them is ever opened: they are only looked up among the files that the walk of the
folder found (spec A37).
"""

from __future__ import annotations

from isocenter.dicom.dataset import read_data_set
from isocenter.dicom.tags import DIRECTORY_RECORD_SEQUENCE, REFERENCED_FILE_ID
from isocenter.errors import IsocenterError
from isocenter.services.imports.places import Root
from isocenter.services.imports.report import MAX_EXAMPLES, DirectoryReport

__all__ = ["MAX_DIRECTORY_BYTES", "Directories", "Directory"]

MAX_DIRECTORY_BYTES = 128 * 1024 * 1024
"""A DICOMDIR of 300,000 images; it is read whole."""

Name = tuple[str, ...]


class Directory:
    """One DICOMDIR and the folder it speaks of."""

    def __init__(self, root: Root, folder: Name, shown: str) -> None:
        self.root = root
        self.folder = folder
        self._shown = shown
        self._listed: set[Name] = set()
        self._seen: set[Name] = set()
        self._extra = 0
        self._outside = 0
        self._unreadable = ""

    def read(self, data_set: bytes, transfer_syntax_uid: str) -> None:
        """Read its list; what cannot be read is said in the report."""
        try:
            records = read_data_set(data_set, transfer_syntax_uid).items_of(DIRECTORY_RECORD_SEQUENCE)
        except IsocenterError as error:
            self.unreadable(str(error))
            return
        for record in records:
            parts = tuple(record.texts(REFERENCED_FILE_ID))
            if parts and all(_is_plain(part) for part in parts):
                self._listed.add(_folded(parts))
            elif parts:
                self._outside += 1

    def unreadable(self, why: str) -> None:
        """Note why there is no list."""
        self._unreadable = why

    def covers(self, root: Root, folder: Name) -> bool:
        """Tell whether a folder is its own or below."""
        return self.root is root and folder[: len(self.folder)] == self.folder

    def saw(self, place: Name) -> bool:
        """Note a file, named from the root; says whether it is listed."""
        name = _folded(place[len(self.folder) :])
        if name in self._listed:
            self._seen.add(name)
            return True
        return False

    def extra(self) -> None:
        """Count a DICOM file that no DICOMDIR lists."""
        self._extra += 1

    def report(self) -> DirectoryReport:
        """Compare the list with what was seen."""
        missing = self._listed - self._seen
        return DirectoryReport(
            where=self._shown,
            listed=len(self._listed),
            missing=len(missing),
            missing_examples=tuple("/".join(parts) for parts in sorted(missing)[:MAX_EXAMPLES]),
            extra=self._extra,
            outside=self._outside,
            unreadable=self._unreadable,
        )


class Directories:
    """The DICOMDIRs that may speak of the file that the walk is at, the innermost last."""

    def __init__(self) -> None:
        self._open: list[Directory] = []

    def add(self, directory: Directory) -> None:
        """Let a DICOMDIR speak of what follows in its folder and below."""
        self._open.append(directory)

    def leave(self, root: Root | None, folder: Name) -> list[Directory]:
        """Close those that do not speak of this folder, and give them; with no root, all."""
        closed = [one for one in self._open if root is None or not one.covers(root, folder)]
        self._open = [one for one in self._open if one not in closed]
        return closed

    def saw(self, place: Name) -> bool:
        """Note a file; says whether one of them lists it, or there is none."""
        listed = [directory.saw(place) for directory in self._open]
        return any(listed) or not listed

    def extra(self) -> None:
        """Count a DICOM file that none of them lists, for the innermost."""
        if self._open:
            self._open[-1].extra()


def _is_plain(part: str) -> bool:
    return bool(part) and part not in (".", "..") and "/" not in part and "\0" not in part


def _folded(parts: Name) -> Name:
    """Compare as media are mounted: in any case, with or without ISO 9660's version and trailing dot."""
    return tuple(part.upper().removesuffix(";1").rstrip(".") for part in parts)
