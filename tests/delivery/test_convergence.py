"""
Clients with a store and a mirror each, at Google's emulator: the collection comes to hold all that any of them saw.

The race and what is seen of it are on paper (``paper_race``); store, watch, door, fold and commit are the product's.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from race.record.paper_race import ADA, BEN, CYD, Race, stop
from support.follower import PROJECT, becomes
from support.mirroring import MirroringClient
from support.parcels import START
from support.sinks import firestore_sink
from teamtactics.cloud.firestore import Firestore
from teamtactics.cloud.meter import Meter
from teamtactics.cloud.wire import Database
from teamtactics.contract.facts_text import write_facts
from teamtactics.contract.lap_facts import shown_lap
from teamtactics.delivery.fold_in import FoldingSink
from teamtactics.delivery.owed.debts import Debts
from teamtactics.delivery.owed.session_debt import OTHERS_WAIT_S
from teamtactics.errors import TemporaryFailure
from teamtactics.model.facts import LapFacts
from teamtactics.model.parcel import FIRESTORE, Document
from teamtactics.model.usage import Usage
from teamtactics.race.record.record import Record
from teamtactics.race.record.same import says_the_same
from teamtactics.store.store import Outbox, OwnLap
from teamtactics.team.catch_up import CatchUp

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(300)]

ReadBack = Callable[[str], dict[str, Document]]
MOST_ROUNDS = 12


class Member:
    """One member's PC: what it saw is in its store; it is online for as long as a ``with`` block lasts."""

    def __init__(self, address: str, collection: str, member: int, folder: Path) -> None:
        self.store = folder / f"{member}.sqlite3"
        self.meter = Meter()
        self.now_s = 0.0
        self._address = address
        self._collection = collection
        self._member = member

    def see(self, facts: Sequence[LapFacts]) -> None:
        """Offline, and then the program ends: only what is on disk is left."""
        with MirroringClient(self._address, PROJECT, self.store) as client:
            outbox = client.outbox
            session = outbox.latest_session(self._collection) or outbox.begin_session(self._collection, "t", {}, START)
            own = [OwnLap(each.lap, each.member, write_facts(each)) for each in facts]
            outbox.append(session.id, [], checkpoint=None, session_time_s=1.0, utc=START, own_laps=own)

    def come_online(self) -> bool:
        """Read what is new in the collection and bring what it lacks; return whether anything was brought."""
        with MirroringClient(self._address, PROJECT, self.store, self._collection) as client:
            assert becomes(lambda: client.followed.is_caught_up)
            client.box.write()
            debts = self._debts(client.outbox)
            debts.settle(self._collection)
            self.now_s += OTHERS_WAIT_S
            debts.settle(self._collection)
            has_delivered = self._deliver(client.outbox, debts)
            assert has_delivered or client.outbox.owing() == []
            self.meter.count(client.meter.total)
            return has_delivered

    def look_in(self) -> bool:
        """As ``come_online``, by somebody who is not in that session any more: nothing is watched."""
        with Outbox.open(self.store, lambda: START) as outbox:
            debts = self._debts(outbox)
            reader = Firestore(Database(PROJECT, None, self._address), meter=self.meter)
            looking = CatchUp(lambda: reader, outbox, debts.owing, debts.settle)
            looking.step()
            self.now_s += OTHERS_WAIT_S
            looking.step()
            reader.close()
            return self._deliver(outbox, debts)

    def _debts(self, outbox: Outbox) -> Debts:
        return Debts(outbox, lambda: None, lambda _: True, lambda _: None, lambda: self.now_s)

    def _deliver(self, outbox: Outbox, debts: Debts) -> bool:
        documents = Firestore(Database(PROJECT, None, self._address), meter=self.meter)
        inner = firestore_sink(self._address, meter=self.meter)
        sink = FoldingSink(inner, documents, debts.fold)
        has_delivered = False
        while waiting := outbox.pending(FIRESTORE, 200):
            has_delivered = True
            try:
                sink.deliver(waiting)
            except TemporaryFailure as error:  # as a courier: what is there is noted, the rest comes again
                outbox.mark_delivered(FIRESTORE, list(error.confirmed))
            else:
                outbox.mark_delivered(FIRESTORE, [one.seq for one in waiting])
        sink.close()
        return has_delivered


@pytest.fixture
def members(firestore_emulator: str, collection: str, tmp_path: Path) -> dict[int, Member]:
    return {member: Member(firestore_emulator, collection, member, tmp_path) for member in (ADA, BEN, CYD)}


def until_quiet(members: Sequence[Member]) -> None:
    for _ in range(MOST_ROUNDS):
        if sum(member.come_online() for member in members) == 0:
            return
    raise AssertionError("they go on writing")


def check(documents: dict[str, Document], seen: Sequence[LapFacts]) -> None:
    """What stands there is what one who had seen all of it would have written."""
    truth = Record()
    truth.learn(seen)
    laps = {doc_id for doc_id in documents if doc_id.isdigit()}
    assert laps == {str(record.lap_completed) for record in truth.completed()}
    for record in truth.completed():
        doc_id = str(record.lap_completed)
        shown, is_drivers = shown_lap(doc_id, documents[doc_id])
        folded = truth.lap(record.lap_completed)
        assert folded is not None
        assert says_the_same(record, shown), f"lap {doc_id}: {shown} is not {record}"
        assert is_drivers == folded.is_drivers
        assert (shown.stint, shown.stint_lap) == (record.stint, record.stint_lap), f"lap {doc_id}"


def a_race() -> tuple[Race, dict[int, list[LapFacts]]]:
    """Ada drives, is killed over her stop, and hands over to Ben; Cyd alone sees the stop. Nobody sees all of it."""
    race = Race(8, (stop(200.0, fills=((2.0, 12.0),)), stop(460.0, 40.0, ((5.0, 15.0),), ((18.0, 30.0, BEN),))))
    return race, {
        ADA: race.seen_by(ADA, (0.0, 205.0), (300.0, 480.0)),
        BEN: race.seen_by(BEN, (380.0, race.end_s)),
        CYD: race.seen_by(CYD, (100.0, race.end_s)),
    }


@pytest.mark.parametrize("seed", range(4))
def test_whoever_comes_online_when_the_collection_comes_to_hold_all_that_was_seen(
    seed: int, members: dict[int, Member], collection: str, read_back: ReadBack
) -> None:
    """Each sees on while the others are online; each was killed in between, so that only the store is left."""
    chance = random.Random(seed)
    _, seen = a_race()
    for member in chance.choices([ADA, BEN, CYD], k=3):
        members[member].see(seen[member][: chance.randrange(len(seen[member]) + 1)])
        members[member].come_online()
    for member in chance.sample([ADA, BEN, CYD], 3):
        members[member].see(seen[member])
        members[member].come_online()
    until_quiet(list(members.values()))
    check(read_back(collection), [facts for told in seen.values() for facts in told])


def test_two_who_come_online_in_the_same_moment_fold_into_one_another(
    members: dict[int, Member], collection: str, read_back: ReadBack
) -> None:
    _, seen = a_race()
    for member, facts in seen.items():
        members[member].see(facts)
    for _ in range(MOST_ROUNDS):
        with ThreadPoolExecutor(len(members)) as pool:
            brought = list(pool.map(Member.come_online, members.values()))
        if not any(brought):
            break
    else:
        raise AssertionError("they go on writing")
    check(read_back(collection), [facts for told in seen.values() for facts in told])


def test_the_only_witness_who_looks_in_hours_later_brings_what_only_he_saw(
    members: dict[int, Member], collection: str, read_back: ReadBack
) -> None:
    """The stop that only Cyd saw is counted, and the laps behind it renumbered; Cyd is in no session any more."""
    _, seen = a_race()
    for member, facts in seen.items():
        members[member].see(facts)
    for member in (ADA, BEN):
        members[member].come_online()
    for _ in range(MOST_ROUNDS):
        if not members[CYD].look_in():
            break
    until_quiet([members[ADA], members[BEN]])
    check(read_back(collection), [facts for told in seen.values() for facts in told])
    assert not members[CYD].look_in()
    before = members[CYD].meter.total
    members[CYD].look_in()
    assert members[CYD].meter.total == before, "who owes nothing reads nothing"


def test_a_race_without_a_stop_costs_one_write_a_lap_and_each_is_read_once_by_each(
    members: dict[int, Member], collection: str, read_back: ReadBack
) -> None:
    """The driver's client writes each once, without a look; nobody adds a part, and a look later costs one read."""
    race = Race(8)
    for member in members:
        members[member].see(race.seen_by(member, (0.0, race.end_s)))
    members[ADA].come_online()
    used = members[ADA].meter.total
    assert (used.written, used.commits, used.read) == (race.laps, 1, 0)
    assert used.told <= race.laps, "her own come back while she is there"
    for member in (BEN, CYD):
        assert not members[member].come_online()
        assert members[member].meter.total == Usage(told=race.laps)
    assert read_back(collection).keys() == {str(n) for n in range(1, race.laps + 1)}
    before = members[BEN].meter.total.told
    members[BEN].come_online()
    assert members[BEN].meter.total.told - before <= race.laps, "those with the time stamp of the last commit"
