"""What the eyes remember of a session: plain data, so that a checkpoint holds every bit of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from teamtactics.model.facts import Filling, Place
from teamtactics.model.frame import Frame
from teamtactics.model.records import Moment
from teamtactics.model.session import Entry, SessionInfo
from teamtactics.race.eyes.continuity import Position, TimeLine
from teamtactics.race.eyes.fuel import FuelGauge
from teamtactics.race.eyes.in_car import Settings
from teamtactics.race.eyes.laps import PendingLap
from teamtactics.race.eyes.pits.road import PitRoad
from teamtactics.race.eyes.telling import Telling
from teamtactics.race.put_back import DriverChange


@dataclass(frozen=True, slots=True)
class SessionKey:
    """What tells one session from another within the simulator (SIMULATOR#key)."""

    session_num: int
    session_unique_id: int | None
    session_id: int
    subsession_id: int
    track_id: int
    team_id: int
    car_idx: int

    @property
    def of_text(self) -> tuple[int, int, int, int, int]:
        """The part of it that stands in the session text (``text_key``)."""
        return (self.session_id, self.subsession_id, self.track_id, self.team_id, self.car_idx)

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
class Seat:
    """
    Whether the member of this PC drives, debounced.

    Attributes:
        on_ticks, on_since_s: Ticks in a row with the driving flag, while not driving; session time of the first.

        off_ticks: Ticks in a row without it, while driving.

        garage_ticks: Ticks in the garage since the car was left.
    """

    is_driving: bool = False
    on_ticks: int = 0
    on_since_s: float = 0.0
    off_ticks: int = 0
    garage_ticks: int = 0


@dataclass(slots=True)
class LapCounter:
    """
    LapCompleted as believed, from the car or from outside.

    Attributes:
        value: None before the car was seen.

        odd_value, odd_ticks: A value that is no next lap, and how many ticks it has held.

        crossing_s: Session time of the last crossing seen.
    """

    value: int | None = None
    odd_value: int | None = None
    odd_ticks: int = 0
    crossing_s: float | None = None


@dataclass(slots=True)
class Outside:
    """
    The own car as its team-mates see it, through ``CarIdx…``.

    Attributes:
        has_sight: The tick before was seen and the car was in the world: only then an edge is one.

        on_pit_road: Whether it is in the pits, debounced; None while not known.

        left_at: When CarIdxOnPitRoad fell last, while it is there by track surface.

        has_approached: It is on the approach road, in the pit lane or on the exit road.

        flip_ticks, flip_at, flip_from: A change of it that does not hold long enough yet; where the car was before.

        stall_since: Since when the car is in its stall; None when it is not.

        is_stall_told: That it stands there was told.

        away_from_s, away_until_s: So long it has been out of the world, where nobody had looked before: which lap it is
            in shows when it is found. None when it is not so.

        driven_since_s: Session time since which the car has been seen driving without a break; None while it is not.

        driver: Who drives by the session text, once that has had the time to name him.

        surface, zero_ticks: Where it was before the track surface read 0, and for how many ticks that has.

        zero_at: The first tick in which the laps read 0 on the formation or out lap, until that holds.

        first: Both clocks when they were first looked at: tells how fast the day runs.

        newest: The newest tick that shows what is true at the line as believed. former: The last one before something
            of that had changed, at *changed_s*: unlike the car it shows at once.

        odd, odd_ticks: The first tick that shows something else of it, and how many ticks that has held.
    """

    has_sight: bool = False
    on_pit_road: bool | None = None
    left_at: Moment | None = None
    has_approached: bool = False
    flip_ticks: int = 0
    flip_at: Moment | None = None
    flip_from: Place | None = None
    stall_since: Moment | None = None
    is_stall_told: bool = False
    away_from_s: float | None = None
    away_until_s: float = 0.0
    driven_since_s: float | None = None
    driver: int | None = None
    surface: int | None = None
    zero_ticks: int = 0
    zero_at: Frame | None = None
    first: Moment | None = None
    newest: Frame | None = None
    former: Frame | None = None
    changed_s: float = 0.0
    odd: Frame | None = None
    odd_ticks: int = 0


@dataclass(slots=True)
class Memory:
    """
    One session as the eyes of this client have it.

    Attributes:
        member: Customer id of who sits at this PC; None while the text does not say.

        lap: The lap under way as far as it was seen; None before the car was.

        closing: The lap that ended where LapDistPct wrapped, until LapCompleted confirms it.

        closing_line: The tick of that wrap, with the fuel level as believed.

        pending: Completed laps that wait for their official time or their driver's name.

        filling: What comes in; None while the car does not stand, or nothing has come in yet.

        change: A driver change behind which the settings are still to be compared; None while there is none.

        last: The newest good tick in the car; None before the first.

        place: Where the car was last seen, by whatever eyes; None when nobody has looked since.

        state_s: Session time of the last state that was handed out.

        is_team: Others may be in the car. is_race: A car is not reset but towed.

        stall_pct: Where on the lap the own stall lies; None while the text does not say.

        names: Customer id → name, of everybody who was seen in the car.
    """

    key: SessionKey
    clock: TimeLine
    seat: Seat = field(default_factory=Seat)
    member: int | None = None
    counter: LapCounter = field(default_factory=LapCounter)
    lap: Telling | None = None
    closing: Telling | None = None
    closing_line: Frame | None = None
    pending: tuple[PendingLap, ...] = ()
    fuel: FuelGauge = field(default_factory=FuelGauge)
    position: Position = field(default_factory=Position)
    pits: PitRoad = field(default_factory=PitRoad)
    outside: Outside = field(default_factory=Outside)
    filling: Filling | None = None
    in_car: Settings = field(default_factory=Settings)
    change: DriverChange | None = None
    last: Frame | None = None
    place: Place | None = None
    state_s: float | None = None
    is_team: bool = False
    is_race: bool = False
    stall_pct: float | None = None
    names: dict[str, str] = field(default_factory=dict)

    @property
    def under_way(self) -> Telling:
        """The lap that the car is in; only when it was seen."""
        assert self.lap is not None, "a car that is driven is in some lap"
        return self.lap

    @property
    def driver(self) -> str | None:
        """The name of who sits at this PC; None while nobody has told it."""
        return self.names.get(str(self.member))

    def telling_at(self, at: Moment) -> Telling:
        """Return the lap in which *at* lies: an edge is known some ticks late, the line may lie in between."""
        at_s = at.session_time_s
        if self.closing is not None and self.closing_line is not None and at_s < self.closing_line.session_time:
            return self.closing
        for pending in self.pending:
            if pending.telling.line is not None and at_s < pending.at_line.session_time:
                return pending.telling
        return self.under_way
