"""Whether a document alone tells all that is known of its lap, so that its author writes no part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from race.record.paper_race import ADA, CYD, LAP_S, Race, stop, without
from race.record.test_holes_of_a_lap import at
from teamtactics.model.facts import LapFacts, MomentKind, Vantage
from teamtactics.race.record.record import Record
from teamtactics.race.record.whole import is_whole

RACE = Race()
SEEN = RACE.seen_by(ADA, (0.0, RACE.end_s))


def whole(told: Sequence[LapFacts], lap: int) -> bool:
    record = Record()
    record.learn(told)
    folded = record.lap(lap)
    assert folded is not None
    return is_whole(record, lap, folded)


def changed(lap: int, **values: object) -> list[LapFacts]:
    return [replace(facts, **values) if facts.lap == lap else facts for facts in SEEN]  # type: ignore[arg-type]


def test_a_lap_that_its_driver_saw_from_line_to_line_is_whole() -> None:
    assert [whole(SEEN, lap) for lap in (1, 2, 3, 6)] == [True] * 4


def test_a_lap_that_only_others_saw_is_not() -> None:
    assert not whole(RACE.seen_by(CYD, (0.0, RACE.end_s)), 3)


def test_a_lap_whose_line_nobody_saw_is_not_however_short_the_gap() -> None:
    told = RACE.seen_by(ADA, (0.0, 3 * LAP_S - 0.05), (3 * LAP_S + 0.05, RACE.end_s))
    assert [whole(told, lap) for lap in (2, 3, 4)] == [True, False, False]


def test_a_lap_that_goes_on_is_not() -> None:
    """All of it so far was seen, and nothing of its end."""
    assert not whole(RACE.seen_by(ADA, (0.0, 50.0)), 1)


@pytest.mark.parametrize(("unseen_s", "told"), [(0.0, True), (0.25, True), (0.375, False)])
def test_where_the_gap_was_the_document_does_not_say(unseen_s: float, told: bool) -> None:
    (sight,) = (each for facts in SEEN if facts.lap == 3 for each in facts.sights)
    assert whole(changed(3, sights=(replace(sight, unseen_s=unseen_s),)), 3) == told


@pytest.mark.parametrize(("lap", "told"), [(1, True), (2, False), (3, False)])
def test_that_the_car_was_found_in_its_garage_no_document_says(lap: int, told: bool) -> None:
    """In lap 1 stint 1 begins either way; in a later one it is counted from there. Nor that it stood without a stop."""
    placed = at(MomentKind.PLACED, (lap - 1) * LAP_S + 1.0)
    assert whole(changed(lap, moments=(placed,)), lap) == told
    assert whole(changed(lap, moments=(placed, replace(placed, kind=MomentKind.STOOD))), lap) is False


def test_that_the_car_stands_in_the_pits_when_the_lap_is_over_its_document_must_say() -> None:
    """Else the exit behind the line begins no stint for those who read it."""
    race = Race(visits=(stop(3 * LAP_S - 20.0, stand_s=8.0),))
    told = race.seen_by(ADA, (0.0, race.end_s))
    assert whole(told, 3)
    assert not whole(without(told, MomentKind.STOP), 3)


def test_an_exit_that_its_driver_told_in_the_next_lap_is_none_of_this_one() -> None:
    """Who looked on told it a second too early, and thereby in the lap before."""
    early, car = at(MomentKind.EXIT, 3 * LAP_S - 0.5, Vantage.OUTSIDE), at(MomentKind.EXIT, 3 * LAP_S + 0.25)
    watched = LapFacts(3, CYD, moments=(early,))
    assert whole([*SEEN, watched], 3), "its document shows it"
    assert whole([*changed(4, moments=(car,)), watched], 3)
