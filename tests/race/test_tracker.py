"""The tracker between sessions: what it follows, goes on with, passes over, and still knows behind it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from race.driving import ADA, BEN, TICK_S, Car, follow, kinds, seen, session_info
from race.test_told_of_a_session import KEY, taken
from race.test_witness import BEN_DRIVES, Seen, told_by_ben
from teamtactics.model.events import FormerLapTimed, SessionBegan
from teamtactics.model.facts import Place
from teamtactics.model.retold import Told
from teamtactics.race.tracker import Tracker


def test_before_the_first_session_nothing_is_known() -> None:
    tracker = Tracker()
    assert (tracker.session, tracker.heard, tracker.memory, tracker.silent_driver) == (None, None, None, None)
    assert list(tracker.finish()) == []
    tracker.learn([])
    tracker.tell({})
    for ask in (tracker.checkpoint, tracker.begin):
        with pytest.raises(ValueError, match="session"):
            ask()


def test_a_session_is_named_from_when_it_is_announced_on() -> None:
    tracker, car = Tracker(), Car(session_time=500.0)
    tracker.advance(taken(car.run())[0], session_info())
    assert tracker.session == KEY
    tracker.begin()
    assert tracker.session == KEY
    follow(taken(car.run(1.0)), tracker=tracker)
    assert tracker.session == KEY
    for frame in taken(car.set(session_unique_id=4, session_time=5.0, lap_completed=0).run(0.1)):
        tracker.advance(frame, session_info())
    assert tracker.session == replace(KEY, session_unique_id=4), "announced, and not followed yet"
    assert tracker.memory is not None
    assert tracker.memory.key == KEY


def resumed(car: Car, back_s: float, *, skip_seen: bool | None) -> tuple[Tracker, float]:
    """A client that was started anew behind 20 s of driving; meanwhile the clock was set back."""
    tracker = Tracker()
    follow(taken(car.run(20.0)), tracker=tracker)
    text, until_s = tracker.checkpoint(), car.values["session_time"]
    tracker.simulator_lost()
    assert (tracker.session, tracker.state) == (None, None)
    tracker.advance(taken(car.set(session_time=until_s - back_s).run())[0], session_info())
    if skip_seen is None:
        tracker.resume(text)
    else:
        tracker.resume(text, skip_seen=skip_seen)
    return tracker, until_s


@pytest.mark.parametrize("skip_seen", [None, False])
def test_a_race_goes_on_behind_a_checkpoint_also_where_its_clock_was_set_back(skip_seen: bool | None) -> None:
    car = Car()
    tracker, until_s = resumed(car, 5.0, skip_seen=skip_seen)
    assert tracker.memory is not None
    assert tracker.memory.clock.is_resumed, "nobody has looked since: a short hole may hide the line"
    follow(taken(car.run(1.0)), tracker=tracker)
    assert tracker.clock is not None
    assert tracker.clock.time_s == pytest.approx(until_s - 4.0, abs=0.05)


def test_of_a_recording_that_starts_again_what_was_seen_is_passed_over() -> None:
    car = Car()
    tracker, until_s = resumed(car, 5.0, skip_seen=True)
    assert follow(taken(car.run(4.9)), tracker=tracker) == []
    assert tracker.clock is not None
    assert tracker.clock.time_s == until_s
    follow(taken(car.run(1.0)), tracker=tracker)
    assert tracker.clock.time_s == pytest.approx(until_s + 0.9, abs=0.05)


def test_the_names_of_a_team_are_known_in_its_next_session() -> None:
    """The text names who gets in only seconds later; by then he may have been killed."""
    tracker = Tracker()
    tracker.know({"303": "Cyd Lund", "101": "Ada"})
    follow(Seen().run(1.0).frames, BEN_DRIVES, tracker)
    tracker.know({"202": "B. Ruiz"})
    for lose in (True, False):
        if lose:
            tracker.simulator_lost()
        follow(Car(session_time=200.0, session_unique_id=4).run(1.0).frames, session_info(), tracker)
        assert tracker.memory is not None
        assert tracker.memory.names == {"303": "Cyd Lund", str(ADA): "Ada Falk", str(BEN): "Ben Ruiz"}


@pytest.mark.parametrize("sim_mode", ["full", "replay"])
def test_a_replay_opens_no_session(sim_mode: str) -> None:
    events = follow(Car().run(1.0).frames, session_info(sim_mode=sim_mode))
    assert any(isinstance(event, SessionBegan) for event in events) is (sim_mode == "full")


def test_a_lap_that_waits_is_told_when_the_stream_is_over() -> None:
    tracker = Tracker()
    events = follow(Car().run(1.0).lap(lap_time=None).run(1.0).frames, tracker=tracker)
    assert not any(facts.line for facts in seen(events))
    told = seen([*tracker.finish()])
    assert [facts.lap for facts in told if facts.line] == [1]
    assert kinds([*tracker.finish()]) == []


def test_a_client_that_has_just_told_something_is_not_silent() -> None:
    tracker = Tracker()
    follow(Seen().run(0.6).frames, BEN_DRIVES, tracker)
    assert tracker.silent_driver == (BEN, "Ben Ruiz", pytest.approx(0.6, abs=0.05))
    tracker.tell({4: Told(parts=(told_by_ben(4, until_s=101.0, place=Place.TRACK),))})
    assert tracker.silent_driver is None


@pytest.mark.parametrize(("is_newer", "after_s"), [(True, 0.05), (False, 3.0)])
def test_a_session_that_begins_anew_waits_for_its_text_too(is_newer: bool, after_s: float) -> None:
    """SIMULATOR#cadence: for up to three seconds it may still be that of the session before."""
    tracker, car, info = Tracker(), Car(session_time=500.0), session_info()
    follow(taken(car.run(1.0)), info, tracker)
    frames = taken(car.set(session_time=5.0, session_tick=10, lap_completed=0).run(4.0))
    told = [(frame, tracker.advance(frame, session_info() if is_newer else info)) for frame in frames]
    begun = [frame.session_time for frame, events in told if events and isinstance(events[-1], SessionBegan)]
    assert begun[0] == pytest.approx(frames[0].session_time + after_s, abs=0.06)


def test_two_ticks_of_one_session_and_two_of_another_are_neither() -> None:
    tracker, car = Tracker(), Car(session_time=500.0)
    follow(taken(car.run(1.0)), tracker=tracker)
    torn = taken(car.run(2 * TICK_S, session_unique_id=7).run(2 * TICK_S, session_unique_id=8))
    assert [list(tracker.advance(frame, session_info())) for frame in torn] == [[]] * 4
    (event,) = tracker.advance(taken(car.run())[0], session_info())[-1:]
    assert isinstance(event, SessionBegan)
    assert event.session_unique_id == 8


def test_a_tick_that_is_shown_twice_is_one() -> None:
    """SIMULATOR#holes: whoever asks faster than the simulator answers gets the same again."""
    car = Car().run(1.0).lap(then_s=8.0).drive_into_pits(2.0).stand_in_stall(2.0).leave_pits(2.0)
    twice = [frame for frame in car.frames for _ in range(2)]
    assert follow(twice) == follow(car.frames)
    for name in ("on_pit_road", "is_on_track_car"):
        torn = [*car.frames[:100], *[car.frames[100]._replace(**{name: name == "on_pit_road"})] * 5, *car.frames[101:]]
        assert kinds(follow(torn)) == kinds(follow(car.frames)), "one tick, however often"


@pytest.mark.parametrize(("num", "told"), [(1, [60.5]), (2, [])])
def test_a_session_that_begins_anew_has_no_results_of_the_one_before(num: int, told: list[float]) -> None:
    """Qualifying goes on in its results when the race has begun; a race that is restarted begins with none."""
    tracker, car = Tracker(), Car(session_num=num, session_time=500.0).run(1.0).lap(lap_time=None).run(1.0)
    follow(taken(car), tracker=tracker)
    car.set(session_num=2, session_unique_id=9, session_time=5.0, lap_completed=0).run(1.0)
    events = follow(taken(car), session_info(), tracker)
    results = tuple(replace(each, own_laps=1, own_last_time_s=60.5) for each in session_info().sessions)
    events += follow(taken(car.run(5.0)), session_info(sessions=results), tracker)
    assert [event.official_s for event in events if isinstance(event, FormerLapTimed)] == told


def test_the_names_in_a_checkpoint_are_known_in_the_next_session() -> None:
    tracker, killed, car = Tracker(), Tracker(), Seen()
    follow(taken(car.run(1.0)), BEN_DRIVES, killed)
    frames = taken(car.run(1.0))
    tracker.advance(frames[0], session_info())
    tracker.resume(killed.checkpoint())
    tracker.simulator_lost()
    follow(Car(session_time=200.0, session_unique_id=4).run(1.0).frames, session_info(), tracker)
    assert tracker.memory is not None
    assert tracker.memory.names[str(BEN)] == "Ben Ruiz"


def test_a_text_that_makes_no_sense_for_a_moment_changes_nothing_and_neither_does_a_hole_of_a_second() -> None:
    tracker, car = Tracker(), Car().run(1.0).skip(1.0).run(1.0)
    events = follow(taken(car), tracker=tracker)
    events += [event for frame in taken(car.run(1.0)) for event in tracker.advance(frame, None)]
    assert kinds(events) == ["driver"]
    assert tracker.is_driving
