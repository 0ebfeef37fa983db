"""Put, not driven: resets, garage visits, Active Reset and tows, with what they do to the tank."""

from __future__ import annotations

from typing import Any

import pytest

from race.driving import ADA, BEN, TICK_S, TRACK_M, Car, follow, kinds, known, run_events, seen, session_info
from race.test_witness import Seen
from teamtactics.model.events import RunEventKind
from teamtactics.model.facts import MomentKind
from teamtactics.model.session import SessionEntry

PRACTICE = session_info(team_racing=False, sessions=(SessionEntry(2, "Practice", None, 3600.0),))
TEAM_PRACTICE = session_info(sessions=(SessionEntry(2, "Practice", None, 3600.0),))
RUBBISH: dict[str, Any] = {
    "lap": 0,
    "lap_dist": 0.0,
    "lap_dist_pct": 0.0,
    "on_pit_road": False,
    "speed": 0.0,
    "player_track_surface": -1,
    "player_car_in_pit_stall": False,
}
"""What the tick of a reset shows (SIMULATOR#reset); the tank alone is real."""
STALL: dict[str, Any] = {
    "on_pit_road": True,
    "player_track_surface": 1,
    "player_car_in_pit_stall": True,
    "speed": 0.02,
}


def to_line(car: Car) -> Car:
    """Drive to the line from where the car is."""
    left_m = TRACK_M - 1.0 - car.values["lap_dist"]
    return car.run(max(left_m, 50.0) / 50.0, speed=50.0).set(lap_dist_pct=1.0 - 1.0 / TRACK_M).cross(then_s=6.0)


def in_second_lap(fuel_l: float = 40.0) -> Car:
    return to_line(Car(fuel_level=fuel_l).run(1.0)).run(10.0)


@pytest.mark.some(7)
@pytest.mark.parametrize("from_pct", [0.3, 0.97, 0.998])
@pytest.mark.parametrize("stall_pct", [0.003, 0.03, 0.5, 0.97])
@pytest.mark.parametrize("counts", [False, True])
def test_a_reset_from_anywhere_into_any_stall_is_no_entry_and_no_consumption(
    from_pct: float, stall_pct: float, counts: bool
) -> None:
    car = in_second_lap().set(lap_dist_pct=from_pct).run(TICK_S).once(fuel_level=60.0, **RUBBISH)
    if counts:
        car.set(lap=car.values["lap"] + 1, lap_completed=car.values["lap_completed"] + 1)
    car.set(fuel_level=60.0, lap_dist_pct=stall_pct, **STALL).run(4.0)
    events = follow(to_line(to_line(car.leave_pits()).run(10.0)).frames, PRACTICE)
    assert "pitEnter" not in kinds(events)
    laps = known(events)
    for number in (2, 3) if counts else (2,):
        assert (laps[number].fuel_used_l, laps[number].measured_s) == (None, None), number
        assert laps[number].tally.fuel_added_l == 0.0
        assert laps[number].tally.pit_enter is None
    last = laps[max(laps)]
    assert (last.fuel_used_l, last.tally.fuel_added_l) == (0.0, 0.0)
    assert last.measured_s is not None


@pytest.mark.parametrize("hole_s", [0.2, 1.5])
def test_a_reset_across_the_line_that_takes_the_simulator_a_moment_is_still_one(hole_s: float) -> None:
    car = in_second_lap().set(lap_dist_pct=0.97).run(TICK_S).skip(hole_s).once(fuel_level=60.0, **RUBBISH)
    events = follow(
        to_line(car.set(fuel_level=60.0, lap_dist_pct=0.03, **STALL).run(4.0).leave_pits()).frames, PRACTICE
    )
    assert len(run_events(events, RunEventKind.RESET)) == 1
    lap = known(events)[2]
    assert (lap.fuel_used_l, lap.measured_s, lap.tally.fuel_added_l) == (None, None, 0.0)


@pytest.mark.parametrize("tank_l", [12.0, 39.8, 40.3, 60.0])
def test_a_reset_while_standing_in_the_stall_fills_nothing_and_burns_nothing(tank_l: float) -> None:
    car = in_second_lap().drive_into_pits(4.0).stand_in_stall(5.0).once(fuel_level=tank_l, **RUBBISH)
    events = follow(to_line(car.set(fuel_level=tank_l).run(3.0).leave_pits()).frames, PRACTICE)
    lap = known(events)[2]
    assert (lap.tally.fuel_added_l, lap.fuel_used_l) == (0.0, None)
    assert len(run_events(events, RunEventKind.RESET)) == 1
    assert lap.stint == 2


@pytest.mark.parametrize("tank_l", [12.0, 40.3, 60.0])
@pytest.mark.parametrize("info", [PRACTICE, TEAM_PRACTICE], ids=["alone", "in a team"])
def test_a_visit_to_the_garage_fills_nothing_and_burns_nothing(tank_l: float, info: Any) -> None:
    car = in_second_lap().drive_into_pits(4.0).stand_in_stall(5.0).run(1.0)
    seat = {name: car.values[name] for name in ("is_on_track", "is_on_track_car")}
    car.set(is_in_garage=True, is_on_track=False, is_on_track_car=False).run(20.0)
    car.set(is_in_garage=False, fuel_level=tank_l, **seat).run(5.0)
    lap = known(follow(to_line(car.leave_pits()).frames, info))[2]
    assert (lap.tally.fuel_added_l, lap.fuel_used_l) == (0.0, None)
    assert lap.stint == 2


def test_a_crew_that_fills_before_and_after_a_driver_change_in_practice_is_no_garage() -> None:
    car = in_second_lap().drive_into_pits(4.0).stand_in_stall(5.0)
    ada, car.frames = [*car.frames, *car.out_of_the_car(1.0).frames[-60:]], []
    for step in range(120):
        car.run(fuel_level=40.0 + (step + 1) * 0.05)
    car.run(1.0)
    his = follow(to_line(car.leave_pits()).frames, session_info(me=BEN))
    assert known(follow(ada, TEAM_PRACTICE), his)[2].tally.fuel_added_l == pytest.approx(6.0, abs=0.11)


@pytest.mark.some(5)
@pytest.mark.parametrize(("from_pct", "to_pct"), [(0.7, 0.4), (0.4, 0.7), (0.3, 0.98), (0.98, 0.02), (0.5, 0.52)])
@pytest.mark.parametrize("rubbish", [True, False])
@pytest.mark.parametrize("stored_l", [38.6, 40.0])
def test_a_lap_with_an_active_reset_has_no_start(
    from_pct: float, to_pct: float, rubbish: bool, stored_l: float
) -> None:
    car = in_second_lap().set(lap_dist_pct=from_pct, fuel_level=38.0).run(2.0)
    if rubbish:
        car.once(fuel_level=stored_l, **RUBBISH)
    car.set(lap_dist_pct=to_pct, fuel_level=stored_l, speed=60.0).run(1.0)
    events = follow(to_line(to_line(car).run(10.0)).frames, PRACTICE)
    lap, after = known(events)[2], known(events)[3]
    assert (lap.fuel_used_l, lap.measured_s) == (None, None)
    assert lap.tally.fuel_added_l == 0.0
    assert (lap.stint, after.stint) == (1, 1), "it was not in the pits"
    assert after.fuel_used_l == 0.0
    assert after.measured_s is not None


def test_an_active_reset_through_a_moment_out_of_the_world_is_one_too() -> None:
    car = in_second_lap().set(lap_dist_pct=0.7, fuel_level=38.0).run(2.0)
    car.run(0.5, player_track_surface=-1).set(lap_dist_pct=0.4, fuel_level=39.0, player_track_surface=3).run(1.0)
    lap = known(follow(to_line(car).frames, PRACTICE))[2]
    assert (lap.fuel_used_l, lap.measured_s) == (None, None)


@pytest.mark.parametrize("zero", [{"lap_dist": 0.0}, {"lap_dist_pct": 0.0}, {"lap_dist": 0.0, "fuel_level": 0.0}])
@pytest.mark.parametrize("ticks", [1, 2])
def test_a_distance_that_reads_zero_alone_is_no_jump(zero: dict[str, float], ticks: int) -> None:
    car = in_second_lap().run(5.0)
    for _ in range(ticks):
        car.once(**zero)
    events = follow(to_line(car.run(5.0)).frames, PRACTICE)
    assert known(events)[2].fuel_used_l == 0.0
    assert not any(moment.kind is MomentKind.JUMPED for facts in seen(events) for moment in facts.moments)


@pytest.mark.parametrize("shows_tow", [True, False])
@pytest.mark.parametrize("taker", [ADA, BEN])
def test_escape_on_the_track_in_a_race_is_a_tow_and_its_fuel_is_known(shows_tow: bool, taker: int) -> None:
    car = in_second_lap().set(fuel_level=39.0).run(2.0, speed=0.0)
    hers, car.frames = [*car.frames], []
    car.out_of_the_car(20.0)
    away, car.frames = car.frames, []
    car.set(lap_dist_pct=0.03, player_car_tow_time=30.0 if shows_tow else 0.0, **STALL).run(5.0)
    car.set(player_car_tow_time=0.0).run(2.0)
    for step in range(120):
        car.run(fuel_level=39.0 + (step + 1) * 0.05)
    his = to_line(car.run(1.0).leave_pits().set(fuel_level=44.5)).frames
    if taker == ADA:
        events = [follow([*hers, *away, *his])]
    else:
        events = [follow([*hers, *away]), follow(his, session_info(me=BEN))]
    lap = known(*events)[2]
    assert lap.tally.fuel_added_l == pytest.approx(6.0)
    assert lap.fuel_used_l == pytest.approx(1.5)
    assert lap.measured_s is not None
    assert (lap.stint, lap.stint_lap) == (2, 1)
    assert (lap.tally.pit_enter, lap.tally.stop_moving) == (None, None)


@pytest.mark.parametrize("hole_s", [2.1, 4.0, 8.0])
@pytest.mark.parametrize("where", ["on the way in", "on the way out"])
@pytest.mark.parametrize("alone", [True, False])
def test_what_is_burned_in_the_pit_lane_while_nobody_looks_is_no_other_tank(
    hole_s: float, where: str, alone: bool
) -> None:
    car = in_second_lap().run(2.0, speed=20.0).run(3.0, on_pit_road=True, player_track_surface=2)
    if where == "on the way in":
        car.skip(hole_s).set(fuel_level=40.0 - 0.05 * hole_s).run(3.0)
    car.stand_in_stall(3.0).run(2.0, speed=20.0, player_track_surface=2, player_car_in_pit_stall=False)
    if where == "on the way out":
        car.skip(hole_s).set(fuel_level=40.0 - 0.05 * hole_s).run(3.0)
    events = follow(to_line(car.leave_pits(2.0)).frames, PRACTICE if alone else TEAM_PRACTICE)
    lap = known(events)[2]
    assert "reset" not in kinds(events)
    assert (lap.stint, lap.tally.fuel_added_l) == (2, 0.0)
    assert lap.fuel_used_l == pytest.approx(0.05 * hole_s)


@pytest.mark.parametrize("tank_l", [12.0, 39.8, 40.3, 60.0])
def test_a_recording_shows_no_garage_but_another_tank_in_a_car_left_standing(tank_l: float) -> None:
    car = in_second_lap().set(is_in_garage=None).drive_into_pits(4.0).stand_in_stall(5.0).skip(20.0)
    lap = known(follow(to_line(car.set(fuel_level=tank_l).run(5.0).leave_pits()).frames, PRACTICE))[2]
    assert (lap.tally.fuel_added_l, lap.fuel_used_l, lap.stint) == (0.0, None, 2)


@pytest.mark.parametrize("burned_l", [0.0014, 0.4])
@pytest.mark.parametrize("found", [{"speed": 0.02}, {"speed": 0.6}])
def test_a_car_that_may_have_been_put_into_its_stall_while_nobody_looked_has_used_nobody_knows_what(
    burned_l: float, found: dict[str, Any]
) -> None:
    car = in_second_lap().skip(8.0).set(lap_dist_pct=0.03, fuel_level=40.0 - burned_l, **{**STALL, **found}).run(3.0)
    lap = known(follow(to_line(car.leave_pits()).frames, PRACTICE))[2]
    assert (lap.tally.fuel_added_l, lap.fuel_used_l) == (0.0, None)


def test_a_car_that_somebody_saw_drive_in_has_used_what_is_missing() -> None:
    car = in_second_lap()
    at_s = car.values["session_time"]
    car.skip(8.0).set(lap_dist_pct=0.97, fuel_level=39.6, **STALL).run(3.0)
    watcher = Seen(car_lap=2, car_lap_completed=1, session_time=at_s - 5.0).run(4.0)
    watcher.run(3.0, car_track_surface=2).run(7.5, car_on_pit_road=True).run(4.0, car_track_surface=1)
    events = follow(to_line(car.leave_pits(1.0)).frames, TEAM_PRACTICE)
    info = session_info(me=BEN, in_car=ADA, sessions=TEAM_PRACTICE.sessions)
    lap = known(events, follow(watcher.frames, info))[2]
    assert lap.fuel_used_l == pytest.approx(0.4)


@pytest.mark.parametrize("hole_s", [8.0, 12.0])
def test_a_car_found_in_the_lane_may_have_been_put_into_its_stall_before(hole_s: float) -> None:
    car = in_second_lap().skip(hole_s).set(lap_dist_pct=0.03, on_pit_road=True, player_track_surface=2)
    lap = known(follow(to_line(car.set(fuel_level=39.96, speed=20.0).run(3.0).leave_pits()).frames, PRACTICE))[2]
    assert (lap.tally.fuel_added_l, lap.fuel_used_l) == (0.0, None)


@pytest.mark.parametrize("hole_s", [2.1, 4.0])
@pytest.mark.parametrize("is_race", [True, False])
def test_a_client_that_is_away_while_the_car_vanishes_from_the_track_knows_that_it_was_put(
    hole_s: float, is_race: bool
) -> None:
    car = in_second_lap().skip(hole_s).out_of_the_car(6.0)
    car.set(lap_dist_pct=0.03, fuel_level=40.0 if is_race else 60.0, **STALL).run(3.0)
    events = follow(to_line(car.leave_pits()).frames, session_info() if is_race else PRACTICE)
    lap = known(events)[2]
    assert (lap.measured_s is not None, lap.fuel_used_l) == ((True, 0.0) if is_race else (False, None))
    assert lap.stint == 2
    assert lap.tally.fuel_added_l in (0.0, None)


def test_a_client_that_is_away_long_enough_to_drive_in_does_not_know_that_the_car_was_put() -> None:
    car = in_second_lap().skip(10.0).out_of_the_car(6.0).set(lap_dist_pct=0.97, fuel_level=39.5, **STALL).run(3.0)
    assert known(follow(to_line(car.leave_pits(1.0)).frames, PRACTICE))[2].measured_s is not None


def test_a_stop_in_the_first_lap_that_nobody_saw_begin_is_none_in_the_garage() -> None:
    car = to_line(Car(lap=0, lap_completed=-1, fuel_level=40.0).run(1.0)).run(10.0).skip(8.0)
    car.set(on_pit_road=True, player_track_surface=2, speed=20.0, lap_dist_pct=0.95).run(3.0)
    car.skip(8.0).set(**STALL).run(3.0).skip(8.0).set(pit_sv_flags=31)
    car.run(1.0, speed=20.0, player_track_surface=2, player_car_in_pit_stall=False)
    lap = known(follow(to_line(car.leave_pits(1.0)).frames, PRACTICE))[1]
    assert lap.pit_sv_flags != 31, "it is re-armed behind the stop"


@pytest.mark.parametrize("away_s", [1.0, 30.0])
@pytest.mark.parametrize("tank_l", [40.0, 60.0])
@pytest.mark.parametrize("info", [PRACTICE, TEAM_PRACTICE])
def test_a_car_left_in_the_pit_lane_is_put_into_its_stall(away_s: float, tank_l: float, info: Any) -> None:
    car = in_second_lap().run(2.0, speed=20.0).run(3.0, on_pit_road=True, player_track_surface=2)
    car.out_of_the_car(away_s).set(fuel_level=tank_l, **STALL).run(4.0)
    events = follow(to_line(car.leave_pits()).frames, info)
    lap = known(events)[2]
    assert (lap.fuel_used_l, lap.measured_s, lap.tally.fuel_added_l) == (None, None, 0.0)
    assert (lap.tally.pit_enter is None, lap.tally.stop_moving, lap.stint) == (False, None, 2)


def test_a_car_left_in_its_stall_and_entered_again_with_the_same_tank_goes_on_with_its_lap() -> None:
    car = in_second_lap().drive_into_pits(4.0).stand_in_stall(3.0)
    car.out_of_the_car(20.0).set(**STALL).run(4.0)
    lap = known(follow(to_line(car.leave_pits()).frames, TEAM_PRACTICE))[2]
    assert (lap.fuel_used_l, lap.tally.fuel_added_l, lap.stint) == (0.0, 0.0, 2)
    assert lap.measured_s is not None


@pytest.mark.parametrize("rubbish_ticks", [1, 2])
def test_who_gets_in_while_the_car_is_towed_tells_of_it_at_his_first_good_tick(rubbish_ticks: int) -> None:
    car = in_second_lap().out_of_the_car(5.0)
    for _ in range(rubbish_ticks):
        car.once(**{**RUBBISH, "player_car_tow_time": 30.0})
    in_s = car.values["session_time"] + TICK_S
    car.set(lap_dist_pct=0.03, player_car_tow_time=30.0, **STALL).run(2.0)
    (tow,) = run_events(follow(car.frames), RunEventKind.TOW)
    assert tow.at.session_time_s == pytest.approx(in_s, abs=0.001)
