"""Where a lap begins and ends, and which stretches of it somebody watched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from teamtactics.model.facts import LapFacts, MomentKind, Place, Sight, Vantage
from teamtactics.race.eyes.continuity import SEEN_STEP_S, TICK_S
from teamtactics.race.record.window import Told, Window, lines_of, sight_order

PICTURE_LAG_S = 1.0
"""What a member sees of a car whose physics run elsewhere is 0.99 to 1.007 s old (SIMULATOR#picture)."""

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Edge:
    """
    The car at one end of a stretch that nobody saw from within.

    Attributes:
        level_l: The level there; None where nobody knows it.

        stood: Whether it stood still.
    """

    at_s: float
    place: Place
    level_l: float | None = None
    stood: bool = False


def first_edge(sight: Sight) -> Edge:
    """Return the car as it was in the first tick of *sight*."""
    return Edge(sight.from_s, sight.place_first, sight.fuel_first_l, bool(sight.stood_first))


def last_edge(sight: Sight) -> Edge:
    """Return the car as it was in the last tick of *sight*."""
    return Edge(sight.until_s, sight.place_last, sight.fuel_last_l, bool(sight.stood_last))


def start_of(window: Window) -> Edge | None:
    """Return where the lap began: the end of the one before, or a sight that began there; None when nobody saw it."""
    lines = lines_of(window.before)
    sights = _from_line(window.lap)
    if lines and lines[0][1].vantage is not Vantage.CAR and sights and sights[0].vantage is Vantage.CAR:
        return first_edge(sights[0])
    if lines:
        return _line_edge(window.before)
    return first_edge(sights[0]) if sights else None


def end_of(window: Window) -> Edge | None:
    """Return where the lap ended; None when nobody saw it."""
    return _line_edge(window.lap)


def measured_s(window: Window) -> float | None:
    """Return the time from line to line; None when one of the two was seen by nobody, or they make no sense."""
    time_s = _line_to_line_s(window)
    return time_s if time_s is not None and time_s > 0.0 else None


def _line_to_line_s(window: Window) -> float | None:
    """
    Take the two lines that fit together best.

    Two lines from the car are exact, and two from outside nearly: both are late by the same second. One of each is as
    good as that second is known.
    """
    starts, ends = _times(window.before), _times(window.lap)
    for sight in _from_line(window.lap):
        starts.setdefault((sight.vantage, _teller(window.lap, sight)), sight.from_s)
    unsure = _with_clock_set(window)
    starts, ends = ({who: at_s for who, at_s in told.items() if who[1] not in unsure} for told in (starts, ends))
    if not starts or not ends:
        return None
    in_car = [time for (vantage, _), time in starts.items() if vantage is Vantage.CAR]
    out_car = [time for (vantage, _), time in ends.items() if vantage is Vantage.CAR]
    if in_car and out_car:
        return out_car[0] - in_car[0]
    by_one = [ends[key] - starts[key] for key in sorted(starts.keys() & ends.keys())]
    if by_one:
        return by_one[0]
    outside = [
        [time for (vantage, _), time in sorted(side.items()) if vantage is Vantage.OUTSIDE] for side in (starts, ends)
    ]
    if all(outside):
        return outside[1][0] - outside[0][0]
    return next(iter(out_car or outside[1])) - next(iter(in_car or outside[0]))


def _with_clock_set(window: Window) -> set[int]:
    """Return the members whose clock was set in the lap: from its begin to its end they cannot measure."""
    return {facts.member for facts in window.lap if any(moment.kind is MomentKind.CLOCK for moment in facts.moments)}


def gap_s(window: Window, official_s: float | None) -> float:
    """
    Return the seconds of the lap for which nobody saw a tick.

    Where neither its begin nor the lap before was seen, it is counted from the first tick that was.
    """
    sights = sorted((sight for facts in window.lap for sight in facts.sights), key=sight_order)
    around = [sight for facts in (*window.before, *window.after) for sight in facts.sights]
    begin_s, end_s = _begin_s(window, sights, official_s), _end_s(window, sights)
    if begin_s is None or end_s is None or end_s <= begin_s:
        return 0.0
    unseen: list[Span] = [(begin_s, end_s)]
    missed_s = 0.0
    for sight in sorted((*sights, *around), key=lambda each: (each.unseen_s, *sight_order(each))):
        left = without(unseen, [_ticks(sight)])
        missed_s += min(sight.unseen_s, _length(unseen) - _length(left))
        unseen = left
    return missed_s + sum(until - begun - TICK_S for begun, until in unseen if until - begun > SEEN_STEP_S)


def without(spans: Sequence[Span], covered: Iterable[Span]) -> list[Span]:
    """Return what remains of *spans* where *covered* is taken out of them."""
    left = list(spans)
    for from_s, until_s in covered:
        cut: list[Span] = []
        for begun, ended in left:
            if until_s <= begun or ended <= from_s:
                cut.append((begun, ended))
                continue
            if begun < from_s:
                cut.append((begun, from_s))
            if until_s < ended:
                cut.append((until_s, ended))
        left = cut
    return left


def _line_edge(told: Told) -> Edge | None:
    lines = lines_of(told)
    if not lines:
        return None
    line = lines[0][1]
    at_s = line.at.session_time_s
    ends = [sight for facts in told for sight in facts.sights if abs(sight.until_s - at_s) <= SEEN_STEP_S]
    places = [sight.place_last for sight in sorted(ends, key=sight_order) if sight.place_last is not Place.AWAY]
    place = places[0] if places else (Place.TRACK if line.on_pit_road is False else Place.LANE)
    return Edge(at_s, place, line.fuel_level_l)


def _from_line(told: Told) -> list[Sight]:
    found = [sight for facts in told for sight in facts.sights if sight.from_line]
    return sorted(found, key=lambda sight: (sight.vantage is not Vantage.CAR, *sight_order(sight)))


def _teller(told: Told, wanted: Sight) -> int:
    return next(facts.member for facts in told if wanted in facts.sights)


def _times(told: Told) -> dict[tuple[Vantage, int], float]:
    return {(line.vantage, member): line.at.session_time_s for member, line in lines_of(told)}


def _begin_s(window: Window, sights: Sequence[Sight], official_s: float | None) -> float | None:
    start, end = start_of(window), end_of(window)
    if start is not None:
        return start.at_s
    line_s = _line_in_hole_s(window.before, window.lap)
    if line_s is not None:
        return line_s
    if end is not None and official_s is not None:
        return end.at_s - official_s
    return min((sight.from_s for sight in sights), default=None)


def _end_s(window: Window, sights: Sequence[Sight]) -> float | None:
    end = end_of(window)
    if end is not None:
        return end.at_s
    line_s = _line_in_hole_s(window.lap, window.after)
    return line_s if line_s is not None else max((sight.until_s for sight in sights), default=None)


def _line_in_hole_s(before: Told, behind: Told) -> float | None:
    """
    Return where in a hole the line lies between two laps of which something was seen; None when only of one.

    The same from whichever lap it is asked: what nobody saw must be counted once. By an official time, if there is one;
    else the hole belongs to the lap before.
    """
    last_s, first_s = last_seen_s(before), first_seen_s(behind)
    if last_s is None or first_s is None:
        return None
    lines, starts = lines_of(behind), _from_line(before)
    times = _official(behind), _official(before)
    if lines and times[0] is not None:
        return min(max(last_s, lines[0][1].at.session_time_s - times[0]), first_s)
    if starts and times[1] is not None:
        return min(max(last_s, starts[0].from_s + times[1]), first_s)
    return first_s


def _official(told: Told) -> float | None:
    return next((facts.official_s for facts in told if facts.official_s is not None), None)


def last_seen_s(told: Told) -> float | None:
    """Return until when somebody saw the car in a lap; None when nobody did."""
    return max((sight.until_s for facts in told for sight in facts.sights), default=None)


def first_seen_s(told: Told) -> float | None:
    """Return from when on somebody saw the car in a lap; None when nobody did."""
    return min((sight.from_s for facts in told for sight in facts.sights), default=None)


def outside_sights(told: Iterable[LapFacts]) -> list[Sight]:
    """Return the stretches that were seen from outside, in order."""
    found = [sight for facts in told for sight in facts.sights if sight.vantage is Vantage.OUTSIDE]
    return sorted(found, key=sight_order)


def _ticks(sight: Sight) -> Span:
    """Return when ticks were seen: what is seen from outside was a second ago."""
    return sight.from_s, sight.until_s + (PICTURE_LAG_S if sight.vantage is Vantage.OUTSIDE else 0.0)


def _length(spans: Iterable[Span]) -> float:
    return sum(until_s - from_s for from_s, until_s in spans)
