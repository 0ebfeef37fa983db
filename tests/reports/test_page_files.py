"""The pages as files: one for each session, the newest renewed while it is looked at, and only when there is news."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reports.sample_races import LEFT_OVER, TEAM, PaperRace
from teamtactics.errors import OutboxError
from teamtactics.model.mirror import Mirrored
from teamtactics.model.parcel import Parcel, ParcelKind
from teamtactics.model.records import PutBack
from teamtactics.model.status import MemberSeen
from teamtactics.reports import page_files
from teamtactics.reports.laps_page import MOST_SESSIONS, RENEWED_S
from teamtactics.reports.page_files import PageFiles
from teamtactics.store.store import Outbox

NOW = datetime(2026, 11, 28, 13, 0, tzinfo=UTC)
LAPS = PaperRace().drive(6).laps


class Clock:
    """Both clocks, which stand until they are told to go on."""

    def __init__(self) -> None:
        self.passed_s = 0.0

    def utc(self) -> datetime:
        return NOW + timedelta(seconds=self.passed_s)

    def monotonic(self) -> float:
        return self.passed_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox.open(tmp_path / "o.sqlite3", lambda: NOW) as opened:
        yield opened


@pytest.fixture
def files(clock: Clock) -> PageFiles:
    return PageFiles(clock.utc, clock.monotonic)


def begin(outbox: Outbox, name: str) -> int:
    return outbox.begin_session(name, name, {}, NOW).id


def drive(outbox: Outbox, session: int, lap: int, clock: Clock) -> None:
    document = LAPS[lap - 1]
    parcel = Parcel(ParcelKind.LAP, f"lap/{lap}", "c", float(lap), str(lap), document)
    outbox.append(session, [parcel], checkpoint=None, session_time_s=float(lap), utc=clock.utc())


def test_each_session_has_a_page_and_the_newest_the_name_that_stays(
    outbox: Outbox, files: PageFiles, tmp_path: Path, clock: Clock
) -> None:
    drive(outbox, begin(outbox, "practice@1#2#0"), 1, clock)
    begin(outbox, "race@1#2#2")
    folder = tmp_path / "pages"
    assert files.write_newest(outbox, folder) == folder / "laps.html"
    files.write_older(outbox, folder)
    assert sorted(path.name for path in folder.iterdir()) == ["laps-1.html", "laps.html"]
    newest, older = ((folder / name).read_text(encoding="utf-8") for name in ("laps.html", "laps-1.html"))
    assert '<a href="laps-1.html">practice: Session</a>' in newest
    assert '<a href="laps.html">race: Session</a>' in older
    assert 'http-equiv="refresh"' in newest
    assert 'http-equiv="refresh"' not in older, "nothing is under way there"


def test_pages_of_sessions_that_are_gone_are_removed_and_other_files_not(
    outbox: Outbox, files: PageFiles, tmp_path: Path
) -> None:
    begin(outbox, "race@1#2#2")
    for name in ("laps-77.html", "laps-mine.html", "other.html"):
        (tmp_path / name).write_text("x")
    files.write_older(outbox, tmp_path)
    assert sorted(path.name for path in tmp_path.glob("*.html")) == ["laps-mine.html", "other.html"]


def test_of_a_season_the_latest_can_be_chosen(outbox: Outbox, files: PageFiles, tmp_path: Path) -> None:
    for number in range(MOST_SESSIONS + 5):
        begin(outbox, f"s{number}@1#2#0")
    files.write_newest(outbox, tmp_path)
    files.write_older(outbox, tmp_path)
    assert len(list(tmp_path.glob("laps-*.html"))) == MOST_SESSIONS - 1


def test_a_page_is_renewed_when_there_is_news_and_only_then(
    outbox: Outbox, files: PageFiles, tmp_path: Path, clock: Clock
) -> None:
    session = begin(outbox, "race@1#2#2")
    path = files.write_newest(outbox, tmp_path)
    drive(outbox, session, 1, clock)
    assert not files.renew(outbox), "not yet: it was written a moment ago"
    clock.passed_s += RENEWED_S
    assert files.renew(outbox)
    assert "1:48.5784" in path.read_text(encoding="utf-8")
    stamp = path.stat().st_mtime_ns
    clock.passed_s += RENEWED_S
    assert not files.renew(outbox)
    assert path.stat().st_mtime_ns == stamp


def test_how_old_it_is_stays_true_until_long_after_the_last_news(
    outbox: Outbox, files: PageFiles, tmp_path: Path, clock: Clock
) -> None:
    session = begin(outbox, "race@1#2#2")
    drive(outbox, session, 1, clock)
    files.write_newest(outbox, tmp_path)
    written = []
    for _ in range(int(1200 / RENEWED_S)):
        clock.passed_s += RENEWED_S
        if files.renew(outbox):
            written.append(clock.passed_s)
    assert written == [60.0 * minute for minute in range(1, 13)]


def test_nothing_is_written_that_nobody_has_asked_for(
    outbox: Outbox, files: PageFiles, tmp_path: Path, clock: Clock
) -> None:
    begin(outbox, "race@1#2#2")
    clock.passed_s += 100
    assert not files.renew(outbox)
    assert not list(tmp_path.glob("*.html"))


def test_when_another_session_begins_the_former_gets_a_page_of_its_own(
    outbox: Outbox, files: PageFiles, tmp_path: Path, clock: Clock
) -> None:
    drive(outbox, begin(outbox, "qualify@1#2#1"), 1, clock)
    path = files.write_newest(outbox, tmp_path)
    begin(outbox, "race@1#2#2")
    clock.passed_s += RENEWED_S
    assert files.renew(outbox)
    assert "<h1>race: Session</h1>" in path.read_text(encoding="utf-8")
    assert "<h1>qualify: Session</h1>" in (tmp_path / "laps-1.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("error", [PermissionError(13, "in use"), OutboxError("the disk is full")])
def test_a_page_that_cannot_be_written_now_is_written_the_next_time(
    outbox: Outbox,
    files: PageFiles,
    tmp_path: Path,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    """On Windows a browser that reads the file holds it."""
    session = begin(outbox, "race@1#2#2")
    path = files.write_newest(outbox, tmp_path)
    drive(outbox, session, 1, clock)
    clock.passed_s += RENEWED_S

    def refuse(_path: Path, _content: bytes) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(page_files, "replace_file", refuse)
        assert not files.renew(outbox)
    clock.passed_s += RENEWED_S
    assert files.renew(outbox)
    assert "1:48.5784" in path.read_text(encoding="utf-8")


def test_a_page_that_was_deleted_is_written_again(
    outbox: Outbox, files: PageFiles, tmp_path: Path, clock: Clock
) -> None:
    begin(outbox, "race@1#2#2")
    files.write_newest(outbox, tmp_path).unlink()
    clock.passed_s += RENEWED_S
    assert files.renew(outbox)
    assert files.write_newest(outbox, tmp_path).exists()


class Running:
    """A client that knows who is there, and what is to be put back."""

    def __init__(self) -> None:
        self.left_over: PutBack | None = None
        self.asked: list[tuple[str, int]] = []

    def members(self, collection: str, documents: Sequence[Mirrored]) -> Sequence[MemberSeen]:
        self.asked.append((collection, len(documents)))
        return TEAM

    def put_back(self, collection: str) -> PutBack | None:
        return self.left_over if collection == "race@1#2#2" else None


def test_the_newest_page_alone_tells_of_the_present(outbox: Outbox, tmp_path: Path, clock: Clock) -> None:
    for name in ("qualify@1#2#1", "race@1#2#2"):
        drive(outbox, begin(outbox, name), 1, clock)
    running = Running()
    running.left_over = LEFT_OVER
    files = PageFiles(clock.utc, clock.monotonic, running)
    newest = files.write_newest(outbox, tmp_path)
    files.write_older(outbox, tmp_path)
    for text in ("Put back what", "Team: 2 of 6 ready"):
        assert text in newest.read_text(encoding="utf-8")
        assert text not in (tmp_path / "laps-1.html").read_text(encoding="utf-8")
    assert running.asked == [("race@1#2#2", 0)]


def test_what_is_put_back_goes_from_the_page_at_once(outbox: Outbox, tmp_path: Path, clock: Clock) -> None:
    begin(outbox, "race@1#2#2")
    running = Running()
    files = PageFiles(clock.utc, clock.monotonic, running)
    path = files.write_newest(outbox, tmp_path)
    clock.passed_s += page_files.AGEING_S
    assert files.renew(outbox), "for the last time by its age"
    for left_over in (LEFT_OVER, replace(LEFT_OVER, settings=LEFT_OVER.settings[:1]), None):
        running.left_over = left_over
        clock.passed_s += RENEWED_S
        assert files.renew(outbox)
        assert path.read_text(encoding="utf-8").count("yours") == (len(left_over.settings) if left_over else 0)
        clock.passed_s += RENEWED_S
        assert not files.renew(outbox)


def test_without_a_session_there_is_nobody_to_ask_for(outbox: Outbox, tmp_path: Path, clock: Clock) -> None:
    running = Running()
    PageFiles(clock.utc, clock.monotonic, running).write_newest(outbox, tmp_path)
    assert running.asked == []
