"""What all tell of one thing: told by several it is one thing, of which the best witness is believed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from race.record.paper_race import ADA, BEN, CYD, moment
from race.record.test_holes_of_a_lap import at
from teamtactics.model.facts import LapFacts, LineSeen, MomentKind, PitMoment, Vantage
from teamtactics.race.record.window import Window, lines_of

OUTSIDE, CAR = Vantage.OUTSIDE, Vantage.CAR


def told(lap: int, member: int, *moments: PitMoment) -> LapFacts:
    return LapFacts(lap, member, moments=moments)


def exits(*facts: LapFacts) -> dict[int, list[float]]:
    """By lap, when the car left the pits."""
    sides = {lap: [each for each in facts if each.lap == lap] for lap in range(1, 7)}
    windows = {lap: Window.of(sides[lap], sides[lap - 1], sides[lap + 1]) for lap in (3, 4)}
    return {
        lap: [each.at.session_time_s for each in window.of_kind(MomentKind.EXIT)] for lap, window in windows.items()
    }


def test_of_one_exit_told_in_two_laps_the_best_witness_says_in_which_it_was() -> None:
    car, first, late = (
        at(MomentKind.EXIT, 299.5),
        at(MomentKind.EXIT, 299.5, OUTSIDE),
        at(MomentKind.EXIT, 300.5, OUTSIDE),
    )
    assert exits(told(3, CYD, car), told(4, BEN, late)) == {3: [299.5], 4: []}
    assert exits(told(3, CYD, first), told(4, BEN, replace(late, vantage=CAR))) == {3: [], 4: [300.5]}
    assert exits(told(3, BEN, first), told(4, CYD, late)) == {3: [299.5], 4: []}
    assert exits(told(3, CYD, first), told(4, BEN, late)) == {3: [], 4: [300.5]}, "the lowest id, whatever the lap"
    assert exits(told(3, BEN, first), told(4, BEN, late)) == {3: [299.5], 4: []}, "of one member what he told first"


@pytest.mark.parametrize(
    ("kinds", "is_one"),
    [
        ((MomentKind.RESET, MomentKind.PUT), True),
        ((MomentKind.PUT, MomentKind.RESET), True),
        ((MomentKind.TOWED, MomentKind.PUT), False),
        ((MomentKind.RESET, MomentKind.TOWED), False),
        ((MomentKind.ENTER, MomentKind.EXIT), False),
    ],
)
def test_who_looks_from_outside_sees_a_reset_as_a_car_that_was_put_there(
    kinds: tuple[MomentKind, MomentKind], is_one: bool
) -> None:
    window = Window.of([told(3, ADA, at(kinds[0], 220.0)), told(3, BEN, at(kinds[1], 221.0, OUTSIDE))])
    assert [each.kind for each in window.moments] == list(kinds[: 1 if is_one else 2])


def test_two_resets_that_were_seen_from_the_car_are_two() -> None:
    window = Window.of([told(3, ADA, at(MomentKind.RESET, 220.0), at(MomentKind.RESET, 221.0))])
    assert len(window.of_kind(MomentKind.RESET)) == 2
    assert (
        len(Window.of([told(3, ADA, at(MomentKind.RESET, 220.0)), told(3, CYD, at(MomentKind.RESET, 220.0))]).moments)
        == 1
    )


def test_of_a_line_the_driver_knows_best_then_who_knows_more_then_the_lowest_id() -> None:
    full = LineSeen(moment(270.0), OUTSIDE, ADA, "Ada Falk", None, False, 30.0, session_flags=4)
    less = replace(full, session_flags=None)
    driver = LineSeen(moment(270.0), CAR)

    def order(**lines: LineSeen) -> list[int]:
        ids = {"ada": ADA, "ben": BEN, "cyd": CYD}
        return [member for member, _ in lines_of([LapFacts(3, ids[name], line=line) for name, line in lines.items()])]

    assert order(cyd=full, ben=full, ada=full) == [ADA, BEN, CYD]
    assert order(cyd=full, ben=less, ada=less) == [CYD, ADA, BEN]
    assert order(cyd=driver, ben=full, ada=less) == [CYD, BEN, ADA]
