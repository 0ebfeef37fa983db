"""All that the tracker remembers of a session: plain data, so that a checkpoint holds every bit of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from teamtactics.model.events import LapTally, Moment, RunState
from teamtactics.model.frame import Frame
from teamtactics.model.session import SessionInfo
from teamtactics.race.continuity import Position, TimeLine
from teamtactics.race.fuel import FuelGauge
from teamtactics.race.laps import LapUnderWay, Line, PendingLap
from teamtactics.race.pitstop import Cause, PitRoad, PitVisit
from teamtactics.race.stints import StintCount


@dataclass(frozen=True, slots=True)
class SessionKey:
    """What tells one session from another within the simulator (field guide 4.2)."""

    session_num: int
    session_unique_id: int | None
    session_id: int
    subsession_id: int
    track_id: int
    team_id: int
    car_idx: int

    @classmethod
    def of(cls, frame: Frame, info: SessionInfo) -> SessionKey | None:
        """Name the session that *frame* belongs to; None while the text does not name the own car or the session."""
        own = info.own
        if own is None or info.session(frame.session_num) is None:
            return None
        return cls(
            frame.session_num,
            frame.session_unique_id,
            info.session_id,
            info.subsession_id,
            info.track_id,
            own.team_id,
            own.car_idx,
        )


@dataclass(slots=True)
class Seat:
    """
    Whether the member of this PC drives, debounced.

    Attributes:
        on_ticks: Ticks in a row with the driving flag, while not driving.

        off_ticks: Ticks in a row without it, while driving.
    """

    is_driving: bool = False
    on_ticks: int = 0
    off_ticks: int = 0


@dataclass(slots=True)
class LapCounter:
    """
    LapCompleted as believed.

    Attributes:
        value: None before the first tick in the car.

        odd_value, odd_ticks: A value that is no next lap, and how many ticks it has held.

        crossing_s: Session time of the last crossing seen.
    """

    value: int | None = None
    odd_value: int | None = None
    odd_ticks: int = 0
    crossing_s: float | None = None


class FactKind(StrEnum):
    """What can be told of a car from outside."""

    LINE = "line"
    PIT_ENTER = "pitEnter"
    IN_STALL = "inStall"
    PLACED = "placed"
    """It is in the pits and did not drive there before our eyes."""
    PIT_EXIT = "pitExit"


@dataclass(slots=True)
class Fact:
    """One thing seen from outside; ``laps`` is ``LapCompleted`` after it, for LINE."""

    kind: FactKind
    at: Moment
    laps: int = 0


@dataclass(slots=True)
class Witness:
    """
    The own car as its team-mates see it, through ``CarIdx…``.

    Attributes:
        laps: CarIdxLapCompleted as believed; None before the car was seen in the world.

        has_sight: The tick before was seen and the car was in the world: only then an edge is one.

        on_pit_road: CarIdxOnPitRoad, debounced; None while not known.

        flip_ticks, flip_at: A change of it that does not hold long enough yet.

        odd_ticks: So long the lap counter has shown what cannot follow from what it showed before.

        stall_since: Since when the car is in its stall in this visit; None when it is not, or when that has been told.

        driven_since_s: Session time since which the car has been seen driving without a break; None while it is not.

        driver: Who drives by the session text, once that has had the time to name him; None while a state tells it.

        saw_start: The car was seen before it completed a lap: stints were counted from the first on.

        proven_lap: The last lap that its driver's client has told of.

        facts: The newest things seen, oldest first: a state that comes now may be older than they are.

        first: Both clocks when they were first looked at: tells how fast the day runs.
    """

    laps: int | None = None
    has_sight: bool = False
    driven_since_s: float | None = None
    driver: int | None = None
    saw_start: bool = False
    proven_lap: int | None = None
    on_pit_road: bool | None = None
    flip_ticks: int = 0
    flip_at: Moment | None = None
    odd_ticks: int = 0
    stall_since: Moment | None = None
    facts: tuple[Fact, ...] = ()
    first: Moment | None = None


@dataclass(slots=True)
class WaitingLap:
    """
    A completed lap that is told only when nobody better has told it by then.

    Attributes:
        official_s: The official time once it is there; final when ``is_timed``.

        due_s: Session time at which it is told.

        is_own: The member of this PC drove it.

        settles_s: Until then the session text may still name another driver than the one who crossed the line.
    """

    lap: PendingLap
    due_s: float
    is_own: bool
    official_s: float | None = None
    is_timed: bool = False
    settles_s: float = 0.0


@dataclass(slots=True)
class Seated:
    """Where lap, pit visit and stint stood right after the seat was taken, by what was known of them."""

    lap: LapUnderWay
    stint: StintCount
    visit: PitVisit | None


@dataclass(slots=True)
class TakeOver:
    """
    How the member of this PC got into the car: what is needed to merge a state that arrives after that.

    Attributes:
        frame: The first valid tick in the car.

        base_s: Session time of the newest thing known when the seat was taken; None when nothing was.

        seated: What was made of that.

        exit_s, exit_ends_stint: The exit from the pits in which the seat was taken: when, and whether that visit ended
            the stint by what was seen of it here. None before.

        exit_stint, exit_laps: The stint after that exit as numbered so far, and the stint laps at the exit.

        is_lap_lost: The car was put somewhere else in that lap: nothing of its beginning counts any more.

        finished: The lap in which the seat was taken, once it is completed; its official time in ``official_s``.
    """

    frame: Frame
    base_s: float | None
    seated: Seated
    exit_s: float | None = None
    exit_ends_stint: bool = False
    exit_laps: int = 0
    exit_stint: int = 0
    is_lap_lost: bool = False
    finished: PendingLap | None = None
    official_s: float | None = None

    def leave_pits(self, visit: PitVisit, at_s: float, stint_laps: int, stint: int) -> None:
        """
        Note the exit from the pits in which the seat was taken.

        Args:
            stint_laps: Completed in the stint that the exit may have ended.

            stint: The one the car is in after the exit.
        """
        if self.exit_s is not None or self.seated.visit is None:
            return
        self.exit_s, self.exit_laps, self.exit_stint = at_s, stint_laps, stint
        self.exit_ends_stint = visit.was_served
        if visit.cause is not Cause.REJOINED:
            self.exit_ends_stint |= visit.stood_in_stall or visit.cause in (Cause.TOW, Cause.RESET)

    def finish_lap(self, lap: PendingLap, official_s: float | None) -> None:
        """Note the lap in which the seat was taken as completed."""
        before = self.frame.lap_completed
        if self.finished is None and before is not None and lap.lap_completed == before + 1:
            self.finished, self.official_s = lap, official_s


@dataclass(slots=True)
class Memory:
    """
    One session as this client knows it.

    Attributes:
        driven_s: Session time of the last tick driven, by the member of this PC or by whom a state told of.

        driven_of_day_s: Time of day of that tick.

        unseen_s: Seconds without a tick since then; 0 while the simulator was watched.

        seen_since_s: Session time since which the simulator has been watched without a loss; None before the first
            tick.

        stall_pct: Where on the lap the own stall lies; None while the text does not say.

        tick_offset_s: SessionTick / 60 − SessionTime: constant for as long as the simulator stays in the session; it
            jumps when the member rejoins (field guide 4.6).

        customer_id, driver: Who drove last; None when nobody is known to have driven.

        last_lap_time_s: Official time of the last completed lap; None while it is pending or when there is none.

        closing: The lap that ended where LapDistPct wrapped, until LapCompleted confirms it.

        closing_line: The tick of that wrap.

        state_s: Session time of the last state that was handed out.

        witness: What is seen from outside while somebody else drives.

        waiting: Completed laps that are told only when nobody better does: witnessed ones, and own ones whose line fell
            into a gap.

        takeover: How the seat was taken, for a state that comes late; None while not driving for the team.

        names: Customer id → name, of everybody who was seen in the car.
    """

    key: SessionKey
    clock: TimeLine
    seat: Seat = field(default_factory=Seat)
    driven_s: float | None = None
    driven_of_day_s: float | None = None
    unseen_s: float = 0.0
    seen_since_s: float | None = None
    stall_pct: float | None = None
    tick_offset_s: float | None = None
    customer_id: int | None = None
    driver: str | None = None
    counter: LapCounter = field(default_factory=LapCounter)
    lap: LapUnderWay = field(default_factory=LapUnderWay)
    closing: LapUnderWay | None = None
    closing_line: Line | None = None
    pending: PendingLap | None = None
    last_lap_time_s: float | None = None
    fuel: FuelGauge = field(default_factory=FuelGauge)
    position: Position = field(default_factory=Position)
    pits: PitRoad = field(default_factory=PitRoad)
    stint: StintCount = field(default_factory=StintCount)
    state_s: float | None = None
    witness: Witness = field(default_factory=Witness)
    waiting: tuple[WaitingLap, ...] = ()
    takeover: TakeOver | None = None
    names: dict[str, str] = field(default_factory=dict)

    def run_state(self, session_time_s: float, frame: Frame | None) -> RunState:
        """Hand out the state as true at *session_time_s*; *frame* tells which variables this build has."""
        self.state_s = session_time_s
        lap, line = self.lap, self.closing_line
        tally: LapTally
        if self.closing is not None and line is not None:
            # The counter has not confirmed the line yet: for everybody else the lap goes on.
            merged = LapUnderWay(start_s=self.closing.start_s, fuel_at_start_l=self.closing.fuel_at_start_l)
            merged.absorb(self.closing)
            merged.absorb(lap)
            lap = merged
        tally = lap.tally(frame)
        return RunState(
            session_time_s=session_time_s,
            customer_id=self.customer_id,
            driver=self.driver,
            stint=self.stint.number,
            stint_lap=self.stint.laps,
            lap_completed=self.counter.value,
            lap_last_lap_time_s=self.last_lap_time_s,
            lap_start_s=lap.start_s,
            fuel_level_l=self.fuel.level_l,
            fuel_at_lap_start_l=lap.fuel_at_start_l,
            on_pit_road=self.pits.is_on,
            tally=tally,
        )

    def lap_at(self, at: Moment) -> LapUnderWay:
        """Return the lap in which *at* lies: an edge is known some ticks late, the line may lie in between."""
        if self.closing is not None and self.closing_line is not None and at.session_time_s < self.closing_line.time_s:
            return self.closing
        if self.pending is not None and at.session_time_s < self.pending.line.time_s:
            return self.pending.lap
        return self.lap
