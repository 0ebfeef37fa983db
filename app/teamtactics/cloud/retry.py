"""How long to wait before the next attempt: pure arithmetic, chance comes from outside."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from teamtactics.cloud.fates import SignInRejected, Unreachable
from teamtactics.errors import CredentialsRejected, DeliveryError, SinkRefused

Chance = Callable[[], float]
"""Like ``random.random``."""

_HOPEFUL = 3
"""So many rejected sign-ins may be the clock's fault, which Windows sets right by itself; then a human is asked."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """
    Waiting times after failures; retrying itself never ends.

    Attributes:
        first_s: The wait after the first failure, at most; it doubles with each further one.

        cap_s: No wait is longer, where somebody answers and does not want to.

        line_cap_s: The same where nobody answers: how late it is noticed that the line is back. A request that goes
            nowhere is no burden to anybody.

        least_s: No wait is shorter, so that lucky dice are no hammering.

        refused_s: The wait while a human has to act: seldom, but a repaired permission is noticed without a restart.

        sign_ins_s: The waits after rejected sign-ins, each of which used a new token; then ``refused_s``.
    """

    first_s: float = 1.0
    cap_s: float = 60.0
    line_cap_s: float = 5.0
    least_s: float = 0.2
    refused_s: float = 600.0
    sign_ins_s: tuple[float, ...] = (2.0, 8.0, 15.0, *(60.0,) * 10)

    def wait_s(self, failures: int, chance: float, cap_s: float | None = None) -> float:
        """
        Return the wait after *failures* failures in a row.

        The whole wait is drawn by lot ("full jitter"): six members who lost the same connection must not come back
        in the same instant.

        Args:
            failures: From 1.

            chance: Between 0 and 1, evenly spread.

            cap_s: In place of the policy's own.
        """
        doublings = min(failures - 1, 30)  # 2.0**1024 would overflow after a night without a network
        return max(self.least_s, chance * min(self.cap_s if cap_s is None else cap_s, self.first_s * 2.0**doublings))


class BackOff:
    """
    The failures of one channel to Google, and what is waited for after each.

    Attributes:
        failures: In a row.

    Threads:
        One, the channel's.
    """

    def __init__(self, policy: RetryPolicy, chance: Chance = random.random) -> None:
        self.failures = 0
        self._rejections = 0
        self._policy = policy
        self._chance = chance

    def passed(self) -> None:
        """Begin to count anew: it has worked."""
        self.failures = self._rejections = 0

    def failed(self, error: DeliveryError, *, is_cheap: bool = True) -> float:
        """
        Count *error* and return how long to wait, s.

        Args:
            is_cheap: An attempt costs nothing as long as nobody answers.
        """
        self.failures += 1
        if isinstance(error, CredentialsRejected):
            self._rejections += 1
            waits_s = self._policy.sign_ins_s[self._rejections - 1 :]
            return waits_s[0] if waits_s else self._policy.refused_s
        if isinstance(error, SinkRefused):
            return self._policy.refused_s
        is_line = is_cheap and isinstance(error, Unreachable)
        cap_s = min(self._policy.cap_s, self._policy.line_cap_s) if is_line else None
        return self._policy.wait_s(self.failures, self._chance(), cap_s)

    def needs_human(self, error: DeliveryError) -> bool:
        """Tell whether the *error* counted last is one that waiting does not mend."""
        is_clock_perhaps = isinstance(error, SignInRejected) and self._rejections <= _HOPEFUL
        return isinstance(error, SinkRefused) and not is_clock_perhaps
