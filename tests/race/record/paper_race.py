"""A race on paper: what is true of it at any moment, and the facts that a client has seen of it while it looked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from teamtactics.model.facts import (
    Filling,
    LapFacts,
    LineSeen,
    MomentKind,
    PitMoment,
    Place,
    Request,
    Sight,
    Vantage,
    joined,
)
from teamtactics.model.records import Moment

ADA, BEN, CYD = 101, 202, 303
NAMES = {ADA: "Ada Falk", BEN: "Ben Ruiz", CYD: "Cyd Lund"}
BURN_L_S = 0.03
RATE_L_S = 2.5
FULL_L = 60.0
LAP_S = 90.0
REQUEST = 31
OUTSIDE_ERROR_S = 0.01
EPS = 1e-6

Span = tuple[float, float]
Change = tuple[float, float, int]


@dataclass(frozen=True)
class Visit:
    """
    A stay in the pits.

    Attributes:
        stop_s, start_s: None for a drive-through.

        fills: From when until when fuel flows.

        changes: When the seat is left, when it is taken, and by whom.

        put: RESET or TOWED, when the car did not drive there: it is in the stall from ``stop_s`` on.

        tank_l: How much fuller its tank is then.
    """

    enter_s: float
    exit_s: float
    stop_s: float | None = None
    start_s: float | None = None
    fills: tuple[Span, ...] = ()
    changes: tuple[Change, ...] = ()
    put: MomentKind | None = None
    tank_l: float = 0.0

    @property
    def stand(self) -> Span | None:
        """From when until when the car stands in its stall."""
        return None if self.stop_s is None or self.start_s is None else (self.stop_s, self.start_s)


def stop(at_s: float, stand_s: float = 30.0, fills: tuple[Span, ...] = (), changes: tuple[Change, ...] = ()) -> Visit:
    """
    A stop whose entry is at *at_s*: eight seconds to the stall, six from there to the exit.

    Args:
        fills, changes: Times from when the car stands.
    """
    stop_s = at_s + 8.0
    start_s = stop_s + stand_s
    shifted = tuple((stop_s + from_s, stop_s + until_s) for from_s, until_s in fills)
    moved = tuple((stop_s + left_s, stop_s + came_s, driver) for left_s, came_s, driver in changes)
    return Visit(at_s, start_s + 6.0, stop_s, start_s, shifted, moved)


def drive_through(at_s: float) -> Visit:
    return Visit(at_s, at_s + 14.0)


def reset(at_s: float, tank_l: float = 13.0) -> Visit:
    """The car is put into its stall, and its tank is another."""
    return Visit(at_s, at_s + 20.0, at_s, at_s + 14.0, put=MomentKind.RESET, tank_l=tank_l)


def tow(at_s: float, fills: tuple[Span, ...] = ()) -> Visit:
    """The car shows on the track for half a second, then it is in its stall for half a minute."""
    shifted = tuple((at_s + from_s, at_s + until_s) for from_s, until_s in fills)
    return Visit(at_s, at_s + 36.0, at_s + 0.5, at_s + 30.0, shifted, put=MomentKind.TOWED)


@dataclass(frozen=True)
class Race:
    """
    Attributes:
        laps: How many are driven, 90 s each; lap n ends at ``n * LAP_S``, and lap 1 begins at 0.

        visits: In order.
    """

    laps: int = 6
    visits: tuple[Visit, ...] = ()
    first_driver: int = ADA

    @property
    def end_s(self) -> float:
        return self.laps * LAP_S

    def lap_at(self, at_s: float) -> int:
        return int(at_s // LAP_S) + 1

    def seats(self) -> list[tuple[float, float, int]]:
        """Who sits in the car from when until when."""
        found, driver, since_s = [], self.first_driver, -10.0
        for left_s, came_s, came in (change for visit in self.visits for change in visit.changes):
            found.append((since_s, left_s, driver))
            since_s, driver = came_s, came
        return [*found, (since_s, self.end_s + 100.0, driver)]

    def driver(self, at_s: float) -> int | None:
        return next((driver for from_s, until_s, driver in self.seats() if from_s <= at_s <= until_s), None)

    def place(self, at_s: float) -> Place:
        if self.driver(at_s) is None:
            return Place.AWAY
        for visit in self.visits:
            if visit.enter_s <= at_s <= visit.exit_s:
                if visit.stand is not None and visit.stand[0] - (0 if visit.put else 1) <= at_s <= visit.stand[1]:
                    return Place.STALL
                return Place.TRACK if visit.put and visit.stand and at_s < visit.stand[0] else Place.LANE
        return Place.TRACK

    def stands(self, at_s: float) -> bool:
        return any(visit.stand[0] <= at_s <= visit.stand[1] for visit in self.visits if visit.stand is not None)

    def fuel_l(self, at_s: float) -> float:
        stood_s = sum(_overlap((0.0, at_s), visit.stand) for visit in self.visits if visit.stand is not None)
        changed_l = sum(visit.tank_l for visit in self.visits if visit.enter_s < at_s)
        return FULL_L - BURN_L_S * (at_s - stood_s) + self.added_l(0.0, at_s) + changed_l

    def added_l(self, from_s: float, until_s: float) -> float:
        return RATE_L_S * sum(_overlap((from_s, until_s), fill) for visit in self.visits for fill in visit.fills)

    def stint(self, lap: int) -> tuple[int, int]:
        """``Stint`` and ``StintLap`` of *lap*."""
        exits = [v.exit_s for v in self.visits if v.stop_s is not None and v.exit_s <= lap * LAP_S]
        since = self.lap_at(exits[-1]) if exits else 1
        return 1 + len(exits), lap - since + 1

    def moments(self) -> Iterable[tuple[MomentKind, float, Vantage]]:
        """What happens in the pits, as the driver's client sees it and as the others do."""
        for visit in self.visits:
            if visit.put is None:
                yield from self._both(MomentKind.ENTER, visit.enter_s)
            else:
                yield visit.put, visit.enter_s, Vantage.CAR
            if visit.stand is not None:
                stop_s, start_s = visit.stand
                arrived = (MomentKind.STOP, Vantage.CAR) if visit.put is None else (MomentKind.PUT, Vantage.OUTSIDE)
                yield arrived[0], stop_s, arrived[1]
                yield from self._both(MomentKind.STOOD, stop_s)
                yield MomentKind.START, start_s, Vantage.CAR
            yield from self._both(MomentKind.EXIT, visit.exit_s)

    def _both(self, kind: MomentKind, at_s: float) -> Iterable[tuple[MomentKind, float, Vantage]]:
        return [(kind, at_s, vantage) for vantage in Vantage]

    def seen_by(self, member: int, *spans: Span) -> list[LapFacts]:
        """What the client of *member* has seen while it looked."""
        return list(joined(part for span in spans for part in self._seen(member, span)).values())

    def _seen(self, member: int, span: Span) -> Iterable[LapFacts]:
        cuts = {span[0], span[1]}
        cuts |= {n * LAP_S for n in range(self.laps + 1)}
        cuts |= {edge for from_s, until_s, driver in self.seats() for edge in (from_s, until_s)}
        inside = sorted(cut for cut in cuts if span[0] <= cut <= span[1])
        if span[0] in _lines(self):
            # It sees the line, and of the lap before nothing else.
            yield LapFacts(
                self.lap_at(span[0]) - 1, member, line=self._line(member, span[0]), **self._official(span[0])
            )
        for from_s, until_s in pairwise(inside):
            yield self._piece(member, from_s, until_s)

    def _piece(self, member: int, from_s: float, until_s: float) -> LapFacts:
        middle_s = (from_s + until_s) / 2
        driver = self.driver(middle_s)
        vantage = Vantage.CAR if driver == member else Vantage.OUTSIDE
        is_car = vantage is Vantage.CAR
        error_s = 0.0 if is_car else OUTSIDE_ERROR_S
        sight = Sight(
            from_s=from_s + error_s,
            until_s=until_s + error_s,
            vantage=vantage,
            driver=driver,
            place_first=self.place(from_s + EPS),
            place_last=self.place(until_s - EPS),
            stood_first=self.stands(from_s) if is_car else None,
            stood_last=self.stands(until_s) if is_car else None,
            fuel_first_l=self.fuel_l(from_s) if is_car else None,
            fuel_last_l=self.fuel_l(until_s) if is_car else None,
            from_line=from_s in _lines(self),
        )
        fills = [
            fill for visit in self.visits for fill in visit.fills if is_car and _overlap(fill, (from_s, until_s)) > 0
        ]
        has_line = until_s in _lines(self)
        return LapFacts(
            lap=self.lap_at(middle_s),
            member=member,
            sights=(sight,),
            line=self._line(member, until_s) if has_line else None,
            **(self._official(until_s) if has_line else {}),
            moments=tuple(self._moments(vantage, from_s, until_s)),
            requests=tuple(self._requests(from_s, until_s)) if is_car else (),
            fillings=tuple(self._filling(fill, from_s, until_s) for fill in fills),
            tow_s=0.0 if is_car else None,
            repair_s=0.0 if is_car else None,
            optional_repair_s=0.0 if is_car else None,
        )

    def _official(self, line_s: float) -> dict[str, float | bool]:
        return {"official_s": LAP_S, "is_timed": True} if line_s > 0 else {}

    def _line(self, member: int, at_s: float) -> LineSeen:
        driver = self.driver(at_s)
        assert driver is not None
        is_car = driver == member
        return LineSeen(
            at=moment(at_s + (0.0 if is_car else OUTSIDE_ERROR_S)),
            vantage=Vantage.CAR if is_car else Vantage.OUTSIDE,
            driver=driver,
            name=NAMES[driver],
            fuel_level_l=self.fuel_l(at_s) if is_car else None,
            on_pit_road=self.place(at_s) is not Place.TRACK,
            track_temp_c=30.0,
            pit_sv_flags=0 if is_car else None,
            session_state=4,
            session_flags=0,
        )

    def _moments(self, vantage: Vantage, from_s: float, until_s: float) -> Iterable[PitMoment]:
        for kind, at_s, seen_from in self.moments():
            if from_s < at_s <= until_s and seen_from is vantage:
                yield PitMoment(kind, moment(at_s + (0.0 if vantage is Vantage.CAR else OUTSIDE_ERROR_S)), vantage)
        if self.stands(from_s + 0.5) and self.stands(from_s) and self.place(from_s + EPS) is not Place.AWAY:
            yield PitMoment(MomentKind.STOOD, moment(from_s + EPS), vantage)

    def _requests(self, from_s: float, until_s: float) -> Iterable[Request]:
        for visit in self.visits:
            if visit.stop_s is not None and from_s < visit.stop_s <= until_s:
                yield Request(visit.stop_s, REQUEST, is_final=any(fill[0] < until_s for fill in visit.fills))

    def _filling(self, fill: Span, from_s: float, until_s: float) -> Filling:
        begun_s, ended_s = max(fill[0], from_s), min(fill[1], until_s)
        first_l, last_l = self.fuel_l(begun_s), self.fuel_l(ended_s)
        return Filling(begun_s, ended_s, first_l, last_l, last_l - first_l)


def moment(at_s: float) -> Moment:
    return Moment(at_s, float(int(50_000.0 + at_s)))


def without(facts: Sequence[LapFacts], *kinds: MomentKind) -> list[LapFacts]:
    """The same, by a client that missed moments of these kinds."""
    return [replace(each, moments=tuple(m for m in each.moments if m.kind not in kinds)) for each in facts]


def _lines(race: Race) -> set[float]:
    return {n * LAP_S for n in range(race.laps + 1)}


def _overlap(one: Span, other: Span) -> float:
    return max(0.0, min(one[1], other[1]) - max(one[0], other[0]))
