"""Who of a team saw what of a session: from the car, or from outside, about a second late."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from race_sim.blindness import EDGE_S, Blindness
from race_sim.faults import Faults, Span
from race_sim.spans import common, joined, left_over, meets, parts_within
from race_sim.timeline import Seat, SessionLine
from race_sim.truth import SessionTruth

LAG_S = 1.0
"""A team-mate's picture of the car is so old."""
SETTLED_S = 6.0
"""So long a team-mate's client has watched before what it sees changing is one to it, with its time of day."""
HOLD_S = 0.6
"""So long it must watch on to believe what it has seen, beside ``LAG_S``."""

_WRITTEN_AFTER_S = {"stopMoving": 0.6, "startMoving": 0.5, "pitExit": 2.5}
"""
Of events that count only later than they happen; the others do within some ticks.

With each, and when the driver leaves the car, the client writes down all it knows.
"""


class Witnesses:
    """One session, and who had his eyes open in it."""

    def __init__(
        self,
        session: SessionLine,
        told: SessionTruth,
        faults: Faults,
        members: tuple[int, ...],
        blindness: Blindness,
    ) -> None:
        self.session = session
        self._members = set(members)
        self._blindness = blindness
        self._older = {running.member for running in faults.running or () if running.is_older}
        self._outages = faults.outages
        happened = [(kind, at_s + session.shift_s) for kind, at_s in told.events if kind != "session"]
        happened += [("driverLeft", seat.span.until_s) for seat in session.seats]
        self.written = sorted(
            at_s + _WRITTEN_AFTER_S.get(kind, 0.1) for kind, at_s in happened if self._is_told(kind, at_s)
        )
        self.holes = self._holes()
        self.empty_unseen = self._empty_unseen()

    def sees_from_car(self, from_s: float, until_s: float, before_s: float = EDGE_S) -> bool:
        """Whether the clients of whoever sat in the car saw all of that stretch, and could keep it."""
        seats = [seat for seat in self.session.seats if seat.span.meets(from_s, until_s)]
        return bool(seats) and not any(
            meets(self.unseen(seat, before_s), max(from_s, seat.span.from_s), min(until_s, seat.span.until_s))
            for seat in seats
        )

    def sees_from_outside(self, from_s: float, until_s: float) -> bool:
        """Whether one client that was not in the car saw all of that stretch, and could keep it."""
        last_s = until_s + LAG_S + HOLD_S
        return last_s <= self.session.span.until_s and any(
            not meets(self._unwatched(member), from_s - SETTLED_S, last_s) for member in self._members
        )

    def sees(self, from_s: float, until_s: float) -> bool:
        """Whether anybody saw that stretch, from wherever."""
        return self.sees_from_car(from_s, until_s) or self.sees_from_outside(from_s, until_s)

    def is_older_at(self, at_s: float) -> bool:
        """Whether who drives at *at_s* runs an earlier version, which does not know the newest fields."""
        return self.session.driver_at(at_s) in self._older

    def is_uninformed(self, whole: Span) -> bool:
        """
        Whether who ends the lap *whole* tells it as his older client alone knows it.

        It learns from ``state`` what was before it, and whoever got out while offline could tell none.
        """
        changes = [
            (before.member, before.span.until_s)
            for before, after in pairwise(self.session.seats)
            if whole.meets(before.span.until_s, after.span.from_s)
        ]
        return self.is_older_at(whole.until_s) and any(
            outage.member == left and outage.from_s <= at_s <= (outage.until_s or at_s)
            for left, at_s in changes
            for outage in self._outages
        )

    def unseen(self, seat: Seat, before_s: float) -> list[Span]:
        """Return what of *seat* no client of his saw and told, or could keep before it was killed."""
        return parts_within(seat.span, self._blindness.unseen(seat.member, before_s)) + self._untold(seat)

    def longest_in_stall_s(self, stand: Span) -> float:
        """
        Return for how long at a stretch anybody saw the car standing there.

        While nobody is in it, it is out of the world, and no client sees it.
        """
        longest_s = 0.0
        for seat in self.session.seats:
            for part in parts_within(stand, [seat.span]):
                seen = left_over(part, self.unseen(seat, EDGE_S))
                shown = Span(part.from_s + LAG_S, part.until_s + LAG_S)
                for member in self._members - {seat.member}:
                    seen += left_over(shown, self._unwatched(member))
                longest_s = max([longest_s, *(span.until_s - span.from_s for span in seen)])
        return longest_s

    def seen_around(self, at_s: float) -> Span:
        """Return the moments before and after *at_s* at which anybody last and first saw the car."""
        end_s, step_s = self.session.span.until_s, 0.1
        before_s = after_s = at_s
        while before_s > self.session.span.from_s and not self.sees(before_s - step_s, before_s):
            before_s -= step_s
        while after_s < end_s and not self.sees(after_s, after_s + step_s):
            after_s += step_s
        return Span(before_s, after_s)

    def _is_told(self, kind: str, at_s: float) -> bool:
        """An exit that was not seen is found out by the way, and told with the next thing."""
        return kind != "pitExit" or self.sees_from_car(at_s - 0.1, at_s + _WRITTEN_AFTER_S[kind])

    def _holes(self) -> list[Span]:
        """
        Return when nobody could keep what the car itself shows.

        A change of drivers is none where who gets out and who gets in both see the car standing there.
        """
        seats = self.session.seats
        unseen = {
            n: parts_within(seat.span, self._blindness.unwritten(seat.member, self.written)) + self._untold(seat)
            for n, seat in enumerate(seats)
        }
        holes = [span for spans in unseen.values() for span in spans]
        for n, (before, after) in enumerate(pairwise(seats)):
            left_s, came_s = before.span.until_s, after.span.from_s
            if meets(unseen[n], left_s, left_s) or meets(unseen[n + 1], came_s, came_s + 0.1):
                holes.append(Span(left_s, came_s))
        return joined(holes)

    def _empty_unseen(self) -> list[Span]:
        """Return when nobody sat in the car, and neither who had got out nor who was to get in looked at all."""
        found: list[Span] = []
        for before, after in pairwise(self.session.seats):
            empty = Span(before.span.until_s, after.span.from_s)
            both = common([self._blindness.unseen(seat.member, EDGE_S) for seat in (before, after)])
            found += parts_within(empty, both)
        return found

    def _untold(self, seat: Seat) -> list[Span]:
        """What an older client saw of a lap that another one ends: it tells laps only, when it has driven them."""
        if seat.member not in self._older:
            return []
        lines = [line_s for line_s in self.session.lines.values() if seat.span.meets(line_s, line_s)]
        return [Span(max(lines, default=seat.span.from_s) + 0.1, seat.span.until_s)]

    def _unwatched(self, member: int) -> Sequence[Span]:
        """When *member* did not look on: his clients were blind, or he drove himself."""
        if member in self._older:
            return [self.session.span]  # it fills laps in, but tells nothing of those that have a document
        driven = [seat.span for seat in self.session.seats if seat.member == member]
        return [*self._blindness.unseen(member, EDGE_S), *driven]
