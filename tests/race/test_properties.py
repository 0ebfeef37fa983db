"""What holds for any race: cutting and resuming, repeated frames, one record per lap, fuel that adds up."""

from __future__ import annotations

import itertools
import os
import random
from functools import cache

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from race.driving import follow, laps, run_events, seen
from support.thorough import IS_THOROUGH
from teamtactics.demo.play import ScriptSource, default_script
from teamtactics.model.events import Event, LapFinished, RunEventKind, SessionBegan
from teamtactics.model.frame import Frame
from teamtactics.model.session import SessionInfo
from teamtactics.race.tracker import Tracker

LAPS = 7
EXAMPLES = int(os.environ.get("TEAMTACTICS_EXAMPLES", "12" if IS_THOROUGH else "3"))
"""More of them in a nightly run: TEAMTACTICS_EXAMPLES=500."""

SCRIPT = default_script(LAPS)
Shown = list[tuple[Frame, SessionInfo]]
slow = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


@cache
def shown(member: int) -> Shown:
    """The scripted race as the simulator of *member* shows it."""
    source = ScriptSource(SCRIPT, SCRIPT.members[member].customer_id)
    source.connect()
    frames: Shown = []
    while not source.has_ended:
        for frame in source.read(0.0):
            assert source.info is not None
            frames.append((frame, source.info))
    return frames


def feed(tracker: Tracker, frames: Shown) -> list[Event]:
    events: list[Event] = []
    for frame, info in frames:
        found = tracker.advance(frame, info)
        if found and isinstance(found[-1], SessionBegan):
            events.extend(found)
            tracker.begin()
            found = tracker.advance(frame, info)
        events.extend(found)
    return events


def without_openings(events: list[Event]) -> list[Event]:
    return [event for event in events if not isinstance(event, SessionBegan)]


@cache
def whole(member: int) -> tuple[Event, ...]:
    return tuple(without_openings(feed(Tracker(), shown(member))))


@cache
def without_state(member: int) -> tuple[Event, ...]:
    return tuple(feed(Tracker(state_interval_s=1e9), shown(member)))


@slow
@given(member=st.sampled_from([0, 1]), cuts=st.lists(st.floats(0.0, 1.0), max_size=6))
def test_cutting_anywhere_and_resuming_from_the_checkpoint_changes_nothing(member: int, cuts: list[float]) -> None:
    frames = shown(member)
    events: list[Event] = []
    tracker = Tracker()
    begin = 0
    for cut in [*sorted({int(cut * len(frames)) for cut in cuts} - {0}), len(frames)]:
        events.extend(feed(tracker, frames[begin:cut]))
        begin = cut
        if cut == len(frames):
            break
        text = tracker.checkpoint()
        tracker = Tracker()
        opening = tracker.advance(*frames[cut])
        assert isinstance(opening[-1], SessionBegan)
        tracker.resume(text, seen(events))
    assert without_openings(events) == list(whole(member))


@slow
@given(member=st.sampled_from([0, 1]), at=st.floats(0.0, 1.0), back=st.integers(0, 4000))
def test_a_recording_that_starts_again_is_passed_over_up_to_the_checkpoint(member: int, at: float, back: int) -> None:
    frames = shown(member)
    cut = max(1, int(at * len(frames)))
    tracker = Tracker()
    events = feed(tracker, frames[:cut])
    text = tracker.checkpoint()
    again = Tracker()
    start = max(0, cut - back)
    if start == len(frames):
        return
    again.advance(*frames[start])
    again.resume(text, seen(events), skip_seen=True)
    events += feed(again, frames[start:])
    assert without_openings(events) == list(whole(member))


@slow
@given(member=st.sampled_from([0, 1]), repeats=st.lists(st.tuples(st.floats(0.0, 1.0), st.integers(1, 5)), max_size=20))
def test_a_repeated_frame_changes_nothing(member: int, repeats: list[tuple[float, int]]) -> None:
    frames = list(shown(member))
    for at, times in sorted(repeats, reverse=True):
        index = min(len(frames) - 1, int(at * len(frames)))
        frames[index:index] = [frames[index]] * times
    assert without_openings(feed(Tracker(), frames)) == list(whole(member))


@slow
@given(member=st.sampled_from([0, 1]), seed=st.integers(0, 2**32))
def test_single_missed_ticks_lose_no_lap_and_no_stop(member: int, seed: int) -> None:
    chance = random.Random(seed)
    kept = [item for item in shown(member) if chance.random() > 0.02]
    events = feed(Tracker(state_interval_s=1e9), kept)
    expected = without_state(member)
    assert [e.record.lap_completed for e in events if isinstance(e, LapFinished)] == [
        e.record.lap_completed for e in expected if isinstance(e, LapFinished)
    ]
    assert [e.kind for e in run_events(events)] == [e.kind for e in run_events(expected)]
    for lap, other in zip(laps(events), laps(expected), strict=True):
        assert abs(lap.session_time_s - other.session_time_s) < 0.1
        assert lap.official_s == other.official_s
        assert (lap.fuel_used_l is None) == (other.fuel_used_l is None)


def test_every_completed_lap_gives_exactly_one_record() -> None:
    numbers = [
        event.record.lap_completed for member in (0, 1) for event in whole(member) if isinstance(event, LapFinished)
    ]
    assert numbers == sorted(set(numbers))
    assert set(range(1, LAPS + 1)) <= set(numbers)


def test_fuel_adds_up_over_every_pair_of_laps() -> None:
    for member in (0, 1):
        records = laps(list(whole(member)))
        for before, lap in itertools.pairwise(records):
            if lap.fuel_used_l is None or before.lap_completed + 1 != lap.lap_completed:
                continue
            assert before.fuel_level_l is not None
            assert lap.fuel_level_l is not None
            left = before.fuel_level_l + lap.tally.fuel_added_l - lap.fuel_used_l
            assert abs(left - lap.fuel_level_l) < 1e-9
            assert lap.fuel_used_l > 0


def test_every_pit_entry_has_one_end() -> None:
    ends = {RunEventKind.PIT_EXIT, RunEventKind.TOW, RunEventKind.RESET, RunEventKind.DRIVER_LEFT}
    for member in (0, 1):
        open_entries = 0
        for event in run_events(list(whole(member))):
            if event.kind is RunEventKind.PIT_ENTER:
                assert open_entries == 0
                open_entries = 1
            elif event.kind in ends:
                open_entries = 0


def test_the_same_frames_always_give_the_same_events() -> None:
    assert without_openings(feed(Tracker(), shown(1))) == list(whole(1))
    assert follow([]) == []
