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
        self._waiting: dict[str, list[Arrived]] = {}

    def claim(self, entries: Sequence[Arrived]) -> list[Arrived]:
        """Return those that may go on; the rest wait, to be handed out by `release`."""
        granted = []
        with self._lock:
            for entry in entries:
                uid = entry.whole.identity.sop_instance_uid
                held = self._waiting.get(uid)
                if held is None:
                    self._waiting[uid] = []
                    granted.append(entry)
                else:
                    held.append(entry)
        return granted

    def release(self, entries: Sequence[Arrived]) -> list[Arrived]:
        """Give claims back; returns those that waited for them and must be submitted again."""
        freed: list[Arrived] = []
        with self._lock:
            for entry in entries:
                freed += self._waiting.pop(entry.whole.identity.sop_instance_uid, [])
        return freed
