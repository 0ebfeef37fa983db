"""What is owed, from the store and back into it: when it is due, once, and never before the mirror has caught up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from race.record.paper_race import ADA, BEN, LAP_S, Race, stop
from support.parcels import START, purge
from teamtactics.contract.facts_text import write_facts
from teamtactics.contract.told import lap_of, told
from teamtactics.delivery.announcement import announcing_folds
from teamtactics.delivery.owed.debts import LOOK_EVERY_S, Debts
from teamtactics.delivery.owed.documents import parts, shown
from teamtactics.delivery.owed.session_debt import OTHERS_WAIT_S
from teamtactics.model.facts import LapFacts
from teamtactics.model.mirror import Mirrored
from teamtactics.model.parcel import FIRESTORE, PUBSUB, Document, Message, Parcel, ParcelKind, StoredParcel
from teamtactics.race.record.record import Record
from teamtactics.store.records import STALL_PCT
from teamtactics.store.store import Outbox, OwnLap, StoredSession


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox.open(tmp_path / "o.sqlite3", lambda: datetime.now(UTC)) as opened:
        yield opened


class Rig:
    """The writer's side of a client of one session under way."""

    def __init__(self, outbox: Outbox) -> None:
        self.outbox = outbox
        self.session = outbox.begin_session("c", "t", {}, START)
        self.is_caught_up = True
        self.session_s: float | None = 10_000.0
        self.now_s = 100.0
        self.rung = 0
        self.debts = self.begin()

    def begin(self) -> Debts:
        return Debts(self.outbox, self._ring, lambda _: self.is_caught_up, lambda _: self.session_s, lambda: self.now_s)

    def _ring(self) -> None:
        self.rung += 1

    def see(self, facts: Sequence[LapFacts], session: StoredSession | None = None) -> None:
        own = [OwnLap(each.lap, each.member, write_facts(each)) for each in facts]
        self.outbox.append(
            (session or self.session).id, [], checkpoint=None, session_time_s=1.0, utc=START, own_laps=own
        )
        self.debts.seen("c", [each.facts for each in own])

    def tell(self, *documents: Mirrored) -> None:
        self.outbox.keep_mirror("c", documents)
        self.debts.told("c", documents)

    def numbers(self) -> dict[str | None, tuple[object, object]]:
        found = [one.parcel for one in self.outbox.pending(FIRESTORE, 99) if one.parcel.kind is ParcelKind.NUMBERS]
        return {each.doc_id: (each.document["Stint"], each.document["StintLap"]) for each in found if each.document}

    def waiting(self) -> list[str]:
        return [one.parcel.key for one in self.outbox.pending(FIRESTORE, 99)]


@pytest.fixture
def rig(outbox: Outbox) -> Rig:
    return Rig(outbox)


def lap(number: int, collection: str, document: Document) -> Parcel:
    message = Message(f"the recorder's {number}", "lap", {"payload": {}})
    return Parcel(ParcelKind.LAP, f"lap/{number}", collection, number * 90.0, str(number), document, message)


def documents(facts: Sequence[LapFacts]) -> list[Mirrored]:
    """What a client that saw *facts* would have written."""
    record = Record()
    record.learn(facts)
    found = []
    for number in record.laps:
        folded = record.lap(number)
        if folded is not None and record.is_complete(number):
            found.append(Mirrored(str(number), shown(folded), 1, 1))
    return found


RACE = Race(4)
ADAS = RACE.seen_by(ADA, (0.0, RACE.end_s))
BENS = RACE.seen_by(BEN, (0.0, RACE.end_s))


def test_whole_laps_are_owed_once_as_plain_laps(rig: Rig) -> None:
    rig.see(ADAS)
    rig.debts.write()
    assert rig.waiting() == ["lap/1", "lap/2", "lap/3", "lap/4"]
    assert rig.rung == 1
    rig.now_s += LOOK_EVERY_S
    rig.debts.write()
    assert rig.rung == 1, "nothing is told twice"


def test_a_lap_that_was_recorded_already_and_is_on_its_way_is_not_told_a_second_time(rig: Rig) -> None:
    """Its message would have another id."""
    rig.see(ADAS)
    recorded = [lap(int(each.doc_id), collection="c", document=each.document) for each in documents(ADAS)[:3]]
    rig.outbox.append(rig.session.id, recorded, checkpoint=None, session_time_s=1.0, utc=START)
    rig.debts.write()
    waiting = [one.parcel for one in rig.outbox.pending(FIRESTORE, 99)]
    assert waiting[:3] == recorded
    assert rig.waiting()[3:] == ["lap/4"]


def test_nothing_is_owed_before_the_mirror_has_caught_up(rig: Rig) -> None:
    """Whoever does not know what stands there would write it all again."""
    rig.is_caught_up = False
    rig.see(ADAS)
    rig.debts.write()
    assert rig.waiting() == []
    rig.is_caught_up = True
    rig.tell(*documents(ADAS)[:3])
    rig.debts.write()
    assert rig.waiting() == ["lap/4"]


def test_what_the_collection_holds_is_settled_and_owed_again_when_more_was_seen(rig: Rig) -> None:
    rig.see(ADAS)
    rig.tell(*documents(ADAS))
    rig.debts.write()
    assert rig.waiting() == []
    completed = [lap for lap in rig.outbox.own_laps(rig.session.id) if lap.lap <= 4]
    assert [lap.lap for lap in completed if lap.is_settled] == [1, 2, 3, 4]


def test_much_that_is_owed_at_once_is_written_in_few_transactions(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each waits for the disk, and the writer with it: a stop of lap 1 renumbers a thousand laps."""
    race = Race(300)
    transactions, announce = [], rig.outbox.announce

    def counted(*arguments: Any) -> bool:
        transactions.append(arguments)
        return announce(*arguments)

    monkeypatch.setattr(rig.outbox, "announce", counted)
    rig.see(race.seen_by(BEN, (0.0, race.end_s)))
    rig.session_s = None
    rig.debts.settle("c")
    assert rig.outbox.counts().sinks[FIRESTORE].waiting == 300
    assert len(transactions) <= 10


def test_a_watcher_lets_the_drivers_client_go_first_for_twenty_seconds(rig: Rig) -> None:
    rig.see(BENS)
    rig.session_s = 2 * LAP_S + 10.0
    rig.debts.write()
    assert rig.waiting() == ["part/1/202/0"]
    rig.session_s = 2 * LAP_S + 30.0
    rig.debts.write()
    assert rig.waiting() == ["part/1/202/0"], "looked for every few seconds only"
    rig.now_s += LOOK_EVERY_S
    rig.debts.write()
    assert rig.waiting() == ["part/1/202/0", "part/2/202/0"]


def test_what_the_driver_told_meanwhile_is_not_owed_by_a_watcher(rig: Rig) -> None:
    rig.see(BENS)
    rig.tell(*documents(ADAS))
    rig.debts.write()
    assert rig.waiting() == []


def test_numbers_that_others_made_wrong_are_left_to_them_for_twenty_seconds(rig: Rig) -> None:
    race = Race(6, (stop(200.0),))
    right = documents(race.seen_by(ADA, (0.0, race.end_s)))
    wrong = [replace(each, document={**each.document, "Stint": 1, "StintLap": int(each.doc_id)}) for each in right]
    rig.tell(*right[:3], *wrong[3:])
    rig.see(race.seen_by(BEN, (race.end_s - 1.0, race.end_s)))
    rig.debts.write()
    assert rig.numbers() == {}
    rig.now_s += OTHERS_WAIT_S
    rig.debts.write()
    assert rig.numbers() == {"4": (2, 2), "5": (2, 3), "6": (2, 4)}


def test_a_session_that_is_over_waits_for_nobody(rig: Rig) -> None:
    rig.session_s = None
    rig.see(BENS)
    rig.debts.write()
    assert rig.waiting() == [], "the writer looks after what goes on"
    assert rig.debts.owing() == ["c"]
    rig.debts.settle("c")
    assert rig.waiting() == [f"part/{lap}/202/0" for lap in (1, 2, 3, 4)]


def test_what_was_seen_of_a_former_session_under_the_same_name_is_not_told_in_the_new_one(outbox: Outbox) -> None:
    rig = Rig(outbox)
    rig.see(ADAS)
    rig.session = outbox.begin_session("c", "another", {}, START, [purge("c")])
    rig.session_s = None
    rig.debts = rig.begin()
    rig.debts.settle("c")
    assert rig.waiting() == ["purge"]
    assert outbox.owing() == []


def test_who_followed_the_former_session_mixes_nothing_of_it_into_the_new_one(rig: Rig) -> None:
    """A single session driven again, in the same run of the program."""
    before = Race(4, (stop(140.0),)).seen_by(ADA, (0.0, 360.0))
    rig.see(before)
    rig.tell(*documents(before))
    rig.session_s = None
    rig.debts.settle("c")
    rig.session = rig.outbox.begin_session("c", "another", {}, START, [purge("c")])
    rig.session_s = 10_000.0
    rig.see(ADAS[:3])
    rig.tell(*(replace(each, version=9, updated=9) for each in documents(ADAS)[:2]))
    rig.debts.write()
    assert rig.waiting() == ["purge"]
    rig.session_s = None
    rig.debts.settle("c")
    assert rig.waiting() == ["purge"]


def test_where_the_stall_lies_is_learned_late_and_never_forgotten(rig: Rig) -> None:
    """It decides which of two laps an exit between stall and line belongs to."""
    assert not rig.debts._of("c")[0].is_stall_first
    for facts, expected in (({STALL_PCT: 0.9}, True), (None, True)):
        rig.outbox.append(rig.session.id, [], checkpoint=None, session_time_s=1.0, utc=START, facts=facts)
        rig.debts.told("c", ())
        rig.debts.write()
        session, debt = rig.debts._of("c")
        assert (session.is_stall_first, debt._owing.known.is_stall_first) == (expected, expected)


def test_a_part_is_told_once_more_where_somebody_has_written_over_it(rig: Rig) -> None:
    """A client that knows no parts: the version that lacks it makes it another parcel."""
    rig.session_s = None
    rig.see(BENS[:2])
    rig.debts.settle("c")
    first = rig.waiting()
    rig.outbox.mark_delivered(FIRESTORE, [one.seq for one in rig.outbox.pending(FIRESTORE, 99)])
    rig.tell(Mirrored("1", {"LapCompleted": 1, "Source": "teammate"}, 7, 7))
    rig.debts.settle("c")
    assert first
    assert rig.waiting()
    assert set(rig.waiting()).isdisjoint(first)


def test_a_folded_lap_is_announced_once_and_again_when_more_is_in_it(rig: Rig) -> None:
    """With an id made of what it says: another client that folds the same announces the same."""
    announce = announcing_folds(rig.outbox, rig._ring)
    part = StoredParcel(1, rig.session.id, Parcel(ParcelKind.PART, "part/1/7/0", "c", 90.0, "part 1 7", {}))
    first, second = {"LapCompleted": 1, "FuelUsed": None}, {"LapCompleted": 1, "FuelUsed": 2.5}
    for document in (first, first, second, first):
        announce(part, document)
    told = [one.parcel.message for one in rig.outbox.pending(PUBSUB, 99) if one.parcel.message is not None]
    assert [message.data["payload"] for message in told] == [first, second]
    assert len({message.id for message in told}) == 2
    assert rig.rung == 2


def test_what_counts_before_lap_1_is_told_in_a_part_alone(rig: Rig) -> None:
    """There is no document of it, and no message."""
    race = Race(3, (stop(20.0),))
    rig.session_s = None
    rig.see([replace(facts, lap=facts.lap - 1) for facts in race.seen_by(ADA, (0.0, race.end_s))])
    rig.debts.settle("c")
    assert "part/0/101/0" in rig.waiting()
    (part,) = [one.parcel for one in rig.outbox.pending(FIRESTORE, 99) if one.parcel.doc_id == "part 0 101"]
    assert part.document is not None
    assert list(rig.debts.fold(rig.session.id, 0, {}, {"part 0 101": part.document}) or {}) == ["part 0 101"]
    odd: Document = {"LapCompleted": "none", "SchemaVersion": 2}
    assert list(rig.debts.fold(rig.session.id, 0, {"0": odd}, {"part 0 101": part.document}) or {}) == ["part 0 101"]


class TestDoor:
    @pytest.mark.parametrize(
        ("doc_id", "lap"),
        [
            ("12", 12),
            ("part 12 4711", 12),
            ("0", None),
            ("part 0 4711", 0),
            ("012", None),
            ("state", None),
            ("part 1", None),
            ("１２", None),
            ("²", None),
        ],
    )
    def test_which_lap_a_document_is_of(self, doc_id: str, lap: int | None) -> None:
        assert lap_of(doc_id) == lap

    @pytest.mark.parametrize(
        "there",
        [
            {"1": {"LapCompleted": "one"}},
            {"1": {"LapCompleted": 2}},
            {"1": {"LapCompleted": 1, "SchemaVersion": 2}},
            {"1": {"LapCompleted": 1}, "part 1 7": {"Facts": '{"v":2}'}},
        ],
    )
    def test_a_lap_of_which_something_cannot_be_used_is_left_alone(self, there: dict[str, Document]) -> None:
        assert told(1, there).is_left_alone

    @pytest.mark.parametrize(
        "odd", [{"Facts": "{"}, {"Facts": "x" * 30_000}, {"Gap": "long"}, {"SeenFrom": 2.0, "SeenTo": 1.0}]
    )
    def test_a_part_that_makes_no_sense_is_not_there(self, odd: Document) -> None:
        """Whoever wrote it blocks nobody."""
        shown_alone = told(1, {"1": {"LapCompleted": 1}})
        now = told(1, {"1": {"LapCompleted": 1}, "part 1 7": odd})
        assert (now.shown, now.parts, now.is_left_alone) == (shown_alone.shown, (), False)
        assert now.unusable == {7}


class TestOddPart:
    """Ada handed over to Ben in lap 3; another program has left a part there."""

    RELAY = Race(visits=(stop(2 * LAP_S + 20.0, fills=((4.0, 20.0),), changes=((9.0, 10.2, BEN),)),))

    def rig_with(self, rig: Rig, doc_id: str) -> list[str]:
        rig.session_s = None
        rig.see(self.RELAY.seen_by(ADA, (0.0, self.RELAY.end_s)))
        rig.tell(*documents(self.RELAY.seen_by(ADA, (0.0, 2 * LAP_S))))
        rig.tell(*documents(self.RELAY.seen_by(BEN, (0.0, self.RELAY.end_s)))[2:])
        rig.tell(Mirrored(doc_id, {"Facts": "nonsense"}, 9, 9))
        rig.debts.settle("c")
        return rig.waiting()

    def test_of_somebody_else_blocks_nobody_and_is_not_written(self, rig: Rig) -> None:
        assert "part/3/101/1" in self.rig_with(rig, "part 3 909")
        (part,) = [one.parcel for one in rig.outbox.pending(FIRESTORE, 99) if one.parcel.doc_id == "part 3 101"]
        ben = {each.doc_id: each.document for each in documents(self.RELAY.seen_by(BEN, (0.0, self.RELAY.end_s)))}
        there: dict[str, Document] = {"3": ben["3"], "part 3 909": {"Facts": "nonsense"}}
        folded = rig.debts.fold(rig.session.id, 3, there, {"part 3 101": part.document or {}})
        assert folded is not None
        assert sorted(folded) == ["3", "part 3 101", "part 3 202"]
        assert folded["3"]["StopMovingTime"] is not None

    def test_under_our_own_name_is_never_written_over(self, rig: Rig) -> None:
        """What cannot be shown decides nothing: others would count the numbers back."""
        assert not [key for key in self.rig_with(rig, "part 3 101") if "/3/" in key or key.startswith("numbers/")]
        ours = {"part 3 101": shown_part(self.RELAY, ADA)}
        assert rig.debts.fold(rig.session.id, 3, {"part 3 101": {"Facts": "nonsense"}}, ours) is None

    def test_under_the_name_of_who_told_the_lap_is_never_written_over(self, rig: Rig) -> None:
        self.rig_with(rig, "part 3 202")
        ben = {each.doc_id: each.document for each in documents(self.RELAY.seen_by(BEN, (0.0, self.RELAY.end_s)))}
        there: dict[str, Document] = {"3": ben["3"], "part 3 202": {"Facts": "nonsense"}}
        folded = rig.debts.fold(rig.session.id, 3, there, {"part 3 101": shown_part(self.RELAY, ADA)})
        assert folded is not None
        assert sorted(folded) == ["3", "part 3 101"]
        assert folded["3"]["FuelLevel"] == ben["3"]["FuelLevel"]


def shown_part(race: Race, member: int) -> Document:
    return parts(facts for facts in race.seen_by(member, (0.0, race.end_s)) if facts.lap == 3)[f"part 3 {member}"]
