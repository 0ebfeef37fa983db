"""From one session to the next: when a change is believed, what of the old one is still to be told."""

from __future__ import annotations

from dataclasses import dataclass

from teamtactics.model.events import Event, FormerLapTimed
from teamtactics.model.frame import Frame
from teamtactics.model.session import SessionInfo
from teamtactics.race.eyes.continuity import HOLD_TICKS
from teamtactics.race.memory import SessionKey, text_key

TEXT_LAG_S = 3.0
"""
How long a session change waits for a newer session text: it is rewritten at most every 2 s (SIMULATOR#cadence), and
until then it may still describe the event the simulator has just left.
"""

DOUBT_S = 5.0
"""
How long a session text must stand that takes back who we are. It is rewritten at most every 2 s (SIMULATOR#cadence),
and while it is, it may be whole in form and empty of meaning (SIMULATOR#torn-text): one in which the own entry reads
TeamID 0 was seen.
"""

RESULTS_WITHIN_S = 60.0
"""So long into the next session the results of the one before may still bring its last lap time."""


@dataclass(slots=True)
class Doubt:
    """
    A session text that is not believed yet.

    Attributes:
        since_s: Session time at which it, or one that said the same, was first shown.
    """

    since_s: float | None = None

    def is_over(self, is_doubtful: bool, at_s: float) -> bool:
        """Take what a tick shows; tell whether the text can be taken for true."""
        if not is_doubtful:
            self.since_s = None
            return True
        if at_s <= 0.0:
            # Nobody set the clock in this tick (SIMULATOR#unset).
            return False
        if self.since_s is None or at_s < self.since_s:
            # A clock that is set back proves nothing (SIMULATOR#clock): the text has to stand from there on.
            self.since_s = at_s
        return at_s - self.since_s >= DOUBT_S


def takes_back(info: SessionInfo, followed: SessionKey | None) -> bool:
    """
    Tell whether *info* is of another session than the one that is *followed*, and yet no proof of one.

    Proof is an id that the followed session does not have. That an id is gone proves nothing.
    """
    if followed is None or info.own is None or text_key(info, info.own) == followed.of_text:
        return False
    shown = (info.session_id, info.subsession_id, info.track_id)
    return not any(now and now != before for now, before in zip(shown, followed.of_text, strict=False))


def lacks_team(info: SessionInfo) -> bool:
    """Tell whether the text of a team's event does not name the team."""
    return bool(info.team_racing and info.session_id and info.own is not None and not info.own.team_id)


@dataclass(slots=True)
class SessionChange:
    """
    A session that the frames belong to but the text may not describe yet.

    Attributes:
        is_certain: False while it may be a glitch: then frames of the former session end it.
    """

    session_num: int
    session_unique_id: int | None
    since_s: float
    info: SessionInfo | None
    is_certain: bool
    frames: int = 0

    def is_to(self, frame: Frame) -> bool:
        """Tell whether *frame* belongs to this session."""
        return (self.session_num, self.session_unique_id) == (frame.session_num, frame.session_unique_id)

    def is_believed(self, frame: Frame, info: SessionInfo) -> bool:
        """Take the next frame of it; tell whether it has held long enough and *info* can be taken for its text."""
        self.frames += 1
        if self.frames < HOLD_TICKS:
            return False
        return self.info is not info or not 0.0 <= frame.session_time - self.since_s < TEXT_LAG_S


@dataclass(slots=True)
class FormerLap:
    """The last lap of the session before, which ended without an official time: the results may still tell it."""

    session_num: int
    lap_completed: int
    official_s: float | None = None

    def learn(self, info: SessionInfo) -> None:
        """Look for the time in a newer session text."""
        entry = info.session(self.session_num)
        if entry is not None and entry.own_laps == self.lap_completed:
            self.official_s = entry.own_last_time_s

    def look(self, frame: Frame, out: list[Event]) -> bool:
        """Tell the time if it is known; return whether the waiting is over."""
        if self.official_s is None:
            return frame.session_time >= RESULTS_WITHIN_S
        out.append(FormerLapTimed(self.session_num, self.lap_completed, self.official_s, frame.session_time))
        return True
