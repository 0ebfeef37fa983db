"""Which visit it is that ends: of a car that is found in the lane, and of one whose tank is fuller on the track."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from race.record.paper_race import BEN, moment
from race.record.test_where_stints_begin import (
    ENTER,
    EXIT,
    LANE,
    OUTSIDE,
    PLACED,
    STALL,
    STOOD,
    TRACK,
    begins,
    happened,
    sight,
)
from teamtactics.model.facts import LapFacts, LineSeen, Place, Sight, Vantage
from teamtactics.model.retold import Told
from teamtactics.race.record.owed import Owing
from teamtactics.race.record.record import Record
from teamtactics.race.record.visits import PitState, follow
from teamtactics.race.record.window import sight_order


@pytest.mark.parametrize(
    ("placed_s", "stood_s", "from_s", "place", "visits"),
    [
        (310.0, 310.1875, 310.0, LANE, 1),  # it may have been in the lane since before the line
        (310.0, 310.25, 310.0, LANE, 2),  # behind the line it came to stand in its stall again
        (310.0, 310.0, 310.1875, LANE, 1),
        (310.0, 310.0, 309.8125, LANE, 1),
        (310.0, 310.0, 310.25, LANE, 2),
        (310.125, 310.0, 310.0, LANE, 2),  # that it stood he did not only find
        (310.0, 310.0, 310.0, STALL, 2),  # to come to the line it had left its stall
    ],
)
def test_who_finds_a_car_in_the_lane_has_not_seen_it_stand_behind_the_line(
    placed_s: float, stood_s: float, from_s: float, place: Place, visits: int
) -> None:
    """It stood in lap 3, as far as a team-mate saw; that it has stood, for all he can know, is told as he gets in."""
    before = happened((ENTER, 210.0), (STOOD, 220.0), vantage=OUTSIDE, member=BEN)
    found = happened((PLACED, placed_s), (STOOD, stood_s), (EXIT, 340.0))
    assert len(begins(before, found, sight(from_s, 339.0, place, LANE))) == visits


def test_a_stop_that_somebody_saw_is_the_one_that_filled_the_tank() -> None:
    """The driver's client was away since lap 2; a team-mate saw the car stand in lap 3."""
    left, found = sight(110.0, 190.0, TRACK, levels=(30.0, 20.0)), sight(460.0, 490.0, TRACK, levels=(40.0, 39.0))
    assert begins(left, found, happened((STOOD, 220.0), vantage=OUTSIDE, member=BEN)) == [3]
    assert begins(left, found) == [2], "else it is told of the lap in which the tank was seen last"


def test_a_stall_of_which_nothing_is_known_lies_behind_the_line_and_somebody_else_may_drive() -> None:
    record = Record()
    record.learn(happened((ENTER, 210.0), (STOOD, 220.0), (ENTER, 310.0)))
    assert (list(record.begins), record.is_stall_first, record.is_alone) == ([3], False, False)


def test_what_a_document_told_that_is_gone_is_as_if_it_had_never_been() -> None:
    record = Record()
    (told,) = happened((STOOD, 220.0))
    assert record.show({3: told}).laps == (3,)
    assert (list(record.laps), record.numbers(3)) == ([3], (1, 3))
    assert record.show({3: None}).laps == (3,)
    assert (list(record.laps), record.lap(3), record.facts(3), record.numbers(3)) == ([], None, [], (1, 3))
    assert record.show({3: None}) == type(record.show({}))()


def test_what_is_learned_costs_the_same_however_much_else_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fact of hours ago is put in its place; the visits are followed again only as long as that tells anything."""
    record, followed = Record(), []
    record.learn([sight(at_s, at_s + 99.0, TRACK, vantage=OUTSIDE) for at_s in range(0, 20_000, 100)])

    def counted(*arguments: Any) -> tuple[PitState, Sequence[int]]:
        followed.append(arguments[1])
        return follow(*arguments)

    monkeypatch.setattr("teamtactics.race.record.record.follow", counted)
    record.learn(happened((ENTER, 9_950.0), vantage=OUTSIDE, member=BEN))
    assert set(followed) <= {99, 100, 101, 102}
    assert 100 in followed


def test_two_who_saw_the_same_and_one_who_knows_who_drove_are_in_some_order() -> None:
    told = [Sight(10.0, 20.0, OUTSIDE, driver) for driver in (BEN, None, 7)]
    assert [each.driver for each in sorted(told, key=sight_order)] == [None, 7, BEN]


def test_an_exit_behind_the_last_that_was_seen_of_the_tank_is_that_of_the_stop() -> None:
    """A team-mate saw it a lap later; the driver's client is back another lap later."""
    left, found = sight(210.0, 240.0, TRACK, levels=(30.0, 20.0)), sight(460.0, 490.0, TRACK, levels=(40.0, 39.0))
    seen_out = happened((ENTER, 295.0), (EXIT, 305.0), vantage=OUTSIDE, member=BEN)
    assert begins(left, seen_out, found) == [4]
    assert begins(left, found) == [3]


def test_from_which_lap_on_a_stint_counts_its_laps() -> None:
    assert Record().numbers(3) == (1, 3)
    found = Record()
    found.learn(happened((PLACED, 120.0), (EXIT, 130.0)))
    assert [found.numbers(lap) for lap in (2, 3)] == [(1, 1), (1, 2)]


def test_what_is_known_of_the_stall_is_not_forgotten_with_a_lap_that_is_left_alone() -> None:
    owing = Owing(is_stall_first=True)
    owing.see(happened((ENTER, 210.0), (STOOD, 220.0), (ENTER, 310.0), (EXIT, 320.0)))
    owing.see([sight(450.0, 460.0, TRACK)])
    owing.tell({3: Told(is_left_alone=True)})
    assert (owing.known.is_stall_first, owing.known.is_alone) == (True, False)


def test_a_lap_keeps_the_name_that_it_was_told_with() -> None:
    record = Record()
    for lap, name in ((2, "Ada Falk"), (7, "A. Falk"), (20, None)):
        line = LineSeen(moment(lap * 100.0), Vantage.CAR, 101, name, None, False)
        record.learn([LapFacts(lap, 101, line=line)])
    assert [each.driver for each in record.completed()] == ["Ada Falk", "A. Falk", "Ada Falk"]
