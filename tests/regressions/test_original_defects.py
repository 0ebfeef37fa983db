"""Every known defect of the original teamtactics, as a test that would have caught it (study of its sources)."""

from __future__ import annotations

import itertools
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from race.driving import BEN, Car, follow, kinds, laps, run_events, seen, session_info
from support.cloud_parcels import lap as lap_parcel
from support.memory_queue import MemoryQueue
from teamtactics.contract.documents import lap_document
from teamtactics.delivery.courier import Courier
from teamtactics.errors import PermanentFailure, SinkRefused, TemporaryFailure
from teamtactics.model.events import RunEventKind
from teamtactics.model.frame import Frame
from teamtactics.model.parcel import FIRESTORE, ParcelKind, StoredParcel
from teamtactics.model.status import SinkState
from teamtactics.race.tracker import Tracker
from teamtactics.recording.following import Following
from teamtactics.recording.journal import LIVE
from teamtactics.recording.seen import Sight
from teamtactics.recording.writer import recording_directly
from teamtactics.store.store import Outbox

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def lap_with_stop(**car: Any) -> Car:
    made = Car(**car).run(1.0).lap(then_s=20.0).drive_into_pits().stand_in_stall().leave_pits()
    return made.lap(30.0, then_s=1.0)


class Sink:
    """A server that answers each delivery with the next of *answers*, an error or None."""

    name = FIRESTORE
    max_batch = 10
    conflict = None

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.taken: list[int] = []
        self.calls = 0

    def deliver(self, parcels: list[StoredParcel]) -> None:
        self.calls += 1
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        self.taken += [one.seq for one in parcels]

    def check(self) -> str:
        return "answers"

    def close(self) -> None:
        pass


def courier_of(sink: Sink, queue: MemoryQueue, clock: list[float]) -> Courier:
    return Courier(FIRESTORE, lambda: sink, queue, monotonic_s=lambda: clock[0], chance=lambda: 1.0)


def test_the_hand_over_is_written_when_the_car_stops_and_when_its_driver_leaves() -> None:
    """The original's write at the pit stop always failed: a name was undefined, and the except hid it."""
    car = Car().run(1.0).lap(then_s=20.0).drive_into_pits().stand_in_stall(3.0).out_of_the_car()
    found = run_events(follow(car.frames), RunEventKind.STOP_MOVING, RunEventKind.DRIVER_LEFT)
    assert [event.kind for event in found] == [RunEventKind.STOP_MOVING, RunEventKind.DRIVER_LEFT]
    assert found[-1].state.on_pit_road
    tracker = Tracker()
    member = Car(**{**car.values, "tick": 1}).out_of_the_car(1.0)
    follow(member.frames, session_info(me=BEN), tracker)
    tracker.learn(seen(follow(car.frames)))
    member.frames.clear()
    (got_in,) = run_events(follow(member.stand_in_stall(1.0).frames, session_info(me=BEN), tracker))
    assert got_in.state.tally.pit_enter == found[-1].state.tally.pit_enter is not None


def test_two_equal_lap_times_and_a_lap_without_a_time_are_laps() -> None:
    """The original waited for the last lap time to change and ignored −1."""
    car = Car().run(1.0).lap(lap_time=61.0, then_s=1.0).lap(lap_time=61.0, then_s=1.0).lap(lap_time=-1.0, then_s=1.0)
    assert [lap.official_s for lap in laps(follow(car.frames))] == [61.0, 61.0, None]


def test_fuel_used_is_never_negative_neither_at_first_nor_after_refuelling() -> None:
    """The original began with a level of 0, and took start minus end over a filling."""
    car = Car(fuel_level=20.0).run(1.0).lap(then_s=20.0).drive_into_pits().stand_in_stall(2.0)
    for step in range(300):
        car.run(fuel_level=20.0 + step * 0.1)
    car.stand_in_stall(2.0).leave_pits().set(fuel_level=48.0).lap(30.0, then_s=1.0)
    used = [lap.fuel_used_l for lap in laps(follow(car.frames))]
    assert used[0] is None
    assert used[1] == pytest.approx(20.0 + 29.9 - 48.0)


@pytest.mark.parametrize("stall_behind_line", [False, True])
def test_a_stint_ends_wherever_the_stall_lies(stall_behind_line: bool) -> None:
    """The original needed the line crossed on pit road: a pit lane on one side of it never ended a stint."""
    car = Car().run(1.0).lap(then_s=20.0)
    if stall_behind_line:
        car.set(lap_dist=2879.0).drive_into_pits(4.0).cross(then_s=2.0).stand_in_stall().leave_pits()
    else:
        car.drive_into_pits().stand_in_stall().leave_pits()
    car.lap(30.0, then_s=1.0)
    assert laps(follow(car.frames))[-1].stint == 2


def test_a_tow_ends_one_stint_and_the_greatest_repair_time_is_kept() -> None:
    """The original counted a stint when the tow was seen, and kept the first repair value only."""
    car = Car().run(1.0).lap(then_s=20.0).run(1.0, speed=0.0).run(0.5, player_car_tow_time=60.0)
    car.set(on_pit_road=True, lap_dist=200.0, player_car_tow_time=0.0, pit_repair_left=20.0).stand_in_stall(2.0)
    car.set(pit_repair_left=75.0).stand_in_stall(2.0).set(pit_repair_left=3.0).stand_in_stall(2.0)
    events = follow(car.set(pit_repair_left=0.0).leave_pits().lap(30.0, then_s=1.0).frames)
    towed = next(event for event in run_events(events) if event.kind is RunEventKind.TOW)
    assert towed.state.stint == 1, "the stint ends with the exit, not with the tow"
    assert laps(events)[-1].stint == 2
    assert laps(events)[-1].tally.repair_s == 75.0


def test_pit_moments_are_the_simulators_own_clocks_also_over_midnight() -> None:
    """The original took the time of day, subtracted 3,600 s, and broke at midnight."""
    car = Car(session_time_of_day=86_395.0).run(1.0).lap(then_s=20.0).run(2.0, speed=20.0)
    car.run(10.0, on_pit_road=True, player_track_surface=2, session_time_of_day=86_399.0)
    car.set(session_time_of_day=4.0).stand_in_stall(10.0).leave_pits().lap(30.0, then_s=1.0)
    tally = laps(follow(car.frames))[1].tally
    assert tally.pit_enter is not None and tally.pit_exit is not None
    assert (tally.pit_enter.time_of_day_s, tally.pit_exit.time_of_day_s) == (86_399.0, 4.0)
    assert tally.pit_exit.session_time_s - tally.pit_enter.session_time_s == pytest.approx(30.0, abs=0.05)


def test_durations_are_seconds_and_no_fractions_of_a_day() -> None:
    document = lap_document(laps(follow(lap_with_stop().frames))[1])
    enter, leave = document["PitEnterTime"], document["PitExitTime"]
    assert isinstance(enter, float) and isinstance(leave, float)
    assert leave - enter == pytest.approx(30.0, abs=0.05)
    assert document["LapLastLapTime"] == 60.0


def single_session(outbox: Outbox, frames: list[Frame], utc: datetime) -> tuple[int, list[str]]:
    """Record a single session with a fresh program; return the outbox's session and the kinds of its parcels."""
    journal, writer = recording_directly(outbox)
    info = session_info(team_racing=False, session_id=0, subsession_id=0)
    following = Following(Tracker(), journal)
    following.see(Sight(frames, info, LIVE, lambda at_s: utc + timedelta(seconds=at_s)))
    assert writer.recorder.session_id is not None
    return writer.recorder.session_id, [one.parcel.kind.value for one in outbox.pending(FIRESTORE, 99)]


def test_starting_again_in_a_single_session_removes_nothing(tmp_path: Path) -> None:
    """The original deleted the whole collection whenever it attached."""
    frames = Car().run(1.0).lap(then_s=1.0).lap(then_s=1.0).frames
    cut = next(index for index, frame in enumerate(frames) if frame.lap_completed == 1) + 200
    with Outbox.open(tmp_path / "o.sqlite3", lambda: NOW) as outbox:
        first, _ = single_session(outbox, frames[:cut], NOW)
        again, found = single_session(outbox, frames[cut:], NOW)
        assert first == again
        assert found.count("purge") == 1, "only the one of the session's own begin"
        assert [lap["LapCompleted"] for lap in outbox.documents(first, ParcelKind.LAP)] == [1, 2]


def test_a_new_single_session_under_the_old_name_clears_it_before_its_first_lap(tmp_path: Path) -> None:
    frames = Car(session_time=5.0).run(1.0).lap(then_s=1.0).frames
    with Outbox.open(tmp_path / "o.sqlite3", lambda: NOW) as outbox:
        single_session(outbox, frames, NOW)
        _, found = single_session(outbox, frames, NOW + timedelta(days=1))
        purges = [one.parcel for one in outbox.pending(FIRESTORE, 99) if one.parcel.kind is ParcelKind.PURGE]
    second = found.index("purge", found.index("purge") + 1)
    assert "lap" in found[second:]
    assert purges[-1].document is not None and purges[-1].document["certain"] is True


def test_a_tick_without_an_event_hands_nothing_out() -> None:
    """The original read the state document on every tick of every client: a million reads in a day."""
    due = run_events(follow(Car().run(120.0).frames, tracker=Tracker(30.0)), RunEventKind.STATE_DUE)
    assert len(due) == 3


def test_a_failed_write_is_repeated_until_it_succeeds() -> None:
    """The original printed the error and went on."""
    queue, clock = MemoryQueue(lap_parcel("c", 1), lap_parcel("c", 2)), [0.0]
    sink = Sink(*(TemporaryFailure("firestore", "503") for _ in range(20)))
    courier = courier_of(sink, queue, clock)
    for _ in range(30):
        clock[0] += courier.step()
    assert sink.taken == [1, 2]
    assert queue.pending(FIRESTORE, 9) == []


def test_the_network_is_never_waited_for_where_ticks_are_read() -> None:
    """The original's successor blocked its sampling loop for up to ten seconds in a request."""
    entered, release = threading.Event(), threading.Event()

    class Stalled(Sink):
        def deliver(self, parcels: list[StoredParcel]) -> None:
            entered.set()
            release.wait(10)
            super().deliver(parcels)

    sink, queue = Stalled(), MemoryQueue(lap_parcel("c", 1))
    stop, bell = threading.Event(), threading.Event()
    thread = threading.Thread(target=courier_of(sink, queue, [0.0]).run, args=(stop, bell))
    thread.start()
    try:
        assert entered.wait(5)
        found = laps(follow(Car().run(1.0).lap(then_s=1.0).frames))
        assert len(found) == 1, "a lap is tracked while a delivery hangs"
        assert sink.taken == []
    finally:
        stop.set()
        release.set()
        thread.join(10)


@pytest.mark.parametrize("kind", [SinkRefused, PermanentFailure])
def test_errors_neither_end_the_program_nor_silence_it(kind: type[Exception]) -> None:
    """Ten validation errors silenced the original's successor until a restart; an auth error ended it in mid-race."""
    refusals = [kind("firestore", f"no {count}") for count in range(40)]  # type: ignore[call-arg]
    queue, clock = MemoryQueue(*(lap_parcel("c", number) for number in range(1, 4))), [0.0]
    sink = Sink(*refusals)
    courier = courier_of(sink, queue, clock)
    for _ in range(60):
        clock[0] += courier.step()
    sink.answers.clear()
    queue.add(lap_parcel("c", 9))
    for _ in range(60):
        clock[0] += courier.step()
    assert 4 in sink.taken, "what comes later is delivered"
    parked = set(queue.parked.get(FIRESTORE, {}))
    assert {1, 2, 3} <= {*sink.taken, *parked}, "nothing is gone: delivered or parked with its reason"


def test_each_event_is_told_once_and_not_at_every_tick() -> None:
    """A recorded failure of the original: 255 messages, 128 of them the same stop and 112 the same lap."""
    found = kinds(follow(lap_with_stop().frames))
    assert found == ["driver", "pitEnter", "stopMoving", "startMoving", "pitExit"]


def test_a_stop_is_never_before_its_entry() -> None:
    """The same recording had a stop stamped 30 s before the pit entry, from standing still elsewhere."""
    car = Car().run(1.0).lap(then_s=5.0).run(5.0, speed=0.0).run(10.0, speed=50.0)
    car.drive_into_pits().stand_in_stall().leave_pits()
    tally = laps(follow(car.lap(30.0, then_s=1.0).frames))[1].tally
    moments = [tally.pit_enter, tally.stop_moving, tally.start_moving, tally.pit_exit]
    times = [at.session_time_s for at in moments if at is not None]
    assert len(times) == 4
    assert all(before < after for before, after in itertools.pairwise(times))


def test_late_and_disordered_delivery_changes_no_stint_and_no_moment() -> None:
    """The old server stamped stops with their arrival and numbered stints by the lap received last."""
    records = laps(follow(lap_with_stop().frames))
    documents = [lap_document(record) for record in reversed(records)]
    assert [(one["LapCompleted"], one["Stint"]) for one in documents] == [(2, 2), (1, 1)]
    assert documents[0]["PitEnterTime"] == records[1].tally.pit_enter.session_time_s  # type: ignore[union-attr]


def test_delivered_is_said_only_after_a_confirmation() -> None:
    """The old server's presence light compared a value with itself and was always green."""
    queue, clock = MemoryQueue(lap_parcel("c", 1)), [100.0]
    sink = Sink(TemporaryFailure("firestore", "offline"))
    courier = courier_of(sink, queue, clock)
    assert courier.status.state is SinkState.UNKNOWN
    clock[0] += courier.step()
    assert courier.status.state is SinkState.UNREACHABLE
    assert courier.status.confirmed_at_s is None
    courier.step()
    assert courier.status.state is SinkState.OK
    assert courier.status.confirmed_at_s == clock[0]
