"""What each member's simulator shows: the table of SIMULATOR#views, tick by tick."""

from __future__ import annotations

from functools import cache

import pytest
import yaml

from race_sim.session_text import session_text
from teamtactics.demo import views
from teamtactics.demo.actions import LeaveCar, Reset, Service, Stop
from teamtactics.demo.engine import ticks
from teamtactics.demo.play import default_script
from teamtactics.demo.script import Member, Quirks, Script, Session, StartKind, Track
from teamtactics.demo.world import Quirk
from teamtactics.model.frame import Frame

ADA, BEN = Member(1, "Ada Falk"), Member(2, "Ben Ruiz")
TRACK = Track(length_m=1_000.0, pit_entry_m=800.0, stall_m=900.0, pit_exit_m=150.0)
CHANGE = Script(
    members=(ADA, BEN),
    sessions=(
        Session(
            laps=3,
            start=StartKind.GRID,
            fuel_l=40.0,
            actions=(Stop(2, Service(fuel_l=20.0), next_driver=BEN.customer_id),),
        ),
    ),
    track=TRACK,
    lap_time_s=20.0,
)
PRACTICE = Session(
    type="Practice",
    start=StartKind.PITS,
    laps=3,
    fuel_l=20.0,
    actions=(Reset(1, 0.5, fuel_l=25.0), LeaveCar(3, 0.5)),
)
TEST_DRIVE = Script(members=(ADA,), sessions=(PRACTICE,), track=TRACK, lap_time_s=20.0, team_name=None, session_id=0)


@cache
def seen(script: Script, member_id: int) -> tuple[tuple[int | None, Frame], ...]:
    """Who drives, and what the member sees."""
    return tuple((world.driver, views.frame(world, member_id)) for world in ticks(script))


def first_after_gap(script: Script, member_id: int) -> list[tuple[Frame, Frame, Frame]]:
    """Three frames from each moment at which the member gets into the car."""
    frames = [frame for _, frame in seen(script, member_id)]
    return [
        (frames[n], frames[n + 1], frames[n + 2])
        for n in range(1, len(frames) - 2)
        if frames[n].is_on_track_car and not frames[n - 1].is_on_track_car
    ]


@pytest.mark.parametrize("member", [ADA, BEN])
def test_only_the_driver_sees_what_is_the_drivers(member: Member) -> None:
    for driver, frame in seen(CHANGE, member.customer_id):
        assert frame.is_on_track_car == frame.is_on_track == (driver == member.customer_id)
        if driver != member.customer_id:
            hidden = (
                frame.fuel_level, frame.lap, frame.lap_completed, frame.lap_dist, frame.lap_dist_pct, frame.on_pit_road,
                frame.pit_sv_flags, frame.player_car_tow_time, frame.pit_repair_left, frame.pit_opt_repair_left,
            )  # fmt: skip
            assert not any(hidden)


def test_everybody_has_the_session_clock_and_state() -> None:
    for (_, one), (_, two) in zip(seen(CHANGE, 1), seen(CHANGE, 2), strict=True):
        assert one[:8] == two[:8]
        assert one.track_temp == two.track_temp


def test_the_others_see_the_car_a_second_late() -> None:
    live = {n: frame.car_lap for n, (_, frame) in enumerate(seen(CHANGE, 1)) if frame.is_on_track_car}
    late = [frame.car_lap for _, frame in seen(CHANGE, 2)]
    steps = [n for n in live if n - 1 in live and live[n] != live[n - 1]]
    assert len(steps) >= 2
    for n in steps:
        assert late[n + 58] == live[n - 1]
        assert late[n + 61] == live[n]


def test_the_car_out_of_the_world_has_no_lap_and_no_place_for_the_others() -> None:
    gone = [frame for driver, frame in seen(CHANGE, 2) if driver is None and frame.car_track_surface == -1]
    assert gone
    assert {(frame.car_lap, frame.car_lap_completed, frame.car_on_pit_road) for frame in gone} == {(-1, -1, False)}
    assert {frame.player_track_surface for frame in gone} == {-1}


def test_in_pit_stall_freezes_for_who_left_the_car_in_it_and_stays_false_for_who_never_drove() -> None:
    ada = [frame for driver, frame in seen(CHANGE, 1) if driver == BEN.customer_id]
    ben = [frame for driver, frame in seen(CHANGE, 2) if driver == ADA.customer_id]
    assert all(frame.player_car_in_pit_stall for frame in ada)
    assert any((frame.speed or 0.0) > 30.0 for frame in ada)
    assert not any(frame.player_car_in_pit_stall for frame in ben)


def test_who_leaves_the_car_sees_it_vanish_at_once() -> None:
    frames = [frame for _, frame in seen(CHANGE, 1)]
    left = next(n for n in range(1, len(frames)) if frames[n - 1].is_on_track_car and not frames[n].is_on_track_car)
    assert frames[left].player_track_surface == -1


@pytest.mark.parametrize(("script", "member"), [(CHANGE, 1), (CHANGE, 2), (TEST_DRIVE, 1)])
def test_the_first_ticks_in_the_car_are_rubbish_but_for_the_fuel(script: Script, member: int) -> None:
    entries = first_after_gap(script, member)
    assert entries
    for glitch, second, third in entries:
        assert (glitch.lap, glitch.lap_dist_pct, glitch.on_pit_road, glitch.speed) == (0, 0.0, False, 0.0)
        assert glitch.fuel_level
        assert (second.speed or third.speed or 0.0) > 0.0
    assert any(third.on_pit_road for _, _, third in entries) or script is CHANGE


def test_a_reset_is_one_tick_of_rubbish_with_the_new_fuel_and_then_the_stall() -> None:
    frames = [frame for _, frame in seen(TEST_DRIVE, 1) if frame.is_on_track_car]
    at = next(n for n, f in enumerate(frames) if n > 500 and f.lap == 0 and f.lap_dist == 0.0)
    before, glitch, after = frames[at - 1 : at + 2]
    assert before.speed is not None and before.speed > 30.0
    assert glitch.fuel_level == pytest.approx(25.0, abs=0.001)
    assert glitch.on_pit_road is False
    assert (after.lap, after.on_pit_road, after.player_track_surface) == (before.lap, True, 1)
    assert after.lap_last_lap_time == before.lap_last_lap_time


def test_the_session_text_names_the_new_driver_two_to_five_seconds_later() -> None:
    changed = named = 0.0
    for world in ticks(CHANGE):
        if world.driver == BEN.customer_id and not changed:
            changed = world.session_time
        info = views.session_info(world, ADA.customer_id)
        assert info.own is not None
        assert info.driver_user_id == ADA.customer_id
        if info.own.user_id == BEN.customer_id and not named:
            named = world.session_time
    assert 1.9 <= named - changed <= 5.1


def test_the_text_says_what_the_parsed_info_says() -> None:
    world = next(iter(ticks(CHANGE)))
    info = views.session_info(world, BEN.customer_id)
    text = yaml.safe_load(session_text(world, BEN.customer_id).removesuffix("...\n"))
    drivers = text["DriverInfo"]["Drivers"]
    own = next(entry for entry in drivers if entry["CarIdx"] == text["DriverInfo"]["DriverCarIdx"])
    assert drivers.index(own) != own["CarIdx"]
    assert info.own is not None
    assert (own["UserID"], own["UserName"], own["TeamID"]) == (info.own.user_id, info.own.user_name, info.own.team_id)
    assert text["DriverInfo"]["DriverUserID"] == info.driver_user_id
    assert text["WeekendInfo"]["SessionID"] == info.session_id
    assert text["SessionInfo"]["Sessions"][0]["SessionLaps"] == info.sessions[0].laps


def test_results_in_the_text_lag_behind_the_line() -> None:
    laps = crossed = 0
    lags = []
    for world in ticks(CHANGE):
        if world.lap_completed > crossed:
            crossed, at = world.lap_completed, world.session_time
        if world.text_laps > laps:
            laps = world.text_laps
            lags.append(world.session_time - at)
            assert f"LapsComplete: {laps}" in session_text(world, 1)
    assert lags
    assert all(2.3 <= lag <= 4.5 for lag in lags)


def test_quirks_show_a_tank_of_zero_for_one_tick_and_frames_of_zeros() -> None:
    quirks = Quirks(fuel_zero=20.0, zero_frame=20.0)
    odd = Script(members=CHANGE.members, sessions=CHANGE.sessions, track=TRACK, lap_time_s=20.0, quirks=quirks)
    fuel = zeros = 0
    for world in ticks(odd):
        frame = views.frame(world, world.driver or 1)
        if world.quirk is Quirk.ZERO_FRAME:
            zeros += 1
            assert not any(frame[1:-1])
            assert not any(value for _, value in frame.in_car or ())
        elif frame.is_on_track_car and frame.fuel_level == 0.0:
            fuel += 1
            assert world.fuel > 1.0
    assert fuel > 5
    assert zeros > 5


def test_variables_carry_the_frame_under_the_names_of_the_sdk() -> None:
    world = next(world for world in ticks(default_script(4)) if world.lap == 2)
    assert world.driver is not None
    shown = views.frame(world, world.driver)
    values = views.variables(shown, 5)
    assert values["FuelLevel"] == shown.fuel_level
    assert values["LapDistPct"] == shown.lap_dist_pct
    assert values["CarIdxTrackSurface"] == {5: shown.car_track_surface}
    assert values["IsReplayPlaying"] is False
