"""Where a lap, a visit and a way out of the pits begin anew, and what the one before leaves behind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from race.driving import ADA, session_info
from race.test_found import LANE, LEFT_S, STALL, frame, left, stopped
from race.test_seldom import on_road, paced
from teamtactics.model.events import RunEventKind
from teamtactics.model.facts import LineSeen, MomentKind, Place, Sight, Vantage
from teamtactics.model.records import Moment
from teamtactics.race.eyes.laps import PendingLap
from teamtactics.race.eyes.notes import Happened, LapOver, Noticed
from teamtactics.race.eyes.seat import (
    hides_line,
    leave_seat,
    lose_simulator,
    set_back,
    silent_for_s,
    take_seat,
    waits_for_counter,
)
from teamtactics.race.eyes.sights import look_from_car, part, place_of, take_up, with_levels
from teamtactics.race.eyes.telling import SightUnderWay, Telling

TRACK: dict[str, Any] = {"on_pit_road": False, "player_track_surface": 3, "speed": 50.0}
FOUND_S = 620.0


@pytest.mark.parametrize(("grass_s", "told"), [(3.125, ["enter"]), (3.1875, ["enter", "exit"])])
def test_each_way_out_over_the_grass_takes_its_three_seconds(grass_s: float, told: list[str]) -> None:
    """Whoever is beside the lane for a moment has not left the pits because he did so a stop ago."""
    track: dict[str, Any] = {"speed": 20.0, "on_pit_road": False, "player_track_surface": 3}
    lane: dict[str, Any] = {"on_pit_road": True, "player_track_surface": 2}
    road = on_road()
    assert [kind for kind, _ in paced(road, (1.0, {"speed": 20.0}), (1.0, track))] == ["exit"]
    road.visit = road.moving_since_s = None
    again = paced(road, (2.0, track), (2.0, lane), (grass_s, {"on_pit_road": False, "player_track_surface": 0}))
    assert [kind for kind, _ in again] == told


def test_laps_that_read_0_where_the_seat_is_taken_do_not_say_that_it_is_the_lap_it_was_left_in() -> None:
    """Ada left it in lap 1; Ben has driven since, and is back in the pits in lap 4."""
    visit = stopped()
    eyes = left(LANE, visit=visit, last={"lap_completed": 0, "lap_dist_pct": 0.25}, place=Place.LANE)
    eyes.counter.value = 3
    take_seat(eyes, frame(FOUND_S, **{**LANE, "lap_completed": 0, "lap_dist_pct": 0.8125}), [])
    assert eyes.pits.visit is visit


@pytest.mark.parametrize(
    ("since_line_s", "laps", "changes", "waits"),
    [
        (30.0, 5, {}, True),
        (5.0, 5, {}, True),
        (4.75, 5, {}, False),  # until then the time of the lap before was still to come
        (None, 5, {}, False),
        (30.0, 6, {}, False),  # of the two lines the later one's time is on show
        (30.0, 6, {"last": {"lap_completed": 5}}, False),
        (30.0, 5, {"last": {"lap_completed": 5}}, False),  # it had stepped before nobody looked
        (30.0, 5, {"place": Place.TRACK}, False),  # somebody looked, and saw no line
        (30.0, 5, {"pending": (PendingLap(Telling(4), frame(LEFT_S)),)}, False),  # that lap's time is still to come
    ],
)
def test_a_lap_whose_end_lies_in_a_hole_waits_for_the_time_that_is_on_show(
    since_line_s: float | None, laps: int, changes: dict[str, Any], waits: bool
) -> None:
    eyes, out = left(TRACK, **changes), list[Noticed]()
    eyes.counter.crossing_s = None if since_line_s is None else LEFT_S - since_line_s
    take_seat(eyes, frame(FOUND_S, **{**TRACK, "lap_completed": laps}), out)
    assert (5 in [pending.telling.lap for pending in eyes.pending]) is waits
    assert [each.telling.lap for each in out if isinstance(each, LapOver)] == ([] if waits else [5])
    assert eyes.under_way.lap == laps + 1


@pytest.mark.parametrize(("car_laps", "waits"), [(None, True), (-1, True), (0, True), (1, False)])
def test_laps_that_read_0_where_the_seat_is_taken_are_waited_for_unless_others_see_more(
    car_laps: int | None, waits: bool
) -> None:
    eyes = left(STALL, is_team=False)
    eyes.counter.value = None
    shown = frame(FOUND_S, **{**STALL, "speed": 0.0, "lap_completed": 0, "car_lap_completed": car_laps})
    assert waits_for_counter(eyes, shown) is waits


@pytest.mark.parametrize(("was_reset", "hides"), [(False, True), (True, False)])
def test_behind_a_tick_of_rubbish_a_car_before_and_behind_the_line_has_not_crossed_it(
    was_reset: bool, hides: bool
) -> None:
    """SIMULATOR#reset: it was put there."""
    eyes = left(TRACK)
    eyes.position.pct, eyes.position.is_reset = 0.98, was_reset
    assert hides_line(eyes, frame(FOUND_S, **{**TRACK, "lap_dist_pct": 0.03})) is hides


def test_a_car_in_its_stall_is_in_the_pits_also_in_a_hole_of_the_flag() -> None:
    eyes = left(TRACK)
    take_seat(eyes, frame(FOUND_S, **{**STALL, "on_pit_road": False, "speed": 0.0}), [])
    assert eyes.pits.visit is not None


@pytest.mark.parametrize(
    ("shown", "known", "car_laps", "lap"),
    [
        (6, 4, None, 7),
        (1, 4, None, 2),  # what the seat tells is believed,
        (0, 4, None, 5),  # but 0 is what nobody has set: laps that were seen are not taken back
        (None, 4, None, 5),
        (-1, 4, None, 5),
        (0, 4, 6, 7),
        (0, 6, 4, 7),
        (None, None, 6, 7),
        (0, None, 0, 1),
        (None, None, None, 1),
        (-1, None, None, 0),  # the formation or out lap
        (-1, None, -1, 0),
        (-1, None, 0, 0),
        (-1, -1, -1, 0),
    ],
)
def test_who_takes_the_seat_is_in_the_lap_behind_the_most_that_anybody_has_seen(
    shown: int | None, known: int | None, car_laps: int | None, lap: int
) -> None:
    eyes = left(TRACK)
    eyes.counter.value, eyes.counter.odd_ticks = known, 2
    eyes.lap = None if known is None else Telling(known + 1)
    take_seat(eyes, frame(FOUND_S, **{**TRACK, "lap_completed": shown, "car_lap_completed": car_laps}), [])
    assert (eyes.under_way.lap, eyes.counter.value, eyes.counter.odd_ticks) == (lap, lap - 1, 0)


@pytest.mark.parametrize("is_visiting", [True, False])
def test_an_exit_that_nobody_saw_makes_the_state_due(is_visiting: bool) -> None:
    out = list[Noticed]()
    eyes = left(LANE, visit=stopped() if is_visiting else None)
    take_seat(eyes, frame(FOUND_S, **TRACK), out)
    assert [each.kind for each in out if isinstance(each, Happened)] == [RunEventKind.STATE_DUE] * is_visiting
    assert eyes.pits.visit is None


@pytest.mark.parametrize(("place", "since_s"), [(None, FOUND_S - 1.0), (Place.TRACK, None)])
def test_a_car_that_moves_where_nobody_looked_was_driven_there(place: Place | None, since_s: float | None) -> None:
    """A car that somebody saw until its seat was taken was left standing: it has yet to be driven."""
    eyes = left(TRACK, place=place)
    take_seat(eyes, frame(FOUND_S, **TRACK), [])
    assert eyes.pits.moving_since_s == since_s


@pytest.mark.parametrize(
    ("visit", "told"),
    [
        ({}, [RunEventKind.STOP_MOVING, RunEventKind.DRIVER_LEFT]),
        ({"slow_since": None}, [RunEventKind.DRIVER_LEFT]),  # it rolls
        ({"is_standing": True}, [RunEventKind.DRIVER_LEFT]),  # told
        ({"has_driven": False}, [RunEventKind.DRIVER_LEFT]),  # it was put there
    ],
)
def test_who_gets_out_of_a_car_that_has_just_come_to_rest_has_stopped_there(
    visit: dict[str, Any], told: list[RunEventKind]
) -> None:
    """He will see no more of it: it need not stand for the half second."""
    values = {"is_standing": False, "slow_since": Moment(LEFT_S - 0.25, None), **visit}
    eyes, out = left(STALL, visit=stopped(**values)), list[Noticed]()
    eyes.seat.is_driving = True
    for _ in range(3):
        assert out == []
        leave_seat(eyes, out)
    assert [each.kind for each in out if isinstance(each, Happened)] == told
    assert not eyes.seat.is_driving


def test_who_gets_in_again_at_once_has_to_sit_for_three_ticks_as_well() -> None:
    eyes = left(TRACK)
    eyes.seat.is_driving, eyes.seat.on_ticks = True, 2
    for _ in range(3):
        leave_seat(eyes, [])
    assert (eyes.seat.is_driving, eyes.seat.on_ticks) == (False, 0)


LINE = LineSeen(Moment(LEFT_S, None), Vantage.OUTSIDE)


def waiting(line: LineSeen | None) -> PendingLap:
    return PendingLap(Telling(4, line=line), frame(LEFT_S), settles_s=FOUND_S)


@pytest.mark.parametrize(
    ("line", "waits"),
    [
        (LINE, False),  # whoever is in it when somebody looks again need not have driven over that line
        (replace(LINE, driver=202), True),
        (replace(LINE, vantage=Vantage.CAR), True),
        (None, True),
    ],
)
def test_behind_a_lost_connection_the_text_names_nobody_for_a_line_before_it(
    line: LineSeen | None, waits: bool
) -> None:
    eyes = left(TRACK, pending=(waiting(line),))
    lose_simulator(eyes)
    assert eyes.pending[0].settles_s == (FOUND_S if waits else 0.0)


def test_a_clock_that_is_set_back_lets_everything_wait_as_long_as_before() -> None:
    eyes = left(TRACK, pending=(waiting(LINE),), state_s=LEFT_S)
    eyes.counter.crossing_s = eyes.pits.moving_since_s = eyes.outside.driven_since_s = LEFT_S
    eyes.outside.away_from_s, eyes.outside.away_until_s = LEFT_S, FOUND_S
    set_back(eyes, 8.0)
    at_s = LEFT_S - 8.0
    assert (eyes.counter.crossing_s, eyes.pits.moving_since_s, eyes.outside.driven_since_s) == (at_s, at_s, at_s)
    assert (eyes.outside.away_from_s, eyes.outside.away_until_s, eyes.state_s) == (at_s, FOUND_S - 8.0, at_s)
    assert (eyes.pending[0].at_line.session_time, eyes.pending[0].settles_s) == (at_s, FOUND_S - 8.0)


def test_where_the_text_does_not_name_the_car_nobody_is_silent_in_it() -> None:
    eyes = left(TRACK)
    eyes.outside.driven_since_s = LEFT_S
    assert silent_for_s(eyes, session_info(in_car=202), None) == FOUND_S - LEFT_S
    assert silent_for_s(eyes, session_info(own=None), None) == 0.0


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_car_found_behind_the_pit_lane_is_in_it_while_that_may_be_a_hole_of_the_flag(is_kept: bool) -> None:
    eyes, exit_road = left(LANE), {"on_pit_road": False, "player_track_surface": 2}
    eyes.pits.kept = stopped() if is_kept else None
    assert place_of(eyes, frame(FOUND_S, **exit_road)) is (Place.LANE if is_kept else Place.TRACK)


def test_a_stretch_in_the_car_begins_with_what_its_first_tick_shows() -> None:
    eyes = left(STALL)
    look_from_car(eyes, frame(FOUND_S, **{**STALL, "speed": 0.0}), at_s=FOUND_S - 0.25)
    assert eyes.under_way.sight is not None
    began = Sight(
        FOUND_S - 0.25, FOUND_S - 0.25, Vantage.CAR, ADA, Place.STALL, Place.STALL, True, True, 40.0, 40.0, 0.0, False
    )
    assert eyes.under_way.sight.told() == began


def test_a_stretch_goes_on_with_the_ticks_of_who_watches_it() -> None:
    """What was seen from the car until now says nothing of what somebody sees from outside."""
    for vantage, until_s, place in ((Vantage.CAR, LEFT_S, Place.STALL), (Vantage.OUTSIDE, 450.0, Place.TRACK)):
        eyes = left(STALL)
        eyes.under_way.sight = SightUnderWay(vantage, 440.0, ADA, Place.TRACK, 450.0, Place.TRACK)
        take_up(eyes)
        assert (eyes.under_way.sight.until_s, eyes.under_way.sight.place_last) == (until_s, place)


@pytest.mark.parametrize("is_line", [True, False, None])
def test_a_lap_is_parted_in_one_tick_which_is_the_first_behind_the_line(is_line: bool | None) -> None:
    eyes, now = left(TRACK), frame(FOUND_S, **TRACK)
    look_from_car(eyes, frame(LEFT_S, **TRACK))
    ended = part(eyes, now) if is_line is None else part(eyes, now, is_line=is_line)
    assert (ended.lap, ended.sight, ended.sights[-1].until_s) == (5, None, FOUND_S)
    assert eyes.under_way.sight is not None
    assert (eyes.under_way.lap, eyes.under_way.sight.from_s) == (6, FOUND_S)
    assert eyes.under_way.sight.from_line is (is_line is not False)


def test_what_the_tick_of_the_line_does_not_show_the_one_before_it_has_shown() -> None:
    """SIMULATOR#unset: what nobody has set in a tick reads 0."""
    before = frame(LEFT_S, track_temp=31.0, session_flags=4, lap_last_lap_time=60.0, air_temp=0.0, track_wetness=None)
    line = frame(FOUND_S, track_temp=0.0, session_flags=8, lap_last_lap_time=0.0, air_temp=21.0, track_wetness=0)
    shown = with_levels(line, before)
    assert (shown.track_temp, shown.session_flags, shown.lap_last_lap_time) == (31.0, 8, 60.0)
    assert (shown.air_temp, shown.track_wetness, shown.session_time) == (21.0, 0, FOUND_S)
    assert with_levels(line, None) == line
    assert with_levels(frame(FOUND_S, track_temp=None), before).track_temp is None, "this build does not tell it"


def test_who_has_not_sat_in_the_car_before_does_not_know_that_it_was_put_into_its_stall() -> None:
    """It was out of the world while he watched; where it was before that somebody else may tell."""
    eyes = left(STALL)
    eyes.last, eyes.outside.away_from_s = None, FOUND_S - 10.0
    take_seat(eyes, frame(FOUND_S, **{**STALL, "speed": 0.0}), [])
    assert eyes.pits.visit is not None
    assert eyes.pits.visit.came is MomentKind.PLACED
