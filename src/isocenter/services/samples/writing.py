"""Writing the samples into a folder as Part 10 files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from isocenter.errors import BadRequest
from isocenter.services.samples.catalogue import SAMPLES, Sample

__all__ = ["SampleReport", "WrittenSample", "write_samples"]

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class WrittenSample:
    """What was written of one sample."""

    sample: Sample
    files: tuple[Path, ...]
    size: int
    """Bytes of all files together."""


@dataclass(frozen=True, slots=True)
class SampleReport:
    """What was written, and where."""

    folder: Path
    written: tuple[WrittenSample, ...]

    @property
    def files(self) -> int:
        """Number of files."""
        return sum(len(one.files) for one in self.written)

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(one.size for one in self.written)


def write_samples(folder: Path, only: Sequence[str] | None = None, progress: Progress | None = None) -> SampleReport:
    """Draw the sample studies and write them, the same bytes on every run and machine.

    Files go to ``folder/<sample>/<series number>-<instance number>.dcm`` and replace what has that name.
    ``only`` names the samples wanted; ``progress`` is called after each file with the sample's name, the files
    done and the files in all. Raises BadRequest for a name that no sample has.
    """
    chosen = _choose(only)
    total = sum(sample.instances for sample in chosen)
    done = 0
    written = []
    for sample in chosen:
        place = folder / sample.name
        place.mkdir(parents=True, exist_ok=True)
        files, size = [], 0
        for data_set in sample.build():
            path = place / f"{data_set.SeriesNumber:02d}-{data_set.InstanceNumber:04d}.dcm"
            data_set.save_as(path, enforce_file_format=True)
            files.append(path)
            size += path.stat().st_size
            done += 1
            if progress:
                progress(sample.name, done, total)
        written.append(WrittenSample(sample, tuple(files), size))
    return SampleReport(folder, tuple(written))


def _choose(only: Sequence[str] | None) -> list[Sample]:
    if only is None:
        return list(SAMPLES)
    names = {sample.name for sample in SAMPLES}
    unknown = [name for name in only if name not in names]
    if unknown:
        raise BadRequest(f"There is no sample named {', '.join(unknown)}. There are: {', '.join(sorted(names))}.")
    return [sample for sample in SAMPLES if sample.name in only]
