"""Which visit an exit ends that nobody saw, or that somebody saw in a tick in which all else was seen last."""

from __future__ import annotations

from dataclasses import replace

import pytest

from race.record.paper_race import ADA, BEN, moment
from race.record.test_where_stints_begin import (
    AWAY,
    CAR,
    ENTER,
    EXIT,
    LANE,
    OUTSIDE,
    PLACED,
    RESET,
    STALL,
    STOOD,
    TOWED,
    TRACK,
    begins,
    happened,
    sight,
)
from teamtactics.model.facts import LapFacts, LineSeen, MomentKind, Place

STOPPED = happened((ENTER, 210.0), (STOOD, 220.0))
GONE = sight(210.0, 240.0, TRACK, LANE, levels=(30.0, 20.0))


def test_whoever_is_seen_in_the_lane_behind_a_second_line_drives_through_it() -> None:
    assert begins(STOPPED, sight(450.0, 460.0, LANE), happened((EXIT, 470.0))) == [3]
    assert begins(STOPPED, sight(450.0, 460.0, LANE), happened((STOOD, 465.0), (EXIT, 470.0))) == [3, 5]
    assert begins(STOPPED, sight(350.0, 360.0, LANE), happened((EXIT, 370.0))) == [4], "it is still the same visit"


def test_a_fuller_car_that_has_crossed_one_line_in_the_pits_is_still_there_for_the_same_stop() -> None:
    stall = sight(225.0, 240.0, STALL, levels=(30.0, 30.0), stood=True)
    for lane_s, laps in ((350.0, [4]), (450.0, [3])):
        found = sight(lane_s, lane_s + 5.0, LANE, levels=(40.0, 39.0))
        assert begins(STOPPED, stall, found, happened((EXIT, lane_s + 10.0))) == laps


def test_who_is_found_fuller_in_the_pits_has_stopped_again_unless_he_left_behind_what_was_seen_of_his_tank() -> None:
    """An exit in the very tick in which his tank was seen last is not behind it."""
    found = sight(360.0, 390.0, STALL, levels=(40.0, 39.0), stood=True)
    for exit_s, laps in ((240.0, [3, 4]), (240.25, [3])):
        left = happened((ENTER, 210.0), (STOOD, 220.0), (EXIT, exit_s))
        assert begins(left, GONE, found, happened((EXIT, 399.0))) == laps
        soon = sight(260.0, 280.0, STALL, levels=(40.0, 39.0), stood=True)
        assert len(begins(left, GONE, soon, happened((EXIT, 290.0)))) == len(laps)


@pytest.mark.parametrize(("exit_s", "laps"), [(240.0, [3, 4]), (240.25, [3])])
def test_where_the_line_comes_before_the_exit_a_stop_that_the_tank_proves_ended_behind_it(
    exit_s: float, laps: list[int]
) -> None:
    left = happened((ENTER, 210.0), (STOOD, 220.0), (EXIT, exit_s))
    found = sight(360.0, 390.0, TRACK, levels=(40.0, 39.0))
    assert begins(left, GONE, found, is_stall_first=True) == laps


def test_where_the_tank_proves_a_stop_somebody_may_have_seen_the_exit_from_it() -> None:
    """It has left in the lap in which it was seen to leave, wherever the stall lies."""
    found = sight(460.0, 490.0, TRACK, levels=(40.0, 39.0))
    for exit_s, laps in ((280.0, [3]), (320.0, [4]), (420.0, [5])):
        for is_stall_first in (False, True):
            assert begins(GONE, happened((EXIT, exit_s)), found, is_stall_first=is_stall_first) == laps


def test_that_it_came_to_rest_where_somebody_got_in_is_not_how_it_was_found() -> None:
    before = sight(110.0, 190.0, TRACK, levels=(50.0, 49.0))
    found = sight(220.0, 250.0, STALL, LANE, levels=(49.0, 48.0), stood=True)
    assert begins(before, happened((MomentKind.STOP, 220.0), (EXIT, 255.0)), found) == []
    assert begins(before, happened((PLACED, 220.0), (EXIT, 255.0)), found) == [3]


def test_a_car_that_was_towed_and_left_is_on_no_tow_any_more() -> None:
    towed = happened((TOWED, 220.0), (EXIT, 240.0))
    assert begins(towed, happened((TOWED, 260.0)), sight(265.0, 270.0, TRACK)) == [3]
    assert begins(towed, happened((STOOD, 260.0)), sight(265.0, 270.0, TRACK)) == [3, 3]
    assert begins(happened((RESET, 220.0)), sight(225.0, 230.0, TRACK)) == [3]
    assert begins(happened((RESET, 220.0)), sight(225.0, 230.0, AWAY)) == []


def with_levels(seen: LapFacts, first_l: float | None, last_l: float | None) -> LapFacts:
    return replace(seen, sights=(replace(seen.sights[0], fuel_first_l=first_l, fuel_last_l=last_l),))


def test_a_tank_of_which_only_one_end_was_seen_proves_nothing_and_is_not_compared_with() -> None:
    found = sight(280.0, 290.0, TRACK, levels=(40.0, 39.0))
    between = sight(260.0, 270.0, TRACK)
    for first_l, last_l in ((None, 39.9), (39.9, None), (None, None)):
        assert begins(GONE, with_levels(between, first_l, last_l)) == []
        assert begins(GONE, with_levels(between, first_l, last_l), found) == [3]
    assert begins(GONE, with_levels(between, 20.0, 39.9), found) == []


def test_only_what_was_seen_behind_it_is_compared_with_a_tank() -> None:
    at_once = sight(240.0, 290.0, TRACK, levels=(40.0, 39.0))
    assert begins(GONE, at_once) == [], "two saw it in one tick, one of whom is wrong"
    drained = sight(210.0, 240.0, TRACK, levels=(10.0, 0.0))
    for level_l, laps in ((0.3, []), (0.301, [3])):
        assert begins(drained, sight(260.0, 290.0, TRACK, levels=(level_l, 0.0))) == laps
    longer, within = sight(210.0, 290.0, TRACK, levels=(30.0, 20.0)), sight(220.0, 230.0, TRACK, levels=(28.0, 27.0))
    other = replace(within, member=BEN)
    assert begins(longer, other, sight(295.0, 299.0, TRACK, levels=(26.0, 26.0))) == [3]


@pytest.mark.parametrize(
    ("place", "from_line", "on_pit_road", "laps"),
    [
        (AWAY, True, True, [4]),  # who is not in the world at the line was where the lap before ended
        (AWAY, True, False, [3]),
        (AWAY, False, True, [3]),
        (LANE, True, False, [4]),
        (TRACK, True, True, [3]),
    ],
)
def test_where_a_fuller_car_was_found_at_the_line(
    place: Place, from_line: bool, on_pit_road: bool, laps: list[int]
) -> None:
    line = LapFacts(3, BEN, line=LineSeen(moment(300.0), CAR, ADA, None, None, on_pit_road))
    found = sight(300.0, 390.0, place, LANE, levels=(40.0, 39.0))
    found = replace(found, sights=(replace(found.sights[0], from_line=from_line),))
    assert begins(GONE, line, found, happened((EXIT, 395.0))) == laps


def test_who_is_sure_only_some_ticks_later_that_he_drives_guessed_that_it_had_stood() -> None:
    """First seen in the lane: what he took for a stop behind the line may be the one before it."""
    before = [sight(-95.0, -90.0, TRACK), *happened((STOOD, -80.0))]
    for sure_s, laps in ((0.2, [1]), (0.25, [1, 1])):
        found = sight(0.0, 5.0, LANE)
        assert begins(before, found, happened((PLACED, 0.0), (STOOD, sure_s), (EXIT, 10.0))) == laps
    assert begins(before, sight(0.0, 5.0, STALL), happened((PLACED, 0.0), (STOOD, 0.2), (EXIT, 10.0))) == [0, 1]
    watched = happened((PLACED, 0.0), (STOOD, 0.2), vantage=OUTSIDE, member=BEN)
    assert begins(before, sight(0.0, 5.0, LANE), watched, happened((EXIT, 10.0))) == [1, 1]


def test_of_what_was_seen_in_one_tick_the_car_stood_first_and_was_out_last() -> None:
    assert begins(happened((STOOD, 220.0), (EXIT, 220.0))) == [3]
    assert begins(STOPPED, sight(310.0, 320.0, TRACK), happened((EXIT, 310.0))) == [4], "an exit that was seen"
    assert begins(happened((STOOD, 20.0), (EXIT, 40.0))) == [], "out of the garage"
