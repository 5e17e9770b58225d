"""Rows of instances and contents that are there already: finding them, and changing an instance's state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from isocenter.index.record import Arrival
from isocenter.index.schema import State
from isocenter.index.write.batch import Batch
from isocenter.index.write.places import Place, place_of_series
from isocenter.index.write.sql import LIST_SIZES, list_size

__all__ = [
    "InstanceRow",
    "KnownContent",
    "change_state",
    "content_columns",
    "contents_of",
    "instances_of",
    "known_contents",
    "live_instance",
    "owner_of",
]


@dataclass(frozen=True, slots=True)
class InstanceRow:
    """One version of an instance."""

    id: int
    series_ref: int
    study_variant_ref: int
    series_variant_ref: int
    content_ref: int
    state: State
    former_state: State
    """What it was before; a restore goes back to it."""
    sop_instance_uid: str


@dataclass(frozen=True, slots=True)
class KnownContent:
    """A content row, and what speaks against serving it."""

    id: int
    damaged: bool
    buried: bool
    purged: bool

    @property
    def whole(self) -> bool:
        """Its bytes are there, and stay."""
        return not (self.damaged or self.buried or self.purged)


def known_contents(batch: Batch, content_ids: Sequence[bytes]) -> dict[bytes, KnownContent]:
    """Return the contents that the database has, by content id."""
    found: dict[bytes, KnownContent] = {}
    for chunk in _chunks(content_ids):
        for content_id, ref, damaged, buried, purged in batch.session.rows(f"contents_{len(chunk)}", chunk):
            flags = (damaged is not None, buried is not None, purged is not None)
            found[bytes(content_id)] = KnownContent(ref, *flags)
    return found


def instances_of(batch: Batch, partition: int, content_ids: Sequence[bytes]) -> list[InstanceRow]:
    """Return the instances of these contents in a partition, the oldest first."""
    batch.write_waiting()
    found: dict[int, InstanceRow] = {}
    for chunk in _chunks(content_ids):
        for row in batch.session.rows(f"instances_{len(chunk)}", (partition, *chunk)):
            found[row[0]] = _read(row)
    return [found[ref] for ref in sorted(found)]


def _read(row: tuple[Any, ...]) -> InstanceRow:
    *refs, state, former, uid = row
    return InstanceRow(refs[0], refs[1], refs[2], refs[3], refs[4], State(state), State(former or 0), uid)


def _chunks(values: Sequence[bytes]) -> Iterator[tuple[bytes, ...]]:
    largest = LIST_SIZES[-1]
    for start in range(0, len(values), largest):
        chunk = tuple(values[start : start + largest])
        yield chunk + (chunk[-1],) * (list_size(len(chunk)) - len(chunk))


def live_instance(batch: Batch, partition: int, sop_instance_uid: str) -> InstanceRow | None:
    """Return the version in force, if there is one."""
    batch.write_waiting()
    row = batch.session.first("live", (partition, sop_instance_uid))
    return None if row is None else _read(row)


def owner_of(batch: Batch, content_ref: int) -> int | None:
    """Return the instance that has this content as an alternate."""
    row = batch.session.first("alternate_owners", (content_ref,))
    return int(row[0]) if row else None


def contents_of(batch: Batch, rows: Iterable[InstanceRow]) -> list[int]:
    """Return the contents of these instances, alternates included."""
    refs: dict[int, None] = {}
    for row in rows:
        refs[row.content_ref] = None
        for (alternate,) in batch.session.rows("alternates", (row.id,)):
            refs[alternate] = None
    return list(refs)


def change_state(batch: Batch, row: InstanceRow, state: State, reason: str = "") -> Place:
    """Put an instance in another state, move the counters, and enter it with the event under way."""
    batch.session.run("set_state", (int(state), int(row.state), reason, batch.sequence, row.id))
    batch.touched[row.id, batch.sequence] = None
    study, series = place_of_series(batch, row.series_ref)
    step = (state is State.LIVE) - (row.state is State.LIVE)
    if step:
        study_variant = study.numbered[row.study_variant_ref]
        series_variant = series.numbered[row.series_variant_ref]
        batch.count(study, series, study_variant, series_variant, step)
    return study, series


def content_columns(batch: Batch, arrival: Arrival) -> tuple[object, ...]:
    """Return an arrival's columns of ``content``, after its id and content id."""
    location = arrival.location
    return (
        arrival.transfer_syntax_uid,
        batch.container(location),
        location.offset,
        location.length,
        arrival.data_set_offset,
        arrival.data_set_length,
        arrival.header_length,
        arrival.frames,
        arrival.checks,
        "plain",
        "",
        None,
        batch.at,
        None,
        None,
    )
