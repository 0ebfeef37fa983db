"""Laps: when one is complete, what its time is, what it burned."""

from __future__ import annotations

import pytest

from race.driving import ADA, Car, follow, known, laps, seen
from teamtactics.model.events import LineCrossed
from teamtactics.model.facts import joined


def test_the_first_crossing_writes_no_lap_and_its_fuel_is_not_charged_to_lap_1() -> None:
    car = Car(lap=0, lap_completed=-1, fuel_level=60.0).run(1.0)
    car.set(fuel_level=58.0).cross(lap_time=None).run(30.0)
    car.set(fuel_level=55.0).lap(60.0, lap_time=61.5, then_s=2.0)
    (lap,) = laps(follow(car.frames))
    assert lap.lap_completed == 1
    assert lap.fuel_used_l == pytest.approx(3.0)


def test_a_lap_time_that_arrives_late_is_the_laps_own_and_not_the_one_before() -> None:
    car = Car().run(1.0).lap(lap_time=61.0, then_s=1.0).lap(lap_time=62.5, delay_s=1.85, then_s=1.0)
    assert [lap.official_s for lap in laps(follow(car.frames))] == [61.0, 62.5]


def test_two_equal_lap_times_are_two_laps() -> None:
    car = Car().run(1.0).lap(lap_time=61.0, then_s=1.0).lap(lap_time=61.0, then_s=1.0)
    assert [(lap.lap_completed, lap.official_s) for lap in laps(follow(car.frames))] == [(1, 61.0), (2, 61.0)]


def test_two_laps_without_a_time_are_two_laps_with_a_measured_time() -> None:
    car = Car().run(1.0).lap(lap_time=-1.0, then_s=1.0).lap(60.0, lap_time=-1.0, delay_s=0.8, then_s=1.0)
    first, second = laps(follow(car.frames))
    assert first.official_s is None
    assert second.official_s is None
    assert second.measured_s == pytest.approx(61.5, abs=0.05)


def test_a_lap_time_that_never_comes_is_null_and_never_the_lap_befores() -> None:
    car = Car().run(1.0).lap(lap_time=61.0, then_s=1.0).lap(lap_time=None).run(10.0)
    assert [lap.official_s for lap in laps(follow(car.frames))] == [61.0, None]


def test_a_lap_is_completed_at_the_line_and_told_when_its_time_is_known() -> None:
    car = Car().run(1.0).lap(lap_time=61.0, delay_s=1.0, then_s=1.0)
    events = follow(car.frames)
    crossed = next(event for event in events if isinstance(event, LineCrossed))
    (lap,) = laps(events)
    assert lap.session_time_s == crossed.session_time_s
    assert lap.official_s == 61.0


def test_also_the_line_before_the_first_lap_is_told_at_once_so_that_it_outlives_a_crash() -> None:
    car = Car(lap=0, lap_completed=-1).run(1.0)
    events = follow(car.lap(lap_time=None).frames)
    assert [event.lap_completed for event in events if isinstance(event, LineCrossed)] == [0]


def test_fuel_temperature_and_flags_are_those_of_the_line_and_not_of_the_moment_the_time_comes() -> None:
    car = Car(fuel_level=40.0, track_temp=31.0, session_flags=4).run(1.0).lap(lap_time=None)
    car.run(1.0, fuel_level=39.9, track_temp=29.0, session_flags=8)
    car.set(lap_current_lap_time=1.0, lap_last_lap_time=61.0).run()
    (lap,) = laps(follow(car.frames))
    assert (lap.fuel_level_l, lap.track_temp_c, lap.session_flags) == (40.0, 31.0, 4)


def test_a_lap_joined_in_the_middle_has_neither_fuel_used_nor_a_measured_time() -> None:
    (lap,) = laps(follow(Car().run(1.0).lap(then_s=1.0).frames))
    assert (lap.fuel_used_l, lap.measured_s) == (None, None)


def test_refuelling_within_a_lap_makes_fuel_used_neither_negative_nor_hidden() -> None:
    car = Car(fuel_level=20.0).run(1.0).lap(then_s=1.0)
    car.drive_into_pits().stand_in_stall(2.0)
    for step in range(240):
        car.run(fuel_level=20.0 + (step + 1) * 0.1)
    car.stand_in_stall(1.0).leave_pits()
    car.set(fuel_level=41.5).lap(then_s=1.0)
    lap = laps(follow(car.frames))[1]
    assert lap.tally.fuel_added_l == pytest.approx(24.0)
    assert lap.fuel_used_l == pytest.approx(2.5)


def test_a_level_that_reads_0_for_one_or_two_ticks_changes_nothing() -> None:
    car = Car(fuel_level=30.0).run(1.0).lap(then_s=1.0)
    car.once(fuel_level=0.0).run(1.0).once(fuel_level=0.0).once(fuel_level=0.0).run(1.0)
    car.drive_into_pits().stand_in_stall(2.0).once(fuel_level=0.0).stand_in_stall(2.0).leave_pits()
    car.set(fuel_level=29.8).run(1.0, fuel_level=29.4).set(fuel_level=29.0).lap(then_s=1.0)
    lap = laps(follow(car.frames))[1]
    assert lap.tally.fuel_added_l == 0.0
    assert lap.fuel_used_l == pytest.approx(1.0)


def test_fuel_that_rises_on_track_is_no_refuelling() -> None:
    car = Car(fuel_level=30.0).run(1.0).lap(then_s=1.0).run(1.0, fuel_level=30.2).lap(then_s=1.0)
    assert laps(follow(car.frames))[1].tally.fuel_added_l == 0.0


def test_the_flicker_of_the_lap_counter_at_a_race_start_is_no_lap() -> None:
    """SIMULATOR#flicker: laps 0→1 at green, →2 at the line, back to 1 after about a second."""
    car = Car(lap=1, lap_completed=0, lap_current_lap_time=0.0).run(5.0)
    car.set(lap=2, lap_completed=1).run(1.0).set(lap=1, lap_completed=0).run(30.0)
    car.lap(lap_time=62.0, then_s=1.0)
    found = laps(follow(car.frames))
    assert [(lap.lap_completed, lap.official_s, lap.stint_lap) for lap in found] == [(1, 62.0, 1)]


def test_a_lap_counter_that_falls_for_two_ticks_is_ignored() -> None:
    car = Car(lap=6, lap_completed=5).run(30.0)
    car.once(lap=0, lap_completed=0).once(lap=0, lap_completed=0).run(20.0).lap(then_s=1.0)
    assert [lap.lap_completed for lap in laps(follow(car.frames))] == [6]


def test_the_line_is_where_the_distance_wraps_when_the_counter_comes_late() -> None:
    """SIMULATOR#line: in new builds LapCompleted is late; what happens in between belongs to the next lap."""
    car = Car(fuel_level=40.0, lap_dist_pct=0.9).run(1.0)
    car.set(lap_dist=2995.0, lap_dist_pct=2995.0 / 3000.0).run()
    car.set(lap_dist=0.4, lap_dist_pct=0.4 / 3000.0, fuel_level=39.9).run()
    line_s = car.frames[-1].session_time
    car.run(1.2, fuel_level=39.8).set(lap=2, lap_completed=1).run(0.5)
    car.set(lap_current_lap_time=1.7, lap_last_lap_time=61.0).run()
    (lap,) = laps(follow(car.frames))
    assert lap.session_time_s == pytest.approx(line_s)
    assert lap.fuel_level_l == pytest.approx(39.9)


def test_short_holes_are_no_gap_and_longer_ones_are_counted() -> None:
    car = Car().run(1.0).lap(then_s=1.0)
    car.run(10.0).skip(2 / 60).run(10.0).skip(1.0).run(10.0).lap(20.0, then_s=1.0)
    first, second = laps(follow(car.frames))
    assert first.gap_s == 0.0
    assert second.gap_s == pytest.approx(1.0, abs=0.001)
    assert second.fuel_used_l is not None


def test_a_lap_completed_in_a_long_hole_is_recorded_without_what_nobody_saw() -> None:
    car = Car(fuel_level=30.0).run(1.0).lap(then_s=20.0).skip(20.0)
    car.set(lap=3, lap_completed=2, lap_current_lap_time=8.0, lap_last_lap_time=60.5, fuel_level=28.0, lap_dist=400.0)
    car.run(30.0).lap(20.0, lap_time=58.0, then_s=1.0)
    events = follow(car.frames)
    _, after = laps(events)
    unseen = known(events)[2]
    assert unseen.was_line_seen is False
    assert unseen.lap_completed == 2
    assert (unseen.fuel_level_l, unseen.fuel_used_l, unseen.measured_s) == (None, None, None)
    assert (unseen.gap_s, after.gap_s) == pytest.approx((12.0, 8.0), abs=0.1), "by its time lap 3 began 8 s before"
    assert (after.lap_completed, after.fuel_used_l, after.measured_s) == (3, None, None)


def test_laps_that_nobody_saw_are_absent_and_never_invented() -> None:
    car = Car().run(1.0).lap(then_s=20.0).skip(300.0)
    car.set(lap=7, lap_completed=6, fuel_level=20.0).run(10.0).lap(20.0, then_s=1.0)
    assert [lap.lap_completed for lap in laps(follow(car.frames))] == [1, 7]


def test_the_last_lap_keeps_its_time_when_the_driver_leaves_before_it_comes() -> None:
    """SIMULATOR#last-lap: the last lap's record must be kept although the driver presses ESC within the wait."""
    car = Car(session_state=5).run(1.0).lap(lap_time=None).out_of_the_car(0.5)
    car.set(lap_current_lap_time=1.0, lap_last_lap_time=61.2).out_of_the_car(2.0)
    (lap,) = laps(follow(car.frames))
    assert lap.official_s == 61.2
    assert lap.session_state == 5


def test_laps_after_the_chequered_flag_are_recorded_and_can_be_told() -> None:
    car = Car().run(1.0).lap(then_s=1.0).set(session_state=5, session_flags=1).lap(then_s=1.0)
    car.set(session_state=6).lap(then_s=1.0)
    assert [(lap.session_state, lap.session_flags) for lap in laps(follow(car.frames))] == [(4, 0), (5, 1), (6, 1)]


def test_a_torn_lap_time_of_0_is_not_taken() -> None:
    car = Car().run(1.0).lap(lap_time=61.0, then_s=1.0).lap(lap_time=None).run(0.2)
    car.once(lap_last_lap_time=0.0).run(0.3).set(lap_current_lap_time=0.6, lap_last_lap_time=62.0).run()
    assert [lap.official_s for lap in laps(follow(car.frames))] == [61.0, 62.0]


@pytest.mark.parametrize(("laps_unseen", "official_s"), [(0, 61.5), (1, None), (2, None)])
def test_a_lap_that_waits_for_its_time_over_a_gap_never_takes_a_later_laps(
    laps_unseen: int, official_s: float | None
) -> None:
    car = Car().run(1.0).lap(then_s=1.0).lap(lap_time=None).skip(20.0 + 60.0 * laps_unseen)
    car.set(lap=3 + laps_unseen, lap_completed=2 + laps_unseen, lap_dist=500.0)
    car.run(1.0, lap_current_lap_time=20.0, lap_last_lap_time=61.5).lap(30.0, then_s=1.0)
    events = follow(car.frames)
    found = {lap.lap_completed: lap for lap in laps(events)}
    assert found[2].official_s == official_s
    told = joined(seen(events))[2, ADA]
    assert told.is_timed is (laps_unseen == 0), "that there is none he does not know: others may have seen it"
