"""The session's clock is set, and drifts: the same race goes on, and nothing was put anywhere."""

from __future__ import annotations

from typing import Any

import pytest

from race.driving import ADA, BEN, Car, follow, kinds, known, run_events, seen, session_info
from race.test_witness import Seen
from teamtactics.model.events import Event, RunEventKind, SessionBegan
from teamtactics.model.facts import MomentKind

STOP = ["driver", "pitEnter", "stopMoving", "startMoving", "pitExit"]
BACK = [0.883, 1.05, 1.5, 9.0, 40.0]


def set_clock(car: Car, by_s: float) -> Car:
    """The clock is set by so much between two ticks; the car, its laps and its ticks go on."""
    return car.set(session_time=car.values["session_time"] + by_s)


def begun(events: list[Event]) -> int:
    return sum(isinstance(event, SessionBegan) for event in events)


def burning_laps(car: Car, laps: int, fuel_l: float = 3.0) -> Car:
    for _ in range(laps):
        car.set(fuel_level=car.values["fuel_level"] - fuel_l).lap(60.0, then_s=6.0)
    return car


@pytest.mark.parametrize("back_s", BACK)
def test_a_clock_set_back_in_mid_lap_begins_nothing_and_loses_no_lap(back_s: float) -> None:
    car = burning_laps(Car(fuel_level=60.0).run(1.0), 2).drive_into_pits().stand_in_stall().leave_pits()
    car = set_clock(burning_laps(car.run(20.0), 1).run(20.0), -back_s)
    events = follow(burning_laps(car, 2).frames)
    assert begun(events) == 1
    assert kinds(events) == STOP
    laps = known(events)
    assert [(n, lap.stint, lap.stint_lap) for n, lap in laps.items()] == [
        (1, 1, 1), (2, 1, 2), (3, 2, 1), (4, 2, 2), (5, 2, 3),
    ]  # fmt: skip
    assert [laps[n].fuel_used_l for n in (2, 4, 5)] == [3.0, 3.0, 3.0]
    assert [laps[n].measured_s is None for n in (2, 3, 4, 5)] == [False, False, True, False]
    assert laps[5].measured_s == pytest.approx(60.0 + 6.5, abs=0.1)
    assert all(lap.gap_s < 0.1 for lap in laps.values()), "no tick was missed"


@pytest.mark.some(5)
@pytest.mark.parametrize("back_s", BACK)
@pytest.mark.parametrize("before_s", [0.1, 0.6, 5.0])
def test_a_clock_set_back_just_before_an_entry_makes_no_reset_of_it(back_s: float, before_s: float) -> None:
    car = set_clock(Car().run(1.0).lap(then_s=20.0).run(10.0, speed=20.0), -back_s).run(before_s)
    events = follow(car.run(10.0, on_pit_road=True, player_track_surface=2).stand_in_stall().leave_pits().frames)
    assert kinds(events) == STOP


@pytest.mark.parametrize("set_s", [-1.05, 0.883, 2.5, 8.0])
def test_a_clock_set_in_the_stall_hides_no_litres(set_s: float) -> None:
    car = Car(fuel_level=20.0).run(1.0).lap(then_s=20.0).drive_into_pits().stand_in_stall(3.0)
    for step in range(240):
        if step == 120:
            set_clock(car, set_s)
        car.run(fuel_level=20.0 + (step + 1) * 0.05)
    lap = known(follow(car.stand_in_stall(1.0).leave_pits().set(fuel_level=31.0).lap(then_s=1.0).frames))[2]
    assert lap.tally.fuel_added_l == pytest.approx(12.0)
    assert lap.fuel_used_l == pytest.approx(1.0)
    assert (lap.stint, lap.stint_lap) == (2, 1)


@pytest.mark.parametrize("set_s", [-1.05, 3.0])
def test_a_clock_set_within_a_hole_is_a_hole_of_its_ticks(set_s: float) -> None:
    car = Car().run(1.0).lap(then_s=10.0).skip(1.5)
    events = follow(set_clock(car, set_s).run(20.0).lap(30.0, then_s=1.0).frames)
    assert kinds(events) == ["driver"]
    lap = known(events)[2]
    assert lap.gap_s == pytest.approx(1.5, abs=0.05)
    assert lap.fuel_used_l == 0.0


def test_a_clock_set_forward_without_a_missed_tick_is_no_gap() -> None:
    car = set_clock(Car().run(1.0).lap(then_s=10.0), 2.6).run(20.0).lap(30.0, then_s=1.0)
    lap = known(follow(car.frames))[2]
    assert lap.gap_s == 0.0
    assert lap.fuel_used_l == 0.0


def test_a_clock_that_drifts_against_the_ticks_is_no_joining_again() -> None:
    car = Car(fuel_level=40.0).run(1.0).lap(then_s=20.0)
    for _ in range(1100):
        set_clock(car, 0.001).run()
    events = follow(car.lap(30.0, then_s=1.0).frames)
    assert (begun(events), kinds(events)) == (1, ["driver"])
    assert known(events)[2].fuel_used_l == 0.0
    assert known(events)[2].gap_s == 0.0


@pytest.mark.parametrize("back_s", BACK)
def test_a_lap_waits_for_its_time_across_a_clock_that_is_set_back(back_s: float) -> None:
    car = set_clock(Car().run(1.0).lap(then_s=20.0).lap(60.0, lap_time=None).run(0.3), -back_s).run(0.3)
    car.set(lap_current_lap_time=0.6, lap_last_lap_time=60.0).run(8.0)
    assert known(follow(car.frames))[2].official_s == 60.0, "as the lap before had, too"


@pytest.mark.parametrize("back_s", BACK)
def test_a_watcher_goes_on_watching_when_the_clock_is_set_back(back_s: float) -> None:
    car = Seen().run(40.0).passes_line().run(10.0)
    set_clock(car, -back_s).run(5.0)
    car.stops().passes_line(then_s=60.0)
    events = follow(car.frames, session_info(me=ADA, in_car=BEN))
    assert begun(events) == 1
    assert (known(events)[5].stint, known(events)[5].stint_lap) == (2, 1)
    moments = {moment.kind for facts in seen(events) for moment in facts.moments}
    assert moments == {MomentKind.ENTER, MomentKind.STOOD, MomentKind.EXIT, MomentKind.CLOCK}
    assert known(events)[5].measured_s is None


@pytest.mark.parametrize("change", [{"lap": 0, "lap_completed": -1}, {"session_tick": 5}])
def test_a_clock_back_at_its_begin_with_the_laps_or_the_ticks_is_a_session_that_begins_anew(
    change: dict[str, Any],
) -> None:
    car = burning_laps(Car(fuel_level=60.0).run(1.0), 2).set(session_time=2.0, **change).run(5.0)
    assert begun(follow(car.frames)) == 2


def test_a_frame_of_zeros_is_no_session_that_begins_anew() -> None:
    car = burning_laps(Car(fuel_level=60.0).run(1.0), 1).run(10.0)
    zeros = dict.fromkeys(("session_time", "lap", "lap_completed", "session_tick", "speed", "lap_dist_pct"), 0)
    for _ in range(5):
        car.once(**zeros)
    events = follow(burning_laps(car, 1).frames)
    assert begun(events) == 1
    assert [*known(events)] == [1, 2]
    assert len(run_events(events, RunEventKind.DRIVER)) == 1


@pytest.mark.parametrize("set_s", [-40.0, -1.05, -0.883, 0.5, 2.6])
def test_a_lap_in_which_the_clock_was_set_is_measured_by_who_kept_his(set_s: float) -> None:
    car = burning_laps(Car(fuel_level=60.0).run(1.0), 2).run(20.0)
    burning_laps(set_clock(car, set_s).run(20.0), 1)
    hers = follow(car.frames)
    lap = known(hers)[3]
    assert (lap.measured_s, lap.official_s, lap.fuel_used_l) == (None, 60.0, 3.0)
    watcher = Seen(car_lap=2, car_lap_completed=1).run(128.5).passes_line(then_s=106.0).passes_line(then_s=10.0)
    lap = known(hers, follow(watcher.frames, session_info(me=BEN, in_car=ADA)))[3]
    assert lap.measured_s == pytest.approx(106.5, abs=0.05)


@pytest.mark.parametrize("set_s", [-1.05, 2.6])
@pytest.mark.parametrize("behind_s", [0.05, 0.3])
def test_a_clock_set_right_behind_the_line_leaves_the_lap_before_its_time(set_s: float, behind_s: float) -> None:
    car = burning_laps(Car(fuel_level=60.0).run(1.0), 1).lap(60.0, lap_time=None).run(behind_s)
    set_clock(car, set_s).run(0.3).set(lap_current_lap_time=0.6, lap_last_lap_time=61.0)
    laps = known(follow(burning_laps(car.run(20.0), 1).frames))
    assert (laps[2].measured_s is None, laps[3].measured_s) == (False, None)


@pytest.mark.parametrize(
    ("hole_s", "slewed_s", "is_set"), [(8.0, 0.13, False), (40.0, 0.5, False), (8.0, -0.883, True)]
)
def test_a_clock_that_slews_in_a_hole_was_not_set(hole_s: float, slewed_s: float, is_set: bool) -> None:
    """It runs away from the ticks by 0.17 s within 10 s (SIMULATOR#clock); what is more was set."""
    car = burning_laps(Car(fuel_level=60.0).run(1.0), 2).run(10.0)
    car.skip(hole_s).set(session_time=car.values["session_time"] + slewed_s).run(10.0)
    lap = known(follow(burning_laps(car, 1).frames))[3]
    assert (lap.measured_s is None) == is_set
