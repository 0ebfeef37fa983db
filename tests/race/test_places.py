"""A visit to the pits is a matter of place, not of a flag: OnPitRoad has holes, from the car and from outside."""

from __future__ import annotations

from typing import Any

import pytest

from race.driving import ADA, BEN, Car, follow, kinds, known, run_events, seen, session_info
from race.test_witness import Seen
from teamtactics.model.events import Event, RunEventKind
from teamtactics.model.facts import MomentKind

STOP = ["driver", "pitEnter", "stopMoving", "startMoving", "pitExit"]
BEN_DRIVES = session_info(me=ADA, in_car=BEN)


def on_track(**values: Any) -> Car:
    """A car in the middle of its second lap, driving."""
    return Car(**values).run(1.0).lap(then_s=20.0)


def at(events: list[Event], kind: RunEventKind) -> float:
    (event,) = run_events(events, kind)
    return event.at.session_time_s


def told(car: Seen) -> list[MomentKind]:
    """What is told of the visit, from outside."""
    return [moment.kind for moment in seen(follow(car.frames, BEN_DRIVES))[-1].moments]


@pytest.mark.some(5)
@pytest.mark.parametrize("hole_s", [0.1, 0.6, 3.18, 9.0])
@pytest.mark.parametrize("where", ["before the stall", "in the stall", "behind it", "over the whole stop"])
def test_a_hole_of_any_length_anywhere_in_the_lane_ends_no_visit(where: str, hole_s: float) -> None:
    car = on_track().drive_into_pits(4.0)
    begin_s = car.values["session_time"] - 4.0
    if where == "before the stall":
        car.run(hole_s, on_pit_road=False).run(1.0, on_pit_road=True)
    if where == "over the whole stop":
        car.run(hole_s, on_pit_road=False)
    car.stand_in_stall(4.0)
    if where == "in the stall":
        car.run(hole_s, on_pit_road=False).run(1.0, on_pit_road=True)
    car.run(2.0, speed=20.0, player_track_surface=2, player_car_in_pit_stall=False)
    if where == "behind it":
        car.run(hole_s, on_pit_road=False)
    car.run(2.0, on_pit_road=True)
    exit_s = car.values["session_time"]
    events = follow(car.run(1.0, on_pit_road=False, player_track_surface=3).lap(30.0, then_s=1.0).frames)
    assert kinds(events) == STOP
    assert at(events, RunEventKind.PIT_ENTER) == pytest.approx(begin_s, abs=0.02)
    assert at(events, RunEventKind.PIT_EXIT) == pytest.approx(exit_s, abs=0.02)
    assert [(lap.stint, lap.stint_lap) for lap in known(events).values()] == [(1, 1), (2, 1)]


def test_the_exit_is_where_pit_road_ended_however_long_the_exit_road_is() -> None:
    car = on_track().drive_into_pits().stand_in_stall()
    car.run(5.0, speed=20.0, player_track_surface=2, player_car_in_pit_stall=False)
    end_s = car.values["session_time"]
    events = follow(car.run(9.0, on_pit_road=False).run(1.0, player_track_surface=3).frames)
    assert at(events, RunEventKind.PIT_EXIT) == pytest.approx(end_s, abs=0.02)


@pytest.mark.parametrize("true_s", [0.1, 1.0, 20.0])
def test_a_flag_that_reads_true_on_the_track_is_no_entry(true_s: float) -> None:
    car = on_track().run(true_s, on_pit_road=True).run(3.0, on_pit_road=False)
    events = follow(car.lap(30.0, then_s=1.0).frames)
    assert kinds(events) == ["driver"]
    lap = known(events)[2]
    assert (lap.tally.pit_enter, lap.tally.pit_exit, lap.stint) == (None, None, 1)


def test_a_flag_that_is_true_on_the_track_until_the_pits_begin_counts_from_there() -> None:
    car = on_track().run(6.0, on_pit_road=True, speed=20.0)
    begin_s = car.values["session_time"]
    events = follow(car.run(5.0, player_track_surface=2).stand_in_stall().leave_pits().frames)
    assert kinds(events) == STOP
    assert at(events, RunEventKind.PIT_ENTER) == pytest.approx(begin_s, abs=0.02)


def test_an_entry_over_the_grass_counts_from_the_cones() -> None:
    car = on_track().run(2.0, speed=20.0)
    begin_s = car.values["session_time"]
    car.run(0.7, on_pit_road=True, player_track_surface=0).run(5.0, player_track_surface=2)
    events = follow(car.stand_in_stall().leave_pits().frames)
    assert kinds(events) == STOP
    assert at(events, RunEventKind.PIT_ENTER) == pytest.approx(begin_s, abs=0.02)


def test_a_wheel_on_the_grass_beside_the_lane_while_the_flag_has_a_hole_is_no_exit() -> None:
    car = on_track().drive_into_pits(4.0).run(0.5, on_pit_road=False, player_track_surface=0)
    car.run(3.0, on_pit_road=True, player_track_surface=2).stand_in_stall().leave_pits()
    assert kinds(follow(car.frames)) == STOP


def test_whoever_leaves_over_the_grass_has_left_where_pit_road_ended() -> None:
    car = on_track().drive_into_pits(4.0).stand_in_stall()
    car.run(5.0, speed=20.0, player_track_surface=2, player_car_in_pit_stall=False)
    end_s = car.values["session_time"]
    car.run(8.0, on_pit_road=False, player_track_surface=0)
    events = follow(car.frames)
    assert at(events, RunEventKind.PIT_EXIT) == pytest.approx(end_s, abs=0.02)


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("after", [True, False])
def test_a_hole_around_a_driver_change_in_the_stall_leaves_one_visit(before: bool, after: bool) -> None:
    car = on_track().drive_into_pits(4.0).stand_in_stall(5.0).run(1.0, on_pit_road=before)
    ada, car.frames = [*car.frames], []
    car.out_of_the_car(1.0)
    ada, car.frames = [*ada, *car.frames], []
    car.run(5.0, on_pit_road=after).run(2.0, speed=20.0, player_track_surface=2, player_car_in_pit_stall=False)
    car.run(5.0, on_pit_road=True)
    exit_s = car.values["session_time"]
    car.run(1.0, on_pit_road=False, player_track_surface=3).lap(30.0, then_s=1.0)
    car.drive_into_pits(4.0).stand_in_stall(4.0).leave_pits().lap(30.0, then_s=1.0)
    hers, his = follow(ada), follow(car.frames, session_info(me=BEN))
    assert kinds(hers) == ["driver", "pitEnter", "stopMoving", "driverLeft"]
    assert kinds(his) == ["driver", "startMoving", "pitExit", *STOP[1:]]
    laps = known(hers, his)
    assert [(lap.stint, lap.stint_lap) for lap in laps.values()] == [(1, 1), (2, 1), (3, 1)]
    assert laps[2].tally.pit_exit is not None
    assert laps[2].tally.pit_exit.session_time_s == pytest.approx(exit_s, abs=0.02)


def test_a_flag_that_stays_false_from_the_stall_to_the_track_ends_the_visit_behind_the_stall() -> None:
    car = on_track().drive_into_pits(4.0).stand_in_stall(5.0).run(2.0, on_pit_road=False)
    leaves_s = car.values["session_time"]
    car.run(8.0, speed=20.0, player_track_surface=2, player_car_in_pit_stall=False)
    events = follow(car.run(1.0, player_track_surface=3).frames)
    assert kinds(events) == STOP
    assert at(events, RunEventKind.PIT_EXIT) == pytest.approx(leaves_s, abs=0.02)


@pytest.mark.parametrize("hole_s", [0.1, 3.2, 8.0])
@pytest.mark.parametrize("surface", [2, 1])
def test_from_outside_a_hole_ends_no_visit(hole_s: float, surface: int) -> None:
    car = Seen().run(20.0).passes_line().set(car_on_pit_road=True, car_track_surface=2).run(3.0)
    car.run(hole_s, car_on_pit_road=False, car_track_surface=surface).run(1.0, car_on_pit_road=True)
    car.run(5.0, car_track_surface=1).run(3.0, car_track_surface=2).run(1.0, car_on_pit_road=False)
    car.run(10.0, car_track_surface=3)
    assert told(car).count(MomentKind.ENTER) == told(car).count(MomentKind.EXIT) == 1
    assert known(follow(car.passes_line(then_s=30.0).frames, BEN_DRIVES))[5].stint == 2


def test_from_outside_a_flag_that_reads_true_on_the_track_is_no_entry() -> None:
    car = Seen().run(20.0).passes_line().run(5.0, car_on_pit_road=True).run(5.0, car_on_pit_road=False)
    events = follow(car.passes_line(then_s=30.0).frames, BEN_DRIVES)
    assert not any(facts.moments for facts in seen(events))
    assert known(events)[5].stint == 1


def test_from_outside_a_flag_that_reads_false_from_the_box_on_ends_the_visit_behind_the_box() -> None:
    car = Seen().run(20.0).passes_line().run(3.0, car_on_pit_road=True, car_track_surface=2)
    car.run(3.0, car_track_surface=1).run(5.0, car_on_pit_road=False)
    leaves_s = car.values["session_time"] - 1.0
    car.run(4.0, car_track_surface=2).run(10.0, car_track_surface=3)
    exits = [moment for moment in seen(follow(car.frames, BEN_DRIVES))[-1].moments if moment.kind is MomentKind.EXIT]
    assert [moment.at.session_time_s for moment in exits] == [pytest.approx(leaves_s, abs=0.04)]


def test_from_outside_a_wheel_on_the_grass_is_no_exit() -> None:
    car = Seen().run(20.0).passes_line().run(3.0, car_on_pit_road=True, car_track_surface=2)
    car.run(2.0, car_track_surface=0).run(3.0, car_track_surface=2).run(6.0, car_track_surface=1)
    car.run(4.0, car_track_surface=2).run(0.5, car_on_pit_road=False).run(10.0, car_track_surface=3)
    assert told(car) == [MomentKind.ENTER, MomentKind.STOOD, MomentKind.EXIT]


@pytest.mark.parametrize("hole_s", [0.1, 0.5, 3.18])
def test_the_line_in_a_hole_of_the_flag_is_crossed_on_pit_road(hole_s: float) -> None:
    car = on_track().run(2.0, speed=20.0).run(3.0, on_pit_road=True, player_track_surface=2)
    car.run(hole_s / 2, on_pit_road=False).cross(delay_s=0.3)
    car.run(max(0.0, hole_s / 2 - 0.3)).run(3.0, on_pit_road=True)
    events = follow(car.leave_pits(3.0).lap(30.0, then_s=1.0).frames)
    assert [lap.on_pit_road for lap in known(events).values()] == [False, True, False]
    assert {(lap.stint, lap.tally.pit_exit is None) for lap in known(events).values()} == {(1, True), (1, False)}


@pytest.mark.parametrize("road_s", [0.5, 3.0])
def test_the_line_behind_the_end_of_pit_road_is_not_crossed_on_it(road_s: float) -> None:
    """The exit road reaches over the line: that the flag is not in a hole is known where the car is on the track."""
    car = on_track().drive_into_pits(4.0).run(0.5, on_pit_road=False).cross(delay_s=0.3).run(road_s)
    events = follow(car.run(1.0, player_track_surface=3).lap(30.0, then_s=1.0).frames)
    assert [lap.on_pit_road for lap in known(events).values()] == [False, False, False]


@pytest.mark.parametrize("hole_s", [0.5, 3.0])
def test_whoever_comes_back_in_a_hole_of_the_flag_finds_the_visit_that_he_left(hole_s: float) -> None:
    car = on_track().drive_into_pits(4.0).stand_in_stall(5.0).skip(20.0)
    car.set(speed=20.0, player_track_surface=2, player_car_in_pit_stall=False)
    car.run(hole_s, on_pit_road=False).run(3.0, on_pit_road=True)
    exit_s = car.values["session_time"]
    events = follow(car.run(1.0, on_pit_road=False, player_track_surface=3).lap(30.0, then_s=1.0).frames)
    assert kinds(events).count("pitEnter") == 1
    assert at(events, RunEventKind.PIT_EXIT) == pytest.approx(exit_s, abs=0.02)
    assert [(lap.stint, lap.stint_lap) for lap in known(events).values()] == [(1, 1), (2, 1)]


def test_whoever_comes_back_on_the_exit_road_has_not_seen_the_exit() -> None:
    car = on_track().drive_into_pits(4.0).stand_in_stall(5.0).skip(20.0)
    car.set(speed=20.0, player_track_surface=2, player_car_in_pit_stall=False).run(1.0, on_pit_road=False)
    events = follow(car.run(1.0, player_track_surface=3).lap(30.0, then_s=1.0).frames)
    assert "pitExit" not in kinds(events)
    assert [(lap.stint, lap.stint_lap) for lap in known(events).values()] == [(1, 1), (2, 1)]
