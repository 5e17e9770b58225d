"""Named places where a test can end this process at once, to prove that nothing acknowledged is lost.

``ISOCENTER_KILL=K5:3`` kills the process (SIGKILL: no handler, no flush) at its third pass of K5. The variable is
read once, at import; without it a pass costs one comparison.

Each point lies just before the act it names: K0 admission, K1 a member or its part file is opened, K2 data is taken, K3
the walk to the exact end, K4 append (of a spilled object: its header), K5 fdatasync, K6 a new pack is fsynced with its
folder, K7 the commit of the index transaction, K8 what follows that commit, K9 the answer. A kill at K7 leaves durable
bytes that the index does not know; at K8 and K9 all is durable, and nobody was told.
"""

from __future__ import annotations

import os
import signal

__all__ = ["KillSwitch", "faultpoint"]


class KillSwitch:
    """Counts the passes of one kill point and acts at the one that was asked for.

    ``order`` is ``<point>:<pass>``, for instance ``K5:3``; the pass defaults to the first. An empty order never acts.
    """

    def __init__(self, order: str) -> None:
        self._point, _, nth = order.partition(":")
        self._left = int(nth) if nth else 1

    def passed(self, point: str) -> bool:
        """Count a pass of ``point``; true exactly once, at the pass that was asked for."""
        if point != self._point:
            return False
        self._left -= 1
        return self._left == 0


_switch = KillSwitch(os.environ.get("ISOCENTER_KILL", ""))


def faultpoint(point: str) -> None:
    """Die here if this pass of ``point`` is the one that ``ISOCENTER_KILL`` names."""
    if _switch.passed(point):
        os.kill(os.getpid(), signal.SIGKILL)
