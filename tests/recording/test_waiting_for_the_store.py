"""While the store does not answer, the collector goes on seeing; what it saw is followed afterwards."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from recording.test_collecting import NOW, Told, laps, three_laps
from teamtactics.model.frame import Frame
from teamtactics.race.tracker import Tracker
from teamtactics.recording import following as following_module
from teamtactics.recording import journal as journal_module
from teamtactics.recording.collector import Collector
from teamtactics.recording.journal import Journal, Note
from teamtactics.recording.writer import Writer, recording_directly
from teamtactics.store.store import Outbox


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox.open(tmp_path / "o.sqlite3", lambda: NOW) as opened:
        yield opened


def pieces(frames: list[Frame]) -> list[list[Frame]]:
    return [frames[at : at + 60] for at in range(0, len(frames), 60)]


def see_all(collector: Collector, source: Told) -> None:
    while len(source._pieces) > 1:
        collector.step()


def as_it_was(tmp_path: Path, *parts: list[Frame] | None) -> list[object]:
    with Outbox.open(tmp_path / "truth", lambda: NOW) as outbox:
        told = [piece for part in parts for piece in ([None] if part is None else pieces(part))]
        source = Told(*told, [])
        Collector(source, Tracker(), recording_directly(outbox)[0], threading.Event()).run()
        return list(laps(outbox))


def test_a_store_that_answers_after_the_race_has_all_of_it(outbox: Outbox, tmp_path: Path) -> None:
    journal, frames = Journal(), three_laps()
    source, writer = Told(*pieces(frames), []), Writer(journal, outbox, lambda: None)
    collector = Collector(source, Tracker(), journal, threading.Event())
    see_all(collector, source)
    assert collector.frames == len(frames)
    assert len(journal) == 1, "the question"
    assert writer.work()
    collector.step()
    assert len(journal) > 1
    collector.close()
    assert writer.work()
    assert list(laps(outbox)) == as_it_was(tmp_path, frames)


def test_a_simulator_that_is_lost_meanwhile_is_lost_where_it_was(outbox: Outbox, tmp_path: Path) -> None:
    journal, frames = Journal(), three_laps()
    cut = next(index for index, frame in enumerate(frames) if frame.lap_completed == 2) + 300
    first, second = frames[:cut], frames[cut + 200 :]
    source, writer = Told(*pieces(first), None, *pieces(second), []), Writer(journal, outbox, lambda: None)
    collector = Collector(source, Tracker(), journal, threading.Event())
    see_all(collector, source)
    writer.work()
    collector.step()
    writer.work()
    collector.close()
    writer.work()
    assert list(laps(outbox)) == as_it_was(tmp_path, first, None, second)


def test_what_is_held_has_a_bound_and_the_session_goes_on_without_its_checkpoint(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(following_module, "HELD_TICKS", 300)
    journal, frames = Journal(), three_laps()
    source, writer = Told(*pieces(frames), []), Writer(journal, outbox, lambda: None)
    collector = Collector(source, Tracker(), journal, threading.Event())
    see_all(collector, source)
    assert "goes on without what was recorded of it before" in caplog.text
    assert len(journal) > 1, "it has begun"
    collector.close()
    writer.work()
    assert [lap["LapCompleted"] for lap in laps(outbox)] == [1, 2, 3]


def test_the_end_of_the_program_does_not_wait_for_ever(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following_module, "ANSWER_AT_END_S", 0.01)
    journal, frames, stop = Journal(), three_laps(), threading.Event()
    source, writer = Told(*pieces(frames), []), Writer(journal, outbox, lambda: None)
    collector = Collector(source, Tracker(), journal, stop)
    see_all(collector, source)
    stop.set()
    collector.close()
    writer.work()
    assert [lap["LapCompleted"] for lap in laps(outbox)] == [1, 2, 3], "the writer had its answer after all"


def test_the_journal_has_a_bound_and_says_so(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(journal_module, "LIMIT", 3)
    journal = Journal()
    for number in range(5):
        journal.put(Note((), f"{number}", float(number), NOW, is_last=True))
    assert (len(journal), journal.lost) == (3, 2)
    assert caplog.text.count("what happens now is lost") == 1


def test_checkpoints_that_nobody_has_written_become_one() -> None:
    journal = Journal()
    for number in range(5):
        journal.put(Note((), f"{number}", float(number), NOW))
    assert len(journal) == 2, "the first may be in the writer's hands"
    journal.done()
    assert journal.first() == Note((), "4", 4.0, NOW)
