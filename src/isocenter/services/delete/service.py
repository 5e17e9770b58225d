"""Deleting: out of service at once, undone until the grace ends, and only then are bytes removed.

A deletion names contents, never instances: an object that came again, or lies under another instance too, keeps its
bytes. Holds are checked when something is deleted and again before bytes go.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import orjson

from isocenter.errors import DamagedContent, Held, NotFound
from isocenter.index.read import RecordLookups
from isocenter.index.schema import State
from isocenter.queue.port import Job
from isocenter.services.record import Recorder, Source
from isocenter.services.record.replay import contents_body, identified_body, unit_of
from isocenter.services.retrieve.held import Scope
from isocenter.storage import Location, PackKeeper

__all__ = ["Delete"]

log = logging.getLogger(__name__)

_PRESENT = frozenset({State.LIVE, State.SUPERSEDED, State.QUARANTINED, State.REJECTED})
_DELETED = frozenset({State.DELETED})
LARGEST_EVENT = 5_000
"""Contents in one event: a study of more becomes several events, each whole."""


class Delete:
    """Deletes, restores and purges. Calls wait until the change is durable."""

    def __init__(
        self,
        recorder: Recorder,
        record: RecordLookups,
        storage: PackKeeper,
        clock: Callable[[], float],
        grace_seconds: float,
    ) -> None:
        self._recorder = recorder
        self._record = record
        self._storage = storage
        self._clock = clock
        self._grace_seconds = grace_seconds

    def delete(self, scope: Scope, source: Source, reason: str) -> int:
        """Take instances out of service; gives how many. Raises NotFound, Held."""
        return self._change("deleted", self._of(scope, _PRESENT), source, reason)

    def restore(self, scope: Scope, source: Source, reason: str) -> int:
        """Undo a deletion; gives how many instances are back. Raises NotFound, Gone after the grace."""
        return self._change("restored", self._of(scope, _DELETED), source, reason)

    def purge(self, source: Source) -> int:
        """Give up what was deleted longer ago than the grace; gives how many contents.

        A job that is committed with it removes the bytes; see `erase`.
        """
        before = int((self._clock() - self._grace_seconds) * 1_000_000)
        given_up = 0
        while overdue := self._record.purgeable(before):
            body = identified_body(self._record.identities(overdue))
            try:
                gone = self._recorder.happen("purged", source, "the grace ended", body, unit_of)
            except Held:
                continue  # a hold was placed meanwhile, and what it covers is not asked for again
            given_up += len(gone)
            if not gone:
                break
        return given_up

    def erase(self, jobs: Sequence[Job]) -> None:
        """Remove the bytes of purged contents; safe to repeat. Raises BusyError while one is being read."""
        for job in jobs:
            for content_id, pack, offset, length in orjson.loads(job.payload)["places"]:
                try:
                    self._storage.punch(Location("pack", pack, offset, length), f"{content_id}.dcm")
                except DamagedContent:
                    log.info("A purged object is not where it lay; there is nothing to erase.")

    def _of(self, scope: Scope, states: frozenset[State]) -> list[bytes]:
        return self._record.contents_of(
            scope.study_instance_uid, scope.series_instance_uid, scope.sop_instance_uid, states=states
        )

    def _change(self, kind: str, content_ids: Sequence[bytes], source: Source, reason: str) -> int:
        if not content_ids:
            raise NotFound("Nothing of this is here.")
        done = 0
        for batch in _batches(content_ids):
            done += self._recorder.happen(kind, source, reason, contents_body(batch), unit_of)
        return done


def _batches(content_ids: Sequence[bytes]) -> list[tuple[bytes, ...]]:
    return [tuple(content_ids[at : at + LARGEST_EVENT]) for at in range(0, len(content_ids), LARGEST_EVENT)]
