"""What a member sees from outside while a team-mate drives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import pytest

from race.driving import ADA, BEN, Car, follow, kinds, known, seen, session_info
from teamtactics.model.events import Event, LapFinished, LapSeen, SessionBegan
from teamtactics.model.facts import LapFacts, LineSeen, MomentKind, PitMoment, Place, Sight, Vantage, joined
from teamtactics.model.records import LapRecord, LapTally, Moment, RunState
from teamtactics.race.record.record import Record
from teamtactics.race.tracker import Tracker, facts_left

WATCHING: dict[str, Any] = {
    "is_on_track": False,
    "is_on_track_car": False,
    "lap": 0,
    "lap_completed": 0,
    "fuel_level": 0.0,
    "on_pit_road": False,
    "player_track_surface": 3,
    "speed": 50.0,
    "car_lap": 4,
    "car_lap_completed": 3,
    "car_on_pit_road": False,
    "car_track_surface": 3,
    "car_last_lap_time": 61.0,
    "lap_last_lap_time": 61.0,
}
BEN_DRIVES = session_info(me=ADA, in_car=BEN)


class Seen(Car):
    """The own car as a member sees it who does not drive."""

    def __init__(self, **changes: Any) -> None:
        super().__init__(**{**WATCHING, **changes})

    def passes_line(self, lap_time: float = 60.0, then_s: float = 5.0) -> Self:
        self.set(car_lap=self.values["car_lap"] + 1, car_lap_completed=self.values["car_lap_completed"] + 1)
        self.run(0.5)
        self.set(lap_last_lap_time=lap_time, car_last_lap_time=lap_time, lap_current_lap_time=0.5)
        self.run(then_s)
        return self

    def stops(self) -> Self:
        """Drive into the pits, stand in the stall, and out again."""
        self.set(car_on_pit_road=True, car_track_surface=2).run(5.0).set(car_track_surface=1).run(5.0)
        self.set(car_track_surface=2).run(5.0).set(car_on_pit_road=False, car_track_surface=3).run(5.0)
        return self


def told_by_ben(lap: int, *moments: tuple[MomentKind, float], until_s: float, place: Place, **more: Any) -> LapFacts:
    """What Ben's client told of *lap* from the car, which it saw from its begin until *until_s*."""
    sight = Sight(until_s - 30.0, until_s, Vantage.CAR, BEN, Place.TRACK, place, False, True, 40.0, 39.0)
    happened = tuple(PitMoment(kind, Moment(at_s, 50_000.0), Vantage.CAR) for kind, at_s in moments)
    return LapFacts(lap, BEN, (sight,), moments=happened, **more)


def together(events: Sequence[Event], *told: LapFacts) -> dict[int, LapRecord]:
    """The completed laps as whoever knows what these *events* tell and what else was *told*."""
    record = Record()
    record.learn([*seen(events), *told])
    return {lap.lap_completed: lap for lap in record.completed()}


def lines(events: Sequence[Event]) -> dict[int, LineSeen]:
    return {facts.lap: facts.line for facts in seen(events) if facts.line is not None}


def test_a_lap_is_told_as_far_as_it_can_be_seen_from_outside() -> None:
    events = follow(Seen().run(40.0).passes_line(then_s=10.0).run(1.0).frames, BEN_DRIVES)
    (over,) = [event.facts for event in events if isinstance(event, LapSeen) and event.is_over]
    assert not any(isinstance(event, LapFinished) for event in events), "he did not drive it"
    assert (over.lap, over.member, over.official_s, over.is_timed, over.is_from_car) == (4, ADA, 60.0, True, False)
    lap = known(events)[4]
    assert lap.session_time_s == pytest.approx(100.0 + 40.0 + 1 / 60 - 1.0, abs=0.02), "the picture is a second old"
    assert (lap.official_s, lap.customer_id, lap.driver) == (60.0, BEN, "Ben Ruiz")
    assert (lap.fuel_level_l, lap.fuel_used_l, lap.tally.fuel_added_l, lap.pit_sv_flags) == (None,) * 4


def test_a_line_is_told_only_when_it_cannot_be_taken_back_any_more_and_its_driver_is_certain() -> None:
    tracker = Tracker()
    car = Seen().run(40.0).passes_line(then_s=3.0)
    assert lines(follow(car.frames, BEN_DRIVES, tracker)) == {}
    car.frames.clear()
    (line,) = lines(follow(car.run(4.0).frames, BEN_DRIVES, tracker)).values()
    assert (line.driver, line.name) == (BEN, "Ben Ruiz")


def test_who_has_just_got_in_is_named_when_the_text_had_the_time_to_name_him() -> None:
    """SIMULATOR#lag: it names a new driver some seconds late; until then it names the one before."""
    tracker = Tracker()
    car = Seen(car_track_surface=-1, car_lap_completed=-1).run(5.0)
    car.set(car_track_surface=3, car_lap_completed=3).run(3.0).passes_line(then_s=0.5)
    follow(car.frames, session_info(me=ADA, in_car=ADA), tracker)
    car.frames.clear()
    (line,) = lines(follow(car.run(8.0).frames, BEN_DRIVES, tracker)).values()
    assert (line.driver, line.name) == (BEN, "Ben Ruiz")


def test_who_got_in_while_nobody_looked_has_not_driven_the_lap_before() -> None:
    """Its line waits for a name; the text that is read behind the hole names somebody who was not there yet."""
    tracker = Tracker()
    car = Seen(car_track_surface=-1, car_lap_completed=-1).run(5.0)
    car.set(car_track_surface=3, car_lap_completed=3).run(3.0).passes_line(then_s=0.5)
    follow(car.frames, BEN_DRIVES, tracker)
    car.frames.clear()
    events = follow(car.skip(30.0).run(8.0).frames, session_info(me=ADA, in_car=ADA), tracker)
    assert known(events)[4].customer_id is None


@pytest.mark.parametrize(("changed_s", "is_new"), [(0.5, False), (1.5, True)])
def test_what_changes_behind_the_line_is_not_told_of_it(changed_s: float, is_new: bool) -> None:
    """The car is seen a second late; weather, flags and incidents at once."""
    car = Seen(track_temp=30.0, session_flags=4, player_car_team_incident_count=3).run(40.0)
    car.run(changed_s, track_temp=30.5, session_flags=1, player_car_team_incident_count=4).passes_line(then_s=8.0)
    (line,) = lines(follow(car.frames, BEN_DRIVES)).values()
    seen_there = (line.track_temp_c, line.session_flags, dict(line.values)["player_car_team_incident_count"])
    assert seen_there == ((30.5, 1, 4) if is_new else (30.0, 4, 3))


def test_a_car_out_of_the_world_completes_nothing_and_leaves_no_pit_road() -> None:
    car = Seen().run(40.0)
    car.set(car_on_pit_road=True, car_track_surface=2).run(5.0).set(car_track_surface=1).run(5.0)
    car.set(car_lap=-1, car_lap_completed=-1, car_on_pit_road=False, car_track_surface=-1).run(5.0)
    car.set(car_lap=4, car_lap_completed=3, car_on_pit_road=True, car_track_surface=1).run(5.0)
    tracker = Tracker()
    told = follow(car.frames, BEN_DRIVES, tracker)
    assert known(told) == {}
    kinds_seen = {moment.kind for facts in seen(told) for moment in facts.moments}
    assert kinds_seen == {MomentKind.ENTER, MomentKind.STOOD}
    car.frames.clear()
    told += follow(
        car.set(car_track_surface=2).run(5.0).set(car_on_pit_road=False).run(1.0).frames, BEN_DRIVES, tracker
    )
    car.frames.clear()
    told += follow(car.set(car_track_surface=3).passes_line(then_s=10.0).frames, BEN_DRIVES, tracker)
    assert (known(told)[4].stint, known(told)[4].stint_lap) == (2, 1)


def test_a_drive_through_seen_from_outside_begins_no_stint() -> None:
    car = Seen().run(10.0).set(car_on_pit_road=True, car_track_surface=2).run(10.0)
    car.set(car_track_surface=1).run(0.3).set(car_track_surface=2).run(5.0).set(car_on_pit_road=False).run(1.0)
    lap = known(follow(car.set(car_track_surface=3).passes_line(then_s=10.0).frames, BEN_DRIVES))[4]
    assert lap.stint == 1
    assert lap.tally.pit_enter is not None
    assert lap.tally.pit_exit is not None


def test_who_joins_in_mid_lap_knows_no_time_of_it() -> None:
    lap = known(follow(Seen().run(40.0).passes_line().run(30.0).frames, BEN_DRIVES))[4]
    assert lap.measured_s is None


def test_a_watcher_of_the_start_measures_line_to_line() -> None:
    car = Seen(car_lap=0, car_lap_completed=-1, session_time=1.0).run(10.0).passes_line()
    car.run(60.0).passes_line().run(30.0)
    lap = known(follow(car.frames, BEN_DRIVES))[1]
    assert (lap.stint, lap.stint_lap) == (1, 1)
    assert lap.measured_s == pytest.approx(65.5, abs=0.05)


def test_a_car_that_was_told_to_stand_and_shows_on_the_track_has_left_its_pits() -> None:
    """The simulator was away over the exit, or the client began after it: a new stint, whose begin is null."""
    car = Seen().run(40.0)
    stood_s = car.values["session_time"] + 2.0
    stop = ((MomentKind.ENTER, stood_s - 5.0), (MomentKind.STOP, stood_s - 1.0), (MomentKind.STOOD, stood_s))
    told = told_by_ben(4, *stop, until_s=stood_s + 1.0, place=Place.STALL)
    events = follow(car.skip(30.0).run(10.0).passes_line().run(30.0).frames, BEN_DRIVES)
    lap = together(events, told)[4]
    assert (lap.stint, lap.stint_lap) == (2, 1)
    assert lap.tally.pit_exit is None


def test_a_tow_into_the_stall_that_ends_with_another_driver_without_client_begins_a_stint() -> None:
    """Ben's client told the tow while the car still stood on the track; who gets in then tells nothing."""
    car = Seen().run(40.0)
    towed_s = car.values["session_time"] + 1.0
    told = told_by_ben(4, (MomentKind.TOWED, towed_s), until_s=towed_s + 0.5, place=Place.TRACK, tow_s=15.0)
    car.run(2.0).set(car_track_surface=-1).run(4.0).set(car_on_pit_road=True, car_track_surface=1).run(20.0)
    car.set(car_on_pit_road=False, car_track_surface=3).run(5.0).passes_line().run(30.0)
    lap = together(follow(car.frames, BEN_DRIVES), told)[4]
    assert (lap.lap_completed, lap.stint, lap.stint_lap) == (4, 2, 1)


def test_an_exit_that_was_told_by_two_counts_once_and_the_cars_time_counts() -> None:
    car = Seen().run(40.0).set(car_on_pit_road=True, car_track_surface=1).run(20.0)
    out_s = car.values["session_time"] - 0.5
    told = told_by_ben(4, (MomentKind.TOWED, out_s - 25.0), (MomentKind.EXIT, out_s), until_s=out_s, place=Place.TRACK)
    car.set(car_on_pit_road=False, car_track_surface=3).run(5.0).passes_line().run(30.0)
    lap = together(follow(car.frames, BEN_DRIVES), told)[4]
    assert (lap.lap_completed, lap.stint, lap.stint_lap) == (4, 2, 1)
    assert lap.tally.pit_exit == Moment(out_s, 50_000.0)


def test_what_a_watcher_has_seen_is_told_before_his_client_can_be_killed() -> None:
    """Each entry, stop, exit and line is told at once: the recorder writes it, with the checkpoint."""
    tracker = Tracker()
    car = Seen(car_lap=1, car_lap_completed=0, session_time=1.0).run(10.0).stops().passes_line(then_s=8.0)
    told: list[Event] = []
    texts = []
    for frame in car.frames:
        events = follow([frame], BEN_DRIVES, tracker)
        told += events
        if seen(events):
            texts.append((tracker.checkpoint(), seen(told)))
    kinds_told = [[moment.kind.value for moment in facts[-1].moments] for _, facts in texts if facts[-1].lap == 1]
    steps = [step for step, before in zip(kinds_told, [[], *kinds_told], strict=False) if step != before]
    assert steps == [["enter"], ["enter", "stood"], ["enter", "stood", "exit"]]
    killed = Tracker()
    (began,) = killed.advance(car.frames[-1], BEN_DRIVES) or killed.advance(car.frames[-1], BEN_DRIVES)
    assert isinstance(began, SessionBegan)
    killed.resume(*texts[-1])
    assert killed.state is not None
    assert tracker.state is not None
    assert (killed.state.stint, killed.state.stint_lap) == (tracker.state.stint, tracker.state.stint_lap) == (2, 1)


def test_a_counter_that_falls_to_0_for_some_ticks_is_no_lap_when_it_comes_back() -> None:
    car = Seen(car_lap=2, car_lap_completed=1).run(10.0)
    car.set(car_lap_completed=0).run(0.1).set(car_lap_completed=1).run(40.0)
    assert known(follow(car.frames, BEN_DRIVES)) == {}


@pytest.mark.parametrize(("laps_unseen", "official_s"), [(0, 61.5), (1, None), (3, None)])
def test_a_watcher_who_was_away_takes_no_later_laps_time(laps_unseen: int, official_s: float | None) -> None:
    """LapCompleted is 0 for who does not drive: how far the car has come its own count tells."""
    car = Seen(lap_completed=0).run(40.0)
    car.set(car_lap=5, car_lap_completed=4).run(1.1).skip(20.0 + 60.0 * laps_unseen)
    car.set(car_lap=5 + laps_unseen, car_lap_completed=4 + laps_unseen, lap_last_lap_time=61.5, car_last_lap_time=61.5)
    told = joined(seen(follow(car.set(lap_current_lap_time=20.0).run(20.0).frames, BEN_DRIVES)))[4, ADA]
    assert (told.official_s, told.is_timed) == (official_s, laps_unseen == 0)


def test_a_watcher_who_is_back_when_nobody_is_in_the_car_takes_no_later_laps_time() -> None:
    car = Seen(lap_completed=0).run(40.0).set(car_lap=5, car_lap_completed=4).run(1.1).skip(300.0)
    car.set(car_lap=-1, car_lap_completed=-1, car_track_surface=-1, lap_last_lap_time=61.5, car_last_lap_time=61.5)
    told = joined(seen(follow(car.run(20.0).frames, BEN_DRIVES)))[4, ADA]
    assert (told.official_s, told.is_timed) == (None, False)


def test_after_a_gap_the_laps_in_it_stay_absent() -> None:
    car = Seen().run(40.0).skip(200.0).set(car_lap=7, car_lap_completed=6).run(60.0)
    events = follow(car.frames, BEN_DRIVES)
    assert set(lines(events)) == set()
    assert set(joined(seen(events))) == {(4, ADA), (7, ADA)}


def test_a_single_session_has_no_second_witness() -> None:
    info = session_info(me=ADA, in_car=BEN, team_racing=False)
    assert seen(follow(Seen().run(40.0).passes_line().run(30.0).frames, info)) == []


def test_a_spectator_follows_and_writes_nothing() -> None:
    own = BEN_DRIVES.own
    assert own is not None
    info = session_info(me=ADA, in_car=BEN, own=type(own)(**{**_fields(own), "is_spectator": True}))
    assert follow(Seen().run(40.0).passes_line().run(30.0).frames, info) == []
    assert follow(Car().run(1.0).lap(then_s=1.0).frames, info) == []


def _fields(entry: Any) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in entry.__dataclass_fields__}


def heard(at_s: float) -> RunState:
    return RunState(at_s, BEN, "Ben Ruiz", 2, 1, 3, None, at_s - 5.0, 40.0, 40.5, False, LapTally())


@pytest.mark.parametrize("by", ["state", "facts"])
def test_the_driver_without_client_is_named_after_a_minute_of_driving(by: str) -> None:
    tracker = Tracker()
    car = Seen().run(61.0)
    follow(car.frames, BEN_DRIVES, tracker)
    assert tracker.silent_driver == (BEN, "Ben Ruiz", pytest.approx(61.0, abs=0.1))
    at_s = car.values["session_time"]
    if by == "state":
        tracker.hear(heard(at_s))
    else:
        tracker.learn([told_by_ben(4, until_s=at_s, place=Place.TRACK)])
    assert tracker.silent_driver is None
    car.frames.clear()
    follow(car.run(10.0).frames, BEN_DRIVES, tracker)
    assert tracker.silent_driver == (BEN, "Ben Ruiz", pytest.approx(10.0, abs=0.1))
    car.frames.clear()
    follow(car.set(car_track_surface=-1, car_lap_completed=-1).run(1.0).frames, BEN_DRIVES, tracker)
    assert tracker.silent_driver is None, "nobody drives a car that is not in the world"


def test_who_gets_in_again_after_a_driver_without_client_is_announced_as_a_driver_change() -> None:
    tracker = Tracker()
    car = Car(lap=4, lap_completed=3, on_pit_road=True, lap_dist_pct=0.95).stand_in_stall(3.0).out_of_the_car(3.0)
    assert kinds(follow(car.frames, session_info(), tracker)) == ["driver", "driverLeft"]
    clocks = {name: car.values[name] for name in ("session_time", "session_tick", "tick")}
    seen_car = Seen(car_on_pit_road=True, car_track_surface=1, **clocks)
    follow(seen_car.run(30.0).frames, BEN_DRIVES, tracker)
    again = Car(**{**car.values, **{k: seen_car.values[k] for k in ("session_time", "session_tick", "tick")}})
    assert kinds(follow(again.stand_in_stall(3.0).frames, BEN_DRIVES, tracker)) == ["driver"]


def test_a_lap_that_waits_survives_the_end_of_the_session_and_of_the_program() -> None:
    tracker = Tracker()
    car = Seen().run(40.0).passes_line(then_s=2.0)
    follow(car.frames, BEN_DRIVES, tracker)
    assert {facts.lap for facts in facts_left(tracker.checkpoint()) if facts.line} == {4}
    car.frames.clear()
    car.set(session_num=1, session_unique_id=2, session_time=1.0).run(4.0)
    events = follow(car.frames, BEN_DRIVES, tracker)
    assert set(lines(events)) == {4}
    assert any(isinstance(event, SessionBegan) for event in events)


@pytest.mark.parametrize(("rate", "of_day_s"), [(0, 43_200.0), (1, 43_218.0), (4, 43_272.0)])
def test_the_time_of_day_of_the_line_is_right_however_fast_the_day_runs(rate: int, of_day_s: float) -> None:
    car = Seen(session_time=1.0)
    for _ in range(19):
        car.run(
            1.0,
            session_time_of_day=car.values["session_time_of_day"]
            if rate == 0
            else 43_200.0 + len(car.frames) / 60 * rate,
        )
    if rate == 0:
        for index, frame in enumerate(car.frames):
            car.frames[index] = frame._replace(session_time_of_day=43_200.0)
        car.set(session_time_of_day=43_200.0)
    else:
        car.set(session_time_of_day=43_200.0 + 19.0 * rate)
    (line,) = lines(follow(car.passes_line().run(30.0).frames, BEN_DRIVES)).values()
    assert line.at.time_of_day_s == pytest.approx(of_day_s, abs=rate)


@pytest.mark.parametrize(("session_num", "kind"), [(0, MomentKind.PUT), (2, MomentKind.TOWED)])
@pytest.mark.parametrize("away_s", [0.0, 4.0])
def test_a_car_that_vanishes_from_the_track_and_is_in_its_stall_was_put_there(
    session_num: int, kind: MomentKind, away_s: float
) -> None:
    """In a race it cannot be reset: it was towed (SIMULATOR#tow)."""
    car = Seen(session_num=session_num).run(10.0)
    if away_s:
        car.run(away_s, car_track_surface=-1, car_on_pit_road=False)
    events = follow(car.set(car_on_pit_road=True, car_track_surface=1).run(5.0).frames, BEN_DRIVES)
    assert [moment.kind for moment in seen(events)[-1].moments] == [kind, MomentKind.STOOD]


def test_nobody_says_how_a_car_came_into_the_pits_that_he_finds_there() -> None:
    for car in (Seen(), Seen().run(10.0).skip(20.0)):
        events = follow(car.set(car_on_pit_road=True, car_track_surface=1).run(5.0).frames, BEN_DRIVES)
        assert [moment.kind for moment in seen(events)[-1].moments] == [MomentKind.PLACED, MomentKind.STOOD]
