"""What is told of a session and when: its begin, who gets in, what a watcher sees, what a checkpoint still holds."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from race.driving import ADA, BEN, TICK_S, Car, follow, kinds, known, run_events, seen, session_info
from race.test_put import RUBBISH, STALL
from race.test_witness import BEN_DRIVES, Seen
from teamtactics.model.events import LapFinished, LapSeen, Remark, RunEventKind, SessionBegan
from teamtactics.model.facts import LapFacts, MomentKind, PitMoment, Place, Sight, Vantage
from teamtactics.model.frame import Frame
from teamtactics.model.records import LapTally, Moment, RunState
from teamtactics.race import checkpoint
from teamtactics.race.eyes.continuity import TimeLine
from teamtactics.race.eyes.telling import Telling
from teamtactics.race.memory import Memory, SessionKey
from teamtactics.race.tracker import Tracker, facts_left

KEY = SessionKey(2, 3, 1000, 2000, 9, 77, 5)


def taken(car: Car) -> list[Frame]:
    """What the car showed since this was last asked."""
    frames, car.frames = car.frames, []
    return frames


def test_a_tracker_says_whose_session_it_follows_and_who_drives() -> None:
    tracker, car = Tracker(), Car()
    (frame,) = taken(car.run())
    assert (tracker.is_driven, tracker.is_driving, tracker.state, tracker.clock) == (False, False, None, None)
    assert not tracker.is_following(frame, session_info())
    follow(taken(car.run(1.0)), tracker=tracker)
    assert tracker.is_following(frame, session_info())
    assert not tracker.is_following(frame, session_info(subsession_id=2001))
    assert not tracker.is_following(frame._replace(session_num=1), session_info())
    assert (tracker.is_driven, tracker.is_driving) == (False, True)
    watcher = Tracker()
    follow(Seen().run(1.0).frames, BEN_DRIVES, watcher)
    assert (watcher.is_driven, watcher.is_driving) == (True, False)
    follow(Seen(session_time=101.0, car_track_surface=-1, car_lap_completed=-1).run(1.0).frames, BEN_DRIVES, watcher)
    assert not watcher.is_driven


def test_a_session_that_was_announced_keeps_the_moment_of_its_first_frame() -> None:
    """While the store is asked for a checkpoint the same frame, or a later one, comes again."""
    tracker, frames = Tracker(), Car().run(1.0).frames
    (first,) = tracker.advance(frames[0], session_info())
    (again,) = tracker.advance(frames[30], session_info())
    assert isinstance(first, SessionBegan)
    assert again is first
    (other,) = tracker.advance(frames[40]._replace(session_unique_id=4), session_info())
    assert isinstance(other, SessionBegan)
    assert (other.session_unique_id, other.session_time_s) == (4, frames[40].session_time)


def test_a_session_begins_a_tick_before_its_first_frame() -> None:
    tracker, (frame,) = Tracker(), Car().run().frames
    tracker.advance(frame, session_info())
    tracker.begin()
    assert tracker.clock is not None
    assert tracker.clock.time_s == pytest.approx(frame.session_time - TICK_S, abs=1e-9)


@pytest.mark.parametrize(("is_newer", "after_s"), [(True, 2 * TICK_S), (False, 3.0)])
def test_another_run_of_a_session_is_announced_when_it_holds_and_its_text_can_be_there(
    is_newer: bool, after_s: float
) -> None:
    """The text is rewritten at most every two seconds: until then it may be that of the run before."""
    tracker, car, info = Tracker(), Car(session_time=500.0), session_info()
    follow(taken(car.run(1.0)), info, tracker)
    frames = taken(car.set(session_unique_id=4, session_time=5.0, lap_completed=0).run(4.0))
    told = [(frame, tracker.advance(frame, session_info() if is_newer else info)) for frame in frames]
    begun = [frame.session_time for frame, events in told if events and isinstance(events[-1], SessionBegan)]
    assert begun[0] == pytest.approx(frames[0].session_time + after_s, abs=0.02)


def eyes(**changes: Any) -> Memory:
    return Memory(KEY, TimeLine(512.0, 100), **changes)


def test_a_checkpoint_of_a_session_that_goes_on_nowhere_tells_what_waits_in_it() -> None:
    enter = PitMoment(MomentKind.ENTER, Moment(510.0, None), Vantage.OUTSIDE)
    sight = Sight(500.0, 510.0, Vantage.OUTSIDE, BEN, Place.TRACK, Place.LANE)
    for lap, told in (
        (Telling(5), []),
        (Telling(5, official_s=60.0), []),
        (Telling(5, moments=(enter,)), [LapFacts(5, ADA, moments=(enter,))]),
        (Telling(5, sights=(sight,)), [LapFacts(5, ADA, (sight,))]),
    ):
        assert facts_left(checkpoint.encode(eyes(member=ADA, lap=lap))) == told
    nameless = facts_left(checkpoint.encode(eyes(lap=Telling(5, moments=(enter,)))))
    assert nameless == [LapFacts(5, 0, moments=(enter,))]
    assert facts_left(checkpoint.encode(eyes(member=ADA))) == []
    with pytest.raises(checkpoint.CheckpointUnreadable):
        facts_left("")


def test_what_a_watcher_sees_behind_a_line_does_not_wait_for_the_name_of_who_drove_over_it() -> None:
    """He may be killed in those six seconds; a driver's line may be taken back, his may not."""
    car = Seen().run(40.0).passes_line(then_s=1.0).set(car_on_pit_road=True, car_track_surface=2).run(1.0)
    told = seen(follow(car.frames, BEN_DRIVES))
    assert [moment.kind for facts in told for moment in facts.moments][-1] is MomentKind.ENTER
    assert told[-1].lap == 5


@pytest.mark.parametrize(("surface", "after_s", "is_told"), [(3, 0.5, True), (0, 0.5, False), (0, 3.5, True)])
def test_a_watcher_tells_of_an_exit_at_once_but_for_one_over_the_grass(
    surface: int, after_s: float, is_told: bool
) -> None:
    """Whoever is beside the road may be on pit road again in the next moment; on the track he has left it."""
    car = Seen().run(10.0).set(car_on_pit_road=True, car_track_surface=2).run(5.0)
    car.set(car_on_pit_road=False, car_track_surface=surface).run(after_s)
    happened = {moment.kind for facts in seen(follow(car.frames, BEN_DRIVES)) for moment in facts.moments}
    assert (MomentKind.EXIT in happened) is is_told


@pytest.mark.parametrize(("fuel_l", "ticks"), [(50.0, 3), (0.0, 6)])
def test_whoever_drives_is_announced_in_the_tick_in_which_that_is_certain(fuel_l: float, ticks: int) -> None:
    """An empty tank is what a variable reads that nobody has set: twice as long."""
    car = Car(fuel_level=fuel_l)
    assert kinds(follow(car.run((ticks - 1) * TICK_S).frames)) == []
    assert kinds(follow(car.run().frames)) == ["driver"]


@pytest.mark.parametrize(("waits_s", "told"), [(1.0, []), (119 * TICK_S, []), (120 * TICK_S, ["driver"])])
def test_where_the_laps_are_still_to_come_the_seat_is_taken_two_seconds_later(waits_s: float, told: list[str]) -> None:
    """SIMULATOR#seat: they come some ticks behind the seat. Who stands misses nothing."""
    car = Car(lap=0, lap_completed=0, car_lap_completed=0, **{**STALL, "speed": 0.0})
    assert kinds(follow(car.run(waits_s).frames)) == told
    at_once = Car(lap=9, lap_completed=8, car_lap_completed=8, **{**STALL, "speed": 0.0})
    assert kinds(follow(at_once.run(waits_s).frames)) == ["driver"]


def test_who_comes_back_into_his_car_does_not_put_off_the_next_state() -> None:
    """DATA.md#document-state: while somebody drives, no state is older than the interval."""
    tracker, car = Tracker(state_interval_s=30.0), Car(lap=2, lap_completed=1, **STALL).run(10.0)
    car.out_of_the_car(5.0).set(**STALL).run(40.0)
    at_s = [event.at.session_time_s for event in run_events(follow(car.frames, tracker=tracker))]
    assert at_s[0] == pytest.approx(100.0 + 3 * TICK_S, abs=0.001)
    assert at_s[1] == pytest.approx(110.0, abs=0.001), "he left"
    assert at_s[2] == pytest.approx(140.0, abs=0.05), "thirty seconds later, and not after he was back"


@pytest.mark.parametrize("back_s", [1.05, 9.0])
def test_a_clock_that_is_set_back_makes_nobody_drive_for_less_long(back_s: float) -> None:
    tracker, car = Tracker(), Seen().run(61.0)
    car.set(session_time=car.values["session_time"] - back_s).run(1.0)
    follow(car.frames, BEN_DRIVES, tracker)
    assert tracker.silent_driver == (BEN, "Ben Ruiz", pytest.approx(62.0, abs=0.1))


def test_a_reset_in_a_build_that_shows_no_tank_is_one_too() -> None:
    car = Car(fuel_level=None, lap=2, lap_completed=1).run(2.0).once(**{**RUBBISH, "fuel_level": None})
    info = session_info(team_racing=False)
    events = follow(car.set(lap_dist_pct=0.03, **STALL).run(3.0).frames, info)
    assert len(run_events(events, RunEventKind.RESET)) == 1


def test_of_a_build_that_tells_only_the_repair_that_must_be_the_other_is_not_needed() -> None:
    car = Car(lap=2, lap_completed=1, pit_opt_repair_left=None).run(2.0).drive_into_pits(3.0).stand_in_stall(2.0)
    car.run(1.0, pit_repair_left=20.0).run(1.0, pit_repair_left=12.0).run(1.0, pit_repair_left=0.0).leave_pits(3.0)
    (lap,) = known(follow(car.lap(30.0, then_s=6.0).frames)).values()
    assert lap.tally.repair_s == 20.0
    other = Car(lap=2, lap_completed=1, pit_repair_left=None).run(2.0).drive_into_pits(3.0).stand_in_stall(2.0)
    other.run(1.0, pit_opt_repair_left=20.0).run(1.0, pit_opt_repair_left=0.0).leave_pits(3.0)
    (lap,) = known(follow(other.lap(30.0, then_s=6.0).frames)).values()
    assert lap.tally.optional_repair_s == 20.0


def test_a_step_of_the_counter_that_is_taken_back_was_none_and_the_next_one_is_the_lap() -> None:
    """SIMULATOR#flicker: within ten seconds it falls back by one; what was told of a line then never was."""
    car = Car(lap_completed=4, lap=5).run(2.0).lap(lap_time=60.0).run(8.0).run(20.0)
    car.run(4.0, lap_completed=6).run(2.0, lap_completed=5).lap(30.0, lap_time=61.0, then_s=8.0)
    events = follow(car.frames)
    assert not any(isinstance(event, Remark) for event in events)
    assert [event.record.lap_completed for event in events if isinstance(event, LapFinished)] == [5, 6]
    assert known(events)[6].official_s == 61.0


def test_of_a_lap_joined_in_the_middle_whose_end_is_in_a_hole_nobody_takes_the_next_time_for_its() -> None:
    """Since when the time on show is there nobody here knows: it may be that of the lap before."""
    car = Car(lap_completed=4, lap=5, lap_last_lap_time=60.0).run(20.0).skip(25.0)
    car.set(lap=6, lap_completed=5, lap_dist_pct=0.2, lap_current_lap_time=15.0, lap_last_lap_time=61.0).run(10.0)
    over = [event.facts for event in follow(car.frames) if isinstance(event, LapSeen) and event.is_over]
    assert [(facts.lap, facts.is_timed, facts.official_s) for facts in over] == [(5, False, None)]


def test_whoever_saw_the_line_before_knows_whose_the_time_behind_a_hole_is() -> None:
    car = Car(lap_completed=4, lap=5).run(2.0).lap(lap_time=60.0).run(20.0).skip(45.0)
    car.set(lap=7, lap_completed=6, lap_dist_pct=0.2, lap_current_lap_time=15.0, lap_last_lap_time=61.0).run(10.0)
    assert {n: lap.official_s for n, lap in known(follow(car.frames)).items()} == {5: 60.0, 6: 61.0}


def test_the_name_of_who_drives_is_that_of_the_member_at_this_pc() -> None:
    info = session_info()
    assert info.own is not None
    tracker = Tracker()
    follow(Car().run(1.0).frames, replace(info, own=replace(info.own, user_name="A. Falk")), tracker)
    assert tracker.state is not None
    assert (tracker.state.customer_id, tracker.state.driver) == (ADA, "A. Falk")


def test_what_is_seen_by_who_has_no_name_in_the_text_is_nobodys_in_particular() -> None:
    """Recordings of 2015 do not say who sat there, and in a team the own entry is whoever drove."""
    events = follow(Car().run(1.0).lap(then_s=6.0).frames, session_info(driver_user_id=None))
    assert {facts.member for facts in seen(events)} == {0}


def test_a_lap_keeps_the_name_under_which_its_line_was_crossed() -> None:
    tracker, car, info = Tracker(), Car().run(1.0).lap(then_s=1.0), session_info()
    assert info.own is not None
    events = follow(taken(car), info, tracker)
    car.lap(60.0, lap_time=None).run(0.2)
    events += follow(taken(car), info, tracker)
    spelt = replace(info, own=replace(info.own, user_name="A. Falk"))
    events += follow(taken(car.run(8.0)), spelt, tracker)
    assert [event.record.driver for event in events if isinstance(event, LapFinished)] == ["Ada Falk", "Ada Falk"]
    assert [facts.line.name for facts in seen(events) if facts.line is not None][-1] == "Ada Falk"


@pytest.mark.parametrize(("said_s", "silent_s"), [(50.0, 61.0), (56.0, 5.0)])
def test_a_word_of_an_earlier_stint_does_not_break_the_silence(said_s: float, silent_s: float) -> None:
    """Cyd told of his own driving until 55 s: what Ben told before that he told of the time before Cyd."""
    tracker = Tracker()
    follow(Seen().run(61.0).frames, BEN_DRIVES, tracker)
    sight = Sight(100.0, 155.0, Vantage.CAR, 303, Place.TRACK, Place.TRACK)
    tracker.learn([LapFacts(4, 303, (sight,))])
    tracker.hear(RunState(100.0 + said_s, BEN, "Ben Ruiz", 2, 1, 3, None, 95.0, 40.0, 40.5, False, LapTally()))
    assert tracker.silent_driver == (BEN, "Ben Ruiz", pytest.approx(silent_s, abs=0.1))
    tracker.hear(RunState(160.0, ADA, "Ada Falk", 2, 1, 3, None, 95.0, 40.0, 40.5, False, LapTally()))
    assert tracker.heard is not None
    assert tracker.heard.customer_id == BEN, "the member knows for himself"


@pytest.mark.parametrize("vantage", Vantage)
def test_that_the_clock_was_set_in_a_lap_is_told_of_it_by_who_saw_it(vantage: Vantage) -> None:
    """Who drives and who watches: neither can measure the lap from then on. Who sees no car has nothing to tell of."""
    car = (Car if vantage is Vantage.CAR else Seen)().run(10.0)
    car.set(session_time=car.values["session_time"] + 5.0).run(5.0)
    events = follow(car.frames, None if vantage is Vantage.CAR else BEN_DRIVES)
    (clock,) = {moment for facts in seen(events) for moment in facts.moments if moment.kind is MomentKind.CLOCK}
    assert clock.vantage is vantage
    nowhere = Seen(car_track_surface=-1, car_lap_completed=-1).run(10.0)
    nowhere.set(session_time=nowhere.values["session_time"] + 5.0).run(5.0)
    assert seen(follow(nowhere.frames, BEN_DRIVES)) == []


def test_who_gets_in_drives_from_the_third_tick_on_and_has_done_so_since_the_first() -> None:
    car = Car(lap=3, lap_completed=2).out_of_the_car(2.0)
    in_s = car.values["session_time"] + TICK_S
    assert kinds(follow(car.run(2 * TICK_S).frames)) == []
    events = follow(car.run(TICK_S).frames)
    assert kinds(events) == ["driver"]
    assert seen(events)[-1].sights[-1].from_s == pytest.approx(in_s, abs=1e-6)


def test_a_state_is_due_in_the_tick_in_which_the_interval_is_over() -> None:
    frames = Car().run(1.5).frames
    interval_s = frames[60].session_time - frames[2].session_time
    events = run_events(follow(frames, tracker=Tracker(state_interval_s=interval_s)), RunEventKind.STATE_DUE)
    assert [event.at.session_time_s for event in events] == [frames[60].session_time]


def test_what_is_seen_behind_a_line_that_the_counter_has_not_confirmed_is_not_told() -> None:
    """SIMULATOR#line: it comes up to two seconds later, or there was no line."""
    tracker, car = Tracker(), Car(lap_completed=4, lap=5, speed=20.0, lap_dist=2900.0).run(4.9)
    follow(taken(car), tracker=tracker)
    events = follow(
        taken(car.set(lap_dist_pct=0.0001).run(1.0, on_pit_road=True, player_track_surface=2)), tracker=tracker
    )
    assert kinds(events) == ["pitEnter"]
    assert seen(events) == []
    told = seen(follow(taken(car.run(2.0, speed=0.0)), tracker=tracker))
    assert (told[-1].lap, [moment.kind for moment in told[-1].moments][:1]) == (5, [MomentKind.ENTER])


def test_a_flag_that_drops_for_two_ticks_right_behind_the_first_is_no_driver_change() -> None:
    assert kinds(follow(Car().run(3 * TICK_S).out_of_the_car(2 * TICK_S).run(1.0).frames)) == ["driver"]
    assert kinds(follow(Car().run(3 * TICK_S).out_of_the_car(3 * TICK_S).frames)) == ["driver", "driverLeft"]


@pytest.mark.parametrize(("lap", "told"), [(5, ["driver", "driverLeft"]), (4, ["driver", "tow", "driverLeft"])])
def test_a_tow_that_the_driver_before_has_told_is_not_told_again(lap: int, told: list[str]) -> None:
    """It is one tow of one lap, whoever gets in while it lasts."""
    tracker, car = Tracker(), Car(lap=5, lap_completed=4).out_of_the_car(1.0)
    follow(taken(car), tracker=tracker)
    tow = PitMoment(MomentKind.TOWED, Moment(100.5, None), Vantage.CAR)
    tracker.learn([LapFacts(lap, BEN, moments=(tow,))])
    car.run(2.0, player_car_tow_time=30.0, **STALL).out_of_the_car(1.0)
    assert kinds(follow(taken(car), tracker=tracker)) == told


def test_what_was_told_of_a_lap_is_not_told_again() -> None:
    for car, info in ((Seen().run(5.0).stops().passes_line(), BEN_DRIVES), (Car().run(9.0), session_info())):
        told = seen(follow(car.frames, info))
        assert told
        assert all(one != other for one, other in pairwise(told))


def test_while_somebody_drives_a_state_is_told_every_half_minute() -> None:
    at_s = [event.at.session_time_s for event in run_events(follow(Car().run(65.0).frames, tracker=Tracker()))]
    assert at_s == pytest.approx([100.05, 130.05, 160.05], abs=0.05)


@pytest.mark.parametrize("is_team", [True, False])
@pytest.mark.parametrize("hole_s", [0.0, 5.0])
def test_alone_every_lap_is_known_as_well_as_it_will_ever_be(is_team: bool, hole_s: float) -> None:
    """In a team somebody else may know more of a lap of which its driver missed a piece."""
    car = Car().run(1.0).lap(then_s=10.0).skip(hole_s).lap(40.0, then_s=10.0)
    events = follow(car.frames, session_info(team_racing=is_team))
    finished = {event.record.lap_completed: event.is_whole for event in events if isinstance(event, LapFinished)}
    assert finished[2] is (not is_team or not hole_s)


def test_the_formation_lap_is_told_and_is_no_lap_that_finished() -> None:
    car = Car(lap=0, lap_completed=-1).run(1.0).cross(lap_time=None).run(12.0)
    events = follow(car.frames)
    assert [event.facts.lap for event in events if isinstance(event, LapSeen) and event.is_over] == [0]
    assert not any(isinstance(event, LapFinished) for event in events)


def test_a_text_that_lost_its_sessions_for_a_moment_ends_nothing() -> None:
    """SIMULATOR#torn-text: while it is rewritten it may be whole in form and empty of meaning."""
    tracker, car, info = Tracker(), Car(), session_info()
    follow(taken(car.run(1.0)), info, tracker)
    events = follow(taken(car.run(1.0)), replace(info, sessions=()), tracker)
    events += follow(taken(car.run(1.0)), replace(info), tracker)
    assert events == []
    assert tracker.memory is not None
    assert tracker.memory.is_race
