"""What goes on the tape: every reading of a simulator, a session a file, and never in the recorder's way."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from race.driving import session_info
from teamtactics.model.frame import Frame
from teamtactics.race.tracker import Tracker
from teamtactics.recording import taping as taping_module
from teamtactics.recording.collector import Collector
from teamtactics.recording.journal import LIVE, Journal, Note
from teamtactics.recording.seen import LOST, Seen, Sight
from teamtactics.recording.taping import CHUNK_TICKS, MOST_AHEAD, Taping
from teamtactics.recording.writer import Writer
from teamtactics.store.store import Outbox
from teamtactics.telemetry.tape.chunk import Reading, decode, stretches
from teamtactics.telemetry.tape.folder import TapeFolder

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def sight(tick: int, session_num: int = 0, key: str = LIVE, count: int = 1) -> Sight:
    frames = [
        Frame(tick=tick + n, session_time=(tick + n) / 60, session_num=session_num, session_unique_id=1)
        for n in range(count)
    ]
    return Sight(frames, session_info(), key, lambda at_s: NOW + timedelta(seconds=at_s), b"text")


def taped(folder: TapeFolder) -> tuple[Taping, Seen]:
    """Return a taping, and the hands that give it what comes."""
    taping = Taping(folder)
    return taping, Seen(Journal(), tape=taping)


def on_disk(folder: TapeFolder) -> list[list[Reading]]:
    """Return the readings of each chunk, of the oldest tape first."""
    found = []
    for path in reversed(folder.tapes()):
        with path.open("rb") as file:
            found += [list(decode(body)) for body in stretches(file) if body is not None]
    return found


def ticks(folder: TapeFolder) -> list[list[int]]:
    return [[frame.tick for reading in chunk for frame in reading.frames] for chunk in on_disk(folder)]


@pytest.fixture
def folder(tmp_path: Path) -> TapeFolder:
    return TapeFolder(tmp_path / "tapes")


def test_a_chunk_is_written_each_minute_and_at_each_checkpoint(folder: TapeFolder) -> None:
    taping, seen = taped(folder)
    for tick in range(CHUNK_TICKS + 10):
        seen.add(sight(tick))
        if tick == 2_999:
            taping.mark(seen.came)
    taping.write()
    assert ticks(folder) == [[*range(3_000)]], "as far as a checkpoint tells"
    taping.mark(seen.came)
    taping.write(to_disk=True)
    assert ticks(folder)[1] == [*range(3_000, CHUNK_TICKS + 10)]
    seen.add(sight(9_999))
    taping.write(to_disk=True)
    assert len(ticks(folder)) == 2, "what came behind it waits for the next"


def test_ticks_of_which_no_checkpoint_tells_wait_for_two_minutes(folder: TapeFolder) -> None:
    """Of who only watches there may be none for long."""
    taping, seen = taped(folder)
    for tick in range(MOST_AHEAD):
        seen.add(sight(tick))
    taping.write()
    assert ticks(folder) == []
    seen.add(sight(MOST_AHEAD))
    taping.write()
    assert ticks(folder) == [[*range(MOST_AHEAD)]]


def test_readings_keep_text_moment_and_hole(folder: TapeFolder) -> None:
    taping, seen = taped(folder)
    for each in (sight(1), LOST, sight(9, count=3), sight(12)):
        seen.add(each)
    taping.mark(seen.came)
    taping.write(to_disk=True)
    ((first, second, third),) = on_disk(folder)
    assert (first.text, first.newest_utc, first.is_after_hole) == (b"text", NOW + timedelta(seconds=1 / 60), True)
    assert ([frame.tick for frame in second.frames], second.is_after_hole) == ([9, 10, 11], True)
    assert second.newest_utc == NOW + timedelta(seconds=11 / 60)
    assert not third.is_after_hole


def of(subsession: int, tick: int, session_num: int = 0) -> Sight:
    return sight(tick, session_num)._replace(info=session_info(subsession_id=subsession))


def test_the_sessions_of_an_event_are_on_one_tape_for_what_follows_tells_of_what_was_before(folder: TapeFolder) -> None:
    taping, seen = taped(folder)
    for each in (of(7, 1), of(7, 2, session_num=1), LOST, of(8, 3), LOST, of(7, 4, session_num=2)):
        seen.add(each)
    taping.mark(seen.came)
    taping.write(to_disk=True)
    assert [path.name.split()[1] for path in folder.tapes()] == ["8-0-1.tape", "7-0-1.tape"]
    assert ticks(folder) == [[1, 2], [4], [3]]


def test_alone_a_session_that_follows_another_is_on_its_tape_until_the_stream_is_gone(folder: TapeFolder) -> None:
    taping, seen = taped(folder)
    for each in (of(0, 1), of(0, 2, session_num=1), LOST, of(0, 3, session_num=1)):
        seen.add(each)
    taping.mark(seen.came)
    taping.write(to_disk=True)
    assert ticks(folder) == [[1, 2], [3]]


def test_ticks_without_a_text_go_with_what_follows(folder: TapeFolder) -> None:
    taping, seen = taped(folder)
    for each in (sight(1)._replace(info=None, text=None), of(7, 2)):
        seen.add(each)
    taping.mark(seen.came)
    taping.write(to_disk=True)
    assert [path.name.split()[1] for path in folder.tapes()] == ["7-0-1.tape"]
    assert ticks(folder) == [[1, 2]]


def test_the_tape_ends_in_the_middle_of_a_sight_where_the_checkpoint_does(folder: TapeFolder) -> None:
    taping, seen = taped(folder)
    seen.add(sight(1, count=3))
    seen.put(Note((), "{}", 0.0, NOW), behind=2)
    seen.add(sight(4))
    taping.write(to_disk=True)
    assert ticks(folder) == [[1, 2]]
    seen.followed()
    seen.followed()
    seen.put(Note((), "{}", 0.0, NOW))
    taping.write(to_disk=True)
    assert ticks(folder) == [[1, 2], [3, 4]]
    assert [reading.is_after_hole for chunk in on_disk(folder) for reading in chunk] == [True, False, False]


def test_what_waits_for_the_store_is_told_of_by_no_checkpoint(folder: TapeFolder) -> None:
    taping, seen = taped(folder)
    for tick in (1, 2, 3):
        seen.add(sight(tick))
    seen.followed()
    seen.put(Note((), "{}", 0.0, NOW))
    taping.write(to_disk=True)
    assert ticks(folder) == [[1]]


def test_a_defect_of_the_tape_costs_a_hole_and_hurts_nobody(
    folder: TapeFolder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    taping, seen = taped(folder)

    def broken(*_: object) -> bytes:
        raise ZeroDivisionError("a defect")

    with monkeypatch.context() as patch:
        patch.setattr(taping_module, "encode", broken)
        for tick in (1, 2):
            seen.add(sight(tick))
            taping.mark(seen.came)
            seen.add(sight(tick + 10))
            taping.write(to_disk=True)
    assert caplog.text.count("the tape cannot be written") == 1
    assert "ZeroDivisionError" in caplog.text
    taping.mark(seen.came)
    taping.write(to_disk=True)
    ((reading,),) = on_disk(folder)
    assert (reading.frames[0].tick, reading.is_after_hole) == (12, True)


def test_a_folder_that_cannot_be_made_hurts_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "tapes").write_text("a file of somebody")
    taping, seen = taped(TapeFolder(tmp_path / "tapes"))
    for tick in (1, 2):
        seen.add(sight(tick))
        taping.mark(seen.came)
        taping.write(to_disk=True)
    assert caplog.text.count("the tape cannot be written") == 1


def test_a_recording_is_its_own_tape(folder: TapeFolder) -> None:
    taping, seen = taped(folder)
    seen.add(sight(1, key="recording:a:1"))
    taping.mark(seen.came)
    taping.write(to_disk=True)
    assert folder.tapes() == []


def test_a_disk_that_is_full_costs_the_tape_a_hole_and_is_said_once(
    folder: TapeFolder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    taping, seen = taped(folder)
    with monkeypatch.context() as patch:
        patch.setattr(TapeFolder, "append", _full)
        for tick in (1, 2):
            seen.add(sight(tick))
            taping.mark(seen.came)
            taping.write(to_disk=True)
    assert caplog.text.count("the tape cannot be written") == 1
    seen.add(sight(3))
    taping.mark(seen.came)
    taping.write(to_disk=True)
    ((reading,),) = on_disk(folder)
    assert (reading.frames[0].tick, reading.is_after_hole) == (3, True)


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_while_the_writer_hangs_in_the_disk_memory_does_not_grow_without_an_end(
    folder: TapeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taping_module, "MOST_WAITING", 10)
    taping, seen = taped(folder)
    for tick in range(25):
        seen.add(sight(tick))
        assert len(taping._came) <= 11
    taping.mark(seen.came)
    taping.write(to_disk=True)
    ((first, *rest),) = on_disk(folder)
    assert first.is_after_hole
    assert [first.frames[0].tick, *(each.frames[0].tick for each in rest)] == [*range(first.frames[0].tick, 25)]


def test_what_a_checkpoint_tells_of_is_on_the_tape_before_the_checkpoint_is_on_disk(
    folder: TapeFolder, tmp_path: Path
) -> None:
    """Whoever goes on behind the checkpoint must not lack what was before it."""
    journal, taping = Journal(), Taping(folder)
    with Outbox.open(tmp_path / "o.sqlite3", lambda: NOW) as outbox:
        written: list[int] = []
        writer = Writer(
            journal,
            outbox,
            lambda: written.extend(tick for chunk in ticks(folder) for tick in chunk),
            write_before=lambda has_entries: taping.write(to_disk=has_entries),
        )
        stop = threading.Event()
        collector = Collector(_Source(), Tracker(), journal, stop, tape=taping)
        collector.step()
        collector.step()
        writer.work()
        assert ticks(folder) == [], "the store was asked, and nothing was followed"
        collector.step()
        assert isinstance(journal.last, Note)
        writer.work()
        assert written[-1] == json.loads(journal.last.checkpoint or "")["state"]["clock"]["tick"]


def test_a_tape_tells_no_more_than_a_store_that_takes_nothing(folder: TapeFolder, tmp_path: Path) -> None:
    """Killed meanwhile, the client goes on behind the last checkpoint on disk; the tape must end there as well."""
    journal, taping = Journal(), Taping(folder)
    with Outbox.open(tmp_path / "o.sqlite3", lambda: NOW, busy_s=0.05) as outbox:
        writer = Writer(
            journal, outbox, lambda: None, write_before=lambda has_entries: taping.write(to_disk=has_entries)
        )
        collector = Collector(_Source(), Tracker(), journal, threading.Event(), tape=taping)
        collector.step()
        collector.step()
        writer.work()
        with closing(sqlite3.connect(tmp_path / "o.sqlite3")) as other:
            other.execute("BEGIN IMMEDIATE")
            collector.step()
            assert len(journal), "it was answered, and follows"
            assert not writer.work(), "that the store takes nothing shows when it is asked"
            before = ticks(folder)
            collector.close()
            assert not writer.work()
            assert ticks(folder) == before, "what is not in the store is not on the tape"
            other.rollback()
        assert writer.work()
        assert isinstance(journal.last, Note)
        assert ticks(folder)[-1][-1] == json.loads(journal.last.checkpoint or "")["state"]["clock"]["tick"]


class _Source:
    """A minute of ticks at once, and then nothing."""

    name, key, text = "told", LIVE, b"text"
    missed_ticks, has_ended = 0, False
    missing_variables = derived_variables = ()
    info = session_info()

    def connect(self) -> bool:
        return True

    def read(self, timeout_s: float) -> list[Frame]:  # noqa: ARG002
        return [
            Frame(
                tick=tick,
                session_time=10 + tick / 60,
                session_num=0,
                session_unique_id=1,
                lap=0,
                lap_completed=-1,
                is_on_track=True,
                fuel_level=50.0,
            )
            for tick in range(1, 61)
        ]

    def utc_at(self, session_time_s: float) -> datetime:
        return NOW + timedelta(seconds=session_time_s)

    def disconnect(self) -> None:
        pass
