"""The facts of one lap while they are gathered: sights that grow, moments, the line."""

from __future__ import annotations

from dataclasses import dataclass, replace

from teamtactics.model.facts import Filling, LapFacts, LineSeen, MomentKind, PitMoment, Place, Request, Sight, Vantage
from teamtactics.model.frame import Frame
from teamtactics.model.records import Moment


@dataclass(slots=True)
class SightUnderWay:
    """
    A stretch that is being watched; what it ends with is read where it ends.

    Attributes:
        until_s, place_last, stood_last, fuel_last_l: Of the newest tick that was taken up; from the car they are taken
            up only where the sight is told, which is cheaper than sixty times a second.
    """

    vantage: Vantage
    from_s: float
    driver: int | None
    place_first: Place
    until_s: float
    place_last: Place
    stood_first: bool | None = None
    stood_last: bool | None = None
    fuel_first_l: float | None = None
    fuel_last_l: float | None = None
    unseen_s: float = 0.0
    from_line: bool = False

    def told(self) -> Sight:
        """Tell it as far as it has come."""
        return Sight(
            self.from_s,
            self.until_s,
            self.vantage,
            self.driver,
            self.place_first,
            self.place_last,
            self.stood_first,
            self.stood_last,
            self.fuel_first_l,
            self.fuel_last_l,
            self.unseen_s,
            self.from_line,
        )


@dataclass(slots=True)
class Telling:
    """
    What this client has seen of one lap so far.

    Attributes:
        lap: The value that ``LapCompleted`` takes at its end.

        sight: The stretch under way; None while nothing is seen.

        is_news: Something was added that no ``LapSeen`` tells of yet.
    """

    lap: int
    sights: tuple[Sight, ...] = ()
    sight: SightUnderWay | None = None
    line: LineSeen | None = None
    official_s: float | None = None
    is_timed: bool = False
    moments: tuple[PitMoment, ...] = ()
    requests: tuple[Request, ...] = ()
    fillings: tuple[Filling, ...] = ()
    tow_s: float | None = None
    repair_s: float | None = None
    optional_repair_s: float | None = None
    is_news: bool = False

    def facts(self, member: int) -> LapFacts:
        """Tell all of it, as *member*'s."""
        return LapFacts(
            lap=self.lap,
            member=member,
            sights=self.sights if self.sight is None else (*self.sights, self.sight.told()),
            line=self.line,
            official_s=self.official_s,
            is_timed=self.is_timed,
            moments=self.moments,
            requests=self.requests,
            fillings=self.fillings,
            tow_s=self.tow_s,
            repair_s=self.repair_s,
            optional_repair_s=self.optional_repair_s,
        )

    def note(self, kind: MomentKind, at: Moment, vantage: Vantage) -> None:
        """Add something that happened in the pits."""
        self.moments = (*self.moments, PitMoment(kind, at, vantage))
        self.is_news = True

    def request(self, request: Request) -> None:
        """Add what is requested for a stop, in the place of what was read before."""
        self.requests = (*(kept for kept in self.requests if kept.at_s != request.at_s), request)
        self.is_news = True

    def fill(self, filling: Filling) -> None:
        """Add litres that came in, in the place of what was told of this filling before."""
        self.fillings = (*(kept for kept in self.fillings if kept.from_s != filling.from_s), filling)

    def end_sight(self) -> None:
        """Nothing of it is watched from here on."""
        if self.sight is not None:
            self.sights = (*self.sights, self.sight.told())
            self.sight = None
            self.is_news = True

    def part_behind_line(self) -> Telling:
        """The stretch that is watched began behind a line that nobody saw: return the lap it belongs to, with it."""
        sight = self.sight
        assert sight is not None, "only what is watched is parted"
        behind = [moment for moment in self.moments if moment.at.session_time_s >= sight.from_s]
        later = Telling(self.lap + 1, sight=sight, moments=tuple(behind), is_news=True)
        self.sight, self.is_news = None, True
        self.moments = tuple(moment for moment in self.moments if moment not in behind)
        return later

    def see_maxima(self, frame: Frame) -> None:
        """From here on the variables of *frame*'s build are looked at: what stays 0 was seen to be 0."""
        if frame.player_car_tow_time is not None:
            self.tow_s = self.tow_s or 0.0
        if frame.pit_repair_left is not None:
            self.repair_s = self.repair_s or 0.0
        if frame.pit_opt_repair_left is not None:
            self.optional_repair_s = self.optional_repair_s or 0.0

    def absorb(self, later: Telling) -> None:
        """Take in what was gathered behind a line that was none."""
        self.end_sight()
        if not (self.sights and (later.sights or later.sight)):
            self.sights, self.sight = (*self.sights, *later.sights), later.sight
        else:
            self._go_on_with(later)
        self.moments += later.moments
        self.requests += later.requests
        self.fillings += later.fillings
        self.tow_s = _greatest(self.tow_s, later.tow_s)
        self.repair_s = _greatest(self.repair_s, later.repair_s)
        self.optional_repair_s = _greatest(self.optional_repair_s, later.optional_repair_s)
        self.line, self.official_s, self.is_timed = None, None, False
        self.is_news = True

    def _go_on_with(self, later: Telling) -> None:
        told = later.sights if later.sight is None else (*later.sights, later.sight.told())
        self.sights = (*self.sights[:-1], _one_stretch(self.sights[-1], told[0]), *told[1:])
        if later.sight is not None:
            self.sight = _under_way(self.sights[-1])
            self.sights = self.sights[:-1]


def _one_stretch(one: Sight, other: Sight) -> Sight:
    """Join two stretches that a line was thought to part."""
    return replace(
        one,
        until_s=other.until_s,
        place_last=other.place_last,
        stood_last=other.stood_last,
        fuel_last_l=other.fuel_last_l,
        unseen_s=one.unseen_s + other.unseen_s,
    )


def _under_way(sight: Sight) -> SightUnderWay:
    return SightUnderWay(
        sight.vantage,
        sight.from_s,
        sight.driver,
        sight.place_first,
        sight.until_s,
        sight.place_last,
        sight.stood_first,
        sight.stood_last,
        sight.fuel_first_l,
        sight.fuel_last_l,
        sight.unseen_s,
        sight.from_line,
    )


def _greatest(one: float | None, other: float | None) -> float | None:
    known = [value for value in (one, other) if value is not None]
    return max(known) if known else None
