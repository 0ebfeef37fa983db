"""Is this the session that was followed before, or another one under the same name?"""

from __future__ import annotations

from dataclasses import dataclass

BEGIN_S = 60.0
"""
A session whose clock shows less has just begun, s. The simulator shows its first frame some seconds into a session, and
the text that names it follows by up to 3 s (SIMULATOR#cadence); half a minute of loading is usual.
"""


@dataclass(frozen=True, slots=True)
class SessionSeen:
    """
    A session as it was seen at one moment; no clock of the PC is in it, because that one proves nothing.

    Attributes:
        session_id, subsession_id: 0 in offline tests and AI races (SIMULATOR#ids); None when not known any more.

        session_time_s: Session time at that moment.

        laps: Laps completed; None when nobody knows.

        unique_id: ``SessionUniqueID``, one higher with each restart by the server; None or 0 when not known.
    """

    session_id: int | None
    subsession_id: int | None
    session_time_s: float
    laps: int | None = None
    unique_id: int | None = None

    @property
    def has_just_begun(self) -> bool:
        """Whether its clock is near 0 and no lap is completed."""
        return self.session_time_s < BEGIN_S and self.laps is not None and self.laps <= 0


def is_another(before: SessionSeen, now: SessionSeen) -> bool:
    """
    Tell whether it is proved that *now* is not the session last seen as *before*, under the same collection id.

    Online sessions are told apart by their ids, and the runs of one by ``SessionUniqueID``, which only rises
    (SIMULATOR#session): a lower one, or none, proves nothing. Offline ones have no ids: there a clock that fell and
    begins near 0, together with laps back at 0, is the proof. In doubt it is the same session: two of them under one
    name must not be mixed, but nothing may be removed on a suspicion (DATA.md#another-session-under-an-old-name).
    """
    if before.session_id is None or before.subsession_id is None:
        return False
    if (before.session_id, before.subsession_id) != (now.session_id, now.subsession_id):
        return True
    if before.unique_id and now.unique_id and now.unique_id > before.unique_id:
        return True
    if now.session_id or now.subsession_id:
        return False
    return now.has_just_begun and now.session_time_s < before.session_time_s
