"""A lap with its two neighbours, as all members told them: what the fold looks at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from teamtactics.model.facts import LapFacts, LineSeen, MomentKind, PitMoment, Sight, Vantage, joined

SAME_MOMENT_S = 2.5
"""
Closer than this two tellings of one kind are one: from outside a thing is seen a second late, corrected by that second,
and an edge counts only once it holds.
"""

Told = Sequence[LapFacts]


@dataclass(frozen=True)
class Window:
    """
    All that is known of a lap and of the two beside it.

    Attributes:
        before, lap, after: One ``LapFacts`` for each member, in order of their customer ids. What happened near a line
            may have been told in the lap on its other side.

        is_under_way: Nobody knows of anything behind the lap: what was seen last is now, not the begin of a hole.

        is_alone: Only one member can drive the car.
    """

    before: Told
    lap: Told
    after: Told
    is_under_way: bool = False
    is_alone: bool = False

    @classmethod
    def of(cls, lap: Iterable[LapFacts], before: Iterable[LapFacts] = (), after: Iterable[LapFacts] = ()) -> Window:
        """Join what was told in any order, and more than once."""
        return cls(_in_order(before), _in_order(lap), _in_order(after))

    @cached_property
    def lines(self) -> Sequence[tuple[int, LineSeen]]:
        """Who saw the end of the lap, and what; from the car first, then who knows more, then the lowest id."""
        return lines_of(self.lap)

    @cached_property
    def car_sights(self) -> Sequence[Sight]:
        """The stretches of the lap that were seen from the car, in order."""
        found = [sight for facts in self.lap for sight in facts.sights if sight.vantage is Vantage.CAR]
        return sorted(found, key=sight_order)

    @cached_property
    def moments(self) -> Sequence[PitMoment]:
        """What happened in the pits in this lap, each thing once, in order."""
        told = [
            (moment, facts.member, distance)
            for distance, side in enumerate((self.before, self.lap, self.after))
            for facts in side
            for moment in facts.moments
        ]
        told.sort(key=lambda each: (*_trust(each[0], each[1]), each[2]))
        kept: list[tuple[PitMoment, int]] = []
        for moment, _, side_number in told:
            if not any(_is_same(moment, other) for other, _ in kept):
                kept.append((moment, side_number))
        found = [moment for moment, side_number in kept if side_number == 1]
        return sorted(found, key=lambda moment: (moment.at.session_time_s, moment.kind.value))

    def of_kind(self, *kinds: MomentKind) -> list[PitMoment]:
        """Return the moments of these kinds."""
        return [moment for moment in self.moments if moment.kind in kinds]


def lines_of(told: Told) -> list[tuple[int, LineSeen]]:
    """Return who saw the end of a lap, the best witness first."""
    found = [(facts.member, facts.line) for facts in told if facts.line is not None]
    return sorted(found, key=lambda each: (each[1].vantage is not Vantage.CAR, _unknown(each[1]), each[0]))


def sight_order(sight: Sight) -> tuple[object, ...]:
    """Order of time; the rest only so that the order of telling cannot matter."""
    return (sight.from_s, sight.until_s, sight.vantage.value, sight.driver or 0)


def _in_order(told: Iterable[LapFacts]) -> Told:
    return sorted(joined(told).values(), key=lambda facts: facts.member)


def _unknown(line: LineSeen) -> int:
    known = (line.fuel_level_l, line.on_pit_road, line.track_temp_c, line.driver, line.session_flags)
    return sum(value is None for value in known)


def _trust(moment: PitMoment, member: int) -> tuple[object, ...]:
    return (moment.vantage is not Vantage.CAR, member, moment.at.session_time_s, moment.kind.value)


def _is_same(moment: PitMoment, other: PitMoment) -> bool:
    """
    Tell whether two tellings are of one thing.

    Who sits in the car may well see two stops within two seconds; who looks from outside sees flickers.
    """
    is_kind = moment.kind is other.kind or {moment.kind, other.kind} == {MomentKind.PUT, MomentKind.RESET}
    apart_s = abs(moment.at.session_time_s - other.at.session_time_s)
    return is_kind and apart_s <= (0.0 if moment.vantage is Vantage.CAR else SAME_MOMENT_S)
