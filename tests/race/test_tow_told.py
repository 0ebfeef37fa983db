"""A tow is told once, though its time comes only some ticks after the seat (SIMULATOR#unset)."""

from __future__ import annotations

import pytest

from race.driving import TICK_S, Car, follow, kinds, run_events
from teamtactics.model.events import RunEventKind


def escaped() -> Car:
    """Broken down on the track in a race; its driver got out of it, and is about to find it in its stall."""
    car = Car(fuel_level=40.0).run(1.0).lap(then_s=20.0).run(2.0, speed=0.02).out_of_the_car(5.0)
    return car.set(on_pit_road=True, lap_dist=200.0)


@pytest.mark.parametrize("late_ticks", [0, 1, 3, 5, 30])
def test_a_tow_whose_time_comes_after_the_seat_is_told_from_when_it_was_taken(late_ticks: int) -> None:
    car = escaped()
    taken_s = car.frames[-1].session_time
    if late_ticks:
        car.stand_in_stall(late_ticks * TICK_S)
    for left_s in (30.0, 20.0, 0.0, 10.0):
        # Nobody set it in one tick: it is the same tow.
        car.set(player_car_tow_time=left_s).stand_in_stall(1.0 if left_s else TICK_S)
    car.set(player_car_tow_time=0.0).leave_pits()
    events = follow(car.frames)
    (tow,) = run_events(events, RunEventKind.TOW)
    assert tow.at.session_time_s == pytest.approx(taken_s, abs=0.06)
    assert kinds(events).count("pitExit") == 1


def test_a_tow_that_is_over_before_the_seat_is_taken_is_not_told() -> None:
    assert "tow" not in kinds(follow(escaped().stand_in_stall(3.0).leave_pits().frames))
