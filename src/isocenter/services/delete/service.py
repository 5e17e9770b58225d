"""Deleting: out of service at once, undone until the grace ends, and only then are bytes removed.

A deletion names contents, never instances: an object that came again, or lies under another instance too, keeps its
bytes. Holds are checked when something is deleted and again before bytes go.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from isocenter.errors import BusyError, NotFound
from isocenter.services.record import Recorder, Source
from isocenter.services.record.replay import contents_body, unit_of
from isocenter.services.retrieve.held import Scope
from isocenter.storage import Location, PackKeeper

__all__ = ["Delete", "DeletedContents"]

log = logging.getLogger(__name__)

LARGEST_EVENT = 5_000
"""Contents in one event: a study of more becomes several events, each whole."""


class DeletedContents(Protocol):
    """The part of the index that deletion asks."""

    def contents_in_scope(self, scope: Scope, *, deleted: bool) -> list[bytes]:
        """List the contents of instances in force, or of deleted ones, in a scope."""

    def overdue(self, before: int) -> list[tuple[bytes, Location]]:
        """List contents deleted before a moment (microseconds since 1970) whose bytes are still there."""


class Delete:
    """Deletes, restores and purges. Calls wait until the change is durable."""

    def __init__(
        self,
        recorder: Recorder,
        contents: DeletedContents,
        storage: PackKeeper,
        clock: Callable[[], float],
        grace_seconds: float,
    ) -> None:
        self._recorder = recorder
        self._contents = contents
        self._storage = storage
        self._clock = clock
        self._grace_seconds = grace_seconds

    def delete(self, scope: Scope, source: Source, reason: str) -> int:
        """Take instances out of service; gives how many. Raises NotFound, Held."""
        return self._change("deleted", self._contents.contents_in_scope(scope, deleted=False), source, reason)

    def restore(self, scope: Scope, source: Source, reason: str) -> int:
        """Undo a deletion; gives how many instances are back. Raises NotFound, Gone after the grace."""
        return self._change("restored", self._contents.contents_in_scope(scope, deleted=True), source, reason)

    def purge(self, source: Source) -> int:
        """Remove the bytes of what was deleted longer ago than the grace; gives how many contents went."""
        before = int((self._clock() - self._grace_seconds) * 1_000_000)
        places = dict(self._contents.overdue(before))
        gone: list[bytes] = []
        for batch in _batches(list(places)):
            gone += self._recorder.happen("purged", source, "the grace ended", contents_body(batch), unit_of)
        for content_id in gone:
            self._erase(content_id, places[content_id])
        return len(gone)

    def _change(self, kind: str, content_ids: Sequence[bytes], source: Source, reason: str) -> int:
        if not content_ids:
            raise NotFound("Nothing of this is here.")
        done = 0
        for batch in _batches(content_ids):
            done += self._recorder.happen(kind, source, reason, contents_body(batch), unit_of)
        return done

    def _erase(self, content_id: bytes, location: Location) -> None:
        if location.kind != "pack":
            return  # An adopted file is not ours to remove.
        try:
            self._storage.punch(location, f"{content_id.hex()}.dcm")
        except BusyError:
            log.info("A purged object is still being read; its bytes go with the next purge.")


def _batches(content_ids: Sequence[bytes]) -> list[tuple[bytes, ...]]:
    return [tuple(content_ids[at : at + LARGEST_EVENT]) for at in range(0, len(content_ids), LARGEST_EVENT)]
