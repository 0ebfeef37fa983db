"""Pit road, stops, stints, tow and reset."""

from __future__ import annotations

from typing import Any

import pytest

from race.driving import TICK_S, TRACK_M, Car, follow, kinds, laps, run_events
from teamtactics.model.events import Event, RunEventKind

STOP = ["driver", "pitEnter", "stopMoving", "startMoving", "pitExit"]


def on_track(**values: Any) -> Car:
    """A car in the middle of its second lap, driving."""
    return Car(**values).run(1.0).lap(then_s=20.0)


def end_of(car: Car) -> list[Event]:
    return follow(car.lap(30.0, then_s=1.0).frames)


def test_a_stop_has_its_four_moments_on_both_clocks_within_a_tick() -> None:
    car = on_track()
    car.run(2.0, speed=20.0)
    enter = car.values["session_time"] + TICK_S
    car.set(session_time_of_day=51_000.0).run(10.0, on_pit_road=True, player_track_surface=2)
    stop = car.values["session_time"] + TICK_S
    car.set(session_time_of_day=51_010.0).stand_in_stall(12.0)
    start = car.values["session_time"]
    car.run(8.0, speed=20.0, player_track_surface=2, player_car_in_pit_stall=False)
    leave = car.values["session_time"] + TICK_S
    car.run(1.0, on_pit_road=False, player_track_surface=3)
    tally = laps(end_of(car))[1].tally
    moments = (tally.pit_enter, tally.stop_moving, tally.start_moving, tally.pit_exit)
    assert [at.session_time_s for at in moments if at] == pytest.approx([enter, stop, start, leave], abs=1e-6)
    assert tally.pit_enter and tally.pit_enter.time_of_day_s == 51_000.0
    assert tally.stop_moving and tally.stop_moving.time_of_day_s == 51_010.0


def test_the_exit_after_standing_in_the_stall_begins_the_next_stint() -> None:
    car = on_track().drive_into_pits().stand_in_stall().leave_pits()
    events = end_of(car)
    assert kinds(events) == STOP
    assert [(lap.stint, lap.stint_lap) for lap in laps(events)] == [(1, 1), (2, 1)]


def test_a_stall_behind_the_line_ends_the_in_lap_in_the_old_stint_and_moments_fall_into_their_laps() -> None:
    car = on_track().set(lap_dist=TRACK_M - 121.0).drive_into_pits(4.0).cross(then_s=2.0).stand_in_stall().leave_pits()
    events = end_of(car)
    first, in_lap, out_lap = laps(events)
    assert [(lap.stint, lap.stint_lap) for lap in (first, in_lap, out_lap)] == [(1, 1), (1, 2), (2, 1)]
    assert in_lap.on_pit_road is True
    assert in_lap.tally.pit_enter is not None
    assert in_lap.tally.pit_exit is None
    assert out_lap.tally.pit_enter is None
    assert None not in (out_lap.tally.stop_moving, out_lap.tally.start_moving, out_lap.tally.pit_exit)


def test_a_drive_through_has_its_moments_and_begins_no_stint() -> None:
    events = end_of(on_track().drive_into_pits(15.0).leave_pits(0.1))
    assert kinds(events) == ["driver", "pitEnter", "pitExit"]
    assert [lap.stint for lap in laps(events)] == [1, 1]
    assert laps(events)[1].tally.pit_exit is not None


def test_standing_on_pit_road_but_not_in_the_stall_is_a_stop_without_a_new_stint() -> None:
    car = on_track().drive_into_pits().run(5.0, speed=0.0).leave_pits()
    events = end_of(car)
    assert "stopMoving" in kinds(events)
    assert [lap.stint for lap in laps(events)] == [1, 1]


def test_noise_and_rebound_at_rest_are_one_stop() -> None:
    """SIMULATOR#speed: noise to 0.10 m/s, a rebound after braking to 0.386."""
    car = on_track().drive_into_pits().stand_in_stall(1.0)
    car.run(0.3, speed=0.386).run(0.5, speed=0.09).run(0.2, speed=0.7).run(5.0, speed=0.01).leave_pits()
    assert kinds(end_of(car)) == STOP


def test_creeping_into_the_stall_keeps_the_first_stop_and_the_last_start() -> None:
    car = on_track().drive_into_pits()
    first = car.values["session_time"] + TICK_S
    car.run(2.0, speed=0.0).run(1.0, speed=1.5).stand_in_stall(5.0)
    last = car.values["session_time"]
    car.leave_pits()
    tally = laps(end_of(car))[1].tally
    assert tally.stop_moving and tally.stop_moving.session_time_s == pytest.approx(first)
    assert tally.start_moving and tally.start_moving.session_time_s == pytest.approx(last)


def test_leaving_the_garage_is_no_pit_stop() -> None:
    car = Car(lap=0, lap_completed=-1, on_pit_road=True, player_track_surface=1, player_car_in_pit_stall=True)
    car.run(10.0, speed=0.01).leave_pits().cross(lap_time=None).run(20.0)
    events = end_of(car)
    assert [lap.stint for lap in laps(events)] == [1]
    assert "pitEnter" not in kinds(events)


def test_a_car_out_of_the_world_neither_leaves_nor_enters_pit_road() -> None:
    car = on_track().drive_into_pits().stand_in_stall(3.0)
    car.run(3.0, player_track_surface=-1, on_pit_road=False, speed=0.0, lap_dist=-1.0, lap_dist_pct=-1.0)
    car.set(lap_dist=300.0, lap_dist_pct=0.1, on_pit_road=True).stand_in_stall(3.0).leave_pits()
    assert kinds(end_of(car)) == STOP


def test_pit_road_that_flickers_for_two_ticks_is_nothing() -> None:
    car = on_track(speed=20.0).once(on_pit_road=True).once(on_pit_road=True).run(2.0)
    assert kinds(end_of(car)) == ["driver"]


def test_a_tow_has_no_entry_keeps_its_greatest_time_and_the_exit_begins_a_stint() -> None:
    car = on_track().run(2.0, speed=0.0)
    car.run(0.1, player_car_tow_time=90.0).run(0.1, player_car_tow_time=120.0)
    car.run(5.0, player_track_surface=-1, player_car_tow_time=100.0, lap_dist=-1.0, lap_dist_pct=-1.0)
    car.set(lap_dist=300.0, lap_dist_pct=0.1, on_pit_road=True, player_car_tow_time=1.0).stand_in_stall(3.0)
    car.set(player_car_tow_time=0.0, pit_repair_left=60.0).run(1.0).run(1.0, pit_repair_left=45.0)
    car.set(pit_repair_left=0.0, pit_opt_repair_left=20.0).run(1.0).set(pit_opt_repair_left=0.0).leave_pits()
    events = follow(car.lap(30.0, lap_time=-1.0, then_s=1.0).frames)
    assert kinds(events) == ["driver", "tow", "startMoving", "pitExit"]
    lap = laps(events)[1]
    assert (lap.tally.tow_s, lap.tally.repair_s, lap.tally.optional_repair_s) == (120.0, 60.0, 20.0)
    assert (lap.tally.pit_enter, lap.tally.stop_moving, lap.official_s) == (None, None, None)
    assert (lap.stint, lap.stint_lap) == (2, 1)
    assert lap.fuel_used_l is not None


def test_a_tow_with_on_pit_road_still_false_is_seen() -> None:
    """The original looked for a tow on pit road only (SIMULATOR#tow)."""
    car = on_track().run(1.0, speed=0.0, player_car_tow_time=30.0)
    assert "tow" in kinds(follow(car.frames))


def test_a_reset_ends_the_stint_unmeasures_the_lap_and_its_fuel_is_no_refuelling() -> None:
    car = on_track(fuel_level=40.0)
    car.once(lap=0, lap_completed=0, lap_dist=0.0, lap_dist_pct=0.0, speed=0.0, on_pit_road=False, fuel_level=60.0)
    car.set(lap_dist=200.0, lap_dist_pct=200.0 / 3000.0, fuel_level=60.0, on_pit_road=True).stand_in_stall(4.0)
    car.leave_pits()
    events = end_of(car)
    assert kinds(events) == ["driver", "reset", "startMoving", "pitExit"]
    lap = laps(events)[1]
    assert (lap.fuel_used_l, lap.measured_s, lap.tally.fuel_added_l) == (None, None, 0.0)
    assert (lap.stint, lap.stint_lap) == (2, 1)
    assert lap.tally.pit_enter is None


def test_the_request_is_latched_before_the_crew_clears_the_boxes() -> None:
    car = on_track(pit_sv_flags=0x10).run(1.0, speed=20.0).set(pit_sv_flags=0x1F).drive_into_pits()
    car.stand_in_stall(1.0).run(1.0, pitstop_active=True, pit_sv_flags=0x10).run(1.0, pit_sv_flags=0)
    car.set(pitstop_active=False, pit_sv_flags=0x20).leave_pits()
    assert laps(end_of(car))[1].pit_sv_flags == 0x1F


def test_boxes_that_re_arm_while_the_car_moves_off_are_no_request() -> None:
    """Also where nobody saw the crew begin."""
    car = on_track(pit_sv_flags=0).drive_into_pits().stand_in_stall(5.0)
    car.run(0.1, speed=0.8, pit_sv_flags=0x1F).leave_pits()
    assert laps(end_of(car))[1].pit_sv_flags == 0


@pytest.mark.parametrize("gets_out", [False, True])
def test_of_a_stop_and_a_tow_in_one_lap_the_request_for_the_later_counts(gets_out: bool) -> None:
    """Also when he was out of the car while it was towed, and finds it standing in its stall."""
    car = on_track(pit_sv_flags=0x10).drive_into_pits().stand_in_stall(3.0).leave_pits().set(pit_sv_flags=0x1F)
    car.run(1.0, speed=0.02).run(1.0, player_car_tow_time=9.0)
    if gets_out:
        car.out_of_the_car(3.0)
    car.set(on_pit_road=True, lap_dist=200.0, lap_dist_pct=200.0 / 3000.0, pit_sv_flags=0x13).stand_in_stall(3.0)
    car.set(player_car_tow_time=0.0, pitstop_active=True).run(1.0).run(1.0, pit_sv_flags=0)
    lap = laps(end_of(car.set(pitstop_active=False).leave_pits()))[1]
    assert lap.tally.stop_moving is not None
    assert lap.pit_sv_flags == 0x13


def test_without_a_stop_the_flags_are_those_of_the_line() -> None:
    assert laps(end_of(on_track(pit_sv_flags=0x3F)))[1].pit_sv_flags == 0x3F


def test_boxes_ticked_in_the_stall_before_service_count() -> None:
    car = on_track(pit_sv_flags=0).drive_into_pits().stand_in_stall(1.0).run(1.0, pit_sv_flags=0x10)
    car.run(2.0, pitstop_active=True, pit_sv_flags=0x0).set(pitstop_active=False).leave_pits()
    assert laps(end_of(car))[1].pit_sv_flags == 0x10


@pytest.mark.parametrize("stops", [1, 2, 3])
def test_each_stop_in_the_stall_counts_one_stint(stops: int) -> None:
    car = on_track()
    for _ in range(stops):
        car.drive_into_pits().stand_in_stall().leave_pits().lap(30.0, then_s=20.0)
    assert laps(follow(car.frames))[-1].stint == 1 + stops


def test_an_entry_right_at_the_line_belongs_to_the_lap_it_happened_in() -> None:
    car = on_track().set(lap_dist=TRACK_M - 40.5).run(2.0, speed=20.0)
    car.run(TICK_S, on_pit_road=True, player_track_surface=2)
    enter = car.values["session_time"]
    car.cross(then_s=3.0).stand_in_stall().leave_pits()
    _, in_lap, out_lap = laps(end_of(car))
    assert in_lap.tally.pit_enter and in_lap.tally.pit_enter.session_time_s == enter
    assert out_lap.tally.pit_enter is None


def test_the_state_says_what_the_next_driver_needs() -> None:
    car = on_track(fuel_level=40.0).drive_into_pits().stand_in_stall(3.0)
    for step in range(40):
        car.run(fuel_level=40.0 + (step + 1) * 0.05)
    car.out_of_the_car()
    events = follow(car.frames)
    last = run_events(events, RunEventKind.DRIVER_LEFT)[0].state
    assert (last.stint, last.stint_lap, last.lap_completed, last.on_pit_road) == (1, 1, 1, True)
    assert last.fuel_at_lap_start_l == pytest.approx(40.0)
    assert last.tally.fuel_added_l == pytest.approx(2.0)
    assert last.tally.stop_moving is not None
    assert last.lap_start_s == laps(events)[0].session_time_s
