"""Sample studies: synthetic patients with believable anatomy, drawn by code, valid and the same everywhere."""

from __future__ import annotations

from isocenter.services.samples.bench import BenchKind, bench_instance
from isocenter.services.samples.catalogue import SAMPLES, Sample
from isocenter.services.samples.writing import SampleReport, WrittenSample, write_samples

__all__ = [
    "SAMPLES",
    "BenchKind",
    "Sample",
    "SampleReport",
    "WrittenSample",
    "bench_instance",
    "write_samples",
]
