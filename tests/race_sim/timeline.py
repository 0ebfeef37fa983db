"""When what happened in a scripted race, in race seconds: lines, seats, visits. What faults are laid over."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache

from race_sim.faults import RATE, Span
from race_sim.truth import MAXIMA
from teamtactics.demo.engine import ticks
from teamtactics.demo.script import Script
from teamtactics.demo.world import World


@dataclass(frozen=True, slots=True)
class Seat:
    """*member* is in the car during *span*."""

    member: int
    span: Span


@dataclass(slots=True)
class SessionLine:
    """
    One session along the race's clock.

    Attributes:
        shift_s: Race seconds minus session time.

        lines: When ``LapCompleted`` became that number.

        seats: Who is in the car, in order.

        visits: When the car is on pit road, wherever it came from.

        puts: When it came there without driving: reset, towed; left on the track and entered again, from the one to
            the other.

        stint_ends: Those of the visits whose end begins a stint.

        crashes: Whose simulator died while he drove, and when.

        greatest: When a value was at its greatest, by the lap under way and the field's name; not in it where it was 0.
    """

    num: int
    shift_s: float
    span: Span
    lines: dict[int, float] = field(default_factory=dict)
    seats: list[Seat] = field(default_factory=list)
    visits: list[Span] = field(default_factory=list)
    puts: list[Span] = field(default_factory=list)
    stint_ends: list[Span] = field(default_factory=list)
    crashes: list[tuple[int, float]] = field(default_factory=list)
    greatest: dict[tuple[int, str], float] = field(default_factory=dict)

    def driver_at(self, at_s: float) -> int | None:
        """Return who is in the car then; None while nobody is."""
        return next((seat.member for seat in self.seats if seat.span.meets(at_s, at_s)), None)

    def changes(self) -> list[tuple[Seat, Seat]]:
        """Return the seats before and after each change to another driver."""
        pairs = zip(self.seats, self.seats[1:], strict=False)
        return [(before, after) for before, after in pairs if before.member != after.member]


class _Eye:
    """Looks at what a visit to the pits was, and at values that rise, tick by tick of one session."""

    def __init__(self, session: SessionLine) -> None:
        self._session = session
        self._has_been_on_track = self._has_stood = False
        self._values: dict[tuple[int, str], float] = {}

    def see(self, world: World, lap: int, now_s: float) -> None:
        if world.driver is None:
            return
        self._has_stood |= world.on_pit_road and world.in_stall
        self._has_been_on_track |= not world.on_pit_road
        for name, value in zip(MAXIMA, (world.tow_left, world.repair_left, world.opt_repair_left), strict=True):
            if value > self._values.get((lap, name), 0.0):
                self._values[lap, name] = value
                self._session.greatest[lap, name] = now_s

    def end_visit(self, visit: Span) -> None:
        self._session.visits.append(visit)
        if self._has_stood and self._has_been_on_track:
            self._session.stint_ends.append(visit)
        self._has_stood = False


def timeline(script: Script) -> list[SessionLine]:
    """Play *script* and note when what happened, session by session; it is the caller's own, to be changed at will."""
    return deepcopy(_played(script))


@lru_cache(maxsize=8)
def _played(script: Script) -> list[SessionLine]:
    found: list[SessionLine] = []
    laps, driver, seat_s, visit_s, last_s, placements, cuts, driven_s = -1, None, 0.0, None, 0.0, 0, 0, 0.0

    def close(at_s: float) -> None:
        if not found:
            return
        session = found[-1]
        session.span = Span(session.span.from_s, at_s)
        if driver is not None:
            session.seats.append(Seat(driver, Span(seat_s, at_s)))
        if visit_s is not None:
            session.visits.append(Span(visit_s, at_s))

    for world in ticks(script):
        now_s = world.tick / RATE
        if not found or found[-1].num != world.session_num:
            close(last_s)
            found.append(SessionLine(world.session_num, now_s - world.session_time, Span(now_s, now_s)))
            laps, driver, visit_s = world.lap_completed, None, None
            eye = _Eye(found[-1])
        session = found[-1]
        lap = laps + 1
        if world.lap_completed != laps:
            laps = world.lap_completed
            session.lines[laps] = now_s
        if world.driver != driver:
            if world.crashed is not None:
                session.crashes.append((world.crashed, now_s))
            if driver is not None:
                session.seats.append(Seat(driver, Span(seat_s, last_s)))
            driver, seat_s = world.driver, now_s
        if world.cuts != cuts or (world.placements != placements and world.on_pit_road and visit_s is None):
            session.puts.append(Span(driven_s, now_s))
        placements, cuts = world.placements, world.cuts
        driven_s = driven_s if driver is None else now_s
        if world.on_pit_road != (visit_s is not None):
            if visit_s is not None:
                eye.end_visit(Span(visit_s, now_s))
            visit_s = now_s if world.on_pit_road else None
        eye.see(world, lap, now_s)
        last_s = now_s
    close(last_s)
    return found
