"""Is this the session that was followed before, or another one under the same name?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

CLOCK_SLACK_S = 5.0
"""How exactly wall clock minus session time names the moment at which a session began, s."""

FALL_S = 1.0
"""Session time never falls within a session; less than this is rounding."""


class Verdict(Enum):
    """What a session is to the one that was followed before under its collection id."""

    SAME = "same"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class SessionSeen:
    """
    A session as it was seen at one moment.

    Attributes:
        session_id, subsession_id: 0 in offline tests and AI races (field guide 4.1).

        session_time_s: Session time at that moment.

        utc_s: The same moment as Unix time, s.
    """

    session_id: int
    subsession_id: int
    session_unique_id: int | None
    session_time_s: float
    utc_s: float

    @property
    def began_utc_s(self) -> float:
        """When its clock was 0, if the clock never stood still."""
        return self.utc_s - self.session_time_s


def compare(before: SessionSeen, now: SessionSeen) -> Verdict:
    """
    Tell whether *now* is the session that was last seen as *before*, under the same collection id.

    Online sessions are told apart by their ids. Offline ones have none; there the clocks decide, and in doubt it is the
    same session: two sessions under one name must not be mixed, but nothing may be removed on a suspicion (data
    contract, last section).
    """
    if (before.session_id, before.subsession_id) != (now.session_id, now.subsession_id):
        return Verdict.OTHER
    if before.session_unique_id != now.session_unique_id:
        return Verdict.OTHER
    if now.subsession_id != 0:
        return Verdict.SAME
    if abs(now.began_utc_s - before.began_utc_s) <= CLOCK_SLACK_S:
        return Verdict.SAME
    if now.session_time_s < before.session_time_s - FALL_S:
        return Verdict.OTHER
    # A pause of the simulator makes a session look younger; only one that began after the former was last seen
    # is certainly another.
    if now.began_utc_s > before.utc_s or now.began_utc_s < before.began_utc_s - CLOCK_SLACK_S:
        return Verdict.OTHER
    return Verdict.SAME
