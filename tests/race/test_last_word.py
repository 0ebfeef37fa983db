"""What a stop was requested for, what one variable's zero decides, and the last word of who leaves the car at once."""

from __future__ import annotations

from typing import Any

import pytest

from race.driving import BEN, TRACK_M, Car, follow, known, session_info
from race.test_put import STALL, in_second_lap, to_line
from teamtactics.model.records import LapRecord


def second_lap(car: Car) -> LapRecord:
    return known(follow(to_line(car).frames))[2]


def served(car: Car, *flags: int) -> Car:
    """The crew clears the boxes one after the other; the driver's for the next stop are ticked as he leaves."""
    for left in flags:
        car.run(1.0, pit_sv_flags=left)
    return car.set(pit_sv_flags=127).leave_pits()


@pytest.mark.parametrize("queue_s", [0.7, 4.0, 30.0])
def test_a_queue_on_pit_road_freezes_no_request(queue_s: float) -> None:
    car = in_second_lap().drive_into_pits(4.0).run(queue_s, pit_sv_flags=1, speed=0.02).run(2.0, speed=5.0)
    lap = second_lap(served(car.run(2.0, pit_sv_flags=31, speed=15.0).stand_in_stall(3.0), 15, 3, 0))
    assert lap.pit_sv_flags == 31


@pytest.mark.parametrize("speed", [0.7, 1.5])
def test_boxes_ticked_while_it_creeps_to_its_mark_are_asked_for(speed: float) -> None:
    car = in_second_lap().set(pit_sv_flags=1).drive_into_pits(4.0).stand_in_stall(2.0).run(1.0, speed=speed)
    lap = second_lap(served(car.run(1.0, speed=0.02).run(1.0, pit_sv_flags=31), 15, 0))
    assert lap.pit_sv_flags == 31


@pytest.mark.parametrize("leaves", [127, 63, 1])
def test_boxes_that_are_ticked_as_it_leaves_are_the_next_stop_s(leaves: int) -> None:
    car = in_second_lap().set(pit_sv_flags=16).drive_into_pits(4.0).stand_in_stall(5.0)
    car.run(1.0, speed=2.0, pit_sv_flags=leaves).leave_pits()
    assert second_lap(car).pit_sv_flags == 16


def test_a_box_is_served_although_nothing_is_cleared_when_litres_come_in() -> None:
    car = in_second_lap(20.0).set(pit_sv_flags=16).drive_into_pits(4.0).stand_in_stall(2.0)
    for step in range(60):
        car.run(fuel_level=20.0 + (step + 1) * 0.05)
    lap = second_lap(car.run(1.0, pit_sv_flags=31).leave_pits())
    assert lap.pit_sv_flags == 16, "too late for this stop"


@pytest.mark.some(7)
@pytest.mark.parametrize("ticks", [1, 2])
@pytest.mark.parametrize("zero", [("lap_current_lap_time",), ("lap_last_lap_time",), ("fuel_level",), ("lap_dist",)])
@pytest.mark.parametrize("when", ["between line and refresh", "in the tick of the refresh", "behind it"])
def test_a_variable_that_reads_zero_alone_takes_no_lap_its_time(when: str, zero: tuple[str], ticks: int) -> None:
    car = in_second_lap().set(lap_dist_pct=1.0 - 1.0 / TRACK_M).cross(lap_time=None).run(0.3)
    values: dict[str, Any] = dict.fromkeys(zero, 0.0)
    if when == "between line and refresh":
        for _ in range(ticks):
            car.once(**values)
    car.run(0.3).set(lap_current_lap_time=0.65, lap_last_lap_time=77.7)
    if when == "in the tick of the refresh":
        for _ in range(ticks):
            car.once(**values)
    car.run(0.2)
    if when == "behind it":
        for _ in range(ticks):
            car.once(**values)
    laps = known(follow(to_line(car.run(10.0)).frames))
    assert (laps[1].official_s, laps[2].official_s) == (60.0, 77.7)
    assert (laps[2].fuel_used_l, laps[3].fuel_used_l) == (0.0, 0.0)


@pytest.mark.some(5)
@pytest.mark.parametrize("out_s", [0.05, 0.2, 0.45, 0.6, 3.0])
@pytest.mark.parametrize("away_s", [0.5, 1.5, 20.0])
def test_whoever_jumps_out_at_once_has_still_seen_the_stop(out_s: float, away_s: float) -> None:
    car = in_second_lap(20.0).drive_into_pits(4.0).run(2.0, pit_sv_flags=31)
    stop_s = car.values["session_time"]
    car.stand_in_stall(out_s)
    ada, car.frames = [*car.frames], []
    car.out_of_the_car(away_s)
    ada, car.frames = [*ada, *car.frames], []
    car.set(**STALL).run(1.5)
    for step in range(300):
        car.run(fuel_level=20.0 + (step + 1) * 0.05)
    his = follow(to_line(car.run(1.0, pit_sv_flags=0).leave_pits().set(fuel_level=34.0)).frames, session_info(me=BEN))
    lap = known(follow(ada), his)[2]
    assert lap.tally.stop_moving is not None
    assert lap.tally.stop_moving.session_time_s == pytest.approx(stop_s, abs=0.02)
    assert lap.tally.fuel_added_l == pytest.approx(15.0)
    assert lap.fuel_used_l == pytest.approx(1.0)
    assert lap.pit_sv_flags == 31
    assert (lap.stint, lap.stint_lap) == (2, 1)
