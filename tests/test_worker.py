"""A thread that dies is begun again for ever, one that is silent is seen, and a stop belongs to one life of it."""

from __future__ import annotations

import threading

import pytest

from e2e.client import until
from teamtactics.errors import SourceRefused
from teamtactics.worker import LONGEST_PAUSE_S, STEADY_S, Worker, beat


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


class Mortal:
    """A body that dies at once until it is cured; then it lives until it is told to stop."""

    def __init__(self, error: BaseException) -> None:
        self.error: BaseException | None = error
        self.lives = 0

    def __call__(self, stop: threading.Event) -> None:
        self.lives += 1
        if self.error is not None:
            raise self.error
        stop.wait(10)


def dead(worker: Worker) -> None:
    assert worker.join(5)
    assert worker.error is not None


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_thread_that_keeps_dying_is_begun_again_for_ever_with_growing_pauses(clock: Clock) -> None:
    body = Mortal(ValueError("broken"))
    worker = Worker("mortal", body, 3.0, clock)
    worker.start()
    pauses: list[float] = []
    for _ in range(40):
        dead(worker)
        died_s = clock.now_s
        while not worker.revive():
            clock.now_s += 1.0
        pauses.append(clock.now_s - died_s)
    assert pauses[:6] == [0.0, 1.0, 2.0, 4.0, 8.0, 16.0]
    assert set(pauses[6:]) == {LONGEST_PAUSE_S}


def test_its_error_is_seen_until_it_has_lived_for_a_while(clock: Clock) -> None:
    body = Mortal(ValueError("broken"))
    worker = Worker("mortal", body, 3.0, clock)
    worker.start()
    dead(worker)
    assert worker.heartbeat is not None and worker.heartbeat.error is body.error
    broken, body.error = body.error, None
    worker.revive()
    assert worker.is_alive and worker.error is None
    assert worker.heartbeat.error is broken
    clock.now_s += STEADY_S
    assert worker.heartbeat.error is None
    worker.end()
    assert worker.join(5)


def test_after_a_long_life_the_pauses_begin_anew(clock: Clock) -> None:
    body = Mortal(ValueError("broken"))
    worker = Worker("mortal", body, 3.0, clock)
    worker.start()
    for _ in range(5):
        dead(worker)
        clock.now_s += STEADY_S
        assert worker.revive()


def test_a_thread_that_was_asked_to_end_is_not_begun_again(clock: Clock) -> None:
    body = Mortal(ValueError("broken"))
    worker = Worker("mortal", body, 3.0, clock)
    worker.start()
    dead(worker)
    worker.end()
    clock.now_s += 1000.0
    worker.revive()
    assert body.lives == 1 and worker.heartbeat is None


def test_a_thread_whose_work_is_done_is_not_begun_again(clock: Clock) -> None:
    body = Mortal(ValueError("broken"))
    body.error = None
    worker = Worker("mortal", lambda _stop: None, 3.0, clock)
    worker.start()
    assert worker.join(5) and worker.has_returned
    worker.revive()
    assert not worker.is_alive and worker.heartbeat is None and worker.error is None


def test_a_death_is_told_also_when_somebody_begins_it_by_hand_before_it_is_revived(clock: Clock) -> None:
    """Who chooses the check in the menu while the one before has just died is not to wipe that out."""
    body = Mortal(ValueError("broken"))
    worker = Worker("mortal", body, 3.0, clock)
    worker.start()
    dead(worker)
    body.error = None
    worker.start()
    heartbeat = worker.heartbeat
    assert heartbeat is not None and repr(heartbeat.error) == "ValueError('broken')"
    clock.now_s += STEADY_S
    heartbeat = worker.heartbeat
    assert heartbeat is not None and heartbeat.error is None
    worker.end()
    assert worker.join(5)
    worker.start()
    assert worker.heartbeat is not None and worker.heartbeat.error is None
    worker.end()
    assert worker.join(5)


def test_a_stop_belongs_to_one_life(clock: Clock) -> None:
    """One that is still ending, e.g. loads a library, ends; the one begun meanwhile lives."""
    stops: list[threading.Event] = []
    may_end = threading.Event()

    def body(stop: threading.Event) -> None:
        stops.append(stop)
        may_end.wait(10)
        stop.wait(10)

    worker = Worker("slow", body, 3.0, clock)
    worker.start()
    until(lambda: len(stops) == 1, 5.0, lambda: "not begun")
    worker.end()
    worker.start()
    until(lambda: len(stops) == 2, 5.0, lambda: "not begun again")
    assert [stop.is_set() for stop in stops] == [True, False]
    may_end.set()
    assert worker.is_alive
    worker.end()
    assert worker.join(5)


def test_a_beat_tells_what_is_done_and_for_how_long_it_may_be_silent(clock: Clock) -> None:
    told, goes_on = threading.Event(), threading.Event()

    def body(stop: threading.Event) -> None:
        beat("calling", 60.0)
        told.set()
        goes_on.wait(10)
        beat("waiting")
        told.set()
        stop.wait(10)

    worker = Worker("teller", body, 3.0, clock)
    worker.start()
    assert told.wait(5)
    heartbeat = worker.heartbeat
    assert heartbeat is not None
    assert (heartbeat.name, heartbeat.doing, heartbeat.at_s) == ("teller", "calling", 1000.0)
    assert (heartbeat.silence_s(1060.0), heartbeat.silence_s(1061.0)) == (0.0, 61.0)
    told.clear()
    goes_on.set()
    assert told.wait(5)
    heartbeat = worker.heartbeat
    assert heartbeat is not None
    assert (heartbeat.doing, heartbeat.silence_s(1003.0), heartbeat.silence_s(1004.0)) == ("waiting", 0.0, 4.0)
    worker.end()
    assert worker.join(5)


def test_a_beat_of_a_thread_that_is_no_workers_is_nobodys() -> None:
    beat("testing")


def test_the_trace_of_an_error_is_logged_once_and_one_raised_on_purpose_says_all_in_its_text(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for error, traces in ((ValueError("broken"), [True, False]), (SourceRefused("gone"), [False, False])):
        caplog.clear()
        worker = Worker("mortal", Mortal(error), 3.0, clock)
        worker.start()
        dead(worker)
        worker.revive()
        until(lambda: len([r for r in caplog.records if "died" in r.getMessage()]) == 2, 5.0, lambda: caplog.text)
        assert [bool(record.exc_info) for record in caplog.records if "died" in record.getMessage()] == traces
