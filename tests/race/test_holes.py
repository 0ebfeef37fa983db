"""Ticks that nobody saw: what could have happened in a hole of its length, at its place, with its fuel."""

from __future__ import annotations

from typing import Self

import pytest

from race.driving import ADA, BEN, TICK_S, TRACK_M, Car, follow, kinds, known, session_info
from race.test_witness import Seen
from teamtactics.model.records import LapRecord

BURN_L_S = 0.05
HOLES = [0.3, 1.9, 2.1, 5.0]


class Burning(Car):
    """A car that burns fuel as it goes, seen or not."""

    rate_l_s = BURN_L_S

    def _pass(self, seconds: float) -> None:
        super()._pass(seconds)
        self.values["fuel_level"] -= self.rate_l_s * seconds

    def fill(self, seconds: float, rate_l_s: float = 2.7) -> Self:
        self.rate_l_s = -rate_l_s
        self.run(seconds)
        self.rate_l_s = 0.0
        return self

    def onto_track(self) -> Self:
        self.rate_l_s = BURN_L_S
        self.run(2.0, on_pit_road=False, player_track_surface=3, speed=50.0)
        return self


def in_second_lap() -> Burning:
    car = Burning()
    car.run(30.0).set(lap_dist_pct=1.0 - 1.0 / TRACK_M)
    car.cross(then_s=20.0)
    return car


def end(car: Car) -> Car:
    """Drive to the line and a lap more."""
    begin_s = car.values["session_time"] - car.values["lap_current_lap_time"]
    for _ in range(2):
        car.set(lap_dist=100.0, lap_dist_pct=100.0 / TRACK_M, speed=(TRACK_M - 150.0) / 30.0)
        car.run(30.0).set(lap_dist_pct=1.0 - 1.0 / TRACK_M)
        line_s = car.values["session_time"] + TICK_S
        car.cross(then_s=6.0, lap_time=line_s - begin_s)
        begin_s = line_s
    return car


def over_line(hole_s: float, lag_s: float, share: float = 0.5, lap_time: float = 66.6) -> tuple[float, Car]:
    """
    Cross the line in a hole; return when that was, and the car.

    Args:
        lag_s: So much later than it comes into sight does the counter confirm the line (SIMULATOR#line).

        share: How far into the hole the line lies.
    """
    car = in_second_lap()
    before_m = TRACK_M - 50.0 * hole_s * share
    car.set(lap_dist=before_m, lap_dist_pct=before_m / TRACK_M).run(TICK_S, lap_dist=before_m)
    at_s = car.values["session_time"] + hole_s * share
    car.skip(hole_s)
    behind_m = car.values["lap_dist"] - TRACK_M
    car.set(lap_dist=behind_m, lap_dist_pct=behind_m / TRACK_M)
    if lag_s:
        car.run(lag_s)
    car.set(lap=car.values["lap"] + 1, lap_completed=car.values["lap_completed"] + 1).run(0.5)
    car.set(lap_last_lap_time=lap_time, lap_current_lap_time=car.values["session_time"] - at_s).run(10.0)
    return at_s, end(car)


@pytest.mark.some(7)
@pytest.mark.parametrize("hole_s", HOLES)
@pytest.mark.parametrize("lag_s", [0.0, 0.4, 1.5])
@pytest.mark.parametrize("share", [0.2, 0.8])
def test_a_line_in_a_hole_was_seen_by_nobody_and_measures_no_lap(hole_s: float, lag_s: float, share: float) -> None:
    _, car = over_line(hole_s, lag_s, share)
    laps = known(follow(car.frames))
    assert [*laps] == [1, 2, 3, 4]
    for lap in (laps[2], laps[3]):
        assert (lap.measured_s, lap.fuel_used_l) == (None, None)
        assert lap.tally.fuel_added_l == 0.0
    assert laps[2].official_s == 66.6, "it is on show for the whole next lap"
    assert laps[2].gap_s + laps[3].gap_s == pytest.approx(hole_s, abs=0.11), "a piece of a tenth of a second is none"
    assert laps[4].measured_s is not None
    assert laps[4].fuel_used_l is not None


@pytest.mark.parametrize("hole_s", [1.0, 2.1])
def test_a_line_in_a_hole_is_known_when_a_team_mate_saw_it(hole_s: float) -> None:
    at_s, car = over_line(hole_s, 0.0)
    watcher = Seen(car_lap=1, car_lap_completed=0).run(29.0 + 1.0)
    watcher.passes_line(then_s=1.0)
    watcher.run(at_s + 1.0 - watcher.values["session_time"]).passes_line(then_s=20.0)
    laps = known(follow(car.frames), follow(watcher.frames, session_info(me=BEN, in_car=ADA)))
    assert laps[2].session_time_s == pytest.approx(at_s, abs=0.05)
    assert laps[2].measured_s is not None
    assert laps[3].measured_s is not None


@pytest.mark.parametrize("hole_s", [0.7, 1.9])
def test_a_line_in_a_hole_of_who_watches_measures_no_lap_either(hole_s: float) -> None:
    car = Seen().run(40.0).passes_line(then_s=55.0)
    before_s, behind_s = 55.5 + hole_s / 2, 60.5 + hole_s / 2
    car.skip(hole_s).passes_line(lap_time=before_s, then_s=60.0)
    car.passes_line(lap_time=behind_s, then_s=60.0).passes_line(then_s=20.0)
    laps = known(follow(car.frames, session_info(me=ADA, in_car=BEN)))
    assert [laps[lap].measured_s is not None for lap in (5, 6, 7)] == [False, False, True]
    assert [laps[lap].official_s for lap in (5, 6)] == [before_s, behind_s], "each is on show for the whole next lap"
    assert [laps[lap].customer_id for lap in (5, 6, 7)] == [BEN] * 3
    # Of a hole shorter than the picture is old the part behind the line may be counted in both laps.
    assert hole_s - 0.05 <= laps[5].gap_s + laps[6].gap_s <= 1.5 * hole_s + 0.11


@pytest.mark.parametrize("hole_s", [0.05, 0.3, 2.1, 6.0])
def test_a_hole_behind_the_line_hides_no_official_time(hole_s: float) -> None:
    car = in_second_lap().set(lap_dist_pct=1.0 - 1.0 / TRACK_M).cross(lap_time=None).run(0.2)
    car.skip(hole_s).set(lap_last_lap_time=66.6, lap_current_lap_time=0.2 + hole_s).run(10.0)
    lap = known(follow(end(car).frames))[2]
    assert lap.official_s == 66.6
    assert lap.measured_s is not None


def stop_with_hole(hole_s: float, where: str) -> LapRecord:
    """A stop of 27 L with a hole somewhere in the visit."""
    car = in_second_lap()
    car.run(2.0, speed=20.0).run(4.0, on_pit_road=True, player_track_surface=2)
    if where == "before the stall":
        car.skip(hole_s)
    car.rate_l_s = 0.0
    car.run(4.0, speed=0.02, player_track_surface=1, player_car_in_pit_stall=True)
    car.fill(5.0)
    if where == "in the filling":
        car.rate_l_s = -2.7
        car.skip(hole_s)
    car.fill(5.0)
    car.run(2.0)
    car.rate_l_s = BURN_L_S
    car.run(1.0, speed=20.0, player_track_surface=2, player_car_in_pit_stall=False)
    if where == "behind the stall":
        car.skip(hole_s)
    car.run(4.0)
    return known(follow(end(car.onto_track()).frames))[2]


@pytest.mark.some(5)
@pytest.mark.parametrize("hole_s", [0.5, 2.1, 3.5, 8.0])
@pytest.mark.parametrize("where", ["before the stall", "in the filling", "behind the stall"])
def test_a_stop_seen_whole_keeps_its_litres_whatever_hole_is_in_the_lane(hole_s: float, where: str) -> None:
    lap = stop_with_hole(hole_s, where)
    added_l = 2.7 * (10.0 + (hole_s if where == "in the filling" else 0.0))
    assert lap.tally.fuel_added_l == pytest.approx(added_l, abs=0.01)
    assert lap.fuel_used_l is not None
    assert lap.fuel_used_l > 0.0
    assert lap.gap_s == pytest.approx(hole_s, abs=0.05)
    assert (lap.stint, lap.stint_lap) == (2, 1)


def test_a_hole_in_the_lane_in_which_the_tank_rose_hides_litres() -> None:
    car = in_second_lap()
    car.run(2.0, speed=20.0).run(4.0, on_pit_road=True, player_track_surface=2).skip(8.0)
    car.values["fuel_level"] += 10.0
    lap = known(follow(end(car.run(4.0).onto_track()).frames))[2]
    assert (lap.tally.fuel_added_l, lap.fuel_used_l) == (None, None)


def test_a_hole_in_the_lane_as_long_as_a_stop_may_hide_a_splash() -> None:
    car = in_second_lap()
    car.run(2.0, speed=20.0).run(4.0, on_pit_road=True, player_track_surface=2).skip(40.0)
    lap = known(follow(end(car.run(4.0).onto_track()).frames))[2]
    assert lap.tally.fuel_added_l is None


@pytest.mark.parametrize("hole_s", [2.1, 5.0])
@pytest.mark.parametrize("before_s", [0.0, 0.5, 3.0])
def test_a_hole_before_the_entry_of_a_drive_through_begins_no_stint(hole_s: float, before_s: float) -> None:
    car = in_second_lap().run(2.0, speed=20.0).skip(hole_s)
    if before_s:
        car.run(before_s)
    car.run(12.0, on_pit_road=True, player_track_surface=2)
    events = follow(end(car.run(2.0, on_pit_road=False, player_track_surface=3, speed=50.0)).frames)
    lap = known(events)[2]
    assert "reset" not in kinds(events)
    assert (lap.stint, lap.stint_lap) == (1, 2)
    assert lap.tally.fuel_added_l == 0.0
    assert lap.fuel_used_l is not None
    assert lap.gap_s == pytest.approx(hole_s, abs=0.05)
