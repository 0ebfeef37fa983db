"""The completed lap that still waits for its official time."""

from __future__ import annotations

from dataclasses import dataclass

from teamtactics.model.frame import Frame
from teamtactics.race.eyes.telling import Telling

LAP_TIME_WAIT_S = 5.0
"""
How long a lap waits for its official time. Measured delays reach 1.85 s (SIMULATOR#lap-time, recordings of 2015),
reports of 2026 say 1 to 2 s; the refresh shows itself, so only a lap whose refresh was missed waits this long.
"""

REFRESH_SLACK_S = 0.5
"""After the refresh ``LapCurrentLapTime`` equals the time since the line within 0.03 s (SIMULATOR#lap-time)."""


def official_or_none(lap_time: float | None) -> float | None:
    """Read a lap time variable: 0 is "none yet", −1 "no official time" (SIMULATOR#no-time)."""
    return lap_time if lap_time is not None and lap_time > 0.0 else None


@dataclass(slots=True)
class PendingLap:
    """
    A completed lap that waits for the simulator to refresh ``LapLastLapTime``, or for its driver's name.

    ``LapCurrentLapTime`` runs on through the line and drops in the very tick in which ``LapLastLapTime`` is refreshed
    (SIMULATOR#lap-time: 20 of 20 crossings). Comparing it with the time since the line needs no memory of the tick
    before, so the answer is the same after a restart, and two equal lap times are two laps.

    Attributes:
        at_line: The tick in which the line was crossed; of a line that nobody saw, the first one behind it with what
            the last one before it showed.

        marker_runs: Whether ``LapCurrentLapTime`` was running on at the line, so that its drop can be told.

        settles_s: Until then the session text may still name another driver than the one who crossed the line.
    """

    telling: Telling
    at_line: Frame
    marker_runs: bool = False
    settles_s: float = 0.0

    def look(self, frame: Frame) -> bool:
        """Look for its time in *frame*; return whether all waiting is over."""
        telling = self.telling
        is_over = telling.is_timed = telling.is_timed or telling.lap < 1  # the formation or out lap has no time
        if not is_over:
            is_over, telling.official_s = self.official_time(frame)
            # Who did not look while it was shown does not know that there is none.
            telling.is_timed = is_over and self._may_be_shown(frame, frame.session_time - self.at_line.session_time)
        return is_over and frame.session_time >= self.settles_s

    def official_time(self, frame: Frame) -> tuple[bool, float | None]:
        """
        Ask *frame* for the official time; return whether the waiting is over, and the time if there is one.

        Source:
            LapLastLapTime, LapCurrentLapTime, CarIdxLastLapTime; SIMULATOR#lap-time, SIMULATOR#no-time,
            SIMULATOR#last-lap.
        """
        at_line = self.at_line
        waited_s = frame.session_time - at_line.session_time
        last = frame.lap_last_lap_time
        current = frame.lap_current_lap_time
        if not self._may_be_shown(frame, waited_s):
            return waited_s >= LAP_TIME_WAIT_S, None
        # 0 alone is what a variable reads that nobody set in that tick (SIMULATOR#unset).
        if self.marker_runs and last != 0.0 and current and current <= waited_s + REFRESH_SLACK_S:
            return True, official_or_none(last)
        # A change of the value alone is proof as well, but 0 is what a torn frame reads.
        if last is not None and last != at_line.lap_last_lap_time and last != 0.0:
            return True, official_or_none(last)
        shown = frame.car_last_lap_time
        if waited_s < LAP_TIME_WAIT_S + (REFRESH_SLACK_S if shown == 0.0 else 0.0):
            return False, None
        return True, official_or_none(shown) if shown != at_line.car_last_lap_time else None

    def _may_be_shown(self, frame: Frame, waited_s: float) -> bool:
        """
        Tell whether *frame* can still show this lap's time: behind the next line only until that lap's refresh.

        Source:
            LapCompleted, which is 0 for who does not drive, and CarIdxLapCompleted; SIMULATOR#views.
        """
        counts = (frame.lap_completed, frame.car_lap_completed)
        laps = max((count for count in counts if count is not None), default=0)
        lap, current = self.telling.lap, frame.lap_current_lap_time
        if laps < lap:
            # Nobody is in the car any more: how far it has come does not show.
            return waited_s <= LAP_TIME_WAIT_S + REFRESH_SLACK_S
        if laps == lap:
            return True
        return laps == lap + 1 and (current is None or abs(current - waited_s) <= REFRESH_SLACK_S)


def marker_runs(frame: Frame) -> bool:
    """Tell whether ``LapCurrentLapTime`` still counts from the lap before, so that its drop will be seen."""
    current = frame.lap_current_lap_time
    return current is not None and current > LAP_TIME_WAIT_S + REFRESH_SLACK_S
