"""The scripted world keeps the laws of the simulator, whatever the script."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from race_sim import truth
from teamtactics.demo.actions import DriveThrough, Filling, Service, Stop, Ticked, Tow
from teamtactics.demo.engine import ticks
from teamtactics.demo.play import default_script
from teamtactics.demo.script import Member, Quirks, Script, Session, StartKind, Track
from teamtactics.demo.world import World
from teamtactics.model.frame import APPROACHING_PITS, NOT_IN_WORLD

ADA, BEN = Member(1, "Ada Falk"), Member(2, "Ben Ruiz")
TICK_S = 1.0 / 60.0


def script(*actions: object, laps: int = 3, **race: object) -> Script:
    session = Session(laps=laps, start=StartKind.GRID, fuel_l=40.0, actions=actions, **race)  # type: ignore[arg-type]
    track = Track(length_m=1_000.0, pit_entry_m=800.0, stall_m=900.0, pit_exit_m=150.0)
    return Script(members=(ADA, BEN), sessions=(session,), track=track, lap_time_s=20.0)


def row(world: World) -> tuple[object, ...]:
    return tuple(getattr(world, name) for name in World.__slots__ if name not in ("script", "session"))


def test_the_same_script_plays_the_same_twice() -> None:
    assert [row(world) for world in ticks(default_script(4))] == [row(world) for world in ticks(default_script(4))]


def test_another_seed_plays_another_race() -> None:
    one, two = default_script(4), replace(default_script(4), seed=2)
    assert [world.dist for world in ticks(one)] != [world.dist for world in ticks(two)]


def test_fuel_is_only_burned_or_delivered() -> None:
    """Start + delivered − burned = end, and burning never stops while somebody is in the car, nor happens without."""
    before = delivered = burned = None
    for world in ticks(default_script(8)):
        if before is not None and delivered is not None and burned is not None:
            change = world.fuel - before - (world.fuel_delivered - delivered)
            assert change <= 1e-12
            assert world.driver is not None or change == pytest.approx(0.0, abs=1e-12)
            burned -= change
        else:
            burned = 0.0
        before, delivered = world.fuel, world.fuel_delivered
    start = default_script(8).sessions[0].fuel_l
    assert before is not None and delivered is not None and burned is not None
    assert start + delivered - burned == pytest.approx(before, abs=1e-6)


def test_session_time_is_sixty_ticks_a_second() -> None:
    times = [world.session_time for world in ticks(script())]
    assert times[0] == pytest.approx(TICK_S)
    assert max(b - a for a, b in pairwise(times)) == pytest.approx(TICK_S)


def test_the_lap_time_arrives_late_in_the_tick_in_which_the_current_lap_time_drops() -> None:
    crossed_at, delays, laps, shown, current = 0.0, [], 0, 0.0, 0.0
    for world in ticks(script(laps=8)):
        running = world.session_time - world.current_lap_start
        if world.lap != laps:
            laps, crossed_at = world.lap, world.session_time
        if world.last_lap_time != shown:
            delays.append(world.session_time - crossed_at)
            assert running < current - 1.0
            assert running == pytest.approx(world.session_time - crossed_at, abs=TICK_S + 1e-9)
        shown, current = world.last_lap_time, running
    assert len(delays) == 9
    assert all(0.09 <= delay <= 1.87 for delay in delays)


def test_a_driver_change_takes_the_car_out_of_the_world_for_half_a_second_or_more_while_fuel_runs() -> None:
    change = script(Stop(2, Service(fuel_l=30.0), next_driver=BEN.customer_id, away_s=0.1))
    gone = [world.fuel for world in ticks(change) if world.lap == 2 and not world.in_world]
    assert len(gone) >= 30
    assert gone[-1] > gone[0] + 1.0
    assert {world.surface for world in ticks(change) if not world.in_world} == {NOT_IN_WORLD}


def test_speed_is_never_exactly_zero_while_somebody_is_in_the_car() -> None:
    at_rest = [
        world.speed for world in ticks(script(Stop(2, Service(repair_s=8.0)))) if world.driver and world.in_stall
    ]
    assert min(at_rest) > 0.0
    assert max(at_rest[:300]) <= 0.386


def test_boxes_clear_while_they_are_served_and_arm_again_on_leaving() -> None:
    served = script(Stop(2, Service(fuel_l=5.0, tyres=0x3)))
    seen: list[int] = []
    for world in ticks(served):
        if world.in_stall and (not seen or seen[-1] != world.pit_flags):
            seen.append(world.pit_flags)
    assert seen == [0x13, 0x03, 0x01, 0x00]
    after = [world.pit_flags for world in ticks(served) if world.lap == 3 and not world.on_pit_road]
    assert (after[0], set(after[1:])) == (0x7F, {0x1F}), "all boxes for one tick, where pit road ends"


def test_a_full_service_takes_its_measured_time_in_its_measured_order() -> None:
    """SIMULATOR#stop, from the fuel box on: 1.0 s, 5.0 s for each tyre, 4.5 s until active is off."""
    cleared: dict[int, float] = {}
    off_s = 0.0
    for world in ticks(script(Stop(2, Service(fuel_l=5.0, tyres=0xF, extra_flags=0x20)))):
        if world.in_stall and world.lap == 2:
            cleared.setdefault(world.pit_flags, world.session_time)
            off_s = world.session_time if world.pitstop_active else off_s
    assert list(cleared) == [63, 31, 15, 13, 12, 8, 0]
    times = [*cleared.values()][2:]
    steps = [b - a for a, b in zip(times, [*times[1:], off_s], strict=True)]
    assert steps == pytest.approx([1.0, 5.0, 5.0, 5.0, 4.5], abs=0.05)


def test_a_repair_begins_at_a_quarter_of_the_pace() -> None:
    left = [world.repair_left for world in ticks(script(Stop(2, Service(repair_s=8.0)))) if world.repair_left]
    assert len(left) / 60 == pytest.approx(1.0 + 20.0 + 3.0, abs=1.0)
    assert left[-1] < 0.05


def test_counters_begin_at_lap_0_with_minus_1_completed_and_the_first_crossing_makes_1_and_0() -> None:
    pairs = list(dict.fromkeys((world.lap, world.lap_completed) for world in ticks(script(laps=2))))
    assert pairs == [(0, -1), (1, 0), (2, 1), (3, 2), (4, 3)]


def test_the_flag_falls_in_the_last_lap_and_a_cool_down_lap_follows() -> None:
    by_lap = {lap["LapCompleted"]: lap["SessionState"] for lap in truth.laps(script(laps=3))}
    assert by_lap == {1: 4, 2: 4, 3: 5, 4: 6}


def test_sessions_follow_each_other_and_the_clock_restarts() -> None:
    practice = Session(type="Practice", start=StartKind.PITS, laps=2, fuel_l=30.0)
    both = replace(script(), sessions=(practice, script().sessions[0]))
    firsts: dict[int, tuple[float, int]] = {}
    for world in ticks(both):
        firsts.setdefault(world.session_num, (world.session_time, world.lap_completed))
    assert firsts == {0: (TICK_S, -1), 1: (TICK_S, -1)}


def test_time_of_day_wraps_at_midnight_and_may_run_faster() -> None:
    day = [world.time_of_day for world in ticks(script(time_of_day_s=86_390.0, speedup=4))]
    assert {86_399.0, 0.0} <= set(day)
    assert all(value == int(value) for value in day)
    assert day.index(0.0) == pytest.approx(2.5 * 60, abs=1)


@pytest.mark.parametrize("laps", [4, 5, 6, 7, 12, 26, 75])
def test_the_demo_race_tells_all_it_promises_at_any_length(laps: int) -> None:
    told = truth.sessions(default_script(laps))[0]
    assert [lap["LapCompleted"] for lap in told.laps] == [*range(1, laps + 2)]
    kinds = [kind for kind, _ in told.events]
    assert kinds.count("tow") == 1
    assert kinds.count("pitEnter") >= 2
    assert kinds.count("driver") >= 2
    assert any(lap["LapLastLapTime"] is None and lap["PlayerCarTowTime"] == 0.0 for lap in told.laps)
    assert any(lap["FuelAdded"] for lap in told.laps)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (lambda: default_script(3), "at least 4 laps"),
        (lambda: Track(pit_exit_m=10.0), "from the line"),
        (lambda: script(Stop(9)), "laps 1 to 4"),
        (lambda: script(Stop(1, next_driver=77)), "not a member"),
        (lambda: list(ticks(script(Tow(1, 0.95), DriveThrough(1), laps=1))), "behind"),
        (lambda: list(ticks(script(laps=30))), "fuel"),
    ],
)
def test_a_script_that_cannot_be_driven_says_why(wrong: object, why: str) -> None:
    assert callable(wrong)
    with pytest.raises(ValueError, match=why):
        wrong()


def test_on_pit_road_has_holes_in_the_lane_that_are_over_before_the_lane_is() -> None:
    holed = replace(script(Stop(2), DriveThrough(4), laps=5), quirks=Quirks(pit_road_hole=1.0))
    holes = [world.surface for world in ticks(holed) if world.on_pit_road and not world.shows_pit_road]
    assert len(holes) > 60
    assert set(holes) == {APPROACHING_PITS}
    assert not any(world.pit_road_hole for world in ticks(holed) if not world.on_pit_road)


@pytest.mark.parametrize("ticked", list(Ticked))
def test_boxes_are_as_they_are_served_when_service_begins_at_the_latest(ticked: Ticked) -> None:
    late = script(Stop(2, Service(fuel_l=5.0, tyres=0x3), ticked=ticked, first_flags=0x1))
    shown = [world.pit_flags for world in ticks(late) if world.lap == 2 and world.on_pit_road and not world.in_stall]
    assert (shown[0] == 0x13) == (ticked is Ticked.BEFORE)
    begun = next(world.fuel_delivered for world in ticks(late) if world.pit_flags == 0x13)
    assert begun == 0.0
    assert {lap["PitSvFlags"] for lap in truth.laps(late) if lap["StopMovingTime"]} == {0x13}


@pytest.mark.parametrize("filling", [Filling.GOES_ON, Filling.WAITS, Filling.PAUSES])
def test_a_change_of_drivers_lets_the_filling_wait_or_pause(filling: Filling) -> None:
    stop = Stop(2, Service(fuel_l=30.0), next_driver=BEN.customer_id, away_s=1.0, filling=filling)
    empty = [world.fuel_delivered for world in ticks(script(stop)) if world.lap == 2 and not world.in_world]
    assert (empty[-1] - empty[0] > 1.0) == (filling is Filling.GOES_ON)
    assert (empty[0] > 0.0) == (filling is not Filling.WAITS)
    assert sum(lap["FuelAdded"] for lap in truth.laps(script(stop)) if lap["FuelAdded"]) == pytest.approx(30.0)


def test_a_filling_that_a_change_stops_brings_no_more() -> None:
    stop = Stop(2, Service(fuel_l=30.0), next_driver=BEN.customer_id, filling=Filling.STOPS)
    assert 1.0 < sum(lap["FuelAdded"] for lap in truth.laps(script(stop)) if lap["FuelAdded"]) < 10.0


def test_the_car_of_a_driver_whose_simulator_dies_stands_and_is_towed() -> None:
    crash = script(Tow(2, 0.5, 20.0, is_crash=True, away_s=9.0, next_driver=BEN.customer_id), laps=4)
    seen = [(world.in_world, world.speed) for world in ticks(crash) if world.crashed == ADA.customer_id]
    assert [speed for in_world, speed in seen if in_world] == [0.0] * 60
    (lap,) = [lap for lap in truth.laps(crash) if lap["PlayerCarTowTime"]]
    assert (lap["CustomerID"], lap["LapLastLapTime"]) == (BEN.customer_id, None)
    assert lap["PlayerCarTowTime"] == pytest.approx(10.0, abs=0.1)
