"""Which ticks and which texts a session is made of, told in a few of either."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from race.driving import ADA, BEN, TICK_S, Car, session_info
from race.test_told_of_a_session import KEY
from teamtactics.model.events import Event, FormerLapTimed, LapSeen, SessionBegan
from teamtactics.model.facts import LineSeen, Vantage
from teamtactics.model.frame import Frame
from teamtactics.model.records import LapTally, Moment, RunState
from teamtactics.model.session import SessionInfo
from teamtactics.race.eyes.laps import PendingLap
from teamtactics.race.eyes.telling import Telling
from teamtactics.race.tracker import Tracker

INFO = session_info()


def own(**changes: Any) -> SessionInfo:
    assert INFO.own is not None
    return replace(INFO, own=replace(INFO.own, **changes))


def ticks(count: int, at_s: float = 500.0, *, tick: int = 100, **changes: Any) -> list[Frame]:
    """Ticks in a row of a car in which nobody is."""
    shown = {**Car().values, "is_on_track": False, "is_on_track_car": False, "car_track_surface": -1, **changes}
    return [
        Frame(**{**shown, "tick": tick + n, "session_tick": 30_000 + tick + n, "session_time": at_s + n * TICK_S})
        for n in range(count)
    ]


def fed(tracker: Tracker, frames: list[Frame], info: SessionInfo | None = INFO) -> list[Event]:
    return [event for frame in frames for event in tracker.advance(frame, info)]


def following(frame: Frame | None = None) -> Tracker:
    """A tracker that follows the session since a tick, or a checkpoint, at 500 s."""
    tracker, frame = Tracker(), frame or ticks(1)[0]
    (began,) = tracker.advance(frame, INFO)
    assert isinstance(began, SessionBegan)
    tracker.begin()
    tracker.advance(frame, INFO)
    return tracker


def begun(events: list[Event]) -> list[tuple[int, int | None, bool]]:
    return [
        (event.session_num, event.session_unique_id, event.is_restart)
        for event in events
        if isinstance(event, SessionBegan)
    ]


def test_without_a_session_nothing_is_lost_and_nobody_is_heard() -> None:
    tracker = Tracker()
    tracker.simulator_lost()
    tracker.hear(RunState(500.0, BEN, None, 1, 1, 3, None, None, None, None, False, LapTally()))
    assert (tracker.session, tracker.heard, tracker.silent_driver) == (None, None, None)
    tracker.advance(ticks(1)[0], INFO)
    assert tracker.silent_driver is None, "announced, and not followed yet"


@pytest.mark.parametrize(
    ("info", "is_followed"),
    [
        (INFO, True),
        (None, False),
        (replace(INFO, sim_mode="replay"), False),
        (replace(INFO, own=None), False),
        (replace(INFO, sessions=INFO.sessions[:2]), False),  # it does not name the third session yet
        (own(is_spectator=True), False),
        (replace(own(is_spectator=True), team_racing=False), True),  # alone whoever drives is himself
        (own(team_id=0), False),  # a team's event, and no team yet
    ],
)
def test_a_session_is_followed_whose_text_names_it_and_the_team(info: SessionInfo | None, is_followed: bool) -> None:
    assert bool(begun(fed(Tracker(), ticks(3), info))) is is_followed


def test_the_first_session_of_a_connection_is_no_restart_and_the_next_one_is() -> None:
    assert begun([*Tracker().advance(ticks(1)[0], INFO)]) == [(2, 3, False)]
    for changes in ({"session_num": 1}, {"session_unique_id": 4}):
        tracker, newer = following(), replace(INFO)
        other = ticks(3, 5.0, tick=200, lap_completed=0, **changes)
        assert fed(tracker, other[:1]) == []
        assert fed(tracker, other[1:2], newer) == [], "single ticks read anything"
        assert begun(fed(tracker, other[2:], newer)) == [
            (changes.get("session_num", 2), changes.get("session_unique_id", 3), True)
        ]
        assert tracker.memory is not None
        assert tracker.memory.key == KEY


def with_waiting_lap(**changes: Any) -> Tracker:
    tracker = following(ticks(1, **changes)[0])
    assert tracker.memory is not None
    line = LineSeen(Moment(499.0, None), Vantage.CAR, ADA, "Ada Falk")
    at_line = ticks(1, 499.0)[0]
    tracker.memory.pending = (PendingLap(Telling(7, line=line), at_line, settles_s=509.0),)
    return tracker


@pytest.mark.parametrize(("num", "official_s"), [(1, [91.5]), (2, [])])
def test_a_lap_that_waits_is_told_at_the_change_of_session_and_its_time_when_the_results_have_it(
    num: int, official_s: list[float]
) -> None:
    """Qualifying goes on in its results when the race has begun; a race that is restarted begins with none."""
    tracker = with_waiting_lap(session_num=num)
    frames = ticks(3, 5.0, tick=200, session_unique_id=4, lap_completed=0)
    events = [*fed(tracker, frames[:1]), *fed(tracker, frames[1:], replace(INFO))]
    over = [event.facts.lap for event in events if isinstance(event, LapSeen) and event.is_over]
    assert (over, begun(events)) == ([7], [(2, 4, True)])
    tracker.begin()
    assert fed(tracker, ticks(3, 6.0, tick=300, session_unique_id=4, lap_completed=0), replace(INFO)) == []
    results = tuple(replace(each, own_laps=7, own_last_time_s=91.5) for each in INFO.sessions)
    events = fed(
        tracker,
        ticks(3, 7.0, tick=400, session_unique_id=4, lap_completed=0),
        replace(INFO, sessions=results),
    )
    timed = [event for event in events if isinstance(event, FormerLapTimed)]
    assert [(event.session_num, event.lap_completed, event.official_s) for event in timed] == [
        (num, 7, each) for each in official_s
    ]


def test_a_tick_that_is_read_again_and_again_is_one() -> None:
    tracker, seated = following(), ticks(3, 501.0, tick=160, is_on_track_car=True)
    fed(tracker, [*seated[:2], *[seated[1]] * 5])
    assert not tracker.is_driving
    fed(tracker, seated[2:])
    assert tracker.is_driving


@pytest.mark.parametrize(
    "odd", [own(team_id=0, team_name="Ada Falk"), replace(INFO, session_id=0, subsession_id=0)], ids=["team", "id"]
)
def test_the_race_goes_on_while_a_text_takes_back_who_we_are(odd: SessionInfo) -> None:
    """SIMULATOR#torn-text: while it is rewritten it may be whole in form and empty of meaning, for some seconds."""
    tracker = following()
    frames = ticks(3, 501.0, tick=160)
    fed(tracker, frames, odd)
    assert tracker.clock is not None
    assert tracker.clock.time_s == frames[-1].session_time
    later = ticks(2, 506.5, tick=490)
    fed(tracker, later, odd)
    assert tracker.clock.time_s == frames[-1].session_time, "from then on the ticks are of another session"


def test_another_event_is_announced_though_its_text_is_read_anew_in_each_tick() -> None:
    tracker = following()
    frames = ticks(3, 501.0, tick=160)
    told = [[*tracker.advance(frame, session_info(subsession_id=2001))] for frame in frames]
    assert [begun(events) for events in told] == [[], [], [(2, 3, True)]]


@pytest.mark.parametrize(("skip_seen", "until_s"), [(None, 499.5), (False, 499.5), (True, 500.0)])
def test_a_recording_that_starts_again_is_passed_over_and_a_race_whose_clock_was_set_back_is_not(
    skip_seen: bool | None, until_s: float
) -> None:
    text, tracker, frames = following().checkpoint(), Tracker(), ticks(10, 499.5 - 9 * TICK_S, tick=101)
    tracker.advance(frames[0], INFO)
    if skip_seen is None:
        tracker.resume(text)
    else:
        tracker.resume(text, skip_seen=skip_seen)
    fed(tracker, frames)
    assert tracker.clock is not None
    assert tracker.clock.time_s == pytest.approx(until_s)
    fed(tracker, ticks(1, 500.5, tick=161))
    assert tracker.clock.time_s == 500.5
