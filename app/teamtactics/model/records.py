"""What is known of a lap and of the car: the frozen records that the facts of the race carry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from teamtactics.model.frame import InCar, Values


@dataclass(frozen=True, slots=True)
class Moment:
    """
    A point in time on both of the session's clocks.

    Attributes:
        session_time_s: ``SessionTime``; durations come from this one.

        time_of_day_s: ``SessionTimeOfDay``: whole seconds, may run faster than real time, wraps at midnight; None
            where the build does not have it.
    """

    session_time_s: float
    time_of_day_s: float | None


@dataclass(frozen=True, slots=True)
class LapTally:
    """
    What the lap under way has gathered so far, whoever drove it.

    Attributes:
        fuel_added_l: Litres put in; None when some of it may have been put in before nobody's eyes.

        tow_s, repair_s, optional_repair_s: The greatest value seen; 0 when none, None where the build
            lacks the variable.

        pit_enter, pit_exit: The pit road entry and exit in this lap.

        stop_moving, start_moving: The first stop and the last start in this lap.

        pit_sv_flags: What was requested for a stop made in this lap; None when no stop was made.
    """

    fuel_added_l: float | None = 0.0
    tow_s: float | None = 0.0
    repair_s: float | None = 0.0
    optional_repair_s: float | None = 0.0
    pit_enter: Moment | None = None
    stop_moving: Moment | None = None
    start_moving: Moment | None = None
    pit_exit: Moment | None = None
    pit_sv_flags: int | None = None


@dataclass(frozen=True, slots=True)
class RunState:
    """
    All that the next driver's client needs to go on, true at *session_time_s*.

    Attributes:
        lap_start_s: Session time of the last line crossing; None when nobody saw it.

        fuel_at_lap_start_l: Level at that crossing; None when nobody saw it.

        in_car: The driver's in-car settings; None when nobody saw them, or the car has none.
    """

    session_time_s: float
    customer_id: int | None
    driver: str | None
    stint: int
    stint_lap: int
    lap_completed: int | None
    lap_last_lap_time_s: float | None
    lap_start_s: float | None
    fuel_level_l: float | None
    fuel_at_lap_start_l: float | None
    on_pit_road: bool
    tally: LapTally
    in_car: InCar | None = None


@dataclass(frozen=True, slots=True)
class OtherSetting:
    """One in-car setting, by its SDK name, that stands differently with who got in."""

    name: str
    theirs: bool | int | float
    own: bool | int | float


@dataclass(frozen=True, slots=True)
class PutBack:
    """
    What who got into the car may want to put back: the settings of who drove before, as far as his own are others.

    Attributes:
        got_in_s: Session time at which he got in; it names the driver change.

        driver: Who drove before; None when nobody has told the name.

        told_s: Session time at which the one before had them so.
    """

    got_in_s: float
    driver: str | None
    told_s: float
    settings: tuple[OtherSetting, ...]


@dataclass(frozen=True, slots=True)
class LapRecord:
    """
    One completed lap.

    Attributes:
        official_s: The simulator's lap time; None when it gave none.

        measured_s: Line to line; None when nobody saw the lap's start.

        stint, stint_lap: None only in a lap that was seen from outside by somebody who does not know the count.

        fuel_used_l: None when the level at the previous line is not known to anybody.

        session_time_s: Of the line; of the first tick behind it when ``was_line_seen`` is false.

        gap_s: Seconds of this lap for which no tick was seen.

        was_line_seen: False when the crossing fell into a gap: then nothing is known of that moment.

        utc_s: Seconds since 1970 at the line, by the PC's clock of who told it.

        values: What else was true at the line, by the names of ``Frame`` (its ``AtLine`` fields).
    """

    lap_completed: int
    official_s: float | None
    measured_s: float | None
    customer_id: int | None
    driver: str | None
    stint: int | None
    stint_lap: int | None
    fuel_level_l: float | None
    fuel_used_l: float | None
    on_pit_road: bool | None
    track_temp_c: float | None
    pit_sv_flags: int | None
    session_time_s: float
    time_of_day_s: float | None
    session_state: int | None
    session_flags: int | None
    gap_s: float
    tally: LapTally
    was_line_seen: bool = True
    utc_s: float | None = None
    values: Values = ()


@dataclass(frozen=True, slots=True)
class SessionClock:
    """
    How far the own simulator has come in the session that it shows.

    Attributes:
        session: ``SessionID``, ``SubSessionID`` and ``SessionNum``.

        time_s: ``SessionTime`` of the newest tick.
    """

    session: tuple[int, int, int]
    time_s: float


@dataclass(frozen=True, slots=True)
class UtcMark:
    """
    One moment of a session by both clocks, from which the others are counted; for people, it decides nothing.

    Attributes:
        session_time_s: ``SessionTime``.

        utc: The same by this PC's clock, for a recording by the clock of the PC that made it; aware.
    """

    session_time_s: float
    utc: datetime

    def utc_at(self, session_time_s: float) -> datetime:
        """
        Return when *session_time_s* was, in UTC to the nearest millisecond.

        Ticks lie at whole, one and two thirds of a millisecond: counted from another mark of the same recording, a
        microsecond off, it is the same.
        """
        since = timedelta(seconds=session_time_s - self.session_time_s, microseconds=500)
        moment = self.utc.astimezone(UTC) + since
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
