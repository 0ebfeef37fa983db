"""
What of a race cannot be known, given what goes wrong in it; everything else must be right to the last field.

There is one reason only: no client saw it. When the race is over everybody comes online once more, so whatever a client
saw is known in the end, whoever was offline, killed or not there when it happened. From the car everything is seen;
from outside the line, the lap time, who drives, pit road and that the car stands in its stall (``OUTSIDE``). What a
client saw shortly before it was killed is lost where it was not on disk yet: an edge counts only when it has held for
some ticks (``EDGE_S``), levels and maxima are written down with the next event or state (``CHECKPOINT_S``). And what a
client saw that never comes online again nobody hears of.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from race_sim import truth
from race_sim.blindness import EDGE_S, WRITING_S, Blindness
from race_sim.faults import Faults, Span
from race_sim.spans import joined, left_over, parts_within
from race_sim.stint_numbers import Begin, Numbers, begins, numbers
from race_sim.timeline import SessionLine, timeline
from race_sim.truth import Lap, SessionTruth
from race_sim.witnesses import Witnesses
from teamtactics.demo.script import Script
from teamtactics.model.parcel import Value

MAXIMA_FIELDS = frozenset(truth.MAXIMA)
STINT_FIELDS = frozenset(("Stint", "StintLap"))
FUEL_FIELDS = frozenset(("FuelAdded", "FuelUsed"))
OUTSIDE_LINE = frozenset(
    (
        "SessionTime",
        "SessionTimeOfDay",
        "OnPitRoad",
        "TrackTemp",
        "SessionState",
        "SessionFlags",
        "CustomerID",
        "Driver",
        "AirTemp",
        "TrackWetness",
        "WeatherDeclaredWet",
        "PlayerCarTeamIncidentCount",
    )
)
"""What everybody sees when the car crosses the line."""

OFFICIAL_S = 6.0
"""So long after the line a client may wait for the official time."""

NO_STOP_S = 5.0
"""In a hole of that length there is no stop: nobody needs to have seen that the car was on the track."""

_PLACES: dict[str, tuple[float, float]] = {
    "PitEnter": (0.2, 0.2),
    "StopMoving": (0.2, 0.7),
    "StartMoving": (0.3, 0.7),
    "PitExit": (0.2, 2.5),
}
"""
So long before and after a moment a client must look to know of it, s.

A stop counts after half a second; the visit ends where the car is on the track again, 40 m behind the exit.
"""
OUTSIDE = frozenset(("PitEnter", "PitExit"))
"""Moments that a team-mate's client sees as well."""


@dataclass(slots=True)
class Doubt:
    """
    What of one lap may be unknown, or known less exactly.

    Attributes:
        fields: May be null, or, where it is a greatest value, too little.

        coarse: Seen from outside only: there, and right to ``FROM_OUTSIDE_S``.

        others: Times of a moment that happened twice in the lap, and the one that counts was seen by nobody.

        gap_s: The longest that ``Gap`` may be.

        sources: What ``Source`` may be.

        may_be_missing: Nobody saw it end.

        numbers: Every stint and stint lap that may stand there; empty where only the true ones may.

        is_put_unseen: The car was put back into the pits and nobody saw it: to all who looked the lap is a whole one.

        reasons: By field, in words, for people.
    """

    fields: set[str] = field(default_factory=set)
    coarse: set[str] = field(default_factory=set)
    others: dict[str, list[float]] = field(default_factory=dict)
    gap_s: float = 0.0
    sources: set[str] = field(default_factory=lambda: {"driver"})
    may_be_missing: bool = False
    numbers: set[Numbers] = field(default_factory=set)
    is_put_unseen: bool = False
    reasons: dict[str, str] = field(default_factory=dict)

    def add(self, fields: Iterable[str], reason: str) -> None:
        """Add *fields*, with the reason for it."""
        for name in fields:
            self.fields.add(name)
            self.reasons.setdefault(name, reason)

    def __bool__(self) -> bool:
        return self != Doubt()


def unknowable(script: Script, faults: Faults) -> dict[tuple[int, int], Doubt]:
    """Return the doubts, by session number and lap; a lap that is not in it must be right in every field."""
    sessions = timeline(script)
    members = tuple(member.customer_id for member in script.members)
    blindness = Blindness(faults, members, sessions[-1].span.until_s)
    doubts: dict[tuple[int, int], Doubt] = {}
    for session, told in zip(sessions, truth.sessions(script), strict=True):
        judge = _Judge(session, told, Witnesses(session, told, faults, members, blindness), blindness)
        for lap in told.laps:
            if doubt := judge.lap(lap):
                doubts[session.num, int(str(lap["LapCompleted"]))] = doubt
    return doubts


class _Judge:
    def __init__(self, session: SessionLine, told: SessionTruth, witnesses: Witnesses, blindness: Blindness) -> None:
        self._session, self._told = session, told
        self._seen, self._blindness = witnesses, blindness
        self._begins: list[Begin] = begins(told, session, witnesses)

    def lap(self, true: Lap) -> Doubt:
        lap = int(str(true["LapCompleted"]))
        whole = Span(self._session.lines.get(lap - 1, self._session.span.from_s), self._session.lines[lap])
        doubt = Doubt()
        self._line(whole, doubt)
        self._lap_time(true, whole, doubt)
        self._measured(whole, doubt)
        self._moments(true, whole, doubt)
        self._gap(whole, doubt)
        self._levels(true, whole, doubt)
        self._flags(true, whole, doubt)
        may_be = numbers(lap, self._begins)
        if may_be != {(true["Stint"], true["StintLap"])}:
            doubt.numbers = may_be
            doubt.reasons.update(dict.fromkeys(STINT_FIELDS, "no client saw a stop, or its end"))
        return doubt

    def _line(self, whole: Span, doubt: Doubt) -> None:
        line_s = whole.until_s
        if self._crosses_in_car(line_s):
            if self._seen.is_older_at(line_s):
                doubt.add({"PlayerTireCompound"}, "the client in the car is older than this field")
            return
        doubt.add({"FuelLevel", "PlayerTireCompound"}, "no client in the car saw the line")
        doubt.sources = self._sources(whole)
        if self._crosses_outside(line_s):
            doubt.coarse |= OUTSIDE_LINE
        else:
            doubt.add(OUTSIDE_LINE, "no client saw the line")
            doubt.may_be_missing = True

    def _sources(self, whole: Span) -> set[str]:
        """``driver`` as soon as his client, that did not see the line, saw anything of the lap from the car."""
        seat = next(seat for seat in self._session.seats if seat.span.meets(whole.until_s, whole.until_s))
        driven = parts_within(whole, [each.span for each in self._session.seats if each.member == seat.member])
        kept = (part for span in driven for part in left_over(span, self._seen.holes))
        kept_s = [part.until_s - part.from_s for part in kept]
        if max(kept_s, default=0.0) >= EDGE_S:
            return {"driver"}
        has_come_back = any(
            self._session.span.from_s < span.from_s and span.until_s < self._session.span.until_s
            for span in self._blindness.unseen(seat.member, EDGE_S)
            if span.meets(whole.until_s, whole.until_s)
        )
        # Who was there before and after may tell of his own that he drove a lap in between.
        is_likely = bool(kept_s) or has_come_back or self._blindness.may_be_told(seat.member, whole.until_s)
        return {"driver", "teammate"} if is_likely else {"teammate"}

    def _lap_time(self, true: Lap, whole: Span, doubt: Doubt) -> None:
        line_s = whole.until_s
        driver = self._session.driver_at(line_s)
        assert driver is not None, "the car crosses the line with somebody in it"
        unseen = self._blindness.unseen(driver, WRITING_S)
        saw_it = not any(span.meets(line_s - 0.1, line_s + OFFICIAL_S) for span in unseen)
        is_told = self._crosses_in_car(line_s) and saw_it
        if true["LapLastLapTime"] is None or is_told:
            return
        if not self._seen.sees_from_outside(line_s - 0.1, line_s + OFFICIAL_S):
            doubt.add({"LapLastLapTime"}, "its time came while no client looked")

    def _measured(self, whole: Span, doubt: Doubt) -> None:
        ends = (whole.from_s, whole.until_s)
        in_car = [self._crosses_in_car(line_s) for line_s in ends]
        if not all(in_car):
            doubt.add({"FuelUsed"}, "the level at one of its two lines was seen by nobody")
            if all(known or self._crosses_outside(line_s) for known, line_s in zip(in_car, ends, strict=True)):
                doubt.coarse.add("LapTimeMeasured")
            else:
                doubt.add({"LapTimeMeasured"}, "no client saw one of its two lines")
        puts = [put for put in self._session.puts if whole.from_s < put.until_s <= whole.until_s]
        doubt.is_put_unseen = bool(puts) and not any(self._is_put_seen(put) for put in puts)

    def _is_put_seen(self, put: Span) -> bool:
        return self._seen.sees_from_car(put.from_s, put.until_s) or self._seen.sees_from_outside(
            put.from_s, put.until_s
        )

    def _moments(self, true: Lap, whole: Span, doubt: Doubt) -> None:
        for name in truth.MOMENTS:
            value = true[f"{name}Time"]
            if not isinstance(value, float):
                continue
            at_s, fields = value + self._session.shift_s, (f"{name}Time", f"{name}TimeOfDay")
            if self._is_seen_in_car(name, at_s):
                continue
            before_s, after_s = _PLACES[name]
            if name in OUTSIDE and self._seen.sees_from_outside(at_s - before_s, at_s + after_s):
                doubt.coarse.update(fields)
                continue
            doubt.add(fields, f"no client saw {name} at {at_s:.1f} s")
            doubt.others[name] = [
                other_s - self._session.shift_s for other_s in self._times(name, whole) if abs(other_s - at_s) > 0.1
            ]

    def _times(self, name: str, whole: Span) -> list[float]:
        kind = name[0].lower() + name[1:]
        times = [at_s + self._session.shift_s for told_kind, at_s in self._told.events if told_kind == kind]
        return [at_s for at_s in times if whole.meets(at_s, at_s)]

    def _gap(self, whole: Span, doubt: Doubt) -> None:
        """Where nobody saw one of its lines, nobody can tell how much of a hole lies in this lap."""
        holes = [*self._holes_in(whole), *self._seen.empty_unseen]
        is_bounded = all(self._seen.sees(line_s - 0.1, line_s) for line_s in (whole.from_s, whole.until_s))
        of_lap = [hole for hole in holes if hole.meets(whole.from_s, whole.until_s)]
        parts = joined(parts_within(whole, of_lap) if is_bounded else of_lap)
        doubt.gap_s = sum(part.until_s - part.from_s for part in parts)

    def _levels(self, true: Lap, whole: Span, doubt: Doubt) -> None:
        holes = self._holes_in(whole)
        if self._seen.is_uninformed(whole):
            doubt.add(FUEL_FIELDS, "an older client tells what was put in only if it knows all of the lap")
        if not holes:
            return
        lap = int(str(true["LapCompleted"]))
        if any(self._may_hide_stop(hole, whole) for hole in holes):
            doubt.add(FUEL_FIELDS, "no client that saw the fuel looked while the car may have stood")
        for name in truth.MAXIMA:
            at_s = self._session.greatest.get((lap, name))
            if at_s is None or any(hole.meets(at_s, at_s + 0.05) for hole in holes):
                doubt.add({name}, "no client in the car saw all of it")

    def _flags(self, true: Lap, whole: Span, doubt: Doubt) -> None:
        stop = true["StopMovingTime"]
        if isinstance(stop, float):
            # Of several stops in the lap the last one counts, also one to which the car was towed.
            stops = [*self._times("StopMoving", whole), *(put.until_s for put in self._session.puts)]
            at_s = max(at_s for at_s in stops if whole.meets(at_s, at_s))
            if not self._seen.sees_from_car(at_s - 0.2, at_s + 0.9, WRITING_S):
                doubt.add({"PitSvFlags"}, "no client in the car saw what was asked for")
        elif not self._crosses_in_car(whole.until_s) or any(
            self._may_hide_stop(hole, whole) for hole in self._holes_in(whole)
        ):
            doubt.add({"PitSvFlags"}, "no client in the car saw that nothing was asked for")

    def _is_seen_in_car(self, name: str, at_s: float) -> bool:
        before_s, after_s = _PLACES[name]
        return self._seen.sees_from_car(at_s - before_s, at_s + after_s, WRITING_S)

    def _holes_in(self, whole: Span) -> list[Span]:
        return [hole for hole in self._seen.holes if hole.meets(whole.from_s, whole.until_s)]

    def _may_hide_stop(self, hole: Span, whole: Span) -> bool:
        """
        Whether the car may have been served in this *hole* of the lap *whole*, as far as anybody can tell.

        Also where a line lies between the stop and the lap: who saw neither cannot tell. Who saw the car on the track
        all the time, if only from outside, saw that nothing was put in.
        """
        is_begun, is_ended = (self._seen.sees(line_s - 0.1, line_s) for line_s in (whole.from_s, whole.until_s))
        from_s = max(hole.from_s, whole.from_s) if is_begun else hole.from_s
        until_s = min(hole.until_s, whole.until_s) if is_ended else hole.until_s
        if any(visit.meets(from_s, until_s) for visit in self._session.visits):
            return True
        return until_s - from_s > NO_STOP_S and not self._seen.sees_from_outside(from_s, until_s)

    def _crosses_in_car(self, line_s: float) -> bool:
        return self._seen.sees_from_car(line_s - 0.1, line_s, WRITING_S)

    def _crosses_outside(self, line_s: float) -> bool:
        return self._seen.sees_from_outside(line_s - 0.1, line_s)


def is_within_bounds(name: str, true: Value, said: Value) -> bool:
    """Whether *said* is honest for what could not be known: nothing, or of a greatest value no more than it was."""
    if said is None:
        return True
    if name in MAXIMA_FIELDS:
        return isinstance(true, float) and isinstance(said, float) and 0.0 <= said <= true + 0.1
    return False
