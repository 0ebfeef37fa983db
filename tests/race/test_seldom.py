"""What happens seldom: a tank that changes in the stall, a counter that leaps, a line that nobody saw, a late look."""

from __future__ import annotations

import json
from typing import Any

import pytest

from race.driving import ADA, BEN, Car, follow, kinds, known, seen, session_info
from race.test_witness import BEN_DRIVES, Seen
from teamtactics.model.events import LapFinished, LapSeen, LineCrossed, Remark
from teamtactics.model.facts import LapFacts, LineSeen, MomentKind, PitMoment, Place, Sight, Vantage
from teamtactics.model.frame import Frame
from teamtactics.model.records import Moment
from teamtactics.race.checkpoint import CheckpointUnreadable
from teamtactics.race.eyes.continuity import TimeLine
from teamtactics.race.eyes.pits.road import PitRoad
from teamtactics.race.eyes.pits.visit import PitVisit
from teamtactics.race.eyes.seat import hides_line, silent_for_s, waits_for_counter
from teamtactics.race.eyes.sights import place_of, stands
from teamtactics.race.eyes.telling import Telling
from teamtactics.race.memory import Memory, SessionKey
from teamtactics.race.record.live import Live
from teamtactics.race.tracker import Tracker

KEY = SessionKey(2, 3, 1000, 2000, 9, 77, 5)


def memory() -> Memory:
    return Memory(KEY, TimeLine(512.0, 100), member=ADA, is_team=True)


def frame(at_s: float = 512.0, **changes: Any) -> Frame:
    return Frame(**{**Car().values, "session_time": at_s, **changes})


def test_a_tank_that_is_changed_while_the_car_stands_in_its_stall_is_a_reset_and_no_filling() -> None:
    car = Car(lap_completed=4, lap=5).run(2.0).lap(lap_time=60.0).run(8.0).drive_into_pits(5.0).stand_in_stall(3.0)
    car.run(3.0, fuel_level=90.0).leave_pits(5.0).lap(lap_time=60.0).run(8.0)
    events = follow(car.frames)
    assert kinds(events)[1:] == ["pitEnter", "stopMoving", "reset", "startMoving", "pitExit"]
    lap = known(events)[6]
    assert (lap.tally.fuel_added_l, lap.fuel_used_l) == (0.0, None)


@pytest.mark.parametrize(("driven_s", "told"), [(10.0, [5]), (1.0, [])])
def test_a_counter_that_rises_by_two_leaves_what_was_driven_its_lap(driven_s: float, told: list[int]) -> None:
    car = Car(lap_completed=4, lap=5, speed=10.0).run(driven_s).run(2.0 / 60, lap_completed=6)
    before = follow(car.frames)
    assert not any(isinstance(event, Remark) for event in before), "it must hold"
    events = follow(car.run(5.0).frames)
    assert sum(isinstance(event, Remark) for event in events) == 1
    assert [event.facts.lap for event in events if isinstance(event, LapSeen) and event.is_over] == told
    assert seen(events)[-1].lap == (7 if driven_s > 2.0 else seen(events)[-1].lap)


def test_a_counter_that_falls_by_more_than_one_is_believed_after_two_seconds() -> None:
    car = Car(lap_completed=4, lap=5, speed=10.0).run(5.0).run(119.0 / 60, lap_completed=2)
    assert not any(isinstance(event, Remark) for event in follow(car.frames))
    events = follow(car.run(1.0).frames)
    assert sum(isinstance(event, Remark) for event in events) == 1
    assert not any(isinstance(event, LapSeen) and event.is_over for event in events)
    torn = Car(lap_completed=4, lap=5, speed=10.0).run(5.0)
    for _ in range(40):
        torn.run(3.0 / 60, lap_completed=2).run(1.0 / 60, lap_completed=4)
    assert not any(isinstance(event, Remark) for event in follow(torn.frames))


@pytest.mark.parametrize(("since_s", "laps"), [(2.0, [5]), (4.5, [5]), (6.0, [5, 6])])
def test_a_counter_that_steps_again_sooner_than_any_lap_is_driven_flickers(since_s: float, laps: list[int]) -> None:
    """SIMULATOR#flicker: at older race starts; it is back after about a second."""
    car = Car(lap_completed=4, lap=5).run(2.0).lap(lap_time=60.0, delay_s=0.5).run(since_s - 0.5)
    car.run(2.0 / 60, lap_completed=6).run(10.0, lap_completed=6 if laps[-1] == 6 else 5)
    events = follow(car.frames)
    assert [event.record.lap_completed for event in events if isinstance(event, LapFinished)] == laps
    assert [event.lap_completed for event in events if isinstance(event, LineCrossed)] == laps


def test_a_checkpoint_of_another_version_is_not_gone_on_with() -> None:
    tracker = Tracker()
    frames = Car().run(2.0).frames
    follow(frames, tracker=tracker)
    text = tracker.checkpoint()
    assert json.loads(text)["version"] == 2, "another memory has another number"
    tracker.simulator_lost()
    tracker.advance(frames[-1], session_info())
    for odd in (
        text.replace('"version":2', '"version":3'),
        text.replace('"version":2', '"version":1'),
        text[:-2],
        "[]",
    ):
        with pytest.raises(CheckpointUnreadable):
            tracker.resume(odd)
    tracker.resume(text)


def on_road(**changes: Any) -> PitRoad:
    return PitRoad(**{"is_on": True, "visit": PitVisit(MomentKind.ENTER, has_driven=True), **changes})


def paced(road: PitRoad, *steps: tuple[float, dict[str, Any]], tick_s: float = 0.0625) -> list[tuple[str, float]]:
    """What happens on pit road while a car shows these variables for so long each, and when."""
    values: dict[str, Any] = {"on_pit_road": True, "player_track_surface": 2, "player_car_in_pit_stall": None}
    at_s, found = 512.0, []
    for for_s, changes in steps:
        values.update(changes)
        for _ in range(round(for_s / tick_s)):
            at_s += tick_s
            found += [(kind.value, at.session_time_s) for kind, at in road.advance(frame(at_s, **values), tick_s)]
    return found


STANDS = {"speed": 0.0}


@pytest.mark.parametrize(
    ("for_s", "speed", "stops"),
    [
        (0.5, 0.0, False),
        (0.5625, 0.0, True),
        (2.0, 0.5, False),
        (2.0, 0.25, True),
    ],
)
def test_a_car_stops_that_stands_for_half_a_second(for_s: float, speed: float, stops: bool) -> None:
    told = paced(on_road(), (1.0, {"speed": 20.0}), (for_s, {"speed": speed}))
    assert told == ([("stop", 513.0625)] if stops else [])


def test_a_car_starts_that_is_faster_than_walking_and_it_did_so_in_the_last_tick_it_stood() -> None:
    stop = [("stop", 513.0625)]
    assert paced(on_road(), (1.0, {"speed": 20.0}), (1.0, STANDS), (1.0, {"speed": 1.0})) == stop
    told = paced(on_road(), (1.0, {"speed": 20.0}), (1.0, STANDS), (1.0, {"speed": 1.0 + 0.25}))
    assert told == [*stop, ("start", 514.0)]
    twice = paced(on_road(), (1.0, {"speed": 20.0}), (0.25, STANDS), (0.0625, {"speed": 0.75}), (0.5, STANDS))
    assert twice == [], "it rolled in between"


def test_only_a_car_that_has_been_driven_comes_onto_pit_road() -> None:
    for driven_s, enters in ((0.9375, False), (1.0, True), (1.0625, True)):
        road = PitRoad()
        told = paced(
            road,
            (0.5, {"speed": 0.0, "on_pit_road": False, "player_track_surface": 3}),
            (driven_s, {"speed": 20.0}),
            (1.0, {"on_pit_road": True, "player_track_surface": 2}),
        )
        assert [kind for kind, _ in told] == (["enter"] if enters else []), driven_s
    torn = paced(
        PitRoad(),
        (2.0, {"speed": 20.0, "on_pit_road": False, "player_track_surface": 3}),
        (0.125, {"speed": 0.0}),
        (0.25, {"speed": 20.0}),
        (1.0, {"on_pit_road": True, "player_track_surface": 2}),
    )
    assert [kind for kind, _ in torn] == ["enter"], "two ticks of 0 are no stop"


def test_a_flag_that_holds_for_two_ticks_is_no_entry_and_one_on_the_track_neither() -> None:
    driven = (2.0, {"speed": 20.0, "on_pit_road": False, "player_track_surface": 3})
    lane: dict[str, Any] = {"on_pit_road": True, "player_track_surface": 2}
    assert paced(PitRoad(), driven, (0.125, lane), (0.5, {"on_pit_road": False, "player_track_surface": 3})) == []
    assert paced(PitRoad(), driven, (0.1875, lane)) == [("enter", 514.0625)]
    off: dict[str, Any] = {"on_pit_road": False, "player_track_surface": 3}
    assert paced(PitRoad(), driven, (0.1875, lane), (0.5, off)) == [("enter", 514.0625), ("exit", 514.25)], (
        "each its own"
    )
    on_track: dict[str, Any] = {"on_pit_road": True, "player_track_surface": 3}
    assert paced(PitRoad(), driven, (1.0, on_track)) == []
    assert paced(PitRoad(), driven, (1.0, on_track), (0.5, lane))[0][0] == "enter"
    assert paced(PitRoad(), driven, (0.0625, lane), (0.0625, {"on_pit_road": False}), (0.125, lane)) == []
    beside: dict[str, Any] = {"on_pit_road": True, "player_track_surface": 0}
    assert paced(PitRoad(), driven, (2.0, beside)) == []


def test_a_visit_ends_where_the_car_is_on_the_track_again() -> None:
    out: dict[str, Any] = {"speed": 20.0, "on_pit_road": False}
    on_track = {**out, "player_track_surface": 3}
    assert paced(on_road(), (1.0, {"speed": 20.0}), (1.0, on_track)) == [("exit", 513.0625)]
    assert paced(on_road(), (1.0, {"speed": 20.0}), (2.0, out)) == [], "on the exit road"
    assert paced(on_road(), (1.0, {"speed": 20.0}), (2.0, out), (0.125, on_track)) == [], "two ticks"
    assert paced(on_road(), (1.0, {"speed": 20.0}), (2.0, out), (0.1875, on_track)) == [("exit", 513.0625)]
    grass = {**out, "player_track_surface": 0}
    assert paced(on_road(), (1.0, {"speed": 20.0}), (3.125, grass)) == [], "three of them it takes to believe the flag"
    assert paced(on_road(), (1.0, {"speed": 20.0}), (3.1875, grass)) == [("exit", 513.0625)]
    hole = paced(
        on_road(), (1.0, {"speed": 20.0}), (1.0, out), (1.0, {"on_pit_road": True}), (1.0, out), (1.0, on_track)
    )
    assert hole == [("exit", 515.0625)], "the last fall of the flag before that"
    box = paced(
        on_road(),
        (1.0, {"speed": 20.0}),
        (1.0, {**out, "player_track_surface": 1}),
        (1.0, {"player_track_surface": 2}),
        (1.0, on_track),
    )
    assert box == [("exit", 514.0)], "it fell in the stall already"
    unknown = paced(on_road(), (1.0, {"speed": 20.0}), (1.0, {**out, "player_track_surface": None}))
    assert unknown == [("exit", 513.0625)], "builds that do not tell the surface"


def test_where_a_car_is_that_is_driven_here() -> None:
    lane, visit = memory(), memory()
    visit.pits.visit = PitVisit(MomentKind.ENTER)
    for surface, on, place in ((1, False, Place.STALL), (3, True, Place.TRACK), (2, True, Place.LANE)):
        assert place_of(lane, frame(player_track_surface=surface, on_pit_road=on)) is place
    assert place_of(lane, frame(player_track_surface=2, on_pit_road=False)) is Place.TRACK, "the approach road"
    assert place_of(visit, frame(player_track_surface=2, on_pit_road=False)) is Place.LANE, "a hole in the lane"
    assert place_of(visit, frame(player_track_surface=0, on_pit_road=False)) is Place.TRACK
    for speed, standing in ((None, None), (0.5, False), (0.25, True)):
        assert stands(frame(speed=speed)) is standing


def test_a_line_in_a_hole_is_one_that_the_car_was_driven_over() -> None:
    def hidden(*, pct: float | None, known: int | None = 4, **changes: Any) -> bool:
        eyes = memory()
        eyes.counter.value, eyes.position.pct = known, pct
        return hides_line(eyes, frame(**{"lap_completed": 4, "lap_dist_pct": 0.05, **changes}))

    assert hidden(pct=0.95)
    assert not hidden(pct=0.5)
    assert not hidden(pct=0.9)
    assert not hidden(pct=0.95, lap_dist_pct=0.1)
    assert not hidden(pct=0.95, lap_dist_pct=None)
    assert not hidden(pct=None)
    assert hidden(pct=0.5, lap_completed=5)
    assert not hidden(pct=0.5, lap_completed=6)
    assert hidden(pct=None, known=None, lap_completed=1)
    assert not hidden(pct=0.95, player_car_in_pit_stall=True)
    assert not hidden(pct=0.95, is_on_track_car=False)
    assert not hidden(pct=0.95, lap=0, speed=0.0, lap_dist_pct=0.0)


def test_whoever_takes_a_seat_in_the_stall_in_mid_race_waits_for_the_laps() -> None:
    def waits(*, is_team: bool = True, known: int | None = None, at_s: float = 512.0, **changes: Any) -> bool:
        eyes = memory()
        eyes.is_team, eyes.counter.value = is_team, known
        values = {"lap_completed": -1, "car_lap_completed": -1, "player_track_surface": 1, "speed": 0.0, **changes}
        return waits_for_counter(eyes, frame(at_s, **values))

    assert waits()
    assert waits(lap_completed=None, car_lap_completed=None)
    assert not waits(is_team=False)
    assert not waits(known=0)
    assert not waits(at_s=60.0), "it has just begun"
    assert waits(at_s=60.5)
    assert waits(lap_completed=0, is_team=False, at_s=60.0), "0 is what nobody has set, too"
    assert not waits(lap_completed=1)
    assert not waits(car_lap_completed=1)
    assert not waits(player_track_surface=2)
    assert not waits(speed=0.5)
    assert not waits(speed=None)


def test_in_which_lap_a_moment_lies() -> None:
    eyes = memory()
    eyes.lap, eyes.closing, eyes.closing_line = Telling(6), Telling(5), frame(600.0)
    assert [eyes.telling_at(Moment(at_s, None)).lap for at_s in (599.0, 600.0, 601.0)] == [5, 6, 6]
    eyes.closing_line = None
    assert eyes.telling_at(Moment(599.0, None)).lap == 6


def test_a_driver_whose_client_is_silent_is_named_by_the_time_he_has_been_driving() -> None:
    eyes, info = memory(), session_info(ADA, BEN)
    assert silent_for_s(eyes, info, None) == 0.0
    eyes.outside.driven_since_s = 412.0
    assert silent_for_s(eyes, info, None) == 100.0
    assert silent_for_s(eyes, info, (BEN, 500.0)) == 12.0
    assert silent_for_s(eyes, info, (BEN, 400.0)) == 100.0
    assert silent_for_s(eyes, info, (ADA, 500.0)) == 100.0, "another's word"
    assert silent_for_s(eyes, info, (BEN, 600.0)) == 0.0
    assert silent_for_s(eyes, None, None) == 0.0
    assert silent_for_s(eyes, session_info(ADA), None) == 0.0, "the text names the member himself"
    eyes.seat.is_driving = True
    assert silent_for_s(eyes, info, None) == 0.0


def sight(member: int | None, until_s: float, vantage: Vantage = Vantage.CAR) -> Sight:
    return Sight(until_s - 10.0, until_s, vantage, member, Place.TRACK, Place.TRACK)


def test_who_told_last_of_his_own_driving() -> None:
    live = Live(ADA)
    live.learn([LapFacts(7, ADA, (sight(ADA, 700.0),)), LapFacts(7, BEN, (sight(ADA, 690.0, Vantage.OUTSIDE),))])
    assert live.last_told is None
    live.learn([LapFacts(7, BEN, (sight(BEN, 650.0), sight(BEN, 640.0)))])
    assert live.last_told == (BEN, 650.0)
    live.learn([LapFacts(6, 303, (sight(303, 600.0),))])
    assert live.last_told == (BEN, 650.0)
    live.learn([LapFacts(8, 303, (sight(303, 790.0), sight(303, 760.0)))])
    assert live.last_told == (303, 790.0)


def test_who_was_in_the_car_last() -> None:
    live = Live(ADA)
    assert live.last_driver is None
    live.learn([LapFacts(7, ADA, (sight(ADA, 650.0), sight(BEN, 690.0, Vantage.OUTSIDE), sight(None, 699.0)))])
    assert live.last_driver == BEN
    live.learn([LapFacts(8, ADA, (sight(None, 720.0),))])
    assert live.last_driver == BEN, "of who drives now nobody knows"
    live.learn([LapFacts(8, 303, (sight(ADA, 730.0), sight(BEN, 730.0, Vantage.OUTSIDE)))])
    assert live.last_driver == ADA, "who sat in it knows better"


def test_a_tow_is_known_that_who_drove_has_told() -> None:
    live = Live(ADA)
    told = [
        LapFacts(7, who, moments=(PitMoment(kind, Moment(650.0, None), vantage),))
        for who, kind, vantage in (
            (ADA, MomentKind.TOWED, Vantage.CAR),
            (BEN, MomentKind.TOWED, Vantage.OUTSIDE),
            (303, MomentKind.RESET, Vantage.CAR),
        )
    ]
    live.learn(told)
    assert not live.knows_tow(7)
    live.learn([LapFacts(7, 404, moments=told[0].moments)])
    assert live.knows_tow(7)
    assert not live.knows_tow(8)


def whole(**changes: Any) -> bool:
    """Whether a lap counts as seen whole of which these things are other than they should be."""
    live = Live(ADA)
    lines = [LineSeen(Moment(at_s, None), Vantage.CAR, ADA, "Ada Falk", 40.0, False) for at_s in (600.0, 690.0)]
    ends = {"from_s": 600.0, "until_s": 690.0, "vantage": Vantage.CAR, "unseen_s": 0.0, **changes}
    stretch = Sight(
        ends["from_s"], ends["until_s"], ends["vantage"], ADA, Place.TRACK, Place.TRACK, False, False, 40.0, 40.0,
        ends["unseen_s"], True,
    )  # fmt: skip
    before, own, others = changes.get("before", lines[0]), changes.get("line", lines[1]), changes.get("others", ())
    facts = LapFacts(7, ADA, (stretch,), own, 90.0, True)
    live.learn([LapFacts(6, ADA, line=before), facts, *others])
    return live.is_whole(facts)


def test_a_lap_is_whole_that_one_client_saw_from_line_to_line() -> None:
    assert whole()
    assert not whole(unseen_s=0.5)
    assert whole(from_s=600.0625)
    assert not whole(from_s=600.25)
    assert not whole(until_s=689.0)
    assert not whole(vantage=Vantage.OUTSIDE)
    assert not whole(before=None)
    assert not whole(line=None)
    assert not whole(others=(LapFacts(7, BEN, (sight(ADA, 690.0, Vantage.OUTSIDE),)),))


def test_a_watched_lap_counter_that_falls_is_no_lap_and_one_that_leaps_is_no_line() -> None:
    leaps = Seen().run(20.0).run(5.0, car_lap_completed=6)
    told = seen(follow(leaps.frames, BEN_DRIVES))
    assert not any(facts.line for facts in told)
    assert told[-1].lap == 7
    flicker = Seen().run(20.0)
    for _ in range(5):
        flicker.run(2.0 / 60, car_lap_completed=5).run(1.0 / 60, car_lap_completed=3)
    assert not any(facts.lap != 4 for facts in seen(follow(flicker.run(5.0).frames, BEN_DRIVES)))


SEAT: dict[str, Any] = {
    "on_pit_road": True, "player_track_surface": 1, "player_car_in_pit_stall": True, "speed": 0.0, "lap_dist_pct": 0.97,
}  # fmt: skip


@pytest.mark.parametrize(
    ("lost_s", "where", "is_tow"),
    [
        (4.0, {}, True),
        (5.5, {}, True),
        (8.0, {}, False),
        (4.0, {"on_pit_road": True, "player_track_surface": 2}, False),
    ],
)
def test_a_car_that_is_out_of_the_world_too_soon_to_have_come_into_the_pits_was_towed(
    lost_s: float, where: dict[str, Any], is_tow: bool
) -> None:
    """Also for its own driver, who saw nothing for some seconds before he left it."""
    car = Car(lap_completed=4, lap=5).run(2.0).lap(lap_time=60.0).run(10.0)
    if where:
        car.run(2.0, speed=20.0).run(3.0, **where)
    car.skip(lost_s).out_of_the_car(20.0).run(5.0, **SEAT).leave_pits(3.0)
    told = {moment.kind for facts in seen(follow(car.frames)) for moment in facts.moments}
    assert (MomentKind.TOWED in told) is is_tow
    assert MomentKind.RESET not in told


def test_in_practice_a_visit_to_the_garage_between_two_sights_in_the_stall_is_a_reset() -> None:
    car = Car(lap_completed=4, lap=5, session_num=0, fuel_level=50.0).run(2.0).lap(lap_time=60.0).run(8.0)
    car.drive_into_pits(5.0).stand_in_stall(5.0).out_of_the_car(5.0)
    seat = {name: car.values[name] for name in ("is_on_track", "is_on_track_car")}
    for ticks, resets in ((2, 0), (3, 1)):
        again = Car(**car.values)
        again.frames = list(car.frames)
        again.set(is_in_garage=True, is_on_track=False, is_on_track_car=False).run(ticks / 60)
        again.set(is_in_garage=False, fuel_level=30.0, **seat).run(5.0).leave_pits(3.0)
        events = follow(again.frames)
        assert kinds(events).count("reset") == resets
