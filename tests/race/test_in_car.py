"""In-car settings: the driver's own, as they stood when the state was true, handed on to who gets in."""

from __future__ import annotations

import json

import pytest

from race.driving import ADA, BEN, Car, follow, laps, run_events, session_info
from race.test_witness import told
from teamtactics.model.events import RunEventKind
from teamtactics.model.frame import Frame, InCar
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
    """A variable that nobody set in a tick reads 0 alone (field guide 17.13)."""
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


def test_who_gets_in_tells_his_own_and_not_those_he_was_told() -> None:
    """What the other had stands in the state until then: to be put back."""
    tracker = Tracker(state_interval_s=1e9)
    info = session_info(me=BEN, in_car=ADA)
    car = Car().out_of_the_car(1.0)
    follow(car.frames, info, tracker)
    tracker.adopt(told(1, car.values["session_time"], customer_id=ADA, in_car=HARD))
    assert tracker.memory is not None
    assert tracker.memory.in_car.value == HARD
    car.frames.clear()
    (event,) = run_events(follow(car.run(0.5, in_car=SOFT).frames, info, tracker), RunEventKind.DRIVER)
    assert event.state.in_car == SOFT


def test_a_checkpoint_of_before_the_settings_goes_on_and_one_with_them_loses_none() -> None:
    tracker = Tracker(state_interval_s=1e9)
    car = Car(in_car=SOFT).run(1.0).lap(then_s=0.0, lap_time=None)
    follow(car.frames, None, tracker)
    text = tracker.checkpoint()
    assert tracker.memory is not None
    assert tracker.memory.pending is not None
    assert tracker.memory.pending.line.frame == car.frames[-1], "the frame at the line, settings and all"
    for resumed_from in (text, _of_before(text)):
        again = Tracker(state_interval_s=1e9)
        again.advance(car.frames[-1], session_info())
        again.resume(resumed_from)
        after = Car(**{**car.values, "in_car": SOFT}).run(8.0)
        events = follow(after.frames, None, again)
        assert [lap.lap_completed for lap in laps(events)] == [1]


def _of_before(text: str) -> str:
    """Write the checkpoint as a version did whose frames and memory knew of no settings."""
    data = json.loads(text)
    del data["state"]["in_car"]
    line = data["state"]["pending"]["line"]
    line["frame"] = line["frame"][: Frame._fields.index("air_temp")]
    takeover = data["state"]["takeover"]
    takeover["frame"] = takeover["frame"][: Frame._fields.index("air_temp")]
    return json.dumps(data)


def test_weather_tyres_and_incidents_are_those_of_the_line() -> None:
    car = Car(air_temp=20.0, track_wetness=1, weather_declared_wet=False, player_tire_compound=0)
    car.set(player_car_team_incident_count=4).run(1.0).lap(lap_time=None)
    car.run(8.0, air_temp=19.0, track_wetness=5, weather_declared_wet=True, player_car_team_incident_count=8)
    (lap,) = laps(follow(car.frames))
    assert (lap.air_temp_c, lap.track_wetness, lap.is_declared_wet) == (20.0, 1, False)
    assert (lap.tire_compound, lap.team_incidents) == (0, 4)
