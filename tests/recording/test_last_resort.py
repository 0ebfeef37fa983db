"""A store that takes nothing at the end: room is made, or a second place keeps what is left until the next start."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from race.driving import Car
from recording.test_collecting import NOW, Told
from recording.test_store_faults import full
from teamtactics.errors import OutboxFull
from teamtactics.model.frame import Frame
from teamtactics.model.parcel import Document
from teamtactics.race.tracker import Tracker
from teamtactics.recording.collector import Collector
from teamtactics.recording.journal import Journal
from teamtactics.recording.kept import last_resort as module
from teamtactics.recording.kept.last_resort import LastResort, LeftOver, counted
from teamtactics.recording.writer import Writer
from teamtactics.reports.known_laps import known_laps
from teamtactics.store.second_place import RESERVE_BYTES, RESERVE_NAME, SecondPlace
from teamtactics.store.store import Outbox


class Start:
    """One start of the program, with the store in the folder."""

    def __init__(self, folder: Path) -> None:
        (folder / "tmp").mkdir(exist_ok=True)
        self.outbox = Outbox.open(folder / "data" / "teamtactics.sqlite3", lambda: NOW)
        self.place = SecondPlace(folder / "data", folder / "tmp")
        self.resort = LastResort(self.outbox, self.place, lambda: NOW)
        self.journal = Journal()
        self.writer = Writer(self.journal, self.outbox, lambda: None, last_resort=self.resort)
        self.source, self.stop = Told(), threading.Event()
        self.collector = Collector(self.source, Tracker(), self.journal, self.stop)

    def see(self, frames: Sequence[Frame]) -> None:
        """Let the collector see *frames*, and the writer write what comes of it."""
        self.source._pieces += [frames[at : at + 300] for at in range(0, len(frames), 300)]
        while not self.source.has_ended:
            self.collector.step()
            self.writer.work()

    def end(self) -> str | None:
        """End as the program does when the time is up; return what it says of what is left over."""
        self.stop.set()
        self.collector.close()
        self.journal.close(time.monotonic())
        self.writer.run()
        return self.writer.left_over()

    def laps(self) -> list[Document]:
        return [lap for one in reversed(self.outbox.sessions()) for lap in known_laps(self.outbox, one)]


RACE = Car().run(1.0).lap(15.0, then_s=1.0).lap(15.0, then_s=1.0).lap(15.0, then_s=8.0).frames
HALF = len(RACE) // 2


@pytest.fixture
def expected(tmp_path: Path) -> list[Document]:
    """The laps when nothing goes wrong."""
    folder = tmp_path / "undisturbed"
    folder.mkdir()
    start = Start(folder)
    start.see(RACE)
    assert start.end() is None
    laps = start.laps()
    start.outbox.close()
    assert [lap["LapCompleted"] for lap in laps] == [1, 2, 3]
    return laps


def left(start: Start) -> Path:
    (path,) = start.place.files()
    return path


def test_what_a_full_disk_does_not_take_is_left_elsewhere_and_comes_back(
    expected: list[Document], tmp_path: Path
) -> None:
    start = Start(tmp_path)
    start.see(RACE[:300])
    with full(start.outbox):
        start.see(RACE[300:])
        said = start.end()
    assert said is not None
    # The last page of the file may have had room for one.
    missing = 3 - len(start.laps())
    assert missing >= 2
    assert f"{missing} laps could not be written into the local store and are in {left(start)}, for the next" in said
    start.outbox.close()
    again = Start(tmp_path)
    assert again.end() is None
    assert again.laps() == expected
    assert again.place.files() == []
    again.outbox.close()


@pytest.mark.slow
def test_a_session_that_the_store_never_heard_of_is_left_elsewhere_as_well(
    expected: list[Document], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = Start(tmp_path)

    def gone(*_: object, **__: object) -> None:
        raise OutboxFull("the drive is away")

    for call in ("latest_session", "sessions", "begin_session", "append", "meta", "set_meta"):
        monkeypatch.setattr(start.outbox, call, gone)
    start.see(RACE)
    said = start.end()
    assert said is not None
    assert said.startswith("3 laps could not be written into the local store and are in ")
    start.outbox.close()
    again = Start(tmp_path)
    again.end()
    assert again.laps() == expected
    again.outbox.close()


def test_the_room_kept_beside_the_store_is_given_to_it_first(
    expected: list[Document], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = Start(tmp_path)
    start.writer.work()
    reserve = tmp_path / "data" / RESERVE_NAME
    assert reserve.stat().st_size == RESERVE_BYTES
    real = start.outbox.append

    def append(*arguments: object, **named: object) -> object:
        if reserve.exists():
            raise OutboxFull("the disk is full")
        return real(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(start.outbox, "append", append)
    start.see(RACE)
    start.collector.close()
    start.journal.close(time.monotonic() + 10.0)
    start.writer.run()
    assert start.writer.left_over() is None
    assert start.laps() == expected
    assert start.place.files() == []
    start.outbox.close()
    again = Start(tmp_path)
    again.writer.work()
    assert reserve.stat().st_size == RESERVE_BYTES, "kept anew"
    again.outbox.close()


def test_what_came_while_the_time_ran_out_is_left_elsewhere_and_says_why(
    expected: list[Document], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store takes everything, only too slowly: nothing is wrong with it that could be named."""
    start = Start(tmp_path)
    start.see(RACE[:300])
    write = start.writer.work

    def work() -> bool:
        is_written = write()
        start.source._pieces.append(RACE[300:])
        start.collector.step()
        start.stop.set()
        start.collector.close()
        start.journal.close(time.monotonic())
        return is_written

    monkeypatch.setattr(start.writer, "work", work)
    start.writer.run()
    assert start.writer.left_over() == (
        f"3 laps could not be written into the local store and are in {left(start)}, for the next start: "
        "the time to write it was over"
    )
    start.outbox.close()
    again = Start(tmp_path)
    again.end()
    assert again.laps() == expected
    again.outbox.close()


def test_when_no_place_takes_them_that_is_said(tmp_path: Path) -> None:
    start = Start(tmp_path)
    start.see(RACE[:300])
    (tmp_path / "tmp").rmdir()
    with full(start.outbox):
        start.see(RACE[300:])
        said = start.end()
    assert said is not None
    assert said.startswith(f"{3 - len(start.laps())} laps could be written nowhere and are lost: ")
    assert str(tmp_path / "tmp") in said
    start.outbox.close()


def test_what_came_there_before_the_second_place_was_full_as_well_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice = Car(session_num=1, session_unique_id=2).run(1.0).lap(15.0, then_s=1.0).lap(15.0, then_s=8.0).frames
    start = Start(tmp_path)
    begun: list[str] = []
    real = Outbox.begin_session

    def full_elsewhere(outbox: Outbox, collection: str, *arguments: object, **named: object) -> object:
        if outbox is start.outbox or begun not in ([], [collection]):
            raise OutboxFull("the disk is full")
        begun.append(collection)
        return real(outbox, collection, *arguments, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Outbox, "begin_session", full_elsewhere)
        start.see([*practice, *Car(session_time=5.0, tick=90_000).run(1.0).lap(15.0, then_s=8.0).frames])
        said = start.end()
    assert said is not None and "could be written nowhere" in said
    start.outbox.close()
    again = Start(tmp_path)
    again.end()
    assert [one.collection for one in again.outbox.sessions()] == begun
    assert [lap["LapCompleted"] for lap in again.laps()] == [1, 2]
    again.outbox.close()


def test_taken_back_twice_changes_nothing(
    expected: list[Document], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program may die between the last write and the removal of the file."""
    start = Start(tmp_path)
    start.see(RACE[:HALF])
    with full(start.outbox):
        start.see(RACE[HALF:])
        start.end()
    start.outbox.close()
    with monkeypatch.context() as patch:
        patch.setattr(module, "discard", lambda _path: None)
        again = Start(tmp_path)
        again.end()
        again.outbox.close()
    once_more = Start(tmp_path)
    once_more.end()
    assert once_more.laps() == expected
    assert once_more.place.files() == []
    once_more.outbox.close()


def test_a_store_that_takes_nothing_at_the_start_gets_it_later(expected: list[Document], tmp_path: Path) -> None:
    start = Start(tmp_path)
    start.see(RACE[:HALF])
    with full(start.outbox):
        start.see(RACE[HALF:])
        start.end()
    start.outbox.close()
    again = Start(tmp_path)
    with full(again.outbox):
        assert not again.writer.work()
    left(again)
    assert again.writer.work()
    assert again.laps() == expected
    again.outbox.close()


def test_a_file_that_nobody_can_read_stays_where_it_is_and_holds_nothing_up(
    expected: list[Document], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    start = Start(tmp_path)
    path = start.place.new()
    path.write_bytes(b"no database" * 100)
    start.see(RACE)
    assert start.end() is None
    assert start.laps() == expected
    assert path.exists()
    assert f"{path}, where laps were left when the store took none, cannot be read" in caplog.text
    start.outbox.close()


@pytest.mark.slow
def test_what_an_earlier_end_left_is_named_by_a_later_one_that_is_no_better(
    expected: list[Document], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    start = Start(tmp_path)
    start.see(RACE[:HALF])
    with full(start.outbox):
        start.see(RACE[HALF:])
        start.end()
    first = left(start)
    start.outbox.close()
    again = Start(tmp_path)
    with full(again.outbox):
        again.see(RACE[-5:])
        said = again.end()
    assert said is not None
    [second] = set(again.place.files()) - {first}
    assert said.startswith(f"no whole lap is missing; the rest of what the local store did not take is in {second}; ")
    assert f"what earlier ends had left is still in {first}: " in said
    again.outbox.close()
    once_more = Start(tmp_path)
    once_more.end()
    assert once_more.laps() == expected
    assert f"from {second}: 0 laps that it did not have" in caplog.text
    once_more.outbox.close()


@pytest.mark.parametrize(("laps", "said"), [(1, "1 lap could be written nowhere and is lost"), (2, "2 laps could")])
def test_one_lap_is_one_lap(laps: int, said: str) -> None:
    assert str(LeftOver(laps, None, "the disk is full")).startswith(said)
    assert str(LeftOver(laps, Path("place"), "the disk is full")).startswith(f"{counted(laps)} could not be written")


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows gives each user a folder of his own")
def test_what_somebody_else_has_put_there_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = SecondPlace(tmp_path / "data", tmp_path)
    place.new()
    assert len(place.files()) == 1
    me = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: me + 1)
    assert place.files() == []
    with pytest.raises(PermissionError, match="belongs to somebody else"):
        place.new()


def test_two_data_folders_have_two_places(tmp_path: Path) -> None:
    SecondPlace(tmp_path / "one", tmp_path).new()
    assert SecondPlace(tmp_path / "two", tmp_path).files() == []
