"""How long to wait before the next attempt: pure arithmetic, chance comes from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """
    Waiting times after failures; retrying itself never ends.

    Attributes:
        first_s: The wait after the first failure, at most; it doubles with each further one.

        cap_s: No wait is longer: how late the first delivery after an outage can be.

        least_s: No wait is shorter, so that lucky dice are no hammering.

        refused_s: The wait while a human has to act: seldom, but a repaired permission is noticed without a restart.
    """

    first_s: float = 1.0
    cap_s: float = 60.0
    least_s: float = 0.2
    refused_s: float = 600.0

    def wait_s(self, failures: int, chance: float) -> float:
        """
        Return the wait after *failures* failures in a row.

        The whole wait is drawn by lot ("full jitter"): six members who lost the same connection must not come back
        in the same instant.

        Args:
            failures: From 1.

            chance: Between 0 and 1, evenly spread.
        """
        doublings = min(failures - 1, 30)  # 2.0**1024 would overflow after a night without a network
        return max(self.least_s, chance * min(self.cap_s, self.first_s * 2.0**doublings))


Chance = Callable[[], float]
"""Like ``random.random``."""
