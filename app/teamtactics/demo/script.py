"""What a scripted race consists of: frozen data, told lap by lap, from which the engine plays every tick."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from teamtactics.demo.actions import ALL_TYRES, FUEL_FLAG, Action, ActiveReset, LeaveCar, PutBack, Reset, Tow
from teamtactics.model.frame import InCar

_CLEAR_OF_LINE_M = 50.0
"""Approach and exit road reach 40 m beyond the cones; they must not lie on the line."""


class StartKind(StrEnum):
    """Where the first driver of a session gets into the car."""

    PITS = "pits"
    """In the own stall: the first crossing of the line ends an out lap that has no number."""
    GRID = "grid"
    """On the grid before the line; standing start, lap 1 is officially timed from green."""
    ROLLING = "rolling"
    """On the track, half a parade lap before the line; rolling start, lap 1 is officially timed from green."""


@dataclass(frozen=True, slots=True)
class Track:
    """
    One lap and its pit road. Positions are metres after the start/finish line, 0 ≤ position < ``length_m``.

    Attributes:
        pit_entry_m, pit_exit_m: The cones: pit road runs from entry to exit, across the line when exit < entry.

        stall_m: The own stall, on pit road; before or after the line.
    """

    name: str = "scripted ring"
    track_id: int = 901
    length_m: float = 2_000.0
    pit_entry_m: float = 1_780.0
    stall_m: float = 1_900.0
    pit_exit_m: float = 150.0
    pit_limit_mps: float = 20.0
    temp_c: float = 31.1

    def __post_init__(self) -> None:
        for label, at in (("pit entry", self.pit_entry_m), ("stall", self.stall_m), ("pit exit", self.pit_exit_m)):
            if not 0.0 <= at < self.length_m:
                raise ValueError(f"{label} at {at} m does not lie on a lap of {self.length_m} m")
        for label, at in (("pit entry", self.pit_entry_m), ("pit exit", self.pit_exit_m)):
            if not _CLEAR_OF_LINE_M <= at <= self.length_m - _CLEAR_OF_LINE_M:
                raise ValueError(f"{label} at {at} m is less than {_CLEAR_OF_LINE_M} m from the line")
        to_stall = self.ahead(self.pit_entry_m, self.stall_m)
        to_exit = self.ahead(self.stall_m, self.pit_exit_m)
        if min(to_stall, to_exit) < 30.0 or to_stall + to_exit > self.length_m / 2:
            raise ValueError(
                "the stall must lie between the cones, 30 m from each, on a pit road of half a lap at most"
            )

    def ahead(self, here_m: float, there_m: float) -> float:
        """Return the metres from *here_m* forward to *there_m*, across the line where need be."""
        return (there_m - here_m) % self.length_m


@dataclass(frozen=True, slots=True)
class Member:
    """One member of the team: the iRacing customer id and the name that the session text shows."""

    customer_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Car:
    """
    The car. Fuel in litres; ``per_lap_l`` is burned over one lap at full pace, idling comes on top.

    Attributes:
        max_fuel_pct: The part of the tank that the series allows (``DriverCarMaxFuelPct``).

        in_car: How its in-car settings stand when somebody gets in.
    """

    car_id: int = 102
    path: str = "porsche991rsr"
    screen_name: str = "Porsche 911 RSR"
    tank_l: float = 100.0
    max_fuel_pct: float = 1.0
    per_lap_l: float = 2.6
    fuel_rate_lps: float = 2.5
    in_car: InCar = (
        ("dcABS", 3.0),
        ("dcBrakeBias", 54.5),
        ("dcTractionControl", 4.0),
        ("dcTractionControlToggle", True),
    )

    @property
    def fuel_max_l(self) -> float:
        """Usable tank, l."""
        return self.tank_l * self.max_fuel_pct


@dataclass(frozen=True, slots=True)
class Session:
    """
    One session of the event. ``SessionNum`` is its place in ``Script.sessions``.

    Attributes:
        laps: Laps driven to the flag (a practice just ends after them).

        cool_down_laps: Whole laps driven after the flag; races only.

        first_driver: Customer id; None for the first member.

        start_time_s: ``SessionTime`` of the first tick.

        time_of_day_s: ``SessionTimeOfDay`` at ``SessionTime`` 0.

        speedup: ``EarthRotationSpeedupFactor``; 0 for a static time of day.

        fuel_l: Level at the start.

        tail_s: How long it goes on after the last crossing before the driver leaves the car.

        after_s: How long it goes on after that, with nobody in the car.
    """

    type: str = "Race"
    start: StartKind = StartKind.ROLLING
    laps: int = 10
    actions: tuple[Action, ...] = ()
    first_driver: int | None = None
    start_time_s: float = 0.0
    time_of_day_s: float = 50_400.0
    speedup: int = 1
    fuel_l: float = 60.0
    cool_down_laps: int = 1
    tail_s: float = 4.0
    after_s: float = 4.0
    time_limit_s: float | None = None

    @property
    def is_race(self) -> bool:
        """True for a race, which starts with a green flag and ends with a chequered one."""
        return self.type == "Race"

    def __post_init__(self) -> None:
        if self.laps < 1:
            raise ValueError("a session needs at least one lap")
        if not self.is_race and self.start is not StartKind.PITS:
            raise ValueError(f"a {self.type} session starts from the pits")
        for action in self.actions:
            last = self.laps + (self.cool_down_laps if self.is_race else 0)
            if not 1 <= action.lap <= last:
                raise ValueError(f"{action} is not in laps 1 to {last}")
            if isinstance(action, Reset | LeaveCar | PutBack | ActiveReset) and self.is_race:
                raise ValueError(f"{action}: in a race the car is towed instead")
            if isinstance(action, Tow) and not self.is_race:
                raise ValueError(f"{action}: outside races the car is reset instead")


@dataclass(frozen=True, slots=True)
class Quirks:
    """
    The simulator's bad habits; each number is how often a minute it happens, 0 switches it off.

    Attributes:
        fuel_zero: ``FuelLevel`` reads 0 for one tick.

        zero_frame: A whole frame of zeros is published.

        missed: A tick is never seen by anybody.

        pit_road_hole: Not a minute but each way through the lane, before the stall and after it: the part of them in
            which ``OnPitRoad`` reads False for up to some seconds.

        unset: One variable of one member's simulator reads zero alone for a tick (SIMULATOR#unset).

        wrong_flag: ``CarIdxOnPitRoad`` of a car that somebody else drives reads True on the track and False in its
            stall, for 0.1 to 30 s (SIMULATOR#lane-holes; for how long nobody has measured).

        picture_lag_s: So late who does not drive sees the car: 0.99 to 1.007 s in four captures, about 0.4 s in one
            (SIMULATOR#picture).

        late_counter_ticks: So many at most the lap counters step behind the line (SIMULATOR#line; how many nobody has
            measured).

        slew: The session's clock runs by 0.17 s away from the ticks within the first 10 s, and later by 1.07 s within
            110 s; all members see the same (SIMULATOR#clock, measured; which way it runs at first is drawn).

        clock_falls: The session's clock is set back once, by 0.883 s as measured (SIMULATOR#clock) up to 1.5 s.

        text_lag_s: At least and at most so long it takes the session text to name a new driver: 0.4 s measured, 5 s
            seen (SIMULATOR#seat, SIMULATOR#change); None for 2 to 5 s.

        no_team: The own entry has TeamID 0 in one session text: seen once, in a recorded race.

        slow_seat: Where a seat is taken, each variable comes by itself (SIMULATOR#seat, SIMULATOR#unset).
    """

    fuel_zero: float = 0.0
    zero_frame: float = 0.0
    missed: float = 0.0
    pit_road_hole: float = 0.0
    unset: float = 0.0
    slow_seat: bool = False
    wrong_flag: float = 0.0
    picture_lag_s: float = 1.0
    late_counter_ticks: int = 0
    slew: bool = False
    clock_falls: bool = False
    text_lag_s: tuple[float, float] | None = None
    no_team: float = 0.0


@dataclass(frozen=True, slots=True)
class Script:
    """
    A whole event: who, where, and what happens.

    Attributes:
        lap_time_s: A normal lap; each lap varies by up to ``variation`` of it, decided by ``seed``.

        team_name: None for a single session (``TeamRacing`` 0).

        session_id, subsession_id: 0 for an offline session.

        car_idx: The own car's ``CarIdx``; never its position in the list of drivers.

        rearm_flags: ``PitSvFlags`` as the simulator arms them when the car leaves its stall.
    """

    members: tuple[Member, ...]
    sessions: tuple[Session, ...]
    name: str = "scripted"
    track: Track = field(default_factory=Track)
    car: Car = field(default_factory=Car)
    lap_time_s: float = 40.0
    variation: float = 0.01
    team_name: str | None = "Scripted Racing"
    team_id: int = 110_555
    session_id: int = 118_486_868
    subsession_id: int = 28_814_031
    car_idx: int = 5
    rearm_flags: int = ALL_TYRES | FUEL_FLAG
    quirks: Quirks = Quirks()
    seed: int = 1

    def __post_init__(self) -> None:
        known = {member.customer_id for member in self.members}
        if not self.members or len(known) != len(self.members):
            raise ValueError("a script needs members with different customer ids")
        if not self.sessions:
            raise ValueError("a script needs at least one session")
        if self.team_name is None and len(self.members) > 1:
            raise ValueError("a single session has one member")
        for session in self.sessions:
            named = [getattr(action, "next_driver", None) for action in session.actions]
            for customer_id in [session.first_driver, *named]:
                if customer_id is not None and customer_id not in known:
                    raise ValueError(f"customer id {customer_id} is not a member")
        if not 12.0 <= self.track.length_m / self.lap_time_s <= 100.0:
            raise ValueError("track length and lap time give no sensible speed (12 to 100 m/s)")

    @property
    def event_type(self) -> str:
        """``WeekendInfo.EventType``: an event is what its last session is; offline it is a test."""
        return self.sessions[-1].type if self.session_id else "Test"

    def member(self, customer_id: int) -> Member:
        """Return the member of that customer id."""
        for member in self.members:
            if member.customer_id == customer_id:
                return member
        raise ValueError(f"customer id {customer_id} is not a member of script {self.name!r}")
