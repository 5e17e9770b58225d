"""Verifies packs as files, wherever they lie: in a data folder or in a backup, without an index."""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from isocenter.errors import IsocenterError, NotFound
from isocenter.services.record.stored import content_id_of

__all__ = ["PackFilesReport", "pack_files", "verify_pack_files"]


@dataclass(slots=True)
class PackFilesReport:
    """What was read, and what is wrong: pack, member, problem."""

    packs: int = 0
    objects: int = 0
    bad: list[tuple[str, str, str]] = field(default_factory=list)


def pack_files(paths: Sequence[Path]) -> list[Path]:
    """List the pack files that are named, or lie in the folders that are named. Raises NotFound."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(path.rglob("*.tar"))
        elif path.is_file():
            found.append(path)
        else:
            raise NotFound(f"There is no {path}.")
    return found


def verify_pack_files(files: Sequence[Path], progress: Callable[[int, int], None] | None = None) -> PackFilesReport:
    """Compare every object with the content id that is its name; ``progress`` hears packs done and in all."""
    report = PackFilesReport()
    for done, file in enumerate(files, 1):
        for member, problem in _objects(file):
            report.objects += 1
            if problem:
                report.bad.append((str(file), member, problem))
        report.packs += 1
        if progress is not None:
            progress(done, len(files))
    return report


def _objects(file: Path) -> Iterator[tuple[str, str]]:
    """Yield each object's name and what is wrong with it, empty when nothing is."""
    try:
        with tarfile.open(file, "r:") as pack:
            for member in pack:
                stream = pack.extractfile(member) if member.name.endswith(".dcm") else None
                if stream is not None:
                    yield member.name, _problem(member, stream)
    except (tarfile.TarError, OSError) as error:
        yield "", f"the pack cannot be read further: {error}"


def _problem(member: tarfile.TarInfo, stream: IO[bytes]) -> str:
    def read(start: int, stop: int) -> bytes:
        stream.seek(start)
        return stream.read(stop - start)

    try:
        content_id = content_id_of(read, member.size)
    except IsocenterError as error:
        return str(error)
    return "" if f"{content_id.hex()}.dcm" == member.name else "its bytes are not what was stored"
