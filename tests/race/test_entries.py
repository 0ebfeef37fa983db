"""Pit entries shortly after nobody looked: driven ones are told, and a car that was put into the pits made none."""

from __future__ import annotations

from typing import Any

import pytest

from race.driving import TICK_S, Car, follow, kinds, laps, run_events, seen, session_info
from teamtactics.model.events import Event, RunEventKind
from teamtactics.model.facts import MomentKind
from teamtactics.model.frame import Frame
from teamtactics.race.tracker import Tracker

STOP = ["driver", "pitEnter", "stopMoving", "startMoving", "pitExit"]
DRIVE_THROUGH = ["driver", "pitEnter", "pitExit"]
PUT = ["driver", "reset", "startMoving", "pitExit"]
SEEN_BEFORE_S = [4 * TICK_S, 0.1, 0.5, 0.9]
"""How long before the entry somebody looked again; it takes three ticks to believe that somebody drives."""
ON_APPROACH_ROAD: dict[str, Any] = {"player_track_surface": 2, "on_pit_road": False}
IN_STALL: dict[str, Any] = {"on_pit_road": True, "player_track_surface": 1, "player_car_in_pit_stall": True}


def on_track(**values: Any) -> Car:
    """A car in the middle of its second lap, driving."""
    return Car(**values).run(1.0).lap(then_s=20.0)


def come_in(car: Car) -> float:
    """Drive onto pit road at 20 m/s; return the moment of the entry."""
    enter_s = float(car.values["session_time"]) + TICK_S
    car.run(10.0, on_pit_road=True, player_track_surface=2)
    return enter_s


def whole(car: Car) -> list[Frame]:
    return car.lap(30.0, then_s=1.0).frames


def killed(frames: list[Frame], at: int) -> list[Event]:
    """Feed a tracker that dies after *at* frames and is resumed from its checkpoint with the next."""
    tracker = Tracker(state_interval_s=1e9)
    events = follow(frames[:at], tracker=tracker)
    text = tracker.checkpoint()
    tracker.simulator_lost()
    tracker.advance(frames[at], session_info())
    tracker.resume(text)
    return events + follow(frames[at:], tracker=tracker)


@pytest.mark.parametrize("seen_s", SEEN_BEFORE_S)
@pytest.mark.parametrize("away_s", [0.2, 1.5, 5.0])
def test_a_client_that_is_back_right_before_the_entry_tells_entry_and_stop(seen_s: float, away_s: float) -> None:
    car = on_track().run(2.0, speed=20.0)
    at = len(car.frames)
    enter_s = come_in(car.skip(away_s).run(seen_s, **ON_APPROACH_ROAD))
    events = killed(whole(car.stand_in_stall().leave_pits()), at)
    assert kinds(events) == STOP
    (lap,) = laps(events)[1:]
    assert lap.tally.pit_enter and lap.tally.pit_enter.session_time_s == pytest.approx(enter_s, abs=1e-6)
    assert None not in (lap.tally.stop_moving, lap.measured_s, lap.fuel_used_l)
    assert (lap.stint, lap.stint_lap) == (2, 1)


@pytest.mark.some(5)
@pytest.mark.parametrize("seen_s", SEEN_BEFORE_S)
@pytest.mark.parametrize("hole_s", [0.3, 1.9, 2.1, 4.0])
def test_a_hole_right_before_a_drive_through_is_a_gap_and_nothing_else(seen_s: float, hole_s: float) -> None:
    car = on_track().run(2.0, speed=20.0).skip(hole_s)
    enter_s = come_in(car.run(seen_s, **ON_APPROACH_ROAD))
    events = follow(whole(car.leave_pits(0.1)))
    assert kinds(events) == DRIVE_THROUGH
    (lap,) = laps(events)[1:]
    assert (lap.stint, lap.stint_lap) == (1, 2)
    assert lap.gap_s == pytest.approx(hole_s, abs=0.05)
    assert lap.tally.pit_enter and lap.tally.pit_enter.session_time_s == pytest.approx(enter_s, abs=1e-6)
    assert None not in (lap.measured_s, lap.fuel_used_l)


@pytest.mark.parametrize("surface", [0, 2, 3])
def test_a_client_that_begins_right_before_the_entry_tells_it(surface: int) -> None:
    car = Car(speed=20.0, player_track_surface=surface).run(0.5)
    come_in(car)
    assert kinds(follow(whole(car.stand_in_stall().leave_pits()))) == STOP


def test_a_client_that_begins_while_the_car_is_in_the_lane_knows_neither_the_litres_nor_whether_it_stood() -> None:
    """Where nobody saw a stop none is invented: somebody else may have seen that it was a drive-through."""
    car = Car(lap=2, lap_completed=1, speed=20.0, on_pit_road=True, player_track_surface=2).run(3.0)
    events = follow(whole(car.leave_pits()))
    assert kinds(events) == ["driver", "pitExit"]
    lap = laps(events)[0]
    assert lap.tally.fuel_added_l is None
    assert lap.stint == 1
    assert MomentKind.STOOD not in {moment.kind for facts in seen(events) for moment in facts.moments}


@pytest.mark.parametrize(("filled_l", "stint"), [(0.0, 1), (25.0, 2)])
def test_of_a_car_found_moving_in_the_pits_the_tank_tells_whether_it_has_stood_there(
    filled_l: float, stint: int
) -> None:
    car = on_track().run(2.0, speed=20.0, fuel_level=30.0).skip(60.0)
    car.set(on_pit_road=True, player_track_surface=2).run(3.0, speed=20.0, fuel_level=29.0 + filled_l)
    lap = laps(follow(whole(car.leave_pits())))[-1]
    assert lap.stint == stint
    assert lap.tally.fuel_added_l is None


def test_after_a_hole_over_standing_the_car_must_move_before_it_can_enter() -> None:
    """What stands where nobody looked may have been put there."""
    car = on_track().run(2.0, speed=20.0).skip(5.0).run(3.0, speed=0.02)
    car.run(0.5, speed=20.0).run(5.0, **IN_STALL).leave_pits()
    assert kinds(follow(whole(car)))[:2] == ["driver", "reset"]


@pytest.mark.parametrize("first", [{}, {"speed": 0.02}, {"speed": 20.0}])
def test_a_car_that_was_put_into_its_stall_right_after_a_hole_made_no_entry(first: dict[str, float]) -> None:
    """However it showed in the few ticks between the hole and the stall; it has no place yet to have jumped from."""
    car = on_track().run(2.0, speed=50.0).skip(3.0).run(3 * TICK_S, **first)
    car.set(**IN_STALL).run(5.0, speed=0.05).leave_pits()
    assert kinds(follow(whole(car))) == PUT


def test_a_car_that_is_out_of_the_world_when_somebody_looks_again_made_no_entry() -> None:
    car = on_track().run(2.0, speed=20.0).skip(3.0)
    car.run(1.0, player_track_surface=-1, speed=20.0).set(**IN_STALL).run(5.0, speed=0.05).leave_pits()
    assert kinds(follow(whole(car))) == PUT


def test_a_car_that_leaves_the_world_after_a_hole_and_is_back_in_its_stall_made_no_entry() -> None:
    car = on_track().run(2.0, speed=20.0).skip(3.0).run(0.2)
    car.run(1.0, player_track_surface=-1, speed=0.0, lap_dist=-1.0, lap_dist_pct=-1.0)
    car.set(lap_dist=300.0, lap_dist_pct=0.1, **IN_STALL).run(0.1, speed=20.0).run(5.0, speed=0.05).leave_pits()
    assert kinds(follow(whole(car))) == PUT


def test_a_tow_in_a_hole_is_no_entry() -> None:
    car = on_track().run(2.0, speed=20.0).skip(3.0)
    car.set(**IN_STALL).run(5.0, speed=0.05, player_car_tow_time=30.0).set(player_car_tow_time=0.0).leave_pits()
    assert "pitEnter" not in kinds(follow(whole(car)))


def test_a_car_left_before_our_eyes_and_entered_again_rolling_made_no_entry() -> None:
    """Nobody was blind: what was put there was seen to be put there."""
    car = on_track().run(2.0, speed=20.0).out_of_the_car(5.0).run(0.5)
    car.run(10.0, on_pit_road=True, player_track_surface=2)
    assert kinds(follow(car.frames)) == ["driver", "driverLeft", "reset"]


def test_a_reset_over_less_than_the_way_of_a_tick_is_no_entry() -> None:
    """No jump tells of it: but whoever drives onto pit road does not stand there in the same tick."""
    car = on_track().run(2.0, speed=50.0).run(5.0, speed=0.05, **IN_STALL).leave_pits()
    events = follow(whole(car))
    assert kinds(events) == PUT
    assert (laps(events)[1].measured_s, laps(events)[1].fuel_used_l) == (None, None)


def test_a_car_that_stands_in_its_stall_after_a_hole_of_a_second_may_have_driven_there() -> None:
    car = on_track().run(2.0, speed=15.0).skip(1.5).set(on_pit_road=True).stand_in_stall(5.0).leave_pits()
    assert "reset" not in kinds(follow(whole(car)))


@pytest.mark.parametrize("ticks", [1, 2])
@pytest.mark.parametrize("before_s", [0.0, 0.5])
def test_a_speed_that_reads_zero_alone_is_no_standing(ticks: int, before_s: float) -> None:
    """SIMULATOR#unset; a car does not stop for a tick or two."""
    car = on_track().run(2.0, speed=20.0, **ON_APPROACH_ROAD)
    for _ in range(ticks):
        car.once(speed=0.0)
    if before_s:
        car.run(before_s)
    come_in(car)
    assert kinds(follow(whole(car.leave_pits(0.1)))) == DRIVE_THROUGH


def test_the_zero_of_the_tick_of_the_entry_is_no_standing_either() -> None:
    car = on_track().run(2.0, speed=20.0)
    enter_s = car.values["session_time"] + TICK_S
    come_in(car.once(speed=0.0, on_pit_road=True, player_track_surface=2))
    (enter,) = run_events(follow(whole(car.leave_pits(0.1))), RunEventKind.PIT_ENTER)
    assert enter.at.session_time_s == pytest.approx(enter_s, abs=1e-6)


def test_three_slow_ticks_are_standing() -> None:
    car = on_track().run(2.0, speed=20.0).run(3 * TICK_S, speed=0.05).run(0.5, speed=20.0)
    come_in(car)
    assert kinds(follow(car.frames)) == ["driver", "reset"]
