"""The driver's simulator crashes: his car is put into its stall; what follows is one stint, whoever gets in."""

from __future__ import annotations

from typing import Any

import pytest

from race.driving import ADA, BEN, Car, follow, kinds, known, seen, session_info
from race.test_put import STALL, in_second_lap, to_line
from race.test_which_session import taken
from race.test_witness import Seen
from teamtactics.model.events import Event
from teamtactics.model.facts import Place
from teamtactics.model.frame import Frame
from teamtactics.race.tracker import Tracker

CLEO = 303
NOT_IN_WORLD: dict[str, Any] = {"car_track_surface": -1, "player_track_surface": -1}


def until_crash(where: str) -> Car:
    car = in_second_lap()
    if where == "in the lane":
        car.drive_into_pits(4.0)
    if where == "behind a stop":
        car.drive_into_pits(4.0).stand_in_stall(5.0).leave_pits().run(10.0)
    return car


def back_in_stall(car: Car, stall_pct: float, **changes: Any) -> list[Frame]:
    """Return what whoever is in the car sees from then on, to the end of the lap behind the one under way."""
    car.skip(90.0).set(lap_dist_pct=stall_pct, **{**STALL, **changes}).run(5.0)
    return taken(to_line(to_line(car.leave_pits(2.0)).run(10.0)))


def watched(since: Car, laps: int) -> list[Frame]:
    """Return what a team-mate sees who watches all the time."""
    seen = Seen(session_time=since.values["session_time"] - 20.0, car_lap=laps + 1, car_lap_completed=laps).run(20.0)
    seen.run(60.0, **NOT_IN_WORLD).run(40.0, car_track_surface=1, player_track_surface=1, car_on_pit_road=True)
    return seen.frames


def numbers(*told: list[Event]) -> dict[int, tuple[int | None, int | None]]:
    return {lap.lap_completed: (lap.stint, lap.stint_lap) for lap in known(*told).values()}


@pytest.mark.some(9)
@pytest.mark.parametrize(("where", "stint"), [("on the track", 2), ("in the lane", 2), ("behind a stop", 3)])
@pytest.mark.parametrize("stall_pct", [0.03, 0.97])
@pytest.mark.parametrize("is_watched", [True, False])
@pytest.mark.parametrize("who", ["the same", "the same with a new client", "another"])
def test_the_stint_behind_a_crash_is_the_same_whoever_gets_in_and_whoever_watched(
    where: str, stint: int, stall_pct: float, is_watched: bool, who: str
) -> None:
    car = until_crash(where)
    hers, tracker = taken(car), Tracker(state_interval_s=1e9)
    told = [follow(hers, tracker=tracker)]
    if is_watched:
        told.append(follow(watched(car, 1), session_info(me=CLEO, in_car=ADA)))
    after = back_in_stall(car, stall_pct, **({} if who == "another" else {"session_tick": 5}))
    if who == "the same":
        text = tracker.checkpoint()
        tracker.simulator_lost()
        tracker.advance(after[0], session_info())
        tracker.resume(text)
        told.append(follow(after, tracker=tracker))
    else:
        told.append(follow(after, session_info(me=BEN) if who == "another" else None))
    assert numbers(*told) == {1: (1, 1), 2: (stint, 1), 3: (stint, 2)}
    assert "pitEnter" not in kinds(told[-1])


def test_a_crash_before_the_car_has_left_its_garage_begins_no_stint() -> None:
    car = Car(lap=0, lap_completed=-1, **STALL).run(3.0)
    told, car.frames = [follow(taken(car))], []
    car.skip(60.0).set(session_tick=5).run(5.0).leave_pits()
    told.append(follow(to_line(to_line(car).run(5.0)).frames))
    assert numbers(*told)[1] == (1, 1)


@pytest.mark.parametrize("laps", [1, 5])
@pytest.mark.parametrize("who", ["watches", "drives"])
def test_a_car_out_of_the_world_when_a_client_comes_back_is_away_in_the_lap_in_which_it_is_found(
    laps: int, who: str
) -> None:
    """Hours later the lap that was known last is long over: nobody saw the car in it then."""
    before = Seen(session_time=100.0, car_lap=2, car_lap_completed=1).run(20.0)
    then = Seen(session_time=4_000.0, car_lap=-1, car_lap_completed=-1, car_on_pit_road=False, **NOT_IN_WORLD)
    found_s = then.run(30.0).values["session_time"]
    if who == "watches":
        stall = {"car_track_surface": 1, "player_track_surface": 1, "car_on_pit_road": True}
        frames = then.set(car_lap=laps + 1, car_lap_completed=laps, **stall).run(10.0).frames
    else:
        car = Car(session_time=found_s, lap=laps + 1, lap_completed=laps, lap_dist_pct=0.03, **STALL)
        frames = [*then.frames, *car.run(10.0).frames]
    tracker = Tracker(state_interval_s=1e9)
    told = [follow(before.frames, session_info(me=ADA, in_car=BEN), tracker)]
    told.append(follow(frames, session_info(me=ADA, in_car=BEN), tracker))
    of = {facts.lap: facts for facts in [*seen(told[0]), *seen(told[1]), *seen([*tracker.finish()])]}
    away = {lap: [sight for sight in facts.sights if sight.place_first is Place.AWAY] for lap, facts in of.items()}
    assert [lap for lap, sights in away.items() if sights] == [laps + 1]
    (sight,) = away[laps + 1]
    assert sight.from_s == pytest.approx(3_999.0, abs=0.05)
    assert found_s - 1.1 <= sight.until_s <= found_s + 0.05
    assert all(each.until_s < 125.0 for each in of[2].sights if each is not sight and laps > 1)
