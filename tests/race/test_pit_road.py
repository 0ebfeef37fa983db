"""Pit road tick by tick: a car that is put there, one that drives onto it, and one of which the flag says nothing."""

from __future__ import annotations

from typing import Any

import pytest

from race.test_seldom import frame, on_road, paced
from teamtactics.model.facts import MomentKind
from teamtactics.race.eyes.pits.road import PitRoad
from teamtactics.race.eyes.pits.visit import PitVisit

TICK_S = 0.0625
NOW_S = 512.0
TRACK: dict[str, Any] = {"on_pit_road": False, "player_track_surface": 3}
LANE: dict[str, Any] = {"on_pit_road": True, "player_track_surface": 2}
EXIT_ROAD: dict[str, Any] = {"on_pit_road": False, "player_track_surface": 2}
STALL: dict[str, Any] = {"on_pit_road": True, "player_track_surface": 1}
DRIVES, STANDS = {"speed": 20.0}, {"speed": 0.0}


def kinds(told: list[tuple[str, float]]) -> list[str]:
    return [kind for kind, _ in told]


@pytest.mark.parametrize(
    ("shown", "stands", "stood"),
    [
        ({**STALL, **STANDS}, True, True),
        ({**STALL, **STANDS, "on_pit_road": False}, True, True),  # a hole of the flag
        ({**LANE, **STANDS}, True, False),
        ({**TRACK, **STANDS}, False, False),
        ({**STALL, "speed": 0.4375}, True, True),
        ({**STALL, "speed": 0.5}, False, False),
        ({**STALL, "speed": None}, False, False),
    ],
)
@pytest.mark.parametrize("came", [MomentKind.RESET, MomentKind.TOWED, MomentKind.PLACED])
def test_a_car_that_was_put_into_the_pits_stands_there(
    came: MomentKind, shown: dict[str, Any], stands: bool, stood: bool
) -> None:
    """What is requested counts for that stop; of a car that is only found there nobody knows since when it stands."""
    visit = PitRoad().place(came, frame(NOW_S, player_car_in_pit_stall=None, **shown))
    assert (visit.is_standing, visit.stood_in_stall) == (stands, stood)
    assert visit.stop_s == (NOW_S if stands and came is not MomentKind.PLACED else None)


@pytest.mark.parametrize("how", ["put", "lost"])
def test_what_the_flag_said_before_does_not_count_behind_it(how: str) -> None:
    """Three ticks in a row it takes anew, where the car was put and where it was out of sight."""
    road = on_road(is_on=False, visit=None)
    paced(road, (1.0, {**TRACK, **DRIVES}), (2 * TICK_S, LANE))
    if how == "put":
        road.place(MomentKind.RESET, frame(NOW_S, **STANDS, **TRACK))
    else:
        road.lose_sight()
    paced(road, (2 * TICK_S, {**LANE, **DRIVES}))
    assert not road.is_on
    road.flip_ticks = 0
    paced(road, (3 * TICK_S, {**LANE, **DRIVES}))
    assert road.is_on


def test_behind_a_loss_of_sight_the_flag_holds_after_three_ticks() -> None:
    for ticks, told in ((2, []), (3, ["enter"])):
        road = PitRoad()
        road.lose_sight()
        road.find_on_track(frame(NOW_S, **DRIVES, **TRACK))
        assert kinds(paced(road, (ticks * TICK_S, {**LANE, **DRIVES}))) == told


@pytest.mark.parametrize(("slow_ticks", "told"), [(2, ["enter"]), (3, [])])
def test_two_ticks_of_0_are_no_stop_right_where_the_car_is_found(slow_ticks: int, told: list[str]) -> None:
    road = PitRoad()
    road.find_on_track(frame(NOW_S, **DRIVES, **TRACK))
    steps = ((slow_ticks * TICK_S, {**TRACK, **STANDS}), (TICK_S, DRIVES), (4 * TICK_S, LANE))
    assert kinds(paced(road, *steps)) == told


@pytest.mark.parametrize(
    ("steps", "may_be"),
    [
        ([(2.0, {**TRACK, **DRIVES})], False),
        ([(2.0, {**TRACK, **DRIVES}), (2 * TICK_S, LANE)], True),
        ([(2.0, {**TRACK, **DRIVES}), (3 * TICK_S, LANE)], False),  # it is one
        ([(2.0, {**TRACK, **DRIVES}), (2 * TICK_S, LANE), (TICK_S, TRACK)], False),  # it was none
        ([(2.0, {**TRACK, **STANDS}), (2 * TICK_S, {**LANE, **DRIVES})], False),  # it was put there
    ],
)
def test_an_entry_that_does_not_hold_yet_is_one_of_a_car_that_was_driven(
    steps: list[tuple[float, dict[str, Any]]], may_be: bool
) -> None:
    road = PitRoad()
    paced(road, *steps)
    assert road.may_be_entry is may_be


@pytest.mark.parametrize(("speed", "told"), [(1.0, []), (1.0625, ["enter"]), (None, ["enter"])])
def test_a_car_is_driven_that_is_faster_than_walking(speed: float | None, told: list[str]) -> None:
    """Of a build that does not tell the speed nothing can be said against it."""
    assert kinds(paced(PitRoad(), (2.0, {**TRACK, "speed": speed}), (1.0, LANE))) == told


@pytest.mark.parametrize(
    ("hole_s", "speed", "told"),
    [
        (TICK_S, 0.0, []),
        (TICK_S, 0.4375, []),
        (TICK_S, 0.5, ["enter"]),  # it brakes
        (0.1, 0.0, []),
        (0.125, 0.0, ["enter"]),
    ],
)
def test_a_car_that_stands_from_the_first_tick_in_the_lane_on_had_the_time_to_stop_only_in_a_hole(
    hole_s: float, speed: float, told: list[str]
) -> None:
    road = PitRoad()
    paced(road, (2.0, {**TRACK, **DRIVES}))
    happened = [*road.advance(frame(514.0 + hole_s, player_car_in_pit_stall=None, speed=speed, **LANE), hole_s)]
    for number in (1, 2):
        at_s = 514.0 + hole_s + number * TICK_S
        happened += road.advance(frame(at_s, player_car_in_pit_stall=None, speed=speed, **LANE), TICK_S)
    assert [kind.value for kind, _ in happened] == told


def test_a_build_without_the_flag_or_without_the_speed_tells_of_no_moment() -> None:
    road = on_road()
    assert paced(road, (1.0, DRIVES), (1.0, {"on_pit_road": None})) == []
    assert road.is_on is True
    assert paced(on_road(), (1.0, {"speed": None}), (1.0, TRACK)) == [("exit", 513.0625)], "where it stood nobody knows"


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ([(1.0, {**STALL, "on_pit_road": False, **STANDS})], ["stop"]),  # in its stall, in a hole of the flag
        ([(1.0, {**EXIT_ROAD, **STANDS})], []),  # on the exit road, or on the way in
        ([(1.0, {**LANE, **STANDS}), (1.0, {**EXIT_ROAD, **DRIVES})], ["stop", "start"]),
        ([(1.0, {**LANE, **STANDS}), (1.0, EXIT_ROAD), (1.0, DRIVES)], ["stop", "start"]),
    ],
)
def test_a_car_stops_on_pit_road_and_in_its_stall_and_starts_wherever_it_stood(
    steps: list[tuple[float, dict[str, Any]]], told: list[str]
) -> None:
    road = on_road(is_on=steps[0][1]["on_pit_road"])
    assert kinds(paced(road, *steps)) == told


@pytest.mark.parametrize(
    ("between", "is_kept"), [([], True), ([(1.0, EXIT_ROAD)], True), ([(TICK_S, TRACK), (TICK_S, EXIT_ROAD)], False)]
)
def test_a_visit_in_a_hole_of_the_flag_goes_on_where_the_flag_is_back(
    between: list[tuple[float, dict[str, Any]]], is_kept: bool
) -> None:
    """Unless the car has been on the track meanwhile: then it is another one."""
    left, road = PitVisit(MomentKind.PLACED, is_standing=True), PitRoad()
    road.find_on_track(frame(NOW_S, **DRIVES, **EXIT_ROAD), left)
    told = paced(road, (TICK_S, {**EXIT_ROAD, **DRIVES}), *between, (3 * TICK_S, LANE))
    assert (road.visit is left) is is_kept
    assert kinds(told) == ([] if is_kept else ["enter"])
    assert road.kept is None
    if is_kept:
        assert (left.is_standing, left.has_driven) == (False, True)


def test_a_car_that_was_put_into_the_pits_meanwhile_is_in_that_visit_and_not_in_the_one_before() -> None:
    put, road = PitVisit(MomentKind.RESET), PitRoad()
    road.find_on_track(frame(NOW_S, **DRIVES, **EXIT_ROAD), PitVisit(MomentKind.ENTER))
    road.visit = put
    paced(road, (4 * TICK_S, {**LANE, **DRIVES}))
    assert road.visit is put


def test_of_a_build_without_surfaces_the_flag_alone_tells_of_the_exit() -> None:
    for visit, told in ((PitVisit(MomentKind.ENTER), ["exit"]), (None, [])):
        steps = ((1.0, DRIVES), (3 * TICK_S, {"on_pit_road": False, "player_track_surface": None}))
        assert kinds(paced(on_road(visit=visit), *steps)) == told, "where there was no visit there is no exit"


@pytest.mark.parametrize(
    ("visit", "shown", "asked"),
    [
        ({}, {**LANE, **DRIVES, "pit_sv_flags": 3}, 3),  # on the way there he changes his mind
        ({"stood_in_stall": True, "is_standing": True}, {**STALL, **STANDS, "pit_sv_flags": 31}, 31),
        ({"stood_in_stall": True, "is_standing": True}, {**STALL, "speed": 0.4375, "pit_sv_flags": 31}, 31),
        ({"stood_in_stall": True, "is_standing": True}, {**STALL, "speed": 0.5, "pit_sv_flags": 31}, 15),  # moves off
        ({"is_standing": True}, {**LANE, **STANDS, "pit_sv_flags": 3}, 3),  # a queue before it
        ({"is_standing": True}, {**LANE, "speed": 0.5, "pit_sv_flags": 3}, 15),
    ],
)
def test_what_is_requested_is_read_while_the_car_comes_in_and_stands(
    visit: dict[str, Any], shown: dict[str, Any], asked: int
) -> None:
    """The boxes are ticked anew as it moves off (SIMULATOR#boxes)."""
    road = on_road(visit=PitVisit(MomentKind.ENTER, has_driven=True, request=15, **visit))
    paced(road, (TICK_S, shown))
    assert road.visit is not None
    assert road.visit.request == asked


def test_a_car_that_stood_in_its_stall_did_so_also_where_it_is_pushed_out_of_it() -> None:
    road = on_road(visit=PitVisit(MomentKind.ENTER, has_driven=True, stood_in_stall=True, is_standing=True))
    paced(road, (1.0, {**LANE, **STANDS, "player_car_in_pit_stall": False}))
    assert road.visit is not None
    assert road.visit.stood_in_stall


def test_a_car_that_was_put_into_its_stall_and_drives_off_stops_where_it_stands_next() -> None:
    road = on_road(visit=PitVisit(MomentKind.RESET, stood_in_stall=True, is_standing=True))
    assert kinds(paced(road, (1.0, {**STALL, **STANDS}), (2.0, {**LANE, **DRIVES}), (1.0, STANDS))) == ["start", "stop"]


def test_a_car_that_is_put_into_its_stall_and_comes_to_rest_there_has_not_stopped() -> None:
    road = PitRoad()
    road.place(MomentKind.RESET, frame(NOW_S, **{**STALL, "speed": 0.75}))
    assert paced(road, (0.25, {**STALL, "speed": 0.75}), (2.0, STANDS)) == []
    assert road.visit is not None
    assert road.visit.is_standing
