"""What the writer remembers of studies it wrote to lately, so that the next instance of a series asks for nothing.

These are the database's rows in memory, changed ahead of it: after a transaction that failed all of it is forgotten.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

__all__ = ["Known", "PatientState", "SeriesState", "StudyState", "VariantState"]


@dataclass(slots=True, eq=False)
class VariantState:
    """One set of values of a level. ``count`` includes ``pending``, which the database does not hold yet."""

    id: int
    digest: bytes
    values: Mapping[str, str]
    count: int
    json: str = ""
    patient_digest: bytes = b""
    pending: int = 0
    fresh: bool = False
    """The database has no row yet."""


@dataclass(slots=True, eq=False, weakref_slot=True)
class PatientState:
    """One patient. ``agreed`` is the digest of the patient's values where all live instances hold the same."""

    id: int
    agreed: bytes | None = None
    studies: int = 0
    series: int = 0
    instances: int = 0
    """The three counts are pending ones."""


@dataclass(slots=True, eq=False)
class _LevelState:
    id: int
    uid: str
    count: int
    variants: dict[bytes, VariantState] = field(default_factory=dict)
    numbered: dict[int, VariantState] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    """Those in force, as the database's row shows them."""
    pending: int = 0
    fresh: bool = False
    unsettled: bool = False
    """The values in force may have changed."""

    def add(self, variant: VariantState) -> VariantState:
        self.variants[variant.digest] = self.numbered[variant.id] = variant
        return variant

    def votes(self) -> Iterator[tuple[Mapping[str, str], int]]:
        """Yield each variant's values and its live instances."""
        for variant in self.variants.values():
            yield variant.values, variant.count


@dataclass(slots=True, eq=False)
class StudyState(_LevelState):
    """One study and those of its series that were written to."""

    partition: int = 0
    patient: PatientState = field(default_factory=lambda: PatientState(0))
    series: dict[str, SeriesState] = field(default_factory=dict)
    series_count: int = 0
    series_pending: int = 0
    sequence: int = 0
    disagreeing: tuple[str, ...] = ()
    patient_unsettled: bool = False
    """Who its patient is may have changed."""
    newcomer: bool = False
    """It is new, and its patient was there before."""
    modalities_unsettled: bool = False


@dataclass(slots=True, eq=False)
class SeriesState(_LevelState):
    """One series."""


class Known:
    """The studies written to lately, bounded by the number of studies, series and variants together."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._studies: OrderedDict[tuple[int, str], StudyState] = OrderedDict()
        self._weight = 0
        self.patients: WeakValueDictionary[int, PatientState] = WeakValueDictionary()
        self.containers: dict[tuple[str, str], int] = {}

    def study(self, partition: int, uid: str) -> StudyState | None:
        """Return the study if it is remembered, as the latest used."""
        key = (partition, uid)
        found = self._studies.get(key)
        if found is not None:
            self._studies.move_to_end(key)
        return found

    def remember(self, state: StudyState) -> None:
        """Add a study that was read or made."""
        self._studies[state.partition, state.uid] = state
        self.grow(1 + len(state.variants))

    def grow(self, by: int) -> None:
        """Count series and variants that were added to a study."""
        self._weight += by

    def trim(self) -> None:
        """Forget what was longest unused; only between transactions."""
        while self._weight > self._capacity and self._studies:
            _, gone = self._studies.popitem(last=False)
            inner = sum(1 + len(series.variants) for series in gone.series.values())
            self._weight -= 1 + len(gone.variants) + inner
        if not self._studies:
            self._weight = 0
        if len(self.containers) > self._capacity:
            self.containers.clear()

    def forget(self) -> None:
        """Forget everything: the transaction failed."""
        self._studies.clear()
        self._weight = 0
        self.patients.clear()
        self.containers.clear()
