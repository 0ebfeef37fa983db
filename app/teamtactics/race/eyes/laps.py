"""The lap under way, and the completed lap that still waits for its official time."""

from __future__ import annotations

from dataclasses import dataclass, field

from teamtactics.model.frame import Frame
from teamtactics.model.records import LapRecord, LapTally, Moment

LAP_TIME_WAIT_S = 5.0
"""
How long a lap waits for its official time. Measured delays reach 1.85 s (field guide 5.4, recordings of 2015), reports
of 2026 say 1 to 2 s; the refresh shows itself, so only a lap whose refresh was missed waits this long.
"""

REFRESH_SLACK_S = 0.5
"""After the refresh ``LapCurrentLapTime`` equals the time since the line within 0.03 s (field guide 5.4)."""


def moment(frame: Frame) -> Moment:
    """Name the time of *frame* on both clocks."""
    return Moment(frame.session_time, frame.session_time_of_day)


def official_or_none(lap_time: float | None) -> float | None:
    """Read a lap time variable: 0 is "none yet", −1 "no official time" (field guide 5.5)."""
    return lap_time if lap_time is not None and lap_time > 0.0 else None


@dataclass(slots=True)
class LapUnderWay:
    """
    What the lap under way has gathered.

    Attributes:
        start_s: Session time of the line crossing it began with; None when nobody saw it.

        fuel_at_start_l: Level at that crossing.

        has_unknown_stop: The car may have been served in this lap while nobody of ours looked: what was put in, and
            requested, is not known.

        gap_s: Seconds without a tick.

        pit_sv_flags: What was requested for a stop made in this lap; None without a stop.
    """

    start_s: float | None = None
    fuel_at_start_l: float | None = None
    fuel_added_l: float = 0.0
    has_unknown_stop: bool = False
    gap_s: float = 0.0
    tow_s: float = 0.0
    repair_s: float = 0.0
    optional_repair_s: float = 0.0
    pit_enter: Moment | None = None
    stop_moving: Moment | None = None
    start_moving: Moment | None = None
    pit_exit: Moment | None = None
    pit_sv_flags: int | None = None

    def lose_start(self) -> None:
        """Forget where the lap began: what comes cannot be measured against it."""
        self.start_s = None
        self.fuel_at_start_l = None

    def absorb(self, later: LapUnderWay) -> None:
        """Take in what was gathered after a line crossing that was none."""
        self.fuel_added_l += later.fuel_added_l
        self.has_unknown_stop = self.has_unknown_stop or later.has_unknown_stop
        self.gap_s += later.gap_s
        self.tow_s = max(self.tow_s, later.tow_s)
        self.repair_s = max(self.repair_s, later.repair_s)
        self.optional_repair_s = max(self.optional_repair_s, later.optional_repair_s)
        self.pit_enter = later.pit_enter or self.pit_enter
        self.stop_moving = self.stop_moving or later.stop_moving
        self.start_moving = later.start_moving or self.start_moving
        self.pit_exit = later.pit_exit or self.pit_exit
        self.pit_sv_flags = self.pit_sv_flags if self.pit_sv_flags is not None else later.pit_sv_flags

    def tally(self, frame: Frame | None) -> LapTally:
        """Freeze what was gathered; what *frame*'s build has no variable for is None, not 0."""
        return LapTally(
            fuel_added_l=None if self.has_unknown_stop else self.fuel_added_l,
            tow_s=self.tow_s if frame is None or frame.player_car_tow_time is not None else None,
            repair_s=self.repair_s if frame is None or frame.pit_repair_left is not None else None,
            optional_repair_s=self.optional_repair_s
            if frame is None or frame.pit_opt_repair_left is not None
            else None,
            pit_enter=self.pit_enter,
            stop_moving=self.stop_moving,
            start_moving=self.start_moving,
            pit_exit=self.pit_exit,
            pit_sv_flags=self.pit_sv_flags,
        )


@dataclass(slots=True)
class Line:
    """
    The tick in which the car crossed the line.

    Attributes:
        was_seen: False when the crossing fell into a gap: the frame is the first one after it.
    """

    frame: Frame
    fuel_level_l: float | None
    was_seen: bool = True

    @property
    def time_s(self) -> float:
        """Session time of the crossing."""
        return self.frame.session_time


@dataclass(slots=True)
class PendingLap:
    """
    A completed lap, frozen at the line, waiting for the simulator to refresh ``LapLastLapTime``.

    ``LapCurrentLapTime`` runs on through the line and drops in the very tick in which ``LapLastLapTime`` is refreshed
    (field guide 5.4: 20 of 20 crossings). Comparing it with the time since the line needs no memory of the tick before,
    so the answer is the same after a restart, and two equal lap times are two laps.
    """

    lap_completed: int
    lap: LapUnderWay
    line: Line
    stint: int | None
    stint_lap: int | None
    customer_id: int | None
    driver: str | None
    marker_runs: bool = field(default=False)
    """Whether ``LapCurrentLapTime`` was running on at the line, so that its drop can be told."""

    def official_time(self, frame: Frame) -> tuple[bool, float | None]:
        """
        Ask *frame* for the official time; return whether the waiting is over, and the time if there is one.

        Source:
            LapLastLapTime, LapCurrentLapTime, CarIdxLastLapTime; field guide 5.4, 5.5, 6.3.
        """
        at_line = self.line.frame
        waited_s = frame.session_time - at_line.session_time
        last = frame.lap_last_lap_time
        current = frame.lap_current_lap_time
        if not self._may_be_shown(frame, waited_s):
            return waited_s >= LAP_TIME_WAIT_S, None
        if self.marker_runs and current is not None and current <= waited_s + REFRESH_SLACK_S:
            return True, official_or_none(last)
        # A change of the value alone is proof as well, but 0 is what a torn frame reads.
        if last is not None and last != at_line.lap_last_lap_time and last != 0.0:
            return True, official_or_none(last)
        if waited_s < LAP_TIME_WAIT_S:
            return False, None
        shown = frame.car_last_lap_time
        return True, official_or_none(shown) if shown != at_line.car_last_lap_time else None

    def _may_be_shown(self, frame: Frame, waited_s: float) -> bool:
        """Tell whether *frame* can still show this lap's time: behind the next line only until that lap's refresh."""
        laps, current = frame.lap_completed, frame.lap_current_lap_time
        if laps is None or laps <= self.lap_completed:
            return True
        return laps == self.lap_completed + 1 and (current is None or abs(current - waited_s) <= REFRESH_SLACK_S)

    def record(self, official_s: float | None) -> LapRecord:
        """Complete the lap with its official time, or None when the simulator gave none."""
        lap, line = self.lap, self.line
        frame = line.frame
        fuel_used = measured = None
        knows_fuel = line.was_seen and not lap.has_unknown_stop
        if knows_fuel and lap.fuel_at_start_l is not None and line.fuel_level_l is not None:
            fuel_used = lap.fuel_at_start_l + lap.fuel_added_l - line.fuel_level_l
        if line.was_seen and lap.start_s is not None:
            measured = line.time_s - lap.start_s
        return LapRecord(
            lap_completed=self.lap_completed,
            official_s=official_s,
            measured_s=measured,
            customer_id=self.customer_id,
            driver=self.driver,
            stint=self.stint,
            stint_lap=self.stint_lap,
            fuel_level_l=line.fuel_level_l if line.was_seen else None,
            fuel_used_l=fuel_used,
            on_pit_road=frame.on_pit_road if line.was_seen else None,
            track_temp_c=frame.track_temp,
            pit_sv_flags=frame.pit_sv_flags
            if lap.pit_sv_flags is None and not lap.has_unknown_stop
            else lap.pit_sv_flags,
            session_time_s=frame.session_time,
            time_of_day_s=frame.session_time_of_day,
            session_state=frame.session_state,
            session_flags=frame.session_flags,
            gap_s=lap.gap_s,
            tally=lap.tally(frame),
            was_line_seen=line.was_seen,
            air_temp_c=frame.air_temp,
            track_wetness=frame.track_wetness,
            is_declared_wet=frame.weather_declared_wet,
            tire_compound=frame.player_tire_compound,
            team_incidents=frame.player_car_team_incident_count,
        )


def marker_runs(frame: Frame) -> bool:
    """Tell whether ``LapCurrentLapTime`` still counts from the lap before, so that its drop will be seen."""
    current = frame.lap_current_lap_time
    return current is not None and current > LAP_TIME_WAIT_S + REFRESH_SLACK_S
