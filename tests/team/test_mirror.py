"""What is known of a collection: asked first, told once, kept behind a cursor; a disk that hangs holds nobody up."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from teamtactics.errors import OutboxFull
from teamtactics.model.mirror import NOTHING_KNOWN, CaughtUp, Known, Mirrored, Removed
from teamtactics.store.store import Outbox
from teamtactics.team import mirror_box
from teamtactics.team.followed import KNOWN_LIMIT_S, Followed
from teamtactics.team.mirror import Mirror
from teamtactics.team.mirror_box import MirrorBox


def told(doc_id: str, version: int, updated: int | None = None) -> Mirrored:
    return Mirrored(doc_id, {"LapCompleted": version}, version, version if updated is None else updated)


class TestMirror:
    def test_a_version_is_news_once_and_an_older_one_never(self) -> None:
        mirror = Mirror(Known((told("1", 5),), 5))
        assert not mirror.is_news(told("1", 5))
        assert not mirror.is_news(told("1", 4))
        assert mirror.is_news(told("1", 6))
        assert not mirror.is_news(told("1", 6))

    def test_the_cursor_follows_at_a_moment_when_nothing_is_missing(self) -> None:
        """Within an answer the server promises no order: a stream that breaks there is asked from before it."""
        mirror = Mirror()
        for document in (told("2", 20), told("1", 10)):
            mirror.is_news(document)
        assert mirror.cursor is None
        assert mirror.is_news(CaughtUp())
        assert mirror.cursor == 20
        mirror.is_news(told("0", 30, updated=15))
        mirror.is_news(CaughtUp())
        assert mirror.cursor == 20, "never back"

    def test_a_stamp_that_somebody_wrote_himself_hides_nothing_that_comes(self) -> None:
        """``Updated`` of the year 2300: from there on nothing would be asked for any more."""
        mirror = Mirror()
        for document in (told("1", 10), told("2", 20, updated=9 * 10**18)):
            mirror.is_news(document)
        mirror.is_news(CaughtUp())
        assert mirror.cursor == 20

    def test_that_nothing_has_changed_is_no_news(self) -> None:
        mirror = Mirror()
        assert mirror.is_news(CaughtUp())
        assert not mirror.is_news(CaughtUp())
        mirror.is_news(told("1", 1))
        assert mirror.is_news(CaughtUp())
        assert not mirror.is_news(CaughtUp())

    def test_what_is_removed_is_news_where_it_was_known_and_may_come_again(self) -> None:
        mirror = Mirror()
        assert not mirror.is_news(Removed("1", 9))
        mirror.is_news(told("1", 10))
        assert not mirror.is_news(Removed("1", 9)), "it was written again since"
        assert mirror.is_news(Removed("1", 11))
        assert mirror.is_news(told("1", 12))


class SlowShelf:
    """A disk that answers when a test lets it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Future[Known]]] = []
        self.kept: list[object] = []

    def ask(self, collection: str) -> Future[Known]:
        answer: Future[Known] = Future()
        self.asked.append((collection, answer))
        return answer

    def keep(self, collection: str, word: Mirrored | Removed) -> None:
        self.kept.append((collection, word))

    def reached(self, collection: str, cursor: int) -> None:
        self.kept.append((collection, cursor))


class Rig:
    def __init__(self) -> None:
        self.shelf = SlowShelf()
        self.begun: list[str] = []
        self.told: list[tuple[str, str]] = []
        self.now_s = 0.0
        self.followed = Followed(
            self.shelf,
            self.begun.append,
            lambda name, document: self.told.append((name, document.doc_id)),
            lambda: self.now_s,
        )


@pytest.fixture
def rig() -> Rig:
    return Rig()


class TestFollowed:
    def test_the_watch_begins_when_the_shelf_has_said_what_it_knows(self, rig: Rig) -> None:
        rig.followed.follow("c")
        assert (rig.begun, rig.told, rig.followed.is_ready) == ([], [], False)
        rig.shelf.asked[0][1].set_result(Known((told("1", 5),), 4))
        assert (rig.begun, rig.told) == (["c"], [("c", "1")])
        assert rig.followed.is_ready
        assert rig.followed.cursor("c") == 4
        rig.followed.heard("c", told("1", 5))
        rig.followed.heard("c", told("2", 6))
        rig.followed.heard("c", CaughtUp())
        assert rig.told == [("c", "1"), ("c", "2")]
        assert rig.shelf.kept == [("c", told("2", 6)), ("c", 6)]
        assert rig.followed.is_caught_up

    def test_a_disk_that_hangs_is_waited_for_ten_seconds_and_then_all_is_read_anew(
        self, rig: Rig, caplog: pytest.LogCaptureFixture
    ) -> None:
        rig.followed.follow("c")
        rig.now_s = KNOWN_LIMIT_S - 0.1
        rig.followed.look()
        assert rig.begun == []
        rig.now_s = KNOWN_LIMIT_S + 0.1
        with caplog.at_level(logging.WARNING):
            rig.followed.look()
        assert rig.begun == ["c"]
        assert "read anew" in caplog.text
        assert rig.shelf.asked[0][1].cancelled()
        assert rig.followed.cursor("c") is None
        rig.followed.look()
        assert rig.begun == ["c"]

    def test_another_collection_is_not_begun_by_the_answer_for_the_former(self, rig: Rig) -> None:
        rig.followed.follow("practice")
        rig.followed.follow("race")
        (_, former), (_, answer) = rig.shelf.asked
        assert former.cancelled()
        answer.set_result(NOTHING_KNOWN)
        assert rig.begun == ["race"]
        rig.followed.heard("practice", told("1", 1))
        assert rig.told == []
        assert rig.shelf.kept == []

    def test_an_answer_that_was_given_before_it_could_be_cancelled_begins_nothing(self, rig: Rig) -> None:
        rig.followed.follow("practice")
        former = rig.shelf.asked[0][1]
        former.set_running_or_notify_cancel()
        rig.followed.follow(None)
        former.set_result(NOTHING_KNOWN)
        assert rig.begun == []

    def test_the_same_collection_goes_on_from_memory(self, rig: Rig) -> None:
        """The simulator was away for a moment; the disk may be behind what was told."""
        rig.followed.follow("c")
        rig.shelf.asked[0][1].set_result(NOTHING_KNOWN)
        rig.followed.heard("c", told("1", 5))
        rig.followed.heard("c", CaughtUp())
        rig.followed.follow(None)
        assert not rig.followed.is_caught_up
        rig.followed.follow("c")
        assert len(rig.shelf.asked) == 1
        assert rig.begun == ["c", "c"]
        assert rig.followed.cursor("c") == 5
        assert not rig.followed.is_caught_up, "the new stream has not said so yet"


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox.open(tmp_path / "o.sqlite3", lambda: datetime.now(UTC), busy_s=0.0) as opened:
        yield opened


class TestBox:
    def test_who_asks_to_hear_is_told_what_is_on_disk_and_nothing_before(self, outbox: Outbox) -> None:
        heard: list[object] = []

        def hear(collection: str, words: object) -> None:
            assert outbox.mirror("c").documents == (told("1", 5),)
            heard.append((collection, words))

        box = MirrorBox(outbox, hear)
        box.keep("c", told("1", 5))
        assert heard == []
        box.write()
        box.write()
        assert heard == [("c", (told("1", 5),))]

    def test_what_waits_is_written_before_what_is_asked_is_answered(self, outbox: Outbox) -> None:
        box = MirrorBox(outbox)
        box.keep("c", told("1", 5))
        answer = box.ask("c")
        assert not answer.done()
        box.write()
        assert answer.result(0) == Known((told("1", 5),), None)

    def test_no_cursor_is_kept_that_nobody_asked_for(self, outbox: Outbox) -> None:
        """Who began without knowing what the disk knows cannot say that nothing is missing there."""
        box = MirrorBox(outbox)
        box.keep("c", told("1", 5))
        box.reached("c", 5)
        box.write()
        assert outbox.mirror("c") == Known((told("1", 5),), None)

    def test_the_latest_of_each_document_is_written_once(self, outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
        box, written = MirrorBox(outbox), []
        real = outbox.keep_mirror
        monkeypatch.setattr(outbox, "keep_mirror", lambda *arguments: (written.append(arguments), real(*arguments)))
        box.ask("c")
        box.write()
        for version in range(1, 9):
            box.keep("c", told("state", version))
            box.reached("c", version)
        box.write()
        box.write()
        ((collection, words, cursor, _),) = written
        assert (collection, words, cursor) == ("c", (told("state", 8),), 8)

    def test_a_disk_that_takes_nothing_loses_nothing_and_what_came_meanwhile_is_written_too(
        self, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        box = MirrorBox(outbox)
        box.ask("c")
        box.write()

        def full(*_: object) -> None:
            box.keep("c", told("2", 7))
            raise OutboxFull("full")

        with monkeypatch.context() as patch:
            patch.setattr(outbox, "keep_mirror", full)
            box.keep("c", told("1", 5))
            box.reached("c", 5)
            with pytest.raises(OutboxFull):
                box.write()
        box.write()
        assert outbox.mirror("c") == Known((told("1", 5), told("2", 7)), 5)

    def test_what_comes_while_it_is_written_is_not_taken_for_written(
        self, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        box, real = MirrorBox(outbox), outbox.keep_mirror
        box.ask("c")
        box.write()

        def slow(*arguments: object) -> None:
            real(*arguments)  # type: ignore[arg-type]
            if outbox.mirror("c").documents == (told("1", 5),):
                box.keep("c", told("1", 6))
                box.reached("c", 6)

        monkeypatch.setattr(outbox, "keep_mirror", slow)
        box.keep("c", told("1", 5))
        box.reached("c", 5)
        box.write()
        box.write()
        assert outbox.mirror("c") == Known((told("1", 6),), 6)

    def test_for_what_there_is_no_room_the_cursor_stays_so_that_it_is_read_again(
        self, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(mirror_box, "ROOM", 2)
        box = MirrorBox(outbox)
        box.ask("c")
        box.write()
        for number in (1, 2, 3):
            box.keep("c", told(str(number), number))
        box.keep("c", told("2", 9))
        box.reached("c", 9)
        box.write()
        assert outbox.mirror("c") == Known((told("1", 1), told("2", 9)), None)
        box.keep("c", told("4", 10))
        box.reached("c", 10)
        box.write()
        assert outbox.mirror("c").cursor is None
        box.ask("c")
        box.write()
        box.reached("c", 11)
        box.write()
        assert outbox.mirror("c").cursor == 11, "who asks again begins from what is there"

    def test_a_file_begun_anew_gets_no_cursor_of_the_former(self, outbox: Outbox, tmp_path: Path) -> None:
        box = MirrorBox(outbox)
        box.ask("c")
        box.write()
        box.keep("c", told("1", 5))
        box.reached("c", 5)
        box.write()
        (tmp_path / "o.sqlite3").unlink()
        box.keep("c", told("2", 7))
        box.reached("c", 7)
        box.write()
        assert outbox.mirror("c").cursor is None

    def test_who_waits_no_longer_is_not_answered(self, outbox: Outbox) -> None:
        box = MirrorBox(outbox)
        answer = box.ask("c")
        assert answer.cancel()
        box.write()
        box.reached("c", 5)
        box.write()
        assert outbox.mirror("c") == NOTHING_KNOWN


def test_a_document_says_the_same_after_the_store(outbox: Outbox) -> None:
    """Every type that the wire brings: moments, a map, null, and what somebody else put into a map of his own."""
    fields = {"Utc": datetime(2026, 3, 1, 12, tzinfo=UTC), "InCar": {"dcABS": 3, "dcWet": True}, "Driver": None}
    one = replace(told("state", 5), document=fields)
    foreign = replace(told("1", 6), document={"Notes": {"$utc": "tomorrow"}})
    outbox.keep_mirror("c", [one, foreign], 6, outbox.generation)
    known = outbox.mirror("c")
    assert known.documents[0] == one
    assert known.documents[1].document == {}
    assert known.cursor == 6, "what somebody else writes does not make us read everything again"
