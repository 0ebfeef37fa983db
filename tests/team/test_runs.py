"""A collection that changes from one run of a race to the next: nothing of the former one is told, or kept."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from support.cloud_parcels import SESSION
from support.memory_firestore import LineToFirestore, MemoryFirestore
from teamtactics.cloud.wire import Write
from teamtactics.model.mirror import NOTHING_KNOWN, CaughtUp, Known, Mirrored, Removed
from teamtactics.model.parcel import Document
from teamtactics.model.precedence import RUN
from teamtactics.store.store import Outbox
from teamtactics.team.catch_up import CatchUp
from teamtactics.team.followed import Followed
from teamtactics.team.mirror_box import MirrorBox

FORMER, PRESENT = {**SESSION, RUN: 3}, {**SESSION, RUN: 4}


def told(doc_id: str, version: int, document: Document | None = None) -> Mirrored:
    return Mirrored(doc_id, document or {"LapCompleted": 1}, version, version)


def info(run: Document, version: int) -> Mirrored:
    return told("info", version, run)


class Shelf:
    """A disk that answers at once what it was given last."""

    def __init__(self, known: Known = NOTHING_KNOWN) -> None:
        self.known = known
        self.kept: list[Any] = []

    def ask(self, _collection: str) -> Future[Known]:
        answer: Future[Known] = Future()
        answer.set_result(self.known)
        return answer

    def keep(self, _collection: str, word: Mirrored | Removed) -> None:
        self.kept.append(word)

    def forget(self, _collection: str) -> None:
        self.kept.append("forget")
        self.known = NOTHING_KNOWN

    def reached(self, _collection: str, cursor: int) -> None:
        self.kept.append(cursor)


class Rig:
    def __init__(self, known: Known = NOTHING_KNOWN) -> None:
        self.shelf = Shelf(known)
        self.begun = 0
        self.told: list[str] = []
        self.forgotten: list[str] = []
        self.followed = Followed(
            self.shelf, self._begin, lambda _, word: self.told.append(word.doc_id), lambda: 0.0, self.forgotten.append
        )

    def _begin(self, _collection: str) -> None:
        self.begun += 1

    def hear(self, *words: Any) -> None:
        for word in words:
            self.followed.heard("c", word)


def test_nothing_is_told_before_it_is_known_to_be_of_the_own_run() -> None:
    """A state may come before the info that says whose it is."""
    rig = Rig()
    rig.followed.follow("c", PRESENT)
    rig.hear(told("state", 5), told("1", 6))
    assert rig.told == []
    rig.hear(info(PRESENT, 7))
    assert rig.told == ["state", "1", "info"]
    rig.hear(told("2", 8))
    assert rig.told[3:] == ["2"]


def test_where_nobody_has_written_an_info_all_is_told_once_all_is_known() -> None:
    rig = Rig()
    rig.followed.follow("c", PRESENT)
    rig.hear(told("1", 6))
    assert rig.told == []
    rig.hear(CaughtUp())
    assert rig.told == ["1"]


def test_an_info_that_does_not_say_its_run_proves_nothing() -> None:
    rig = Rig()
    rig.followed.follow("c", PRESENT)
    rig.hear(info({**SESSION, RUN: None}, 5), told("1", 6))
    assert rig.told == ["info", "1"]


def test_what_is_being_removed_is_not_told_and_the_present_runs_is_read_anew() -> None:
    """The stream may break in the middle of it: what was removed meanwhile it would never tell."""
    rig = Rig()
    rig.followed.follow("c", PRESENT)
    rig.hear(info(FORMER, 5), told("1", 6), told("2", 6), CaughtUp(), Removed("1", 8))
    assert rig.told == []
    rig.hear(info(PRESENT, 9))
    assert rig.shelf.kept[-1] == "forget"
    assert (rig.forgotten, rig.followed.is_deaf, rig.followed.is_caught_up) == (["c"], True, False)
    rig.hear(told("2", 10), CaughtUp())
    assert (rig.told, rig.followed.is_caught_up) == ([], False), "it is the former stream that says so"
    assert rig.followed.cursor("c") is None
    rig.hear(info(PRESENT, 9), told("1", 11), CaughtUp())
    assert rig.told == ["info", "1"]
    assert (rig.followed.is_caught_up, rig.followed.cursor("c")) == (True, 11)


def test_a_later_run_than_the_own_simulator_shows_is_not_told_before_it_does() -> None:
    rig = Rig()
    rig.followed.follow("c", FORMER)
    rig.hear(info(FORMER, 5), told("1", 6), info(PRESENT, 7))
    rig.followed.cursor("c")
    rig.hear(info(PRESENT, 7), told("1", 8), CaughtUp())
    assert rig.told == ["info", "1"]
    rig.followed.follow("c", PRESENT)
    assert rig.followed.is_deaf
    assert rig.followed.cursor("c") is None
    rig.hear(info(PRESENT, 7), told("1", 8))
    assert rig.told == ["info", "1", "info", "1"]


@pytest.mark.parametrize(
    "known",
    [
        Known((info(FORMER, 4), told("1", 5)), 5),
        Known((told("state", 5),), 5),
        Known((info(PRESENT, 4), told("1", 5)), None),
    ],
    ids=["of the former run", "of nobody knows which", "not to the end"],
)
def test_what_the_disk_knows_and_may_be_of_the_former_run_is_forgotten(known: Known) -> None:
    rig = Rig(known)
    rig.followed.follow("c", PRESENT)
    assert (rig.told, rig.shelf.kept, rig.begun) == ([], ["forget"], 1)
    assert rig.followed.cursor("c") is None


def test_what_the_disk_knows_of_the_own_run_is_told() -> None:
    rig = Rig(Known((info(PRESENT, 4), told("1", 5)), 5))
    rig.followed.follow("c", PRESENT)
    assert (rig.told, rig.followed.cursor("c")) == (["info", "1"], 5)


@pytest.mark.parametrize("run", [FORMER, {**SESSION, RUN: 0}, {**SESSION, RUN: None}, {}])
def test_a_lower_run_or_none_that_is_shown_for_a_while_changes_nothing(run: Document) -> None:
    rig = Rig()
    rig.followed.follow("c", PRESENT)
    rig.hear(info(PRESENT, 5), told("1", 6), CaughtUp())
    rig.followed.follow("c", run)
    assert (rig.followed.is_deaf, rig.followed.cursor("c")) == (False, 6)


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox.open(tmp_path / "o.sqlite3", lambda: datetime.now(UTC)) as opened:
        yield opened


def test_what_waits_for_the_disk_is_forgotten_with_what_is_on_it(outbox: Outbox) -> None:
    gone: list[str] = []
    box = MirrorBox(outbox, on_forgotten=gone.append)
    box.ask("c")
    box.keep("c", told("1", 5))
    box.write()
    box.keep("c", told("2", 6))
    box.reached("c", 6)
    box.forget("c")
    box.keep("c", told("3", 7))
    assert gone == []
    box.write()
    assert (gone, outbox.mirror("c")) == (["c"], Known((told("3", 7),), None))
    box.reached("c", 7)
    box.write()
    assert (gone, outbox.mirror("c").cursor) == (["c"], 7)


@pytest.mark.parametrize("page", [2, 300])
def test_a_session_that_is_over_is_read_anew_where_the_race_was_begun_anew(
    outbox: Outbox, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what was removed meanwhile the server tells nothing."""
    monkeypatch.setattr("teamtactics.team.catch_up.PAGE", page)
    server = MemoryFirestore()
    settled: list[str] = []
    line: Any = LineToFirestore(server)
    looking = CatchUp(lambda: line, outbox, lambda: ["c"], settled.append)
    server.commit("c", [Write("info", FORMER)])
    server.commit("c", [Write(str(n), {"LapCompleted": n}) for n in range(1, 6)])
    looking.step()
    assert len(outbox.mirror("c").documents) == 6
    server.commit("c", [Write(str(n), None) for n in range(1, 6)])
    server.commit("c", [Write("1", {"LapCompleted": 1}), Write("info", PRESENT)])
    looking.step()
    assert {each.doc_id: each.version for each in outbox.mirror("c").documents} == dict.fromkeys(("1", "info"), 1004)
    assert outbox.mirror("c").cursor == 1004
    assert settled == ["c", "c"]
