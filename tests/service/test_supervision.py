"""What heartbeats say about the picture; one thread's trouble is no other one's; an old picture shows nothing."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from e2e.client import until
from teamtactics.errors import SourceRefused
from teamtactics.model.status import Standstill, Status
from teamtactics.service import supervision
from teamtactics.service.supervision import ASKING_LIMIT_S, BOARD, OLD_PICTURE_S, Supervision, judged
from teamtactics.tray import words
from teamtactics.tray.menu import Switches, entries
from teamtactics.tray.sign import Badge, Face, sign
from teamtactics.worker import Heartbeat, Worker
from tray.statuses import BY_FACE, NOW_S


def beating(name: str = "collector", at_s: float = NOW_S, error: BaseException | None = None) -> Heartbeat:
    return Heartbeat(name, "reading", at_s, 4.0, error)


@pytest.mark.parametrize("face", sorted(set(Face) - {Face.STANDS_STILL}))
def test_six_hours_later_no_picture_shows_what_it_showed(face: Face) -> None:
    """Whatever it was; also when every heartbeat is young, for then the one who paints paints nothing."""
    for heartbeats in ((), (beating(BOARD, NOW_S + 6 * 3600),)):
        now = judged(BY_FACE[face], heartbeats, NOW_S + 6 * 3600)
        assert sign(now).face is Face.STANDS_STILL
        lines = [entry.text for entry in entries(now, Switches())]
        said = " ".join([words.tooltip(now), words.message(now), *lines])
        assert "for 6 h" in said and "quit and start teamtactics" in said
        assert not any(old in said for old in ("42", "✓", "confirmed", "recorded,", "Ada"))


@pytest.mark.parametrize("face", Face)
def test_a_young_picture_with_young_heartbeats_is_what_it_is(face: Face) -> None:
    status = replace(BY_FACE[face], at_s=NOW_S)
    young = judged(status, (beating(), beating("team-watch")), NOW_S + OLD_PICTURE_S)
    assert young == replace(status, still=())


def test_who_is_silent_for_too_long_stands_still_while_the_picture_is_young() -> None:
    picture = BY_FACE[Face.DELIVERED]
    now = judged(picture, (beating(at_s=NOW_S - 12), beating("team-watch")), NOW_S)
    assert now.still == (Standstill("collector", "reading", 12.0),)
    assert sign(now).face is Face.STANDS_STILL
    assert words.lines(now)[0] == "The recorder has not answered for 12 s: quit and start teamtactics"
    assert words.tooltip(now).startswith("Teamtactics · stands still: recorder for 12 s · ")


@pytest.mark.parametrize("face", [Face.DELIVERED, Face.WAITING])
def test_a_store_that_does_not_answer_is_a_need_and_no_reason_to_quit(face: Face) -> None:
    """What is recorded meanwhile is in memory only: whoever quits loses it."""
    asking = Heartbeat(BOARD, "asking the local store", NOW_S, ASKING_LIMIT_S)
    picture = replace(BY_FACE[face], at_s=NOW_S)
    assert judged(picture, (asking,), NOW_S + 3.0) == picture
    now = judged(picture, (asking,), NOW_S + 12.0)
    assert sign(now).badge is Badge.DANGER
    assert "waits in memory" in words.lines(now)[0]
    assert "Do not quit" in words.message(now)
    assert "quit and start" not in words.message(now)
    assert judged(picture, (asking,), NOW_S + ASKING_LIMIT_S + 1.0).is_old
    assert judged(picture, (replace(asking, error=ValueError()),), NOW_S + 12.0).is_old, "it is dead and asks nobody"


def test_who_died_needs_a_human_to_know_and_a_refused_source_says_why_in_its_own_words() -> None:
    dead = (beating(error=ValueError("broken")), beating("x", error=SourceRefused("race.ibt is cut off.")))
    now = judged(BY_FACE[Face.DELIVERED], dead, NOW_S)
    assert now.needs == (
        "The recorder had an error (ValueError('broken')) and is begun again. "
        "If it comes back, choose Report a problem.",
        "race.ibt is cut off.",
    )
    assert sign(now).badge is Badge.DANGER


class Refuses(Worker):
    """A thread that cannot even be begun."""

    def revive(self) -> bool:
        raise RuntimeError("can't start new thread")


def test_a_refused_source_or_one_that_cannot_be_begun_ends_nobody_elses_supervision(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The last in the list is begun again whatever the first ones do, for ever."""
    lives: list[int] = []

    def refused(_stop: threading.Event) -> None:
        raise SourceRefused("gone")

    def dies_twice(stop: threading.Event) -> None:
        lives.append(1)
        if len(lives) < 3:
            raise ValueError("broken")
        stop.wait(10)

    workers = (Refuses("first", refused, 4.0), Worker("second", refused, 4.0), Worker("third", dies_twice, 4.0))
    for worker in workers:
        worker.start()
    clock_s = [1000.0]
    for worker in workers:
        worker._monotonic_s = lambda: clock_s[0]
    looked = Supervision(lambda: workers)

    def is_well() -> bool:
        clock_s[0] += 1.0
        looked.look()
        return len(lives) == 3 and workers[2].is_alive

    until(is_well, 10.0, lambda: f"{len(lives)} lives")
    assert "first cannot be begun again" in caplog.text
    workers[2].end()


def test_a_dead_supervisor_is_begun_again_by_whoever_looks_at_the_icon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "LOOK_EVERY_S", 0.01)
    looked = Supervision(lambda: ())
    with monkeypatch.context() as patch:
        patch.setattr(looked, "look", lambda: 1 / 0)
        looked.worker.start()
        until(lambda: looked.worker.error is not None, 5.0, lambda: "it lives")
    until(lambda: bool(looked.judged(Status(0.0), is_static=True).needs), 5.0, lambda: "nobody is told")
    until(lambda: looked.worker.is_alive, 5.0, lambda: "it is dead")
    looked.worker.end()
    assert looked.worker.join(5)


def test_after_the_pcs_sleep_everybody_may_speak_first() -> None:
    clock_s = [NOW_S]
    looked = Supervision(lambda: (), lambda: clock_s[0])
    picture = BY_FACE[Face.DELIVERED]
    for _ in range(3):
        clock_s[0] += 1.0
        assert not looked.judged(replace(picture, at_s=clock_s[0])).is_old
    asleep = replace(picture, at_s=clock_s[0])
    clock_s[0] += 8 * 3600
    assert not looked.judged(asleep).is_old
    for _ in range(2):
        clock_s[0] += 1.0
        shown = looked.judged(asleep)
    assert shown.is_old, "awake for two seconds and nothing new"


def test_a_standstill_is_in_the_log_once_when_it_begins_and_once_when_it_ends(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock_s = [1000.0]
    worker = Worker("collector", lambda stop: bool(stop.wait(10)) and None, 4.0, lambda: clock_s[0])
    worker.start()
    looked = Supervision(lambda: (worker,), lambda: clock_s[0])
    for _ in range(10):
        clock_s[0] += 1.0
        looked.look()
    worker.end()
    looked.look()
    said = [record.getMessage() for record in caplog.records]
    assert said == [
        "collector stands still: no sign of it for 5 s (beginning)",
        "collector goes on, or was begun again",
    ]
