"""One object of a SOP Instance UID at a time: the others wait until the first is durable or has failed."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from isocenter.services.record.entries import Arrived

__all__ = ["Claims"]


class Claims:
    """Hands out SOP Instance UIDs; thread-safe.

    Without it two lanes could both find a UID unused. A duplicate's answer thereby waits for the first copy's commit.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, tuple[Arrived, list[Arrived]]] = {}
        """By UID: who has it, and who waits for it."""

    def claim(self, entries: Sequence[Arrived]) -> list[Arrived]:
        """Return those that may go on; the rest wait, to be handed out by `release`."""
        granted = []
        with self._lock:
            for entry in entries:
                uid = entry.whole.identity.sop_instance_uid
                held = self._held.get(uid)
                if held is None:
                    self._held[uid] = (entry, [])
                    granted.append(entry)
                else:
                    held[1].append(entry)
        return granted

    def release(self, entries: Sequence[Arrived]) -> list[Arrived]:
        """Give claims back; returns those that waited for them and must be submitted again.

        Nothing happens for an entry that has no claim, or not any more.
        """
        freed: list[Arrived] = []
        with self._lock:
            for entry in entries:
                uid = entry.whole.identity.sop_instance_uid
                held = self._held.get(uid)
                if held is not None and held[0] is entry:
                    del self._held[uid]
                    freed += held[1]
        return freed
