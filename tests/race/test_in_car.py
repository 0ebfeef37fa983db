"""In-car settings: the driver's own, as they stood when the state was true, handed on to who gets in."""

from __future__ import annotations

import pytest

from race.driving import BEN, Car, follow, laps, run_events, session_info
from teamtactics.model.events import RunEventKind
from teamtactics.model.frame import InCar
from teamtactics.race.tracker import Tracker

SOFT: InCar = (("dcABS", 3.0), ("dcBrakeBias", 54.5), ("dcTractionControlToggle", True))
HARD: InCar = (("dcABS", 1.0), ("dcBrakeBias", 56.0), ("dcTractionControlToggle", False))
ZERO: InCar = (("dcABS", 0.0), ("dcBrakeBias", 0.0), ("dcTractionControlToggle", False))


def last_state(car: Car, **info: int) -> InCar | None:
    """The settings in the last state that *car*'s driver tells; due every second."""
    events = follow(car.frames, session_info(**info), Tracker(state_interval_s=1.0))
    return run_events(events)[-1].state.in_car


def test_the_state_has_the_settings_as_they_stand_when_it_is_told() -> None:
    car = Car(in_car=SOFT).run(1.5)
    assert last_state(car) == SOFT
    assert last_state(car.run(2.0, in_car=HARD)) == HARD


def test_the_first_state_has_them_already() -> None:
    (event,) = run_events(follow(Car(in_car=SOFT).run(0.5).frames))
    assert (event.kind, event.state.in_car) == (RunEventKind.DRIVER, SOFT)


@pytest.mark.parametrize("ticks", [1, 2])
def test_settings_that_read_zero_for_a_tick_or_two_are_none(ticks: int) -> None:
    """A variable that nobody set in a tick reads 0 alone (SIMULATOR#unset)."""
    car = Car(in_car=SOFT).run(1.0)
    for _ in range(20):  # however often it happens
        for _ in range(ticks):
            car.once(in_car=ZERO)
        car.run(0.2)
    states = [event.state.in_car for event in run_events(follow(car.frames, None, Tracker(state_interval_s=0.03)))]
    assert len(states) > 100
    assert set(states) == {SOFT}


def test_who_left_the_car_tells_last_what_he_had_and_not_the_zeros_that_he_sees_then() -> None:
    car = Car(in_car=SOFT).run(1.5, in_car=HARD)
    car.out_of_the_car(2.0)
    car.frames[-120:] = [frame._replace(in_car=ZERO) for frame in car.frames[-120:]]
    left = run_events(follow(car.frames), RunEventKind.DRIVER_LEFT)
    assert [event.state.in_car for event in left] == [HARD]


def test_a_car_without_settings_and_a_build_without_them_say_null() -> None:
    assert last_state(Car().run(1.5)) is None


def test_who_gets_in_tells_his_own_and_not_those_he_had_before() -> None:
    car = Car(in_car=HARD).run(1.0).out_of_the_car(5.0)
    events = follow(car.run(0.5, in_car=SOFT).out_of_the_car(1.0).frames, session_info(me=BEN))
    assert [event.state.in_car for event in run_events(events, RunEventKind.DRIVER_LEFT)] == [HARD, SOFT]


def test_a_checkpoint_loses_none_of_the_settings() -> None:
    tracker = Tracker(state_interval_s=1e9)
    car = Car(in_car=SOFT).run(1.0).lap(then_s=0.0, lap_time=None)
    follow(car.frames, None, tracker)
    text = tracker.checkpoint()
    assert tracker.memory is not None
    assert tracker.memory.pending[-1].at_line == car.frames[-1], "the frame at the line, settings and all"
    again = Tracker(state_interval_s=1e9)
    again.advance(car.frames[-1], session_info())
    again.resume(text)
    assert again.memory is not None
    assert again.memory.in_car.value == SOFT
    after = Car(**{**car.values, "in_car": SOFT}).run(8.0)
    events = follow(after.frames, None, again)
    assert [lap.lap_completed for lap in laps(events)] == [1]
