"""Objects are recorded side by side; a change of what is kept is recorded alone.

So the order of the journal is an order in which the index can enter it again: two receipts under way at the same time
are of different instances, and nothing is under way while something is deleted, restored or purged.
"""

from __future__ import annotations

import threading

__all__ = ["Gate"]


class Gate:
    """Lets many in together, or one alone; thread-safe. Whoever entered leaves once, from any thread."""

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._inside = 0
        self._alone = False
        self._waiting_alone = 0

    def enter(self) -> None:
        """Go in beside others; waits for one who is alone, or waits to be."""
        with self._turn:
            self._turn.wait_for(lambda: not self._alone and not self._waiting_alone)
            self._inside += 1

    def enter_alone(self) -> None:
        """Wait until everybody has left, and go in alone."""
        with self._turn:
            self._waiting_alone += 1
            self._turn.wait_for(lambda: not self._alone and not self._inside)
            self._waiting_alone -= 1
            self._alone = True

    def leave(self) -> None:
        """Go out."""
        with self._turn:
            if self._alone:
                self._alone = False
            else:
                self._inside -= 1
            self._turn.notify_all()
