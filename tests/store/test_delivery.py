"""Each sink has its own queue; what it refuses is kept with the reason; what all have had for long is removed."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from store.conftest import Clock
from support.parcels import COLLECTION, START, at, event, info, lap, purge, state
from teamtactics.model.parcel import FIRESTORE, PUBSUB, Parcel, ParcelKind
from teamtactics.model.status import SinkCounts
from teamtactics.reports.parked import need
from teamtactics.store.store import Outbox, OwnLap, SessionCounts, StoredSession
from teamtactics.store.tables import pruning
from teamtactics.store.tables.pruning import SEEN_DAYS

BOTH = {FIRESTORE, PUBSUB}


def seqs(outbox: Outbox, sink: str) -> list[int]:
    return [one.seq for one in outbox.pending(sink, 10_000)]


def fill(outbox: Outbox, session: StoredSession) -> None:
    outbox.append(
        session.id, [purge(), info(), lap(1), event(95.0), state(96.0)], checkpoint="c", session_time_s=96.0, utc=at(0)
    )


def test_each_sink_gets_what_has_a_document_or_a_message(outbox: Outbox, session: StoredSession) -> None:
    fill(outbox, session)
    assert [one.parcel.kind.value for one in outbox.pending(FIRESTORE, 9)] == ["purge", "info", "lap", "state"]
    assert [one.parcel.kind.value for one in outbox.pending(PUBSUB, 9)] == ["info", "lap", "event"]


def test_pending_comes_oldest_first_and_no_more_than_asked(outbox: Outbox, session: StoredSession) -> None:
    fill(outbox, session)
    assert [one.parcel.key for one in outbox.pending(FIRESTORE, 2)] == ["purge", "info/a"]
    assert outbox.pending(FIRESTORE, 0) == []
    assert outbox.pending("nowhere", 9) == []


def test_one_sinks_trouble_is_not_the_others(outbox: Outbox, session: StoredSession) -> None:
    fill(outbox, session)
    outbox.mark_delivered(FIRESTORE, seqs(outbox, FIRESTORE))
    assert outbox.pending(FIRESTORE, 9) == []
    assert len(outbox.pending(PUBSUB, 9)) == 3


def test_a_parked_parcel_waits_with_its_reason_until_it_is_let_go(outbox: Outbox, session: StoredSession) -> None:
    fill(outbox, session)
    first, second, *rest = seqs(outbox, FIRESTORE)
    outbox.park(FIRESTORE, second, "too large \ud800")
    assert seqs(outbox, FIRESTORE) == [first, *rest]
    (parked,) = outbox.parked(FIRESTORE)
    assert (parked.stored.seq, parked.reason, parked.parked_utc) == (second, "too large ?", START)
    assert second in seqs(outbox, PUBSUB), "parked at one sink only"
    assert outbox.unpark(PUBSUB) == 0
    assert outbox.unpark(FIRESTORE) == 1
    assert seqs(outbox, FIRESTORE) == [first, second, *rest]
    assert outbox.parked(FIRESTORE) == []


def test_a_delivered_parcel_cannot_be_parked(outbox: Outbox, session: StoredSession) -> None:
    fill(outbox, session)
    seq = seqs(outbox, FIRESTORE)[0]
    outbox.mark_delivered(FIRESTORE, [seq])
    outbox.park(FIRESTORE, seq, "late")
    assert outbox.parked(FIRESTORE) == []


def test_counts_say_where_everything_stands(outbox: Outbox, session: StoredSession) -> None:
    assert outbox.counts().sinks == {FIRESTORE: SinkCounts(), PUBSUB: SinkCounts()}
    fill(outbox, session)
    waiting = seqs(outbox, FIRESTORE)
    outbox.mark_delivered(FIRESTORE, waiting[:2])
    outbox.mark_delivered(FIRESTORE, waiting[:2])
    outbox.mark_delivered(FIRESTORE, [])
    outbox.park(FIRESTORE, waiting[2], "no")
    counts = outbox.counts()
    assert (counts.recorded, counts.recorded_laps) == (5, 1)
    assert counts.sinks == {FIRESTORE: SinkCounts(2, 1, 1), PUBSUB: SinkCounts(0, 3, 0)}
    assert outbox.session_counts() == {session.id: SessionCounts(laps=1, waiting=4)}


def test_laps_that_came_in_as_parts_are_counted_once(outbox: Outbox, session: StoredSession) -> None:
    """Laps 1 to 3 were seen and lap 4 is under way; lap 2 is a part and a lap, lap 3 nothing yet."""
    seen = [OwnLap(number, 7, f"lap {number}") for number in (0, 1, 2, 3, 4)]
    parts = [Parcel(ParcelKind.PART, f"part/2/7/{over}", COLLECTION, 180.0, "part 2 7", {}) for over in (0, 1)]
    outbox.append(session.id, [lap(1), lap(2), *parts], checkpoint=None, session_time_s=1.0, utc=START, own_laps=seen)
    assert outbox.counts().recorded_laps == 3
    assert outbox.session_counts()[session.id].laps == 3
    assert outbox.laps_waiting([FIRESTORE]) == 2
    outbox.mark_delivered(FIRESTORE, seqs(outbox, FIRESTORE)[:2])
    assert outbox.laps_waiting([FIRESTORE]) == 1, "a part of lap 2"


def test_a_parcel_whose_text_is_damaged_does_not_stop_those_behind_it(
    path: Path, outbox: Outbox, session: StoredSession
) -> None:
    fill(outbox, session)
    with sqlite3.connect(path) as other:
        other.execute("UPDATE parcels SET document = '{\"broken', message = x'ff' WHERE kind = 'lap'")
    other.close()
    assert [one.parcel.kind.value for one in outbox.pending(FIRESTORE, 9)] == ["purge", "info", "state"]
    assert [one.parcel.kind.value for one in outbox.pending(PUBSUB, 1)] == ["info"]
    assert outbox.documents(session.id, ParcelKind.LAP) == []
    assert outbox.counts().sinks[FIRESTORE].parked == 1
    again = outbox.append(session.id, [lap(1)], checkpoint=None, session_time_s=1.0, utc=START)
    assert [one.parcel for one in again.stored] == [lap(1)], "what is unreadable gives way to the same lap"
    assert outbox.counts().sinks[FIRESTORE].parked == 0


def test_a_session_that_is_not_as_it_was_written_is_nobodys_and_its_parcels_stay(
    path: Path, outbox: Outbox, session: StoredSession
) -> None:
    fill(outbox, session)
    waiting = outbox.pending(FIRESTORE, 9)
    with sqlite3.connect(path) as other:
        other.execute("UPDATE sessions SET facts = '[', last_utc = 'yesterday'")
    other.close()
    assert outbox.latest_session(COLLECTION) is None
    assert outbox.pending(FIRESTORE, 9) == waiting


@pytest.mark.parametrize("column", ["collection", "token", "facts", "began_utc", "last_utc", "checkpoint"])
def test_a_text_of_a_session_that_one_flipped_bit_made_bytes_of_costs_no_list(
    column: str, path: Path, outbox: Outbox, session: StoredSession
) -> None:
    outbox.append(session.id, [lap(1)], checkpoint="live\nwhere it was", session_time_s=90.0, utc=START)
    with sqlite3.connect(path) as other:
        other.execute(f"UPDATE sessions SET {column} = CAST({column} AS BLOB)")
    other.close()
    (found,) = outbox.sessions()
    assert (found.id, found.collection) == (session.id, COLLECTION)
    assert outbox.latest_session(COLLECTION) in (None, found)


def test_what_is_parked_because_it_is_damaged_is_counted_and_said(
    path: Path, outbox: Outbox, session: StoredSession
) -> None:
    outbox.append(session.id, [lap(1), lap(2), lap(3)], checkpoint=None, session_time_s=1.0, utc=START)
    outbox.park(FIRESTORE, outbox.pending(FIRESTORE, 1)[0].seq, "malformed")
    with sqlite3.connect(path) as other:
        other.execute("UPDATE parcels SET document = 'x' WHERE key IN (?, ?)", (lap(2).key, lap(3).key))
    other.close()
    assert outbox.pending(FIRESTORE, 9) == []
    assert need(outbox, FIRESTORE) == (
        "1 lap does not reach Firestore. It was refused for good: malformed. "
        "The menu has: Try again what was refused. "
        "2 records are damaged in the local store and cannot be sent to Firestore."
    )


def test_where_a_session_was_left_is_forgotten_when_it_is_damaged(
    path: Path, outbox: Outbox, session: StoredSession
) -> None:
    outbox.append(session.id, [lap(1)], checkpoint="where it was", session_time_s=90.0, utc=START)
    with sqlite3.connect(path) as other:
        other.execute("UPDATE sessions SET checkpoint = 'Where it was'")
    other.close()
    found = outbox.latest_session(COLLECTION)
    assert found is not None
    assert (found.id, found.facts, found.checkpoint) == (session.id, session.facts, None)


def test_prune_removes_only_what_is_old_and_delivered(outbox: Outbox, session: StoredSession, clock: Clock) -> None:
    fill(outbox, session)
    clock.now = at(100)
    outbox.append(session.id, [lap(2)], checkpoint="c", session_time_s=180.0, utc=at(100))
    assert outbox.prune(at(50), BOTH) == 0, "nothing is delivered"
    for sink in BOTH:
        outbox.mark_delivered(sink, seqs(outbox, sink))
    assert outbox.prune(at(50), set()) == 0, "no sink is named"
    assert outbox.prune(at(50), BOTH) == 5
    assert [document["LapCompleted"] for document in outbox.documents(session.id, ParcelKind.LAP)] == [2]
    assert outbox.counts().sinks[FIRESTORE] == SinkCounts(confirmed=1)
    assert outbox.sessions()[0].checkpoint == "c"


def test_a_recording_of_years_ago_is_kept_as_long_as_one_of_today(outbox: Outbox, session: StoredSession) -> None:
    outbox.append(session.id, [lap(1)], checkpoint=None, session_time_s=90.0, utc=at(-10 * 365 * 86_400))
    for sink in BOTH:
        outbox.mark_delivered(sink, seqs(outbox, sink))
    assert outbox.prune(at(-30 * 86_400), BOTH) == 0


def deliver_all(outbox: Outbox) -> None:
    for sink in BOTH:
        outbox.mark_delivered(sink, seqs(outbox, sink))


@pytest.mark.parametrize("wrong_by", [timedelta(days=41), timedelta(days=-400), timedelta(days=4000)])
def test_a_clock_that_jumps_takes_nothing_away(
    outbox: Outbox, session: StoredSession, clock: Clock, wrong_by: timedelta
) -> None:
    """Laps recorded minutes ago, then the clock says 41 days later; or it was wrong when they were recorded."""
    right = at(0)
    clock.now = right - wrong_by
    fill(outbox, session)
    deliver_all(outbox)
    for now in (right, right + abs(wrong_by), right):
        assert outbox.prune(now - timedelta(days=30), BOTH, now.date().isoformat()) == 0
    assert outbox.documents(session.id, ParcelKind.LAP)
    assert outbox.sessions()[0].checkpoint is not None


def test_after_thirty_days_of_use_the_old_goes_and_the_new_stays(
    outbox: Outbox, session: StoredSession, clock: Clock
) -> None:
    fill(outbox, session)
    deliver_all(outbox)
    outbox.set_meta("days", "damaged")
    for day in range(SEEN_DAYS):
        clock.now = at(86_400 * (40 + day))
        assert outbox.prune(clock.now - timedelta(days=30), BOTH, clock.now.date().isoformat()) == 0, day
    outbox.append(session.id, [lap(50)], checkpoint="c", session_time_s=900.0, utc=clock.now)
    deliver_all(outbox)
    clock.now += timedelta(days=31)
    assert outbox.prune(clock.now - timedelta(days=30), BOTH, clock.now.date().isoformat()) > 0
    assert [document["LapCompleted"] for document in outbox.documents(session.id, ParcelKind.LAP)] == [50]


def test_prune_asks_only_the_named_sinks(outbox: Outbox, session: StoredSession) -> None:
    """Without a topic nothing is ever delivered to Pub/Sub: laps go all the same, mere messages stay."""
    fill(outbox, session)
    outbox.mark_delivered(FIRESTORE, seqs(outbox, FIRESTORE))
    assert outbox.prune(at(50), {FIRESTORE}) == 4
    assert [one.parcel.kind.value for one in outbox.pending(PUBSUB, 9)] == ["event"]


def test_prune_never_removes_what_is_parked_anywhere(outbox: Outbox, session: StoredSession) -> None:
    fill(outbox, session)
    outbox.mark_delivered(FIRESTORE, seqs(outbox, FIRESTORE))
    for seq in seqs(outbox, PUBSUB):
        outbox.park(PUBSUB, seq, "no")
    assert outbox.prune(at(50), {FIRESTORE}) == 2, "purge and state have no message"
    assert len(outbox.parked(PUBSUB)) == 3


def test_a_seq_is_never_given_twice_even_after_the_last_was_pruned(outbox: Outbox, session: StoredSession) -> None:
    fill(outbox, session)
    last = max(seqs(outbox, FIRESTORE))
    for sink in BOTH:
        outbox.mark_delivered(sink, seqs(outbox, sink))
    outbox.prune(at(50), BOTH)
    (new,) = outbox.append(session.id, [lap(9)], checkpoint=None, session_time_s=1.0, utc=at(60)).stored
    assert new.seq > last


def test_old_empty_sessions_are_forgotten_but_the_newest_of_a_name(outbox: Outbox, session: StoredSession) -> None:
    newer = outbox.begin_session(COLLECTION, "second", {}, at(10))
    assert [one.id for one in outbox.sessions()] == [newer.id, session.id]
    outbox.append(newer.id, [], checkpoint="c", session_time_s=1.0, utc=at(20))
    outbox.prune(at(5), BOTH)
    assert [one.id for one in outbox.sessions()] == [newer.id]
    outbox.prune(at(50), BOTH)
    (left,) = outbox.sessions()
    assert (left.id, left.checkpoint) == (newer.id, None)


@pytest.mark.slow
def test_growth_is_bounded(path: Path, outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times the same race, pruned after each: the file is no larger than after the first."""
    monkeypatch.setattr(pruning, "BATCH", 30)
    sizes = []
    for race in range(10):
        session = outbox.begin_session(f"race {race}", "t", {}, at(race))
        parcels = [lap(number, collection=f"race {race}", Note="x" * 1500) for number in range(1, 101)]
        outbox.append(session.id, parcels, checkpoint="c" * 2000, session_time_s=1.0, utc=at(race))
        sizes.append(path.stat().st_size)
        for sink in BOTH:
            outbox.mark_delivered(sink, seqs(outbox, sink))
        assert outbox.prune(at(race) + timedelta(seconds=0.5), BOTH) == 100
    assert max(sizes) <= sizes[0] + 8192
    assert path.stat().st_size < sizes[0] / 4, "the space is given back to the disk"


def test_the_newest_state_does_not_let_the_file_grow(path: Path, outbox: Outbox, session: StoredSession) -> None:
    outbox.append(session.id, [state(0.0, Note="x" * 1000)], checkpoint="c", session_time_s=1.0, utc=START)
    size = path.stat().st_size
    for second in range(1, 60):
        outbox.append(
            session.id, [state(float(second), Note="x" * 1000)], checkpoint="c", session_time_s=1.0, utc=START
        )
    assert path.stat().st_size <= size + 8192
