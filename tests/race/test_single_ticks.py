"""What two or three ticks tell, and what they do not: clocks, weather, repairs, a car found standing, a seat taken."""

from __future__ import annotations

from typing import Any

import pytest

from race.driving import ADA, BEN, TICK_S, Car, follow, known, seen, session_info
from race.test_put import RUBBISH, STALL
from race.test_told_of_a_session import KEY, taken
from race.test_witness import BEN_DRIVES, Seen
from teamtactics.model.events import LineCrossed, RunEventKind
from teamtactics.model.facts import MomentKind, Place, Sight, Vantage
from teamtactics.model.frame import Frame
from teamtactics.model.records import Moment
from teamtactics.race.eyes.continuity import Position, Step, TimeLine
from teamtactics.race.eyes.crossing import count_laps
from teamtactics.race.eyes.delay import note_newest, shown_then
from teamtactics.race.eyes.drive import tell_pit_fact
from teamtactics.race.eyes.laps import PendingLap
from teamtactics.race.eyes.notes import Happened, Noticed
from teamtactics.race.eyes.pits.road import PitRoad
from teamtactics.race.eyes.pits.visit import PitVisit
from teamtactics.race.eyes.sights import end_away, look_from_outside, tell_away
from teamtactics.race.eyes.telling import SightUnderWay, Telling
from teamtactics.race.memory import Memory, Outside
from teamtactics.race.tracker import Tracker


def frame(at_s: float = 512.0, **changes: Any) -> Frame:
    return Frame(**{**Car().values, "session_time": at_s, **changes})


@pytest.mark.parametrize(("ticks", "step"), [(120, Step.SET_BACK), (121, Step.LOST)])
def test_a_clock_that_was_set_back_over_two_seconds_lost_nothing(ticks: int, step: Step) -> None:
    clock = TimeLine(512.0, 100, session_tick=30_000)
    steps = [
        clock.step(frame(508.0 + number / 64, tick=100 + number, session_tick=30_000 + ticks - 3 + number))
        for number in (1, 2, 3)
    ]
    assert steps == [Step.REPEATED, Step.REPEATED, step]


def test_a_session_tick_that_nobody_set_is_none() -> None:
    clock = TimeLine(512.0, 100, session_tick=30_000)
    for number, session_tick in ((1, 0), (2, 30_002)):
        assert clock.step(frame(512.0 + number / 64, tick=100 + number, session_tick=session_tick)) is Step.NEXT
        assert (clock.elapsed_s, clock.set_s) == (1 / 64, 0.0)


def test_a_tick_without_a_place_passes_no_line() -> None:
    position = Position()
    position.advance(frame(lap_dist=2940.0, lap_dist_pct=0.98), TICK_S)
    assert position.advance(frame(lap_dist=0.0, lap_dist_pct=0.0), TICK_S) == (False, False)
    assert (position.dist_m, position.pct) == (2940.0, 0.98)
    assert Position().advance(frame(lap_dist=2940.0, lap_dist_pct=0.98), TICK_S) == (False, False)


@pytest.mark.parametrize(("ticks", "wetness"), [(2, 1), (3, 3)])
def test_the_weather_changes_when_it_holds(ticks: int, wetness: int) -> None:
    seen_from_outside = Outside()
    note_newest(seen_from_outside, frame(500.0, track_wetness=1))
    for number in range(ticks):
        note_newest(seen_from_outside, frame(510.0 + number / 64, track_wetness=3))
    assert shown_then(seen_from_outside, frame(512.0, track_wetness=3)).track_wetness == wetness


@pytest.mark.parametrize(
    ("speed", "surface", "since_s"),
    [(1.25, 3, 511.0), (1.0, 3, None), (0.0, 3, None), (None, 3, None), (1.25, -1, None), (1.25, None, 511.0)],
)
def test_a_car_that_stands_where_it_is_found_has_not_been_driven_there(
    speed: float | None, surface: int | None, since_s: float | None
) -> None:
    road = PitRoad()
    road.find_on_track(frame(speed=speed, player_track_surface=surface))
    assert road.moving_since_s == since_s


@pytest.mark.parametrize(("last", "until_s"), [(Place.AWAY, 512.0), (Place.STALL, 510.0), (Place.TRACK, 510.0)])
def test_only_of_a_car_out_of_the_world_it_is_known_where_it_was_until_somebody_gets_in(
    last: Place, until_s: float
) -> None:
    """Of any other the picture is a second old: that second nobody has seen."""
    eyes = Memory(KEY, TimeLine(512.0, 100), lap=Telling(5))
    end_away(eyes, 512.0)
    assert eyes.under_way.sight is None
    eyes.under_way.sight = SightUnderWay(Vantage.OUTSIDE, 500.0, None, Place.TRACK, 510.0, last)
    end_away(eyes, 512.0)
    assert eyes.under_way.sight.until_s == until_s


@pytest.mark.parametrize("repair", ["pit_repair_left", "pit_opt_repair_left"])
def test_a_car_that_is_repaired_in_its_stall_was_served_and_one_on_the_track_goes_on(repair: str) -> None:
    """Without a litre and without a box ticked."""
    car = Car(lap=2, lap_completed=1).run(2.0).run(2.0, **{repair: 30.0}).run(8.0, **{repair: 0.0})
    assert not any(facts.moments for facts in seen(follow(car.frames)))
    car.drive_into_pits(3.0).stand_in_stall(2.0).run(3.0, **{repair: 20.0}).run(1.0, **{repair: 0.0}).leave_pits(3.0)
    told = {moment.kind for facts in seen(follow(car.frames)) for moment in facts.moments}
    assert MomentKind.SERVED in told


@pytest.mark.parametrize("is_race", [True, False])
def test_a_car_that_is_carried_into_its_stall_by_a_tow_was_not_reset(is_race: bool) -> None:
    car = Car(lap=2, lap_completed=1).run(5.0).run(2.0, speed=0.0, player_car_tow_time=20.0)
    car.set(lap_dist_pct=0.03, **STALL).run(5.0, player_car_tow_time=10.0).run(3.0, player_car_tow_time=0.0)
    info = session_info() if is_race else session_info(team_racing=False)
    tracker = Tracker()
    told = [moment.kind for facts in seen(follow(car.frames, info, tracker))[-1:] for moment in facts.moments]
    assert told[0] is MomentKind.TOWED
    assert MomentKind.RESET not in told
    assert tracker.memory is not None
    assert tracker.memory.pits.visit is not None
    assert tracker.memory.pits.visit.came is MomentKind.TOWED


def test_a_watcher_sees_the_line_behind_it_also_where_it_was_crossed_in_the_pits_in_a_hole() -> None:
    """In which visit the car is found by who takes its seat depends on it."""
    tracker, car = Tracker(), Seen().run(5.0).set(car_on_pit_road=True, car_track_surface=2).run(5.0)
    follow(taken(car), BEN_DRIVES, tracker)
    assert tracker.memory is not None
    assert tracker.memory.pits.visit is not None
    assert not tracker.memory.pits.visit.has_crossed_line
    follow(taken(car.skip(1.0).set(car_lap=5, car_lap_completed=4).run(1.0)), BEN_DRIVES, tracker)
    assert tracker.memory.pits.visit.has_crossed_line
    assert tracker.memory.under_way.lap == 5


def test_a_watcher_knows_when_the_car_is_on_pit_road() -> None:
    tracker, car, on = Tracker(), Seen().run(2.0), []
    for changes in (
        {"car_on_pit_road": True, "car_track_surface": 2},
        {"car_on_pit_road": False, "car_track_surface": 3},
    ):
        follow(taken(car.set(**changes).run(5.0)), BEN_DRIVES, tracker)
        assert tracker.state is not None
        on.append(tracker.state.on_pit_road)
    assert on == [True, False]


def test_a_lap_of_six_seconds_is_one() -> None:
    """SIMULATOR#flicker: what flickers is back after about a second; nobody laps any circuit in less than five."""
    car = Car(lap_completed=4, lap=5).run(2.0).lap(lap_time=60.0, delay_s=0.5).run(5.5).run(10.0, lap_completed=6)
    lines = [event.session_time_s for event in follow(car.frames) if isinstance(event, LineCrossed)]
    assert lines[1] - lines[0] == pytest.approx(6.0, abs=0.05)


def test_who_drives_is_at_the_wheel_of_his_own_laps() -> None:
    assert {lap.customer_id for lap in known(follow(Car().run(1.0).lap(then_s=6.0).frames)).values()} == {ADA}


@pytest.mark.parametrize(("tank_l", "jumps"), [(0.04, False), (0.05, True)])
def test_a_tank_that_is_another_behind_a_tick_of_rubbish_was_put_there(tank_l: float, jumps: bool) -> None:
    """Two hundredths of a litre are burned, or filled, in the ticks around a reset."""
    car = Car(fuel_level=0.02).run(5.0).once(**{**RUBBISH, "fuel_level": tank_l}).run(2.0, fuel_level=tank_l)
    told = seen(follow(car.frames, session_info(team_racing=False)))
    assert (MomentKind.JUMPED in {moment.kind for facts in told for moment in facts.moments}) is jumps


def test_a_counter_that_falls_by_more_than_one_takes_no_line_back() -> None:
    car = Car(lap_completed=4, lap=5).run(2.0).lap(lap_time=None).run(1.0).run(0.5, lap_completed=2)
    events = follow(car.run(10.0, lap_completed=5).frames)
    assert [event.lap_completed for event in events if isinstance(event, LineCrossed)] == [5]
    assert list(known(events)) == [5]


@pytest.mark.parametrize(("after_s", "is_back"), [(10.0, True), (10.0625, False)])
def test_a_step_is_taken_back_within_ten_seconds(after_s: float, is_back: bool) -> None:
    eyes = Memory(KEY, TimeLine(512.0, 100), lap=Telling(6), pending=(PendingLap(Telling(5), frame()),))
    eyes.counter.value, eyes.counter.crossing_s, eyes.counter.odd_value, eyes.counter.odd_ticks = 5, 512.0, 4, 2
    count_laps(eyes, frame(512.0 + after_s, lap_completed=4), [])
    assert (eyes.counter.value, eyes.under_way.lap, len(eyes.pending)) == ((4, 5, 0) if is_back else (5, 6, 1))


def test_a_stretch_begins_with_what_was_in_the_tank_then() -> None:
    car = Car(fuel_level=50.0).run(5.0).run(5.0, fuel_level=49.6).out_of_the_car(1.0)
    (sight,) = seen(follow(car.frames))[-1].sights
    assert (sight.fuel_first_l, sight.fuel_last_l) == (50.0, 49.6)


@pytest.mark.parametrize(("in_stall", "stood"), [(False, False), (True, True), (None, True)])
def test_a_car_that_stands_before_its_stall_and_creeps_into_it_stands_there(in_stall: bool | None, stood: bool) -> None:
    visit = PitVisit(MomentKind.ENTER, has_driven=True)
    road = PitRoad(is_on=True, visit=visit)
    lane: dict[str, Any] = {"on_pit_road": True, "player_track_surface": 2, "speed": 0.25}
    for number in range(16):
        road.advance(frame(512.0 + number / 16, **lane, player_car_in_pit_stall=False), 1 / 16)
    assert (visit.is_standing, visit.stood_in_stall) == (True, False)
    there = {**lane, "player_track_surface": None if in_stall is None else 2, "player_car_in_pit_stall": in_stall}
    road.advance(frame(513.0, **there), 1 / 16)
    assert visit.stood_in_stall is stood


@pytest.mark.parametrize(("until_s", "from_s"), [(495.0, 500.0), (505.0, 505.0)])
def test_a_car_out_of_the_world_was_so_since_it_was_seen_last(until_s: float, from_s: float) -> None:
    seen_last = Sight(490.0, until_s, Vantage.OUTSIDE, BEN, Place.TRACK, Place.TRACK)
    eyes = Memory(KEY, TimeLine(512.0, 100), lap=Telling(5, sights=(seen_last,)))
    eyes.outside.away_from_s = 500.0
    tell_away(eyes, 512.0)
    away = eyes.under_way.sights[-1]
    assert (away.from_s, away.until_s, away.place_first, away.place_last) == (from_s, 512.0, Place.AWAY, Place.AWAY)
    tell_away(eyes, 520.0)
    assert len(eyes.under_way.sights) == 2, "once"


def test_a_watcher_tells_of_each_time_that_the_car_stands_in_its_stall() -> None:
    tracker, car = Tracker(), Seen().run(2.0).set(car_on_pit_road=True, car_track_surface=2).run(3.0)
    follow(taken(car.set(car_track_surface=1).run(3.0)), BEN_DRIVES, tracker)
    assert tracker.memory is not None
    assert tracker.memory.pits.visit is not None
    assert tracker.memory.pits.visit.stood_in_stall
    again = car.set(car_track_surface=2).run(3.0).set(car_on_pit_road=False, car_track_surface=3).run(20.0).stops()
    told = seen(follow(taken(again), BEN_DRIVES, tracker))[-1]
    assert [moment.kind for moment in told.moments].count(MomentKind.STOOD) == 2


@pytest.mark.parametrize(("ticks", "laps"), [(2, []), (3, [0])])
def test_the_end_of_the_formation_lap_must_hold(ticks: int, laps: list[int]) -> None:
    """0 is what nobody has set, too."""
    car = Seen(car_lap=0, car_lap_completed=-1, session_time=1.0).run(10.0)
    car.run(ticks * TICK_S, car_lap_completed=0)
    events = follow(car.run(8.0, car_lap_completed=-1).frames, BEN_DRIVES)
    assert [event.lap_completed for event in events if isinstance(event, LineCrossed)] == laps


def counted(pct: float = 0.5, *, crossed_s: float | None = None, **changes: Any) -> tuple[list[int], Memory]:
    """The lines that are told of where the counter steps from 4 to 5; the car came into sight a second ago."""
    eyes, out = Memory(KEY, TimeLine(512.0, 100), member=ADA, lap=Telling(5)), list[Noticed]()
    eyes.counter.value, eyes.counter.crossing_s = 4, crossed_s
    eyes.under_way.sight = SightUnderWay(Vantage.CAR, 511.0, ADA, Place.TRACK, 511.0, Place.TRACK)
    count_laps(eyes, frame(**{"lap_completed": 5, "lap_dist_pct": pct, "lap_dist": pct * 3000.0, **changes}), out)
    return [each.lap_completed for each in out if isinstance(each, LineCrossed)], eyes


@pytest.mark.parametrize(("pct", "lines"), [(0.875, []), (0.9, [5]), (0.95, [5])])
def test_a_counter_that_steps_far_behind_the_line_confirms_one_that_was_crossed_before(
    pct: float, lines: list[int]
) -> None:
    """SIMULATOR#line: up to two seconds later. In the last tenth of a lap the line is about to come."""
    told, eyes = counted(pct)
    assert (told, eyes.under_way.lap, eyes.counter.value) == (lines, 6, 5)


def test_a_counter_steps_again_after_five_seconds_at_the_soonest() -> None:
    assert counted(0.95, crossed_s=507.0625)[0] == []
    assert counted(0.95, crossed_s=507.0)[0] == [5]


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        (MomentKind.ENTER, RunEventKind.PIT_ENTER),
        (MomentKind.STOP, RunEventKind.STOP_MOVING),
        (MomentKind.START, RunEventKind.START_MOVING),
        (MomentKind.EXIT, RunEventKind.PIT_EXIT),
    ],
)
def test_what_happens_in_the_pits_is_told_under_its_name_and_ends_the_visit_with_the_exit(
    kind: MomentKind, event: RunEventKind
) -> None:
    eyes, out, at = Memory(KEY, TimeLine(512.0, 100), lap=Telling(5)), list[Noticed](), Moment(511.0, 50_000.0)
    eyes.pits.visit = PitVisit(MomentKind.ENTER)
    tell_pit_fact(eyes, kind, at, out)
    assert out == [Happened(event, at)]
    assert [(moment.kind, moment.at, moment.vantage) for moment in eyes.under_way.moments] == [(kind, at, Vantage.CAR)]
    assert (eyes.pits.visit is None) is (kind is MomentKind.EXIT)


def test_a_filling_is_told_from_the_tick_before_its_first_litre_to_that_of_its_last() -> None:
    car = Car(lap=2, lap_completed=1, fuel_level=20.0).run(2.0).drive_into_pits(3.0).stand_in_stall(3.0)
    before_s = car.values["session_time"]
    for step in range(60):
        car.run(fuel_level=20.0 + (step + 1) * 0.0625)
    until_s = car.values["session_time"]
    (filling,) = seen(follow(car.run(2.0).leave_pits(3.0).frames))[-1].fillings
    assert (filling.from_s, filling.until_s) == (before_s, until_s)
    assert (filling.from_l, filling.until_l, filling.added_l) == (20.0, 23.75, 3.75)


def test_a_car_found_behind_the_pit_lane_may_be_in_the_visit_that_it_was_left_in() -> None:
    """On the exit road, or in a hole of the flag: what comes next will tell."""
    left = PitVisit(MomentKind.ENTER)
    for surface, kept in ((2, left), (3, None), (0, None)):
        road = PitRoad()
        road.find_on_track(frame(player_track_surface=surface), left)
        assert road.kept is kept


def test_a_visit_that_is_found_in_a_hole_of_the_flag_ends_there_when_the_car_is_on_the_track() -> None:
    road, told = PitRoad(visit=PitVisit(MomentKind.PLACED)), []
    for number, surface in enumerate((2, 2, 3, 3, 3)):
        now = frame(512.0 + number / 16, on_pit_road=False, player_track_surface=surface, speed=20.0)
        told += [(kind, at.session_time_s) for kind, at in road.advance(now, 1 / 16)]
    assert told == [(MomentKind.EXIT, 512.0)]
    nowhere = PitRoad()
    nowhere.advance(frame(on_pit_road=False, player_track_surface=2, speed=20.0), 1 / 16)
    assert nowhere.left_at is None, "on the approach road"


@pytest.mark.parametrize(("until_s", "from_s"), [(511.5, 511.5), (510.0, 511.0)])
def test_who_gets_out_watches_from_where_he_has_driven_to(until_s: float, from_s: float) -> None:
    """The picture is a second old: of that second he has seen more from his seat."""
    driven = Sight(500.0, until_s, Vantage.CAR, ADA, Place.TRACK, Place.STALL)
    eyes = Memory(KEY, TimeLine(512.0, 100), lap=Telling(5, sights=(driven,)))
    look_from_outside(eyes, Place.STALL, 511.0)
    assert eyes.under_way.sight is not None
    assert eyes.under_way.sight.from_s == from_s


def test_who_gets_in_behind_a_car_out_of_the_world_has_not_driven_the_lap_before() -> None:
    tracker, car = Tracker(), Seen(car_track_surface=-1, car_lap_completed=-1).run(5.0)
    car.set(car_track_surface=3, car_lap_completed=3).run(3.0).passes_line(then_s=0.5)
    events = follow(taken(car), BEN_DRIVES, tracker)
    car.set(car_track_surface=-1, car_lap_completed=-1).run(10.0)
    events += follow(taken(car), session_info(me=ADA, in_car=ADA), tracker)
    assert known(events)[4].customer_id is None


@pytest.mark.parametrize(("ticks", "lap"), [(2, 4), (3, 7)])
def test_a_watched_counter_that_leaps_is_believed_when_it_holds(ticks: int, lap: int) -> None:
    tracker = Tracker()
    follow(Seen().run(5.0).run(ticks * TICK_S, car_lap_completed=6).frames, BEN_DRIVES, tracker)
    assert tracker.memory is not None
    assert tracker.memory.under_way.lap == lap
