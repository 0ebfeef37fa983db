"""Who drives, taking over, gaps, and one session after another."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import ANY

import pytest

from race.driving import ADA, BEN, TICK_S, Car, follow, kinds, known, laps, run_events, seen, session_info
from teamtactics.model.events import FormerLapTimed, RunEventKind, SessionBegan
from teamtactics.model.facts import MomentKind
from teamtactics.model.session import SessionInfo
from teamtactics.race.checkpoint import CheckpointUnreadable
from teamtactics.race.tracker import Tracker, facts_left


def test_a_member_who_does_not_drive_produces_nothing() -> None:
    car = Car(player_car_in_pit_stall=True, speed=60.0).out_of_the_car(30.0)
    events = follow(car.frames, session_info(me=ADA, in_car=BEN))
    assert [type(event) for event in events] == [SessionBegan]


def test_driving_counts_from_the_third_tick_and_the_rubbish_of_the_first_is_ignored() -> None:
    car = Car(lap=8, lap_completed=7, fuel_level=33.0).out_of_the_car(1.0)
    car.once(lap=0, lap_completed=0, fuel_level=99.0, speed=0.0, lap_dist_pct=0.0).run(1.0)
    (event,) = run_events(follow(car.frames))
    assert event.kind is RunEventKind.DRIVER
    assert (event.state.lap_completed, event.state.fuel_level_l) == (7, 33.0)


@pytest.mark.parametrize("ticks", [1, 2, 3])
def test_a_level_that_reads_zero_alone_as_the_seat_is_taken_is_no_level(ticks: int) -> None:
    car = Car(fuel_level=20.0).run(1.0).lap(then_s=20.0).out_of_the_car(5.0).set(on_pit_road=True, speed=0.02)
    car.set(player_track_surface=1, player_car_in_pit_stall=True).run(TICK_S).run(TICK_S)
    for _ in range(ticks):
        car.once(fuel_level=0.0)
    events = follow(car.stand_in_stall(5.0).leave_pits().lap(30.0, then_s=1.0).frames)
    assert laps(events)[-1].tally.fuel_added_l == 0.0
    assert all(event.state.fuel_level_l == 20.0 for event in run_events(events))


def test_an_empty_tank_is_believed_when_it_stays_empty() -> None:
    (event,) = run_events(follow(Car(fuel_level=0.0).run(1.0).frames))
    assert event.state.fuel_level_l == 0.0


def test_the_driver_is_the_member_at_this_pc_while_the_text_still_names_the_other() -> None:
    (event,) = run_events(follow(Car().run(1.0).frames, session_info(me=BEN, in_car=ADA)))
    assert event.state.customer_id == BEN
    assert event.state.driver is None


def test_getting_in_from_0_laps_to_k_is_no_lap() -> None:
    car = Car(lap=9, lap_completed=8).out_of_the_car(2.0).run(5.0)
    assert laps(follow(car.frames)) == []


def test_a_flag_that_drops_for_two_ticks_is_no_driver_change() -> None:
    car = Car().run(1.0)
    for _ in range(2):
        car.once(is_on_track_car=False, is_on_track=False, fuel_level=0.0, lap=0, lap_completed=0)
    assert kinds(follow(car.run(1.0).frames)) == ["driver"]


def test_out_of_the_cockpit_view_but_in_the_car_is_driving() -> None:
    """SIMULATOR#driving: IsOnTrack false, IsOnTrackCar true, everything valid."""
    assert kinds(follow(Car(is_on_track=False).run(1.0).frames)) == ["driver"]


def test_recordings_without_is_on_track_car_go_by_is_on_track() -> None:
    assert kinds(follow(Car(is_on_track_car=None).run(1.0).frames)) == ["driver"]


def test_a_loaded_replay_is_never_recorded() -> None:
    assert follow(Car().run(1.0).lap(then_s=1.0).frames, session_info(sim_mode="replay")) == []


def test_the_same_driver_out_and_in_again_in_the_stall_keeps_visit_and_lap() -> None:
    car = Car(fuel_level=40.0).run(1.0).lap(then_s=20.0).drive_into_pits().stand_in_stall(3.0)
    car.out_of_the_car(5.0).set(fuel_level=55.0).stand_in_stall(3.0).leave_pits()
    car.set(fuel_level=54.0).lap(30.0, then_s=1.0)
    events = follow(car.frames)
    assert kinds(events) == ["driver", "pitEnter", "stopMoving", "driverLeft", "startMoving", "pitExit"]
    lap = laps(events)[1]
    assert lap.tally.fuel_added_l == pytest.approx(15.0)
    assert lap.fuel_used_l == pytest.approx(1.0)
    assert (lap.stint, lap.stint_lap) == (2, 1)


def test_left_on_track_and_entered_again_in_the_pits_is_a_reset_outside_a_race() -> None:
    car = Car(fuel_level=40.0, session_num=0).run(1.0).lap(then_s=20.0).out_of_the_car(5.0)
    car.set(fuel_level=60.0, on_pit_road=True, lap_dist=200.0).stand_in_stall(3.0).leave_pits().lap(30.0, then_s=1.0)
    lap = laps(follow(car.frames))[1]
    assert (lap.fuel_used_l, lap.measured_s, lap.tally.fuel_added_l, lap.stint) == (None, None, 0.0, 2)


def test_left_on_track_and_entered_again_in_the_pits_is_a_tow_in_a_race() -> None:
    """SIMULATOR#tow: there is no reset in a race; the lap goes on, and its fuel is known to who saw both sides."""
    car = Car(fuel_level=40.0).run(1.0).lap(then_s=20.0).run(2.0, speed=0.02, fuel_level=39.5).out_of_the_car(5.0)
    car.set(on_pit_road=True, lap_dist=200.0).stand_in_stall(3.0).leave_pits().lap(30.0, then_s=1.0)
    events = follow(car.frames)
    lap = laps(events)[1]
    assert MomentKind.TOWED in [moment.kind for facts in seen(events) for moment in facts.moments]
    assert (lap.fuel_used_l, lap.tally.fuel_added_l, lap.stint) == (pytest.approx(0.5), 0.0, 2)
    assert lap.measured_s is not None


def test_a_stop_that_nobody_saw_but_the_fuel_proves_is_a_stint_with_null_moments() -> None:
    car = Car(fuel_level=20.0).run(1.0).lap(then_s=20.0).skip(60.0).set(fuel_level=70.0).run(10.0).lap(20.0, then_s=1.0)
    lap = laps(follow(car.frames))[1]
    assert (lap.stint, lap.stint_lap) == (2, 1)
    assert lap.tally.pit_enter is lap.tally.pit_exit is None
    assert (lap.tally.fuel_added_l, lap.fuel_used_l) == (None, None), "what was burned before the stop is not known"


def test_a_gap_without_any_sign_of_a_stop_ends_no_stint() -> None:
    car = Car(fuel_level=20.0).run(1.0).lap(then_s=20.0).skip(20.0).set(fuel_level=19.5).run(10.0).lap(20.0, then_s=1.0)
    lap = laps(follow(car.frames))[1]
    assert (lap.stint, lap.stint_lap) == (1, 2)
    assert lap.gap_s == pytest.approx(20.0, abs=0.1)
    assert lap.fuel_used_l == pytest.approx(0.5)


def test_a_car_found_in_its_stall_after_a_gap_has_made_a_stop_nobody_saw() -> None:
    car = Car(fuel_level=20.0).run(1.0).lap(then_s=20.0).skip(30.0).set(on_pit_road=True).stand_in_stall(3.0)
    lap = laps(follow(car.leave_pits().lap(30.0, then_s=1.0).frames))[1]
    assert lap.stint == 2
    assert lap.tally.pit_enter is None
    assert lap.tally.pit_exit is not None


def test_a_car_found_driving_on_pit_road_after_a_gap_stops_before_our_eyes() -> None:
    car = Car(fuel_level=20.0).run(1.0).lap(then_s=20.0).skip(30.0).set(on_pit_road=True, player_track_surface=2)
    car.run(5.0, speed=20.0)
    stopped_s = car.values["session_time"]
    lap = laps(follow(car.stand_in_stall(5.0).leave_pits().lap(30.0, then_s=1.0).frames))[1]
    assert lap.tally.pit_enter is None, "nobody saw the entry"
    assert lap.tally.stop_moving is not None
    assert lap.tally.stop_moving.session_time_s == pytest.approx(stopped_s, abs=0.05)


def test_a_client_that_begins_in_the_stall_in_mid_race_counts_the_exit_as_a_new_stint() -> None:
    """Who has completed laps came in from the track; who has none stands there since the session began."""
    for done, stint in ((3, 2), (0, 1)):
        car = Car(lap=done + 1, lap_completed=done, on_pit_road=True).stand_in_stall(5.0).leave_pits()
        (lap,) = laps(follow(car.lap(30.0, then_s=1.0).frames))
        assert (lap.lap_completed, lap.stint) == (done + 1, stint)


@pytest.mark.parametrize("crossed", [1, 3])
def test_a_car_found_in_its_stall_behind_lines_that_nobody_saw_was_served_with_nobody_knows_what(crossed: int) -> None:
    car = Car(fuel_level=20.0).run(1.0).lap(then_s=20.0).skip(90.0)
    car.set(lap=2 + crossed, lap_completed=1 + crossed, on_pit_road=True, fuel_level=40.0).stand_in_stall(3.0)
    lap = laps(follow(car.leave_pits().lap(30.0, then_s=1.0).frames))[-1]
    assert (lap.lap_completed, lap.tally.fuel_added_l, lap.pit_sv_flags) == (2 + crossed, None, None)


def test_a_stop_and_a_line_in_one_gap_leave_open_in_which_of_the_laps_the_stop_was() -> None:
    car = Car(fuel_level=20.0).run(1.0).lap(then_s=20.0).skip(90.0)
    car.set(lap=3, lap_completed=2, fuel_level=60.0, lap_dist_pct=0.3).run(20.0)
    told = laps(follow(car.lap(30.0, then_s=1.0).frames))
    assert [(lap.lap_completed, lap.tally.fuel_added_l, lap.pit_sv_flags) for lap in told[1:]] == [(3, None, None)]


def test_a_car_found_in_its_stall_again_after_two_lines_has_made_another_visit() -> None:
    car = Car(fuel_level=20.0).run(1.0).lap(then_s=20.0).drive_into_pits().stand_in_stall(5.0).skip(90.0)
    car.set(lap=4, lap_completed=3).stand_in_stall(3.0).leave_pits()
    lap = laps(follow(car.lap(30.0, then_s=1.0).frames))[-1]
    assert (lap.lap_completed, lap.stint, lap.stint_lap) == (4, 3, 1)


def test_a_car_that_moved_off_in_a_gap_has_no_known_start() -> None:
    car = Car().run(1.0).lap(then_s=20.0).drive_into_pits().stand_in_stall(5.0).skip(30.0)
    car.run(5.0, speed=20.0, player_track_surface=2, player_car_in_pit_stall=False)
    car.run(1.0, on_pit_road=False, player_track_surface=3, speed=50.0)
    lap = laps(follow(car.lap(30.0, then_s=1.0).frames))[1]
    assert lap.tally.stop_moving is not None
    assert lap.tally.start_moving is None
    assert lap.tally.pit_exit is not None
    assert lap.stint == 2


def test_a_car_that_is_just_moving_off_after_a_gap_did_not_start_where_it_was_last_seen_standing() -> None:
    car = Car().run(1.0).lap(then_s=20.0).drive_into_pits().stand_in_stall(5.0).skip(10.0)
    events = follow(car.run(0.1, speed=0.7).leave_pits().lap(30.0, then_s=1.0).frames)
    assert "startMoving" not in kinds(events)
    assert laps(events)[1].tally.start_moving is None


@pytest.mark.parametrize("speed", [0.02, 20.0])
def test_a_filling_is_known_after_a_gap_only_while_the_car_still_stands(speed: float) -> None:
    """Of a car that has driven since nobody knows how much of the filling is burned already."""
    car = Car(fuel_level=20.0).run(1.0).lap(then_s=20.0).drive_into_pits().stand_in_stall(5.0)
    car.skip(10.0).run(1.0, fuel_level=44.9, speed=speed).leave_pits()
    (*_, lap) = laps(follow(car.lap(30.0, then_s=1.0).frames))
    assert lap.tally.fuel_added_l == (pytest.approx(24.9) if speed < 1.0 else None)
    assert (lap.fuel_used_l is None) == (speed > 1.0)


@pytest.mark.parametrize(("laps_unseen", "stint_laps"), [(0, [1, 2, 1]), (1, [1, 2, 1, 2])])
def test_a_line_seen_in_the_pit_lane_is_not_taken_for_the_unseen_one_behind_the_exit(
    laps_unseen: int, stint_laps: list[int]
) -> None:
    car = Car().run(1.0).lap(then_s=20.0).drive_into_pits().stand_in_stall(5.0)
    car.run(3.0, speed=20.0, player_track_surface=2, player_car_in_pit_stall=False).cross(then_s=2.0).skip(70.0)
    car.set(lap=3 + laps_unseen, lap_completed=2 + laps_unseen, lap_dist=500.0, on_pit_road=False)
    car.run(50.0, player_track_surface=3, speed=50.0).lap(30.0, then_s=30.0)
    found = follow(car.frames, session_info(stall_pct=0.95))
    assert [lap.stint_lap for lap in known(found, stall_pct=0.95).values()] == stint_laps


def test_a_car_back_in_its_stall_before_the_line_after_the_line_was_seen_in_the_lane_has_been_round() -> None:
    """As many laps completed as when it was last seen, and still it has driven one."""
    car = Car().run(1.0).lap(then_s=20.0).drive_into_pits().stand_in_stall(5.0)
    car.run(3.0, speed=20.0, player_track_surface=2, player_car_in_pit_stall=False).cross(then_s=2.0).skip(90.0)
    car.stand_in_stall(5.0).leave_pits().lap(30.0, then_s=1.0)
    (*_, lap) = laps(follow(car.frames, session_info(stall_pct=0.95)))
    assert (lap.lap_completed, lap.stint, lap.stint_lap) == (3, 3, 1)


@pytest.mark.parametrize("put", [False, True])
def test_a_car_found_in_the_lane_before_a_stall_behind_the_line_is_there_for_another_stop(put: bool) -> None:
    """What it was there for before it has left: no line lies behind its stall. So this request is this stop's."""
    car = Car().run(1.0).lap(then_s=20.0)
    if put:
        car.run(1.0, speed=0.02).run(1.0, player_car_tow_time=9.0).set(player_car_tow_time=0.0)
    else:
        car.drive_into_pits().stand_in_stall(5.0)
    car.skip(60.0).set(lap=3, lap_completed=2, on_pit_road=True, pit_sv_flags=0x13, player_car_in_pit_stall=False)
    car.run(3.0, speed=20.0, player_track_surface=2).stand_in_stall(3.0)
    events = follow(car.leave_pits().lap(30.0, then_s=1.0).frames, session_info(stall_pct=0.05))
    lap = laps(events)[-1]
    assert lap.lap_completed == 3
    assert (lap.tally.stop_moving is not None, lap.pit_sv_flags) == (True, 0x13)


def test_a_car_left_behind_the_line_and_found_before_the_next_in_the_same_lap_is_there_for_another_stop() -> None:
    """Its stall lies behind the line: it has left since, and what is requested is for the stop to come."""
    car = Car(pit_sv_flags=0).run(1.0).lap(then_s=20.0).drive_into_pits().cross(then_s=1.0)
    car.set(lap_dist_pct=0.01).stand_in_stall(5.0)
    car.run(2.0, speed=20.0, player_track_surface=2, player_car_in_pit_stall=False, lap_dist_pct=0.02).skip(60.0)
    car.run(3.0, speed=20.0, on_pit_road=True, pit_sv_flags=0x1F, lap_dist_pct=0.98).cross(then_s=1.0)
    car.set(lap_dist_pct=0.01).stand_in_stall(3.0)
    events = follow(car.leave_pits().lap(30.0, then_s=1.0).frames, session_info(stall_pct=0.01))
    assert laps(events)[-1].pit_sv_flags == 0x1F


def test_what_is_requested_when_he_is_back_in_a_car_that_was_towed_is_not_what_it_was_there_for() -> None:
    """The crew may have served it meanwhile; while the tow goes on it has not begun."""
    for tow_s, flags in ((0.0, None), (5.0, 0x13)):
        car = Car(pit_sv_flags=0x10).run(1.0).lap(then_s=20.0).drive_into_pits().stand_in_stall(3.0).leave_pits()
        car.run(1.0, speed=0.02).run(1.0, player_car_tow_time=9.0).skip(20.0).set(on_pit_road=True, lap_dist=200.0)
        car.set(pit_sv_flags=0x13, player_car_tow_time=tow_s).stand_in_stall(1.0).set(player_car_tow_time=0.0)
        events = follow(car.stand_in_stall(3.0).leave_pits().lap(30.0, then_s=1.0).frames)
        assert known(events)[2].pit_sv_flags == flags


def test_a_tank_that_was_filled_unseen_between_pit_entry_and_exit_proves_the_stop() -> None:
    car = Car(fuel_level=20.0).run(1.0).lap(then_s=20.0).drive_into_pits(3.0)
    car.skip(20.0).run(3.0, fuel_level=45.0).leave_pits(3.0)
    (*_, lap) = laps(follow(car.lap(30.0, then_s=1.0).frames))
    assert (lap.stint, lap.stint_lap) == (2, 1)


def test_a_stop_that_is_seen_only_between_two_crashes_is_written_down_at_once() -> None:
    """Without refuelling nothing tells of it afterwards."""
    tracker = Tracker()
    car = Car().run(1.0).lap(then_s=20.0).drive_into_pits(3.0)
    before_events = follow(car.frames, tracker=tracker)
    before = len(car.frames)
    events = follow(car.skip(10.0).stand_in_stall(0.2).frames[before:], tracker=tracker)
    assert MomentKind.STOOD in [moment.kind for moment in seen(events)[-1].moments]
    text, told = tracker.checkpoint(), seen([*before_events, *events])
    tracker.simulator_lost()
    car.frames.clear()
    car.skip(10.0).leave_pits(3.0).lap(30.0, then_s=1.0)
    tracker.advance(car.frames[0], session_info())
    tracker.resume(text, told)
    (*_, lap) = laps(follow(car.frames, tracker=tracker))
    assert (lap.stint, lap.stint_lap) == (2, 1)


def test_an_exit_that_nobody_saw_is_written_down_as_soon_as_the_car_is_seen_on_the_track() -> None:
    """The next crash may come before anything else is told, and the car may be in its stall again behind it."""
    car = Car().run(1.0).lap(then_s=20.0).drive_into_pits().stand_in_stall(5.0)
    car.skip(30.0).run(1.0, on_pit_road=False, player_track_surface=3, player_car_in_pit_stall=False, speed=50.0)
    found = run_events(follow(car.frames), RunEventKind.STATE_DUE)
    assert [(event.state.on_pit_road, event.state.stint) for event in found] == [(False, 2)]


def test_a_car_found_put_into_its_stall_is_written_down_at_once() -> None:
    car = Car().run(1.0).lap(then_s=20.0).out_of_the_car(5.0).set(on_pit_road=True).stand_in_stall(0.5)
    events = follow(car.frames)
    assert kinds(events) == ["driver", "driverLeft", "stateDue"]
    assert run_events(events)[-1].state.on_pit_road is True


@pytest.mark.parametrize(
    ("stall_pct", "laps_unseen", "stint", "stint_lap"), [(0.95, 2, 3, 1), (0.95, 1, 3, 1), (0.05, 1, 3, 1)]
)
def test_a_car_left_in_its_stall_and_found_there_laps_later_has_made_two_stops(
    stall_pct: float, laps_unseen: int, stint: int, stint_lap: int
) -> None:
    """Without the laps in between it would be one and the same visit."""
    info = session_info(stall_pct=stall_pct)
    tracker = Tracker(state_interval_s=1e9)
    car = Car(fuel_level=40.0).run(1.0).lap(then_s=20.0).drive_into_pits().stand_in_stall(5.0)
    car.skip(100.0).set(lap=2 + laps_unseen, lap_completed=1 + laps_unseen).stand_in_stall(5.0).leave_pits()
    (*_, lap) = laps(follow(car.lap(30.0, then_s=1.0).frames, info, tracker))
    assert (lap.stint, lap.stint_lap) == (stint, stint_lap)


def test_a_simulator_restarted_in_mid_race_finds_the_car_put_into_its_stall() -> None:
    """The tick counter starts anew with the connection (SIMULATOR#clock): a stint ends, as with a tow."""
    car = Car(fuel_level=20.0).run(1.0).lap(then_s=20.0)
    tracker = Tracker(state_interval_s=1e9)
    follow(car.frames, tracker=tracker)
    text = tracker.checkpoint()
    tracker.simulator_lost()
    again = Car(**{**car.values, "tick": 5, "session_tick": 5}).skip(90.0)
    again.set(on_pit_road=True).stand_in_stall(3.0).leave_pits().lap(30.0, then_s=1.0)
    found = tracker.advance(again.frames[0], session_info())
    assert isinstance(found[-1], SessionBegan)
    assert not found[-1].is_restart
    tracker.resume(text)
    events = follow(again.frames, tracker=tracker)
    assert "driver" not in kinds(events)
    assert [(lap.lap_completed, lap.stint, lap.stint_lap) for lap in laps(events)] == [(2, 2, 1)]


@pytest.mark.parametrize(
    "change",
    [{"session_num": 1, "session_unique_id": 2}, {"session_unique_id": 4}, {}],
    ids=["another session", "restart by id", "restart by the clock alone"],
)
def test_a_new_session_starts_at_stint_1_and_the_old_ones_last_lap_is_complete(change: dict[str, int]) -> None:
    car = Car().run(1.0).lap(then_s=1.0).drive_into_pits().stand_in_stall().leave_pits().lap(20.0, lap_time=None)
    car.out_of_the_car(0.5)
    car.set(session_time=0.5, lap=1, lap_completed=0, lap_current_lap_time=5.0, **change).out_of_the_car(4.0)
    car.run(1.0).lap(then_s=1.0)
    events = follow(car.frames)
    began = [event for event in events if isinstance(event, SessionBegan)]
    assert [event.is_restart for event in began] == [False, True]
    assert [(lap.lap_completed, lap.stint) for lap in laps(events)] == [(1, 1), (2, 2), (1, 1)]
    assert laps(events)[-1].fuel_used_l is None


def test_the_time_of_the_old_sessions_last_lap_may_come_after_the_change() -> None:
    """It stands in the results, which follow the telemetry by seconds (SIMULATOR#lag)."""
    tracker = Tracker()
    car = Car().run(1.0).lap(then_s=1.0).lap(20.0, lap_time=None)
    follow(car.frames, tracker=tracker)
    car.frames.clear()
    car.set(session_num=3, session_unique_id=4, session_time=0.5).out_of_the_car(4.0)
    info = with_race(session_info(), 2, None)
    told = follow(car.frames, info, tracker)
    assert [(lap.lap_completed, lap.official_s) for lap in laps(told)] == [(2, None)]
    car.frames.clear()
    told = follow(car.out_of_the_car(1.0).frames, with_race(info, 2, 61.25), tracker)
    assert [event for event in told if isinstance(event, FormerLapTimed)] == [FormerLapTimed(2, 2, 61.25, ANY)]
    assert follow(car.out_of_the_car(1.0).frames, with_race(info, 2, 61.25), tracker) == []


def with_race(info: SessionInfo, laps_done: int | None, last_s: float | None) -> SessionInfo:
    """*info* with a fourth session, and this line of results for the third."""
    first, second, race = info.sessions[:3]
    race = replace(race, own_laps=laps_done, own_last_time_s=last_s)
    return replace(info, sessions=(first, second, race, replace(race, num=3, own_laps=None, own_last_time_s=None)))


def test_one_frame_of_another_session_number_is_no_new_session() -> None:
    car = Car().run(1.0).lap(then_s=1.0).once(session_num=0).run(20.0).lap(20.0, then_s=1.0)
    events = follow(car.frames)
    assert sum(isinstance(event, SessionBegan) for event in events) == 1
    assert [lap.lap_completed for lap in laps(events)] == [1, 2]


def test_a_single_frame_from_the_past_changes_nothing() -> None:
    car = Car().run(1.0).lap(then_s=1.0)
    car.frames.append(car.frames[5])
    car.run(20.0).lap(20.0, then_s=1.0)
    assert [lap.lap_completed for lap in laps(follow(car.frames))] == [1, 2]


def test_the_state_is_due_after_the_interval_and_only_while_driving() -> None:
    tracker = Tracker(state_interval_s=30.0)
    car = Car().run(100.0).out_of_the_car(100.0)
    due = run_events(follow(car.frames, tracker=tracker), RunEventKind.STATE_DUE)
    assert [round(event.state.session_time_s - 100.0) for event in due] == [30, 60, 90]


def test_a_lap_that_waits_for_its_time_survives_in_the_checkpoint() -> None:
    tracker = Tracker()
    car = Car().run(1.0).lap(lap_time=61.0, then_s=1.0).lap(30.0, lap_time=None).run(0.2)
    follow(car.frames, tracker=tracker)
    left = {facts.lap: facts for facts in facts_left(tracker.checkpoint())}
    line = left[2].line
    assert line is not None and line.fuel_level_l is not None
    assert (sorted(left), left[2].official_s, left[2].is_timed) == ([2, 3], None, False)
    with pytest.raises(CheckpointUnreadable):
        facts_left("{}")


def test_what_is_behind_a_line_is_told_when_it_cannot_be_taken_back_any_more() -> None:
    """SIMULATOR#flicker: the lap counter falls back a second after the start; of that lap nobody must have heard."""
    car = Car(lap=1, lap_completed=0, lap_current_lap_time=0.0).run(5.0)
    car.set(lap=2, lap_completed=1).run(0.3).drive_into_pits(0.5).set(on_pit_road=False)
    car.set(lap=1, lap_completed=0).run(30.0)
    assert {facts.lap for facts in seen(follow(car.frames))} == {1}
    car.lap(lap_time=62.0, then_s=1.0)
    told = seen(follow(car.frames))
    assert [facts.lap for facts in told if facts.line] == [1]
    (begin,) = {sight.from_s for facts in told if facts.lap == 2 for sight in facts.sights}
    assert begin == next(facts.line.at.session_time_s for facts in told if facts.line)


def test_a_text_that_does_not_say_where_the_stall_lies_makes_nobody_forget_it() -> None:
    tracker, car = Tracker(), Car().run(1.0)
    follow(car.frames, session_info(stall_pct=0.9), tracker)
    car.frames.clear()
    follow(car.run(1.0).frames, session_info(stall_pct=None), tracker)
    assert tracker.memory is not None
    assert tracker.memory.stall_pct == 0.9


def test_nothing_is_followed_until_the_text_names_the_own_car() -> None:
    assert follow(Car().run(1.0).frames, session_info(own=None)) == []
