"""All that the tracker remembers of a session: plain data, so that a checkpoint holds every bit of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from teamtactics.model.frame import Frame
from teamtactics.model.records import LapTally, Moment, RunState, SessionClock
from teamtactics.model.session import Entry, SessionInfo
from teamtactics.race.eyes.continuity import Position, TimeLine
from teamtactics.race.eyes.fuel import FuelGauge
from teamtactics.race.eyes.in_car import Settings
from teamtactics.race.eyes.laps import LapUnderWay, Line, PendingLap
from teamtactics.race.eyes.outside import WaitingLap, Witness
from teamtactics.race.eyes.pitstop import PitRoad
from teamtactics.race.seat import Seat, TakeOver
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
        return cls(frame.session_num, frame.session_unique_id, *text_key(info, own))


def text_key(info: SessionInfo, own: Entry) -> tuple[int, int, int, int, int]:
    """Return the part of ``SessionKey`` that stands in the session text."""
    return (info.session_id, info.subsession_id, info.track_id, own.team_id, own.car_idx)


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
    in_car: Settings = field(default_factory=Settings)
    state_s: float | None = None
    witness: Witness = field(default_factory=Witness)
    waiting: tuple[WaitingLap, ...] = ()
    takeover: TakeOver | None = None
    names: dict[str, str] = field(default_factory=dict)

    @property
    def session_clock(self) -> SessionClock:
        """How far the session has come."""
        key = self.key
        return SessionClock((key.session_id, key.subsession_id, key.session_num), self.clock.time_s)

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
            in_car=self.in_car.value,
        )

    def lap_at(self, at: Moment) -> LapUnderWay:
        """Return the lap in which *at* lies: an edge is known some ticks late, the line may lie in between."""
        if self.closing is not None and self.closing_line is not None and at.session_time_s < self.closing_line.time_s:
            return self.closing
        if self.pending is not None and at.session_time_s < self.pending.line.time_s:
            return self.pending.lap
        return self.lap
