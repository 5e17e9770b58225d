"""When a failed job is tried again, and when it is given up."""

from __future__ import annotations

import random
from dataclasses import dataclass

__all__ = ["SECOND", "RetryPolicy"]

SECOND = 1_000_000
"""In microseconds."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Waits that double: 5 s, 10 s, 20 s ... up to 15 minutes, each shifted by chance so that jobs spread out."""

    first: int = 5 * SECOND
    longest: int = 15 * 60 * SECOND
    jitter: float = 0.2
    """Share by which a wait may be shorter or longer."""
    attempts: int = 20
    """After so many the job is poison: about three hours in all."""
    lease: int = 60 * SECOND
    """A lease that is not prolonged runs out after this; a dead worker delays its jobs by no more."""

    def wait(self, attempts: int, chance: random.Random) -> int:
        """Microseconds until the next attempt after ``attempts`` (1 or more) that failed."""
        wait = min(self.first << min(attempts - 1, 40), self.longest)
        return round(wait * chance.uniform(1 - self.jitter, 1 + self.jitter))
