"""What is measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from isocenter.services.samples.bench import BenchKind

__all__ = ["AS_IT_COMES", "STAGES", "STORES", "AsItComesWorkload", "StagesWorkload", "StoreWorkload", "quick"]

_ASSOCIATIONS = (1, 4)
_COUNTS: tuple[tuple[BenchKind, int], ...] = (("ct", 400), ("mr", 1000))


@dataclass(frozen=True, slots=True)
class StoreWorkload:
    """C-STORE of so many objects over so many associations, by the sender that is not the bottleneck."""

    name: str
    kind: BenchKind
    count: int
    associations: int

    @property
    def per_study(self) -> int:
        """Four studies, whole ones on each association."""
        return self.count // 4


@dataclass(frozen=True, slots=True)
class AsItComesWorkload:
    """Objects sent by ``storescu`` in its default environment, which leaves Nagle's algorithm on."""

    name: str
    kind: BenchKind
    count: int


@dataclass(frozen=True, slots=True)
class StagesWorkload:
    """Objects taken through the stages in this process, so many handed over before any answer is awaited."""

    title: str
    kind: BenchKind
    count: int
    together: int


STORES: Mapping[str, StoreWorkload] = {
    workload.name: workload
    for kind, count in _COUNTS
    for workload in (StoreWorkload(f"{kind}-{number}", kind, count, number) for number in _ASSOCIATIONS)
}
AS_IT_COMES: Mapping[str, AsItComesWorkload] = {
    workload.name: workload
    for workload in (AsItComesWorkload("storescu-ct", "ct", 50), AsItComesWorkload("storescu-mr", "mr", 99))
}

STAGES = (
    StagesWorkload("CT one by one", "ct", 300, 1),
    StagesWorkload("CT four together", "ct", 300, 4),
    StagesWorkload("MR one by one", "mr", 1000, 1),
    StagesWorkload("MR four together", "mr", 1000, 4),
)


def quick(workload: StoreWorkload) -> StoreWorkload:
    """The same with a tenth of the objects: to see that it runs, not to publish."""
    return replace(workload, count=workload.count // 10)
