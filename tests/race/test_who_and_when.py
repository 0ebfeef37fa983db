"""Who drove, in which lap, and what was not seen of it: late names, late counters, counters that jump."""

from __future__ import annotations

from typing import Any

import pytest

from race.driving import ADA, BEN, TRACK_M, Car, follow, known, laps, run_events, session_info
from race.test_put import STALL, in_second_lap, to_line
from race.test_which_session import taken, told
from race.test_witness import Seen
from teamtactics.model.events import RunEventKind

ADA_DRIVES, BEN_DRIVES = session_info(me=BEN, in_car=ADA), session_info(me=BEN)


@pytest.mark.parametrize("named_s", [0.5, 2.0, 4.0, 8.0])
def test_a_driver_whom_the_text_names_late_is_named_in_his_only_lap(named_s: float) -> None:
    car = in_second_lap().drive_into_pits(4.0).stand_in_stall(3.0).out_of_the_car(5.0)
    taken(car)
    car.set(**STALL).run(1.0, lap_dist_pct=1.0 - 20.0 / TRACK_M)
    car.set(speed=20.0, player_track_surface=2, player_car_in_pit_stall=False).cross(then_s=named_s)
    events = told([(taken(car), ADA_DRIVES), (taken(car.run(12.0)), BEN_DRIVES)])
    (lap,) = laps(events)
    assert (lap.customer_id, lap.driver) == (BEN, "Ben Ruiz")
    assert known(events)[2].driver == "Ben Ruiz"


def test_whoever_was_away_for_two_hours_and_watched_since_has_no_gap_in_his_lap() -> None:
    seen = Seen().run(20.0).passes_line(then_s=3.0).skip(7200.0).set(car_lap=120, car_lap_completed=119)
    assert isinstance(seen, Seen)
    seen.run(30.0).passes_line(then_s=40.0).passes_line(then_s=20.0)
    seen.set(car_on_pit_road=True, car_track_surface=2).run(4.0).set(car_track_surface=1).run(5.0)
    seen.run(1.0, car_track_surface=-1, player_track_surface=-1, car_lap=-1, car_lap_completed=-1)
    clocks = {name: seen.values[name] for name in ("session_time", "tick", "session_tick")}
    car = Car(lap=122, lap_completed=121, **STALL, **clocks)
    watching = session_info(me=ADA, in_car=BEN)
    to_line(to_line(car.run(5.0).leave_pits()))
    found = known(told([(seen.frames, watching), (car.frames, session_info(me=ADA))]))
    assert found[122].gap_s < 2.0
    assert (found[122].customer_id, found[123].gap_s) == (ADA, 0.0)


@pytest.mark.parametrize("reads", [0, -1])
@pytest.mark.parametrize("late_s", [0.05, 0.3, 1.0, 1.8])
def test_a_counter_that_comes_later_than_the_seat_makes_no_lap(reads: int, late_s: float) -> None:
    car = in_second_lap().drive_into_pits(4.0).stand_in_stall(3.0)
    ada = taken(car)
    car.out_of_the_car(1.0)
    ada += taken(car)
    true: dict[str, Any] = {name: car.values[name] for name in ("lap", "lap_completed")}
    car.set(**STALL, lap=0, lap_completed=reads).run(late_s).set(**true).run(4.0)
    his = follow(to_line(to_line(car.leave_pits())).frames, BEN_DRIVES)
    assert [event.state.lap_completed for event in run_events(his, RunEventKind.DRIVER)] == [1]
    found = known(follow(ada), his)
    assert [(n, lap.stint, lap.stint_lap) for n, lap in found.items()] == [(1, 1, 1), (2, 2, 1), (3, 2, 2)]
    assert found[2].fuel_used_l == 0.0
    assert found[2].measured_s is not None


def test_who_takes_the_seat_before_the_first_lap_is_in_it_soon_enough() -> None:
    car = Car(lap=0, lap_completed=-1, **STALL).run(3.0)
    assert len(run_events(follow(car.frames), RunEventKind.DRIVER)) == 1


@pytest.mark.parametrize("steps", [2, 3])
def test_a_counter_that_rises_by_more_than_one_leaves_the_laps_that_were_seen(steps: int) -> None:
    car = in_second_lap().run(20.0)
    done = car.values["lap_completed"] + steps
    driven = known(follow(to_line(to_line(car.set(lap=done + 1, lap_completed=done).run(30.0))).frames))
    assert [*driven] == [1, 2, done + 1, done + 2]
    assert (driven[2].measured_s, driven[done + 1].measured_s, driven[done + 1].fuel_used_l) == (None, None, None)
    seen = Seen().run(20.0).passes_line(then_s=30.0)
    done = seen.values["car_lap_completed"] + steps
    seen.set(car_lap=done + 1, car_lap_completed=done).run(30.0)
    assert isinstance(seen, Seen)
    watched = known(follow(seen.passes_line(then_s=30.0).frames, session_info(me=ADA, in_car=BEN)))
    assert [*watched] == [4, 5, done + 1]


@pytest.mark.parametrize("ticks", [3, 30, 90])
def test_a_counter_that_reads_zero_for_some_ticks_takes_no_lap_back(ticks: int) -> None:
    car = in_second_lap().run(5.0)
    for _ in range(ticks):
        car.once(lap_completed=0)
    found = known(follow(to_line(car.run(5.0)).frames))
    assert [*found] == [1, 2]
    assert found[2].fuel_used_l == 0.0
    assert found[2].measured_s is not None


def test_the_gaps_of_both_drivers_are_in_the_lap_that_they_share() -> None:
    car = in_second_lap().skip(1.5).run(3.0).drive_into_pits(4.0).stand_in_stall(3.0)
    ada = taken(car)
    car.out_of_the_car(1.0)
    ada += taken(car)
    car.set(**STALL).run(4.0).leave_pits().skip(1.2).run(2.0)
    lap = known(follow(ada), follow(to_line(car).frames, BEN_DRIVES))[2]
    assert lap.gap_s == pytest.approx(1.5 + 1.0 + 1.2, abs=0.1)


@pytest.mark.parametrize("rise_l", [0.4, 5.0, 30.0])
def test_consumption_is_never_negative_whatever_happened_to_the_tank(rise_l: float) -> None:
    car = in_second_lap().run(5.0).set(fuel_level=40.0 + rise_l).run(5.0)
    used_l = known(follow(to_line(car).frames))[2].fuel_used_l
    assert used_l is None or used_l >= 0.0
