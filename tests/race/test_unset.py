"""A variable that nobody set in a tick reads zero, it alone (SIMULATOR#unset): no single tick decides anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import cache

import pytest

from race.driving import ADA, BEN, TICK_S, Car, follow, known, seen, session_info
from race.test_put import STALL, to_line
from race.test_which_session import taken
from race.test_witness import BEN_DRIVES, Seen, lines
from support.thorough import some_of
from teamtactics.demo.doubts import OF_DRIVER, OF_EVERYBODY
from teamtactics.model.events import Event
from teamtactics.model.facts import MomentKind, Place
from teamtactics.model.frame import Frame
from teamtactics.model.records import LapRecord
from teamtactics.race.record.same import says_the_same
from teamtactics.race.tracker import Tracker

OUT_OF_WORLD = {"car_lap": -1, "car_lap_completed": -1, "car_track_surface": -1, "player_track_surface": -1}


def spoiled(frame: Frame, name: str) -> Frame:
    """Return *frame* with the variable *name* as nobody has set it."""
    value = getattr(frame, name)
    return frame._replace(**{name: None if value is None else type(value)()})


@cache
def a_stop() -> tuple[Frame, ...]:
    """Two laps and a stop between them, with levels that no variable reads by chance."""
    car = Car(
        air_temp=21.5,
        track_wetness=3,
        weather_declared_wet=True,
        player_tire_compound=1,
        player_car_team_incident_count=4,
        pit_sv_flags=31,
        session_flags=4,
        lap=1,
        lap_completed=0,
        lap_last_lap_time=61.0,
        car_last_lap_time=61.0,
        car_lap=1,
        car_lap_completed=0,
        car_track_surface=3,
        car_on_pit_road=False,
    )
    to_line(car.run(5.0)).run(8.0).drive_into_pits(4.0).stand_in_stall(4.0).leave_pits(4.0)
    to_line(car.run(6.0)).run(8.0)
    return tuple(car.frames)


def edges(frames: Sequence[Frame]) -> list[int]:
    """Where something changes, and the ticks around it."""
    found: set[int] = set()
    for index in range(1, len(frames)):
        now, before = frames[index], frames[index - 1]
        slows = (now.speed or 0.0) < 0.5 <= (before.speed or 0.0) or (before.speed or 0.0) < 0.5 <= (now.speed or 0.0)
        has_changed = (now.lap_completed, now.on_pit_road, now.player_track_surface, now.lap_last_lap_time) != (
            before.lap_completed,
            before.on_pit_road,
            before.player_track_surface,
            before.lap_last_lap_time,
        )
        if slows or has_changed:
            found |= {index - 1, index, index + 1}
    return sorted(index for index in found if 0 <= index < len(frames))


@cache
def on_the_way() -> Mapping[int, tuple[Tracker, tuple[Event, ...]]]:
    """The tracker, and what it has told, before each tick that is spoiled: so far every variable's race is the same."""
    frames, tracker = a_stop(), Tracker(state_interval_s=1e9)
    found: dict[int, tuple[Tracker, tuple[Event, ...]]] = {}
    told: list[Event] = []
    done = 0
    for index in edges(frames):
        told += follow(frames[done:index], tracker=tracker)
        found[index] = (deepcopy(tracker), tuple(told))
        done = index
    return found


@cache
def told_right() -> dict[int, LapRecord]:
    return known(follow(a_stop()))


def test_what_is_followed_in_two_pieces_is_told_as_in_one() -> None:
    whole = follow(a_stop())
    for index, (tracker, told) in some_of(list(on_the_way().items()), 3):
        assert [*told, *follow(a_stop()[index:], tracker=deepcopy(tracker))] == whole


def differing(index: int, name: str) -> list[int]:
    frames, right = a_stop(), told_right()
    tracker, told = on_the_way()[index]
    rest = follow([spoiled(frames[index], name), *frames[index + 1 :]], tracker=deepcopy(tracker))
    got = known([*told, *rest])
    assert got.keys() == right.keys()
    return [
        lap for lap, record in right.items() if not says_the_same(record, got[lap]) or record.stint != got[lap].stint
    ]


@pytest.mark.parametrize("name", some_of(sorted({*OF_DRIVER, *OF_EVERYBODY}), 12))
def test_no_tick_of_any_variable_changes_what_is_told_of_a_lap(name: str) -> None:
    """Times may be a tick off, where the tick is the very one of the moment; that is the tolerance of all times."""
    assert sorted(told_right()) == [1, 2]
    wrong = {index: differing(index, name) for index in on_the_way()}
    assert {index: laps for index, laps in wrong.items() if laps} == {}


def test_a_session_tick_that_reads_0_is_no_clock_that_was_set() -> None:
    car = to_line(Car().run(1.0)).run(10.0).once(session_tick=0)
    assert known(follow(to_line(car).frames))[2].measured_s is not None


def test_the_first_exit_begins_no_stint_where_the_laps_come_some_ticks_after_the_seat() -> None:
    car = Car(lap=0, lap_completed=0, session_time=2.0, **STALL).run(0.4)
    car.set(lap_completed=-1).run(3.0).leave_pits(2.0)
    told = follow(taken(to_line(to_line(car).run(10.0))))
    assert {lap: (record.stint, record.stint_lap) for lap, record in known(told).items()} == {1: (1, 1)}
    placed = [facts.lap for facts in seen(told) if any(one.kind is MomentKind.PLACED for one in facts.moments)]
    assert set(placed) == {0}


def test_a_surface_that_reads_0_while_the_car_is_out_of_the_world_is_no_car_beside_the_track() -> None:
    car = Seen(**{**OUT_OF_WORLD, "session_time": 200.0}).run(10.0).once(car_track_surface=0).run(10.0)
    car.set(car_lap=4, car_lap_completed=3, car_on_pit_road=True, car_track_surface=1, player_track_surface=1).run(5.0)
    told = follow(car.frames, session_info(me=ADA, in_car=BEN))
    moments = {moment.kind for event in told if hasattr(event, "facts") for moment in event.facts.moments}
    places = {sight.place_first for event in told if hasattr(event, "facts") for sight in event.facts.sights}
    assert MomentKind.TOWED not in moments
    assert Place.TRACK not in places


def test_laps_that_read_0_in_the_formation_lap_are_not_its_end() -> None:
    car = Seen(car_lap=0, car_lap_completed=-1).run(20.0).once(car_lap_completed=0).run(20.0)
    crossed_s = car.values["session_time"] + TICK_S - 1.0
    car.set(lap_current_lap_time=40.0).passes_line(then_s=8.0)
    (line,) = lines(follow(car.frames, BEN_DRIVES)).values()
    assert line.at.session_time_s == pytest.approx(crossed_s, abs=TICK_S / 2)


@pytest.mark.parametrize("name", ["track_temp", "session_state", "session_flags", "player_car_team_incident_count"])
@pytest.mark.parametrize("before_s", [0.0, 0.5, 2.0])
def test_what_reads_0_in_a_tick_is_not_told_of_a_line_seen_from_outside(name: str, before_s: float) -> None:
    car = Seen(track_temp=30.0, session_flags=4, player_car_team_incident_count=3).run(40.0).once(**{name: 0})
    if before_s:
        car.run(before_s)
    (line,) = lines(follow(car.passes_line(then_s=8.0).frames, BEN_DRIVES)).values()
    incidents = dict(line.values)["player_car_team_incident_count"]
    assert (line.track_temp_c, line.session_state, line.session_flags, incidents) == (30.0, 4, 4, 3)


def test_a_flag_that_reads_true_on_the_track_does_not_move_the_exit() -> None:
    car = Seen().run(20.0).set(car_on_pit_road=True, car_track_surface=2).run(5.0).set(car_track_surface=1).run(5.0)
    car.set(car_track_surface=2).run(5.0).set(car_on_pit_road=False)
    left_s = car.values["session_time"] + TICK_S - 1.0
    car.run(2.0).set(car_on_pit_road=True, car_track_surface=3).run(10.0).set(car_on_pit_road=False).run(5.0)
    told = follow(car.frames, BEN_DRIVES)
    moments = [moment for event in told if hasattr(event, "facts") for moment in event.facts.moments]
    exits = [moment.at.session_time_s for moment in moments if moment.kind is MomentKind.EXIT]
    assert set(exits) == {exits[0]}
    assert exits[0] == pytest.approx(left_s, abs=TICK_S / 2)
