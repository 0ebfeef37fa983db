"""What else is told of a lap: where it is confirmed, and whether it has become another since it was recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from race.record.paper_race import ADA, BEN, CYD, Race, stop
from teamtactics.contract.documents import lap_document
from teamtactics.contract.facts_text import write_facts
from teamtactics.model.facts import LapFacts
from teamtactics.model.mirror import Mirrored
from teamtactics.model.parcel import FIRESTORE, Document, Parcel, ParcelKind
from teamtactics.race.record.record import Record
from teamtactics.reports.known_laps import KnownSession, Mark, known_laps, known_session
from teamtactics.reports.laps_page import session_page
from teamtactics.store.store import Outbox, OwnLap, StoredSession

NOW = datetime(2026, 11, 28, 13, 0, tzinfo=UTC)
TEAM = "Team@1#2#3"

RACE = Race(8, (stop(380.0, stand_s=30.0, fills=((5.0, 17.0),), changes=((2.0, 4.0, BEN),)),), ADA)
STATE: Document = {
    "SchemaVersion": 1,
    "ClientVersion": "1.0.0",
    "SessionID": 1,
    "SubSessionID": 2,
    "SessionNum": 3,
    "SessionTime": 700.0,
    "CustomerID": BEN,
    "Driver": "Ben",
    "Stint": 2,
    "StintLap": 4,
    "LapCompleted": 8,
    "FuelLevel": 31.0,
}


def seen_by(member: int) -> list[LapFacts]:
    return RACE.seen_by(member, (0.0, RACE.end_s))


def documents() -> dict[int, Document]:
    """The laps as all together know them."""
    record = Record()
    for member in (ADA, BEN):
        record.learn(seen_by(member))
    return {lap.lap_completed: lap_document(lap) for lap in record.completed()}


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox.open(tmp_path / "o.sqlite3", lambda: NOW) as opened:
        yield opened


def begin(
    outbox: Outbox, seen: Sequence[LapFacts] = (), own: Sequence[Document] = (), extra: Sequence[Parcel] = ()
) -> StoredSession:
    session = outbox.begin_session(TEAM, "t", {"IsTeam": True}, NOW)
    parcels = [
        Parcel(ParcelKind.LAP, f"lap/{lap['LapCompleted']}", TEAM, 1.0, str(lap["LapCompleted"]), lap) for lap in own
    ]
    laps = [OwnLap(facts.lap, facts.member, write_facts(facts)) for facts in seen]
    outbox.append(session.id, [*parcels, *extra], checkpoint=None, session_time_s=1.0, utc=NOW, own_laps=laps)
    return outbox.sessions()[0]


def mirror(outbox: Outbox, *laps: Document, **others: Document) -> None:
    named = {str(lap["LapCompleted"]): lap for lap in laps} | others
    base = int(NOW.timestamp()) * 10**9
    outbox.keep_mirror(TEAM, [Mirrored(name, lap, base + n, base + n) for n, (name, lap) in enumerate(named.items())])


def marked(known: KnownSession, mark: Mark) -> list[int]:
    return [lap for lap, found in known.marks.items() if mark in found]


def test_what_the_collection_has_not_confirmed_is_only_here(outbox: Outbox) -> None:
    laps = documents()
    session = begin(outbox, seen_by(ADA), [laps[1], laps[2], laps[3]])
    mirror(outbox, laps[1], laps[2])
    outbox.mark_delivered(FIRESTORE, [outbox.pending(FIRESTORE, 9)[2].seq])
    known = known_session(outbox, session)
    assert [lap["LapCompleted"] for lap in known.laps] == list(range(1, 9))
    assert marked(known, Mark.ONLY_HERE) == [4, 5, 6, 7, 8], "lap 3 is confirmed, though not read back yet"
    assert marked(known, Mark.ONLY_THERE) == []


def test_what_more_is_known_here_waits_though_the_lap_is_there(outbox: Outbox) -> None:
    laps = documents()
    part = Parcel(ParcelKind.PART, "part/2", TEAM, 2.0, f"part 2 {ADA}", laps[2])
    session = begin(outbox, seen_by(ADA), extra=[part])
    mirror(outbox, *laps.values())
    assert marked(known_session(outbox, session), Mark.ONLY_HERE) == [2]
    outbox.mark_delivered(FIRESTORE, [outbox.pending(FIRESTORE, 1)[0].seq])
    assert marked(known_session(outbox, session), Mark.ONLY_HERE) == []


def test_what_is_parked_is_confirmed_nowhere(outbox: Outbox) -> None:
    laps = documents()
    session = begin(outbox, own=[laps[1]])
    outbox.park(FIRESTORE, outbox.pending(FIRESTORE, 1)[0].seq, "refused")
    assert marked(known_session(outbox, session), Mark.ONLY_HERE) == [1]


def test_a_member_who_saw_nothing_has_all_laps_from_the_collection(outbox: Outbox) -> None:
    laps = documents()
    session = begin(outbox)
    mirror(outbox, *laps.values())
    known = known_session(outbox, session)
    assert [dict(lap) for lap in known.laps] == [dict(lap) for lap in laps.values()]
    assert marked(known, Mark.ONLY_THERE) == list(range(1, 9))
    assert known.told_utc == NOW


def test_all_members_see_the_same_page_whoever_drove(tmp_path: Path) -> None:
    """Once all is confirmed: who drove first, who drove last, and who only watched."""
    laps, pages = documents(), []
    for member in (ADA, BEN, CYD):
        with Outbox.open(tmp_path / f"{member}.sqlite3", lambda: NOW) as outbox:
            own = [lap for lap in laps.values() if lap["CustomerID"] == member]
            session = begin(outbox, seen_by(member), own)
            mirror(outbox, *laps.values(), state=STATE, info={"Track": "monza full"})
            outbox.mark_delivered(FIRESTORE, [one.seq for one in outbox.pending(FIRESTORE, 99)])
            known = known_session(outbox, session)
            assert known.marks == {}
            pages.append(session_page(TEAM, known, NOW, zone=UTC))
    assert pages[0] == pages[1] == pages[2]
    assert "Stint 2" in pages[0]
    assert "Ben Ruiz" in pages[0]


def test_a_lap_with_parts_and_one_that_has_become_another_are_amended(outbox: Outbox) -> None:
    laps = documents()
    first = {**laps[5], "FuelUsed": None}
    session = begin(outbox, seen_by(BEN), [laps[4], first])
    mirror(outbox, *laps.values(), **{f"part 2 {ADA}": {"SchemaVersion": 99}})
    known = known_session(outbox, session)
    assert marked(known, Mark.AMENDED) == [2, 5]
    assert known.laps[4]["FuelUsed"] == laps[5]["FuelUsed"]


def test_another_stint_number_or_clock_makes_no_other_lap(outbox: Outbox) -> None:
    laps = documents()
    session = begin(outbox, own=[{**laps[5], "Stint": 1, "StintLap": 5, "Utc": NOW}])
    mirror(outbox, {**laps[5], "Utc": NOW + timedelta(seconds=1)})
    assert marked(known_session(outbox, session), Mark.AMENDED) == []


def test_the_later_state_is_shown_whoever_told_it(outbox: Outbox) -> None:
    session = begin(
        outbox, extra=[Parcel(ParcelKind.STATE, "state", TEAM, 600.0, "state", {**STATE, "SessionTime": 600.0})]
    )
    first = known_session(outbox, session).state
    assert first is not None and first["SessionTime"] == 600.0
    mirror(outbox, state=STATE)
    second = known_session(outbox, session).state
    assert second is not None and (second["SessionTime"], second["FuelLevel"]) == (700.0, 31.0)


def test_a_state_that_makes_no_sense_is_none(outbox: Outbox) -> None:
    session = begin(outbox)
    mirror(outbox, state={**STATE, "FuelLevel": "full"})
    assert known_session(outbox, session).state is None


def test_the_info_is_this_clients_or_else_the_collections(outbox: Outbox) -> None:
    session = begin(outbox)
    assert known_session(outbox, session).info == {}
    mirror(outbox, info={"Track": "spa"})
    assert known_session(outbox, session).info == {"Track": "spa"}
    parcel = Parcel(ParcelKind.INFO, "info/1", TEAM, 0.0, "info", {"Track": "monza full"})
    outbox.append(session.id, [parcel], checkpoint=None, session_time_s=1.0, utc=NOW)
    assert known_session(outbox, session).info == {"Track": "monza full"}


def test_a_collection_that_another_session_has_now_tells_nothing(outbox: Outbox) -> None:
    laps = documents()
    former = begin(outbox, own=[laps[1]])
    outbox.begin_session(TEAM, "another", {"IsTeam": True}, NOW)
    mirror(outbox, *laps.values(), state=STATE)
    known = known_session(outbox, former)
    assert ([lap["LapCompleted"] for lap in known.laps], known.state, known.told_utc) == ([1], None, None)


def test_whoever_asks_gets_the_same_laps(outbox: Outbox) -> None:
    """In one go or one after the other: what is known decides, and not in which order it was learned."""
    laps = documents()
    session = begin(outbox, seen_by(ADA), [laps[1]])
    mirror(outbox, *(replace_fuel(lap) for lap in laps.values()))
    assert known_laps(outbox, session) == list(known_session(outbox, session).laps)
    record = Record()
    record.learn(seen_by(ADA))
    assert [lap["FuelUsed"] for lap in known_laps(outbox, session)][:3] == [
        replace(one).fuel_used_l for one in record.completed()[:3]
    ], "what was seen from the car here stands, whatever the collection lacks"


def replace_fuel(lap: Document) -> Document:
    return {**lap, "FuelUsed": None}


def test_come_to_is_another_value_with_every_change(outbox: Outbox) -> None:
    laps = documents()
    session = begin(outbox, own=[laps[1], laps[2]])
    found = [outbox.come_to(session.id)]

    def is_new() -> bool:
        found.append(outbox.come_to(session.id))
        return found[-1] not in found[:-1]

    assert not is_new()
    mirror(outbox, laps[1])
    assert is_new()
    outbox.mark_delivered(FIRESTORE, [outbox.pending(FIRESTORE, 1)[0].seq])
    assert is_new()
    outbox.append(session.id, [], checkpoint=None, session_time_s=2.0, utc=NOW + timedelta(seconds=1))
    assert is_new()
    outbox.park(FIRESTORE, outbox.pending(FIRESTORE, 1)[0].seq, "refused")
    assert is_new()
    assert outbox.come_to(999) == ()
