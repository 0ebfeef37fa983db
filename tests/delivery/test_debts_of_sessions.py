"""Sessions that follow one another, that are not in the store, that go on without this client: each owes its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from delivery.test_debts import ADAS, BENS, Rig, documents
from race.record.paper_race import ADA, BEN, LAP_S, Race, stop
from support.parcels import START, purge
from teamtactics.delivery.owed.debts import LOOK_EVERY_S, Debts
from teamtactics.model.mirror import Mirrored
from teamtactics.model.parcel import FIRESTORE, Document
from teamtactics.model.precedence import RUN
from teamtactics.store.records import IS_TEAM
from teamtactics.store.store import Outbox


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox.open(tmp_path / "o.sqlite3", lambda: datetime.now(UTC)) as opened:
        yield opened


def test_the_next_session_under_the_same_name_owes_its_own_laps(outbox: Outbox) -> None:
    """One test drive after the other, without a restart of the program between them."""
    rig = Rig(outbox)
    rig.session_s = None
    rig.see(ADAS)
    rig.debts.settle("c")
    outbox.mark_delivered(FIRESTORE, [one.seq for one in outbox.pending(FIRESTORE, 99)])
    rig.session = outbox.begin_session("c", "another", {}, START, [purge("c")])
    race = Race(6, (stop(200.0),))
    rig.see(race.seen_by(ADA, (0.0, race.end_s)))
    rig.debts.settle("c")
    owed = [one for one in outbox.pending(FIRESTORE, 99) if one.parcel.document and one.parcel.key != "purge"]
    assert [one.parcel.key for one in owed] == [f"lap/{lap}" for lap in range(1, 7)]
    assert {one.session_id for one in owed} == {rig.session.id}
    laps = [one.parcel.document or {} for one in owed]
    assert [(lap["Stint"], lap["StintLap"]) for lap in laps] == [race.stint(lap) for lap in range(1, 7)]
    assert {session.token for session in outbox.owing()} <= {"another"}


def test_a_part_of_the_former_session_is_folded_without_the_present_one(outbox: Outbox) -> None:
    """It was on its way when the session ended; what is delivered in order comes before the order to purge."""
    rig = Rig(outbox)
    rig.session_s = None
    rig.see(BENS)
    rig.debts.settle("c")
    former = next(one for one in outbox.pending(FIRESTORE, 99) if one.parcel.doc_id == "part 3 202")
    rig.session = outbox.begin_session("c", "another", {}, START, [purge("c")])
    race = Race(6, (stop(200.0),))
    rig.see(race.seen_by(ADA, (0.0, race.end_s)))
    rig.debts.settle("c")
    assert former.parcel.document is not None
    folded = rig.debts.fold(former.session_id, 3, {}, {"part 3 202": former.parcel.document})
    assert folded is not None
    assert folded["3"]["PitEnterTime"] is None, "Ada's stop is of the session behind it"
    rig.debts.settle("c")
    keys = [one.parcel.key for one in outbox.pending(FIRESTORE, 99) if one.session_id == rig.session.id]
    assert keys == ["purge", *(f"lap/{lap}" for lap in range(1, 7))]


def test_a_session_that_is_not_in_the_store_yet_owes_nothing(outbox: Outbox) -> None:
    """The disk refuses it, or the file was damaged and another one begun: the writer goes on all the same."""
    rig = Rig(outbox)
    rig.debts = Debts(outbox, lambda: None, lambda _: True, lambda _: 100.0, lambda: rig.now_s)
    rig.debts.told("elsewhere", [Mirrored("1", {"LapCompleted": 1}, 1, 1)])
    rig.debts.write()
    rig.debts.settle("elsewhere")
    assert rig.waiting() == []


def test_a_session_that_was_begun_again_in_another_file_is_owed_to_under_its_new_number(outbox: Outbox) -> None:
    rig = Rig(outbox)
    rig.see(ADAS[:2])
    rig.debts.write()
    rig.session = outbox.begin_session("c", "t", {}, START)
    rig.see(ADAS[2:], rig.session)
    rig.now_s += LOOK_EVERY_S
    rig.debts.write()
    owed = {one.parcel.key: one.session_id for one in outbox.pending(FIRESTORE, 99)}
    assert owed["lap/4"] == rig.session.id


HAND_OVER = Race(visits=(stop(2 * LAP_S + 20.0, fills=((4.0, 20.0),), changes=((9.0, 10.2, BEN),)),))
LEFT_S = 2 * LAP_S + 45.0
"""Ada is out of the car and closes her simulator; Ben is in the stall."""


class LeftRig(Rig):
    """A client whose member has closed his simulator in the middle of lap 3, an hour ago."""

    def __init__(self, outbox: Outbox, facts: Document) -> None:
        super().__init__(outbox)
        self.utc = START + timedelta(hours=1)
        self.session = outbox.begin_session("c", "t", facts, START)
        self.session_s = None
        self.debts = self.begin()
        self.see(HAND_OVER.seen_by(ADA, (0.0, LEFT_S)))
        self.debts.settle("c")
        self.tell(*documents(HAND_OVER.seen_by(ADA, (0.0, 2 * LAP_S))))
        self.debts.settle("c")

    def begin(self) -> Debts:
        is_caught_up, session_s = (lambda _: self.is_caught_up), (lambda _: self.session_s)
        return Debts(self.outbox, self._ring, is_caught_up, session_s, lambda: self.now_s, lambda: self.utc)


EVENT: Document = {"SubSessionID": 7, IS_TEAM: True}


def test_what_was_seen_of_a_lap_that_others_complete_is_brought_when_they_have(outbox: Outbox) -> None:
    """Who hands over closes his simulator; the lap is completed minutes later, by another. It has his filling."""
    rig = LeftRig(outbox, EVENT)
    assert rig.debts.owing() == ["c"], "lap 3 goes on"
    rig.tell(*documents(HAND_OVER.seen_by(BEN, (0.0, HAND_OVER.end_s)))[2:])
    rig.debts = rig.begin()
    assert rig.debts.owing() == ["c"], "also after a restart"
    rig.debts.settle("c")
    assert "part/3/101/1" in rig.waiting()


def test_a_lap_that_nobody_completes_is_waited_for_as_long_as_a_race_lasts(outbox: Outbox) -> None:
    """Each look costs a read or two."""
    rig = LeftRig(outbox, EVENT)
    rig.utc = START + timedelta(hours=25)
    rig.debts.settle("c")
    assert rig.debts.owing() == ["c"]
    rig.utc = START + timedelta(hours=27)
    rig.debts.settle("c")
    assert rig.debts.owing() == []


def test_a_lap_that_nobody_can_complete_is_not_waited_for(outbox: Outbox) -> None:
    """The event has come to its next session."""
    rig = LeftRig(outbox, EVENT)
    outbox.begin_session("race", "t2", EVENT, START)
    rig.debts.settle("c")
    assert rig.debts.owing() == []


def test_in_a_single_session_nobody_else_completes_a_lap(outbox: Outbox) -> None:
    assert LeftRig(outbox, {**EVENT, IS_TEAM: False}).debts.owing() == []


def test_what_a_collection_lacks_is_not_asked_before_the_older_session_is_removed_from_it(outbox: Outbox) -> None:
    """A test drive without a line: yesterday's laps stand there under the same numbers, and are not of this one."""
    rig = Rig(outbox)
    rig.session = outbox.begin_session("c", "today", {}, START, [purge("c")])
    rig.session_s = None
    rig.see(ADAS, rig.session)
    assert rig.debts.owing() == []
    outbox.park(FIRESTORE, outbox.pending(FIRESTORE, 1)[0].seq, "refused")
    assert rig.debts.owing() == []
    outbox.unpark(FIRESTORE)
    outbox.mark_delivered(FIRESTORE, [outbox.pending(FIRESTORE, 1)[0].seq])
    assert rig.debts.owing() == ["c"]


FIRST: Document = {"SessionID": 7, "SubSessionID": 8, "SessionNum": 2, RUN: 3, IS_TEAM: True}
SECOND: Document = {**FIRST, RUN: 4}


class RestartRig(Rig):
    """A client that has seen a race of which the server makes several runs."""

    def __init__(self, outbox: Outbox, facts: Document) -> None:
        super().__init__(outbox)
        self.session = outbox.begin_session("c", f"t{facts[RUN]}", facts, START)
        self.see(ADAS)

    def info(self, facts: Document, version: int) -> None:
        self.tell(Mirrored("info", facts, version, version))


@pytest.mark.parametrize("is_over", [False, True])
def test_nothing_is_owed_while_the_former_runs_documents_stand_there(outbox: Outbox, is_over: bool) -> None:
    """They have the same numbers, and are not laps of this race."""
    rig = RestartRig(outbox, SECOND)
    rig.session_s = None if is_over else 10_000.0
    rig.info(FIRST, 1)
    rig.tell(*documents(BENS))
    bring(rig)
    assert rig.waiting() == []
    rig.outbox.forget_mirror("c")
    rig.debts.forget("c")
    rig.info(SECOND, 9)
    bring(rig)
    assert rig.waiting() == [f"lap/{lap}" for lap in range(1, 5)]


def test_what_was_seen_of_a_former_run_is_not_owed_any_more_and_not_asked_for(outbox: Outbox) -> None:
    """By a client that knows nothing of the restart: the collection says it."""
    rig = RestartRig(outbox, FIRST)
    rig.session_s = None
    rig.info(SECOND, 5)
    assert rig.debts.owing() == ["c"]
    rig.debts.settle("c")
    assert (rig.waiting(), rig.debts.owing()) == ([], [])
    assert len(outbox.own_laps(rig.session.id)) == len(ADAS), "it stays here"


def test_a_former_run_that_the_own_simulator_still_shows_is_kept_for_it(outbox: Outbox) -> None:
    rig = RestartRig(outbox, FIRST)
    rig.info(SECOND, 5)
    rig.debts.write()
    assert rig.waiting() == []
    assert [one.id for one in outbox.owing()] == [rig.session.id]


def test_what_was_read_before_the_restart_counts_for_nothing_behind_it(outbox: Outbox) -> None:
    """The laps of the former run were removed while nobody here looked; the mirror has been read anew since."""
    rig = RestartRig(outbox, SECOND)
    rig.session_s = None
    rig.info(FIRST, 1)
    rig.tell(*documents(BENS))
    rig.debts.settle("c")
    outbox.forget_mirror("c")
    outbox.keep_mirror("c", [Mirrored("info", SECOND, 9, 9)])
    rig.debts.settle("c")
    assert rig.waiting() == [f"lap/{lap}" for lap in range(1, 5)]


def bring(rig: Rig) -> None:
    if rig.session_s is None:
        rig.debts.settle("c")
    else:
        rig.debts.write()
