"""
A real six-hour team race, rebuilt into what its members' simulators must have shown.

From the log (an earlier program's messages of one member's client, whom we call Rolf, every two seconds): the level
while he drove; track surface, session flags and what was left to repair; lap number, lap time and track temperature
near each line; between which two looks he got into the car and out of it.

A look is up to two seconds late, so each thing happened at some moment between two looks. The lap times tell where in
there the lines lie: half of the messages tell the time of the lap before, and but for three of them only one reading
fits all looks (``six_hours_log``). Where the log never shows a lap's time it is from line to line. Level and repair run
straight between two looks, a filling at the rig's pace.

Added, by the paragraph of SIMULATOR.md:

* Where the car is on the lap, and how fast: straight between the line, the pit road and the stall (5.6, 7.1); the line
  lies in the pit lane before the stall, as the log has it.
* Pit road begins behind surface 2 and ends before surface 3; the car stands some tenths after surface 1 (7.1, 17.3).
* Requests, crew at work, and the boxes of the next stop at the exit (17.3).
* A second out of the world at a change (17.4), a glitch tick at the seat (9.4), the text 4 s late (17.5).
* The official time half a second behind the line (5.4), none for the lap of a change: the log has -1 for one (5.5).
* What who does not drive sees: nothing of the driver's own, the car a second late (3.4, 3.8).
* Ben, who drives when Rolf does not, of whom the log has nothing but lap numbers and two lap times: laps of one length
  at one consumption, three stops of his own, and at a change he arrives with 1.6 L, so that the level that Rolf finds
  is the rig's at that moment (17.4).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from e2e.captures import straight
from e2e.six_hours_log import Log, crossings
from teamtactics.model.frame import APPROACHING_PITS, IN_PIT_STALL, OFF_TRACK, ON_TRACK

ROLF, BEN = 101, 202
FULL_L, RIG_L_S, ARRIVES_L = 62.5, 2.95, 1.6
BENS_STOPS = (8, 84, 154)
"""The laps at whose end Ben stopped for fuel alone."""

BENS_LAP_S, BENS_STOP_S, BENS_LAP_L = 116.0, 75.0, 2.53
TRACK_M, ROAD_M, STALL_M, EXIT_M = 6450.0, 430.0, 330.0, 440.0
ENTER_S, STALL_S = 21.5, 16.5
"""From pit road to the line and from there to the stall: the log's visits took between 16 and 18.5 s for the latter."""

TEXT_LATE_S, PICTURE_LATE_S, TIME_LATE_S, OUT_S = 4.0, 1.0, 0.5, 1.0
ASKED, ASKED_WITHOUT_FUEL, NEXT_BOXES = 63, 32, 127
COARSE_TICKS, NEAR_S = 5, 2.5
"""From one frame to the next, where nothing happens within so many seconds: 0.083 s are no gap (1.6)."""

Steps = tuple[Sequence[float], Sequence[int]]


@dataclass(frozen=True)
class Visit:
    """
    One visit to the pits, in s of session time.

    Attributes:
        lap: The lap that ends in it: the line is crossed between ``enter_s`` and ``stall_s``.

        enter_s, stall_s, away_s, exit_s: Track surface 2, 1, 2, and 3 (or 0).

        repairs: What is left to repair, mandatory and optional, by session time.
    """

    lap: int
    enter_s: float
    stall_s: float
    away_s: float
    exit_s: float
    asked: int = ASKED
    repairs: tuple[tuple[float, float, float], ...] = ()

    @property
    def stop_s(self) -> float:
        """When it stands."""
        return self.stall_s + 0.7

    @property
    def start_s(self) -> float:
        """When it moves again."""
        return self.away_s - 0.9

    @property
    def on_s(self) -> float:
        """Where pit road begins."""
        return self.enter_s + 2.0

    @property
    def off_s(self) -> float:
        """Where it ends."""
        return self.exit_s - 1.0

    def flags(self, at_s: float, is_full: bool) -> int:
        """Return what stands in the boxes: tear-off is served first, then fuel; at the exit they are ticked anew."""
        if at_s >= self.off_s:
            return NEXT_BOXES if at_s < self.off_s + 1 / 60 else ASKED
        if at_s < self.stop_s + 2.1:
            return self.asked
        return self.asked & (15 if is_full or at_s >= self.start_s else 31)

    def left(self, at_s: float) -> tuple[float, float]:
        """Return the seconds left to repair; nothing is shown where the car does not stand (9.1)."""
        if not self.repairs or not self.stop_s + 0.3 <= at_s < self.away_s:
            return 0.0, 0.0
        return (
            straight([(told_s, mandatory) for told_s, mandatory, _ in self.repairs], at_s),
            straight([(told_s, optional) for told_s, _, optional in self.repairs], at_s),
        )


class SixHours:
    """The race as it must have been."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.lines = crossings(log)
        self.seats = self._seats()
        self.visits = self._visits()
        self._complete_lines()
        self.visits += [self._bens_stop(lap) for lap in BENS_STOPS]
        self.visits.sort(key=lambda each: each.enter_s)
        self.fuel = self._levels()
        self.line_s = [self.lines[lap] for lap in sorted(self.lines)]
        self.enters = [visit.enter_s for visit in self.visits]
        self.exits = [visit.exit_s for visit in self.visits]
        self.moments = self._moments()
        self._seat_s = [seat[0] for seat in self.seats]
        self._way = self._waypoints()
        self._surfaces = self._surface_steps()

    @property
    def begin_s(self) -> float:
        """The formation lap."""
        return self.lines[0] - 150.0

    @property
    def end_s(self) -> float:
        """The last message."""
        return self.log.looks[-1]

    def _seats(self) -> list[tuple[float, float, int]]:
        """Who sat in the car from when until when; Rolf got in and out between two looks, near one of them."""
        seats, free_s = list[tuple[float, float, int]](), 0.0
        for first, last in self.log.drives:
            seats += [(free_s, first - 1.0 - OUT_S, BEN), (first - 1.0, last + 0.5, ROLF)]
            free_s = last + 0.5 + OUT_S
        return [*seats, (free_s, self.end_s + 1.0, BEN)]

    def _visits(self) -> list[Visit]:
        """The log's visits, completed where Rolf did not sit in the car."""
        found = list[Visit]()
        for first, last in self.log.drives:
            at_s, level = next(each for each in self.log.fuel if each[0] >= first)
            full_s = last + (FULL_L - self.log.level(last)) / RIG_L_S
            stall_s = at_s - (level - ARRIVES_L) / RIG_L_S - 1.7
            enters = [stall_s - STALL_S - ENTER_S, *self._edges(first, last, ON_TRACK, APPROACHING_PITS)]
            stalls = [stall_s, *self._edges(first, last, APPROACHING_PITS, IN_PIT_STALL)]
            leaves = [*self._edges(first, last, IN_PIT_STALL, APPROACHING_PITS), full_s + 2.5]
            exits = [*self._edges(first, last, APPROACHING_PITS, ON_TRACK), full_s + 8.5]
            found += [self._visit(*times) for times in zip(enters, stalls, leaves, exits, strict=True)]
        return found

    def _edges(self, first: float, last: float, was: int, now: int) -> list[float]:
        """When the surface changed so: he sent it with the first look that showed it, and looks were 2 s apart."""
        told = [place for place in self.log.places if first <= place[0] <= last]
        return [self.log.before(b[0]) + 0.1 for a, b in pairwise(told) if (a[1], b[1]) == (was, now)]

    def _visit(self, enter_s: float, stall_s: float, away_s: float, exit_s: float) -> Visit:
        inside = [lap for lap, at_s in self.lines.items() if enter_s < at_s < stall_s]
        lap = inside[0] if inside else 32 if stall_s < 5000.0 else 108
        self.lines.setdefault(lap, stall_s - STALL_S)
        repairs = [(at_s, *left) for at_s, _, _, *left in self.log.places if stall_s < at_s < away_s and any(left)]
        levels = [level for at_s, level in self.log.fuel if stall_s < at_s < away_s]
        asked = ASKED if max(levels) > min(levels) + 1.0 else ASKED_WITHOUT_FUEL
        ends = [(at_s, *left) for at_s, _, _, *left in self.log.places if repairs and at_s > repairs[-1][0]][:1]
        is_served = ends and ends[0][0] < away_s
        return Visit(lap, enter_s, stall_s, away_s, exit_s, asked, (*repairs, *(ends if is_served else ())))

    def _bens_stop(self, lap: int) -> Visit:
        at_s = self.lines[lap]
        stall_s = at_s + STALL_S
        full_s = stall_s + 1.7 + (FULL_L - self._bens_level(lap)) / RIG_L_S
        return Visit(lap, at_s - ENTER_S, stall_s, full_s + 2.5, full_s + 8.5)

    @staticmethod
    def _bens_level(lap: int) -> float:
        return FULL_L - BENS_LAP_L * (lap - max(each for each in (0, 63, 130) if each < lap))

    def _complete_lines(self) -> None:
        """Ben's laps: all of one length, but for the one after each stop and the two whose time the log shows."""
        for lap in (32, 108):
            self.lines[lap - 1] = self.lines[lap] - self.official(lap)
        self.lines[0] = self.lines[31] - 31 * BENS_LAP_S - BENS_STOP_S
        laps = int((self.end_s - self.lines[130] - 2 * BENS_STOP_S) / BENS_LAP_S)
        self.lines[130 + laps] = self.lines[130] + laps * BENS_LAP_S + 2 * BENS_STOP_S
        for first, last in ((0, 31), (63, 107), (130, 130 + laps)):
            slow = [stop + 1 for stop in (*BENS_STOPS, 63, 130) if first <= stop < last]
            each_s = (self.lines[last] - self.lines[first] - BENS_STOP_S * len(slow)) / (last - first)
            for lap in range(first + 1, last):
                self.lines[lap] = self.lines[lap - 1] + each_s + BENS_STOP_S * (lap in slow)

    def _moments(self) -> list[float]:
        """When something happens."""
        seats = [at_s for seat in self.seats for at_s in seat[:2]]
        pits = [at_s for v in self.visits for at_s in (v.on_s, v.stop_s, v.start_s, v.off_s)]
        return sorted([*self.line_s, *seats, *pits])

    def _levels(self) -> list[tuple[float, float]]:
        points = [(self.begin_s, FULL_L), *self._rolfs_levels(), (self.end_s, 10.0)]
        for visit in self.visits:
            full_s = visit.away_s - 2.5
            if visit.lap in BENS_STOPS:
                points += [(visit.stop_s + 1.0, self._bens_level(visit.lap)), (full_s, FULL_L)]
            elif visit.lap in (32, 108):
                points.append((visit.stop_s + 1.0, ARRIVES_L))
            elif visit.lap in (63, 130):
                points.append((full_s, FULL_L))
        return sorted(points)

    def _rolfs_levels(self) -> Iterator[tuple[float, float]]:
        """His looks; between two of them the rig began, or had done, and runs at its own pace."""
        was_rising = False
        for (at_s, level), (next_s, next_l) in pairwise(self.log.fuel):
            yield at_s, level
            rig_s = (next_l - level) / RIG_L_S
            is_rising = next_l > level + 0.05 and next_s - at_s < 10.0
            if is_rising and rig_s < next_s - at_s:
                yield (at_s + rig_s, next_l) if was_rising else (next_s - rig_s, level)
            was_rising = is_rising
        yield self.log.fuel[-1]

    def _waypoints(self) -> list[tuple[float, float]]:
        way = [(self.begin_s, -5000.0), *((at_s, lap * TRACK_M) for lap, at_s in self.lines.items())]
        for visit in self.visits:
            line_m = visit.lap * TRACK_M
            way += [(visit.enter_s, line_m - ROAD_M), (visit.exit_s, line_m + EXIT_M)]
            way += [(visit.stop_s, line_m + STALL_M), (visit.start_s, line_m + STALL_M)]
        return [*sorted(way), (self.end_s + 60.0, max(self.lines) * TRACK_M + 5000.0)]

    def _surface_steps(self) -> Steps:
        steps = [(0.0, ON_TRACK)]
        for (_, was, *_), (told_s, now, *_) in pairwise(self.log.places):
            if OFF_TRACK in (was, now):
                steps.append((self.log.before(told_s) + 0.1, now))
        for visit in self.visits:
            steps += [(visit.enter_s, APPROACHING_PITS), (visit.stall_s, IN_PIT_STALL)]
            steps += [(visit.away_s, APPROACHING_PITS), (visit.exit_s, ON_TRACK)]
        steps.sort()
        return [at_s for at_s, _ in steps], [surface for _, surface in steps]

    def driver(self, at_s: float) -> int | None:
        """Return who sits in the car; nobody for the second of a change."""
        from_s, until_s, who = self.seats[max(0, bisect_right(self._seat_s, at_s) - 1)]
        return who if from_s <= at_s < until_s else None

    def named(self, at_s: float) -> int:
        """Return whom the session text names."""
        return self.seats[max(0, bisect_right(self._seat_s, at_s - TEXT_LATE_S) - 1)][2]

    def level(self, at_s: float) -> float:
        """Return the fuel level."""
        return straight(self.fuel, at_s)

    def way(self, at_s: float) -> tuple[float, float]:
        """Return how far the car has come, m from the start, and how fast it is."""
        after = min(max(1, bisect_right(self._way, at_s, key=_first)), len(self._way) - 1)
        (from_s, first), (until_s, last) = self._way[after - 1], self._way[after]
        speed = (last - first) / (until_s - from_s)
        return first + speed * (at_s - from_s), speed

    def surface(self, at_s: float) -> int:
        """Return the track surface under the car."""
        return self._surfaces[1][bisect_right(self._surfaces[0], at_s) - 1]

    def flags(self, at_s: float) -> int:
        """Return the session flags that were sent last."""
        return self.log.places[max(0, bisect_right(self.log.places, at_s, key=_first) - 1)][2]

    def temp(self, at_s: float) -> float:
        """Return the track's temperature; the one told near a line holds at the line."""
        looks = list(self.log.lines.values())
        return looks[max(0, bisect_right(looks, at_s, key=lambda each: each.after_s) - 1)].temp_c

    def official(self, lap: int) -> float:
        """Return the time of *lap* as the simulator shows it."""
        if lap - 1 in (32, 63, 108, 130):
            return -1.0
        told = self.log.official(lap)
        return told if told is not None else round(self.lines[lap] - self.lines[lap - 1], 4) if lap > 0 else 0.0


def _first(each: tuple[float, ...]) -> float:
    return each[0]
