"""What is kept, what replaces what, and that it comes back exactly as it went in."""

from __future__ import annotations

import math
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.parcels import COLLECTION, START, at, event, info, lap, purge, state
from teamtactics.errors import OutboxError
from teamtactics.model.parcel import FIRESTORE, PUBSUB, Parcel, ParcelKind
from teamtactics.store.store import Appended, Outbox, StoredSession
from teamtactics.store.tables import codec


def append(outbox: Outbox, session: StoredSession, *parcels: Parcel, checkpoint: str | None = "{}") -> Appended:
    return outbox.append(session.id, parcels, checkpoint=checkpoint, session_time_s=90.0, utc=at(90))


def keys(found: Sequence[object]) -> list[str]:
    return [one.parcel.key for one in found]  # type: ignore[attr-defined]  # StoredParcel or ParkedParcel.stored


def test_checkpoint_and_parcels_are_there_after_reopening(path: Path, outbox: Outbox, session: StoredSession) -> None:
    append(outbox, session, info(), lap(1), checkpoint='{"lap": 1}')
    outbox.close()
    with Outbox.open(path, lambda: START) as again:
        found = again.latest_session(COLLECTION)
        assert found is not None
        assert found.checkpoint == '{"lap": 1}'
        assert (found.last_session_time_s, found.last_utc, found.began_utc) == (90.0, at(90), START)
        assert found.facts == {"SessionID": 118486868, "Source": "live"}
        assert keys(again.pending(FIRESTORE, 9)) == ["info/a", "lap/1"]
        assert again.damaged_moved_to is None


def test_a_checkpoint_can_be_written_alone_and_taken_away(outbox: Outbox, session: StoredSession) -> None:
    assert append(outbox, session, checkpoint="x") == Appended((), ())
    assert outbox.sessions()[0].checkpoint == "x"
    append(outbox, session, checkpoint=None)
    assert outbox.sessions()[0].checkpoint is None


def test_the_latest_session_of_a_collection_is_the_one_begun_last(outbox: Outbox, session: StoredSession) -> None:
    other = outbox.begin_session("solo@car#track#0", "t", {}, START)
    again = outbox.begin_session(COLLECTION, "new", {}, at(5))
    assert outbox.latest_session(COLLECTION) == again
    assert outbox.latest_session("solo@car#track#0") == other
    assert outbox.latest_session("nobody") is None
    assert [one.id for one in outbox.sessions()] == [again.id, other.id, session.id]


def test_the_same_parcel_again_changes_nothing(outbox: Outbox, session: StoredSession) -> None:
    parcels = (purge(), info(), lap(1), event(3.0), state(90.0))
    first = append(outbox, session, *parcels)
    assert [one.parcel for one in first.stored] == list(parcels)
    outbox.mark_delivered(FIRESTORE, [one.seq for one in first.stored])
    assert append(outbox, session, *parcels) == Appended((), ())
    assert outbox.pending(FIRESTORE, 9) == []
    assert keys(outbox.pending(PUBSUB, 9)) == ["info/a", "lap/1", "event/pitEnter/3.0"]


def test_the_same_key_in_another_session_is_another_parcel(outbox: Outbox, session: StoredSession) -> None:
    append(outbox, session, lap(1))
    tomorrow = outbox.begin_session(COLLECTION, "tomorrow", {}, START)
    assert len(append(outbox, tomorrow, lap(1)).stored) == 1


def test_the_same_fact_by_another_look_at_the_clock_changes_nothing(outbox: Outbox, session: StoredSession) -> None:
    """What a crash lets a client tell again has a Utc of its own; the first one stays, in lap, state and message."""
    first, again = (
        (lap(1, Utc=at(90 + off)), event(3.0, Utc=f"2026-03-01T12:01:{off}Z"), state(90.0, Utc=at(90 + off)))
        for off in (0.0, 0.016)
    )
    append(outbox, session, *first)
    assert append(outbox, session, *again) == Appended((), ())
    assert [one.parcel for one in outbox.pending(FIRESTORE, 9)] == [first[0], first[2]]


MOMENTS = st.datetimes(timezones=st.just(UTC) | st.just(timezone(timedelta(hours=-5))))
SETTINGS = st.dictionaries(
    st.from_regex(r"dc[A-Za-z0-9]+", fullmatch=True), st.booleans() | st.integers() | st.floats()
)


@given(utc=MOMENTS, in_car=SETTINGS)
def test_moments_and_settings_come_back_exactly(utc: datetime, in_car: dict[str, bool | int | float]) -> None:
    text = codec.to_json({"Utc": utc, "InCar": in_car, "Driver": "$utc", "Gap": None})
    assert text.isascii()
    found: Any = codec.document_from(text)
    assert (found["Utc"], found["Driver"], found["Gap"]) == (utc, "$utc", None)
    assert found["Utc"].tzinfo is UTC
    assert repr(found["InCar"]) == repr(in_car)


def test_a_document_from_before_the_moments_is_read_as_it_was() -> None:
    assert codec.document_from('{"LapCompleted":1,"FuelLevel":30.0}') == {"LapCompleted": 1, "FuelLevel": 30.0}


@pytest.mark.parametrize("text", ['{"Utc":{"$utc":"soon"}}', '{"Utc":{"$utc":7}}', '{"Utc":{"$utc":null}}'])
def test_a_damaged_moment_is_a_damaged_document(text: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        codec.document_from(text)


@pytest.mark.parametrize(
    ("kept", "new"),
    [
        (lap(1), lap(1, LapLastLapTime=80.0)),
        (lap(1, CustomerID=7, LapLastLapTime=None), lap(1, CustomerID=7, LapLastLapTime=80.0)),
        (lap(1, "teammate"), lap(1)),
        (info(), replace(info(), document={"TeamName": "b"})),
        (event(3.0), event(3.0, FuelLevel=1.0)),
        (state(90.0), state(89.0)),
        (lap(1, Gap=1), lap(1, Gap=1.0)),
        (lap(1, Gap=1), lap(1, Gap=True)),
    ],
)
def test_what_is_recorded_stays(outbox: Outbox, session: StoredSession, kept: Parcel, new: Parcel) -> None:
    append(outbox, session, kept)
    result = append(outbox, session, new)
    assert result == Appended((), (new,))
    assert next(one.parcel for one in (*outbox.pending(FIRESTORE, 9), *outbox.pending(PUBSUB, 9))) == kept


def test_an_announcement_moves_nothing_else_and_is_kept_once(
    path: Path, outbox: Outbox, session: StoredSession
) -> None:
    append(outbox, session, lap(1), checkpoint="mine")
    before = outbox.sessions()
    assert outbox.announce(session.id, event(500.0, "lap"))
    assert not outbox.announce(session.id, event(500.0, "lap"))
    assert not outbox.announce(session.id, event(500.0, "lap", FuelLevel=1.0)), "the first one is on its way"
    assert outbox.sessions() == before
    assert keys(outbox.pending(PUBSUB, 9)) == ["lap/1", "event/lap/500.0"]
    assert keys(outbox.pending(FIRESTORE, 9)) == ["lap/1"]
    outbox.close()
    with Outbox.open(path, lambda: START) as again:
        assert keys(again.pending(PUBSUB, 9)) == ["lap/1", "event/lap/500.0"]


def test_an_announcement_for_a_session_that_is_gone_is_an_error(outbox: Outbox, session: StoredSession) -> None:
    """The file was damaged and begun anew meanwhile; nothing is filed under another session."""
    with pytest.raises(OutboxError):
        outbox.announce(session.id + 1, event(500.0, "lap"))


def test_only_the_newest_state_is_kept_and_stays_behind_the_laps_before_it(
    outbox: Outbox, session: StoredSession
) -> None:
    append(outbox, session, state(10.0))
    append(outbox, session, lap(1), state(90.0))
    append(outbox, session, lap(2), state(180.0), state(180.0, Stint=2), lap(3))
    assert keys(outbox.pending(FIRESTORE, 9)) == ["lap/1", "lap/2", "state", "lap/3"]
    assert outbox.documents(session.id, ParcelKind.STATE) == [{"SessionTime": 180.0, "Stint": 2}]
    assert outbox.counts().recorded == 4


def test_two_states_in_one_append_are_reported_as_the_one_that_stands(outbox: Outbox, session: StoredSession) -> None:
    result = append(outbox, session, state(1.0), lap(1), state(2.0))
    assert keys(result.stored) == ["lap/1", "state"]
    assert list(result.stored) == outbox.pending(FIRESTORE, 9)


def test_marking_a_state_that_was_replaced_while_on_its_way_is_harmless(outbox: Outbox, session: StoredSession) -> None:
    on_its_way = append(outbox, session, state(1.0)).stored[0]
    append(outbox, session, state(2.0))
    outbox.mark_delivered(FIRESTORE, [on_its_way.seq])
    outbox.park(FIRESTORE, on_its_way.seq, "too large")
    assert [one.parcel for one in outbox.pending(FIRESTORE, 9)] == [state(2.0)]
    assert outbox.parked(FIRESTORE) == []


def test_an_unknown_session_is_refused_and_nothing_is_written(outbox: Outbox, session: StoredSession) -> None:
    with pytest.raises(OutboxError, match="session 99 is not in the outbox"):
        outbox.append(99, [lap(1)], checkpoint=None, session_time_s=0.0, utc=START)
    assert outbox.counts().recorded == 0
    assert append(outbox, session, lap(1)).stored


def test_a_moment_without_time_zone_is_refused(outbox: Outbox, session: StoredSession) -> None:
    with pytest.raises(ValueError, match="time zone"):
        outbox.append(session.id, [lap(1)], checkpoint=None, session_time_s=0.0, utc=START.replace(tzinfo=None))
    assert outbox.counts().recorded == 0


values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=()))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=st.dictionaries(st.text(max_size=8), values, max_size=6))
def test_every_value_comes_back_bit_by_bit_and_of_its_own_type(outbox: Outbox, document: dict[str, object]) -> None:
    session = outbox.begin_session(COLLECTION, "t", {}, START)
    data = {"payload": document, "nested": {"list": [1, 1.0, None]}}
    parcel = lap(1)
    parcel = type(parcel)(
        parcel.kind,
        parcel.key,
        parcel.collection,
        0.1 + 0.2,
        "1",
        document,  # type: ignore[arg-type]  # values are of the right types
        type(parcel.message)("i", "lap", data),  # type: ignore[misc]  # Message, never None here
    )
    outbox.append(session.id, [parcel], checkpoint=None, session_time_s=0.0, utc=START)
    back = next(one for one in outbox.pending(PUBSUB, 1000) if one.session_id == session.id).parcel
    assert back.session_time_s == 0.1 + 0.2
    assert back.document is not None
    assert back.message is not None
    assert list(back.document) == list(document)
    for key, value in document.items():
        assert _is_same(back.document[key], value)
    assert str(back.message.data["nested"]) == str(data["nested"])
    outbox.mark_delivered(PUBSUB, [one.seq for one in outbox.pending(PUBSUB, 1000)])
    assert outbox.append(session.id, [parcel], checkpoint=None, session_time_s=0.0, utc=START) == Appended((), ())


def _is_same(a: object, b: object) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return (math.isnan(a) and math.isnan(b)) or a.hex() == b.hex()
    return type(a) is type(b) and a == b


def test_readers_give_documents_by_session_time_and_messages_as_recorded(
    outbox: Outbox, session: StoredSession
) -> None:
    append(outbox, session, lap(2), lap(1), event(3.0), state(9.0))
    laps = [document["LapCompleted"] for document in outbox.documents(session.id, ParcelKind.LAP)]
    assert laps == [1, 2]
    assert [message.type for message in outbox.messages(session.id)] == ["lap", "lap", "pitEnter"]


def test_small_texts_are_kept_by_key(path: Path, outbox: Outbox) -> None:
    assert outbox.meta("tray") is None
    outbox.set_meta("tray", '{"told": true}')
    outbox.set_meta("tray", '{"told": false}')
    outbox.close()
    with Outbox.open(path, lambda: START) as again:
        assert again.meta("tray") == '{"told": false}'


def test_a_closed_outbox_says_so(outbox: Outbox) -> None:
    outbox.close()
    outbox.close()
    with pytest.raises(OutboxError, match="closed"):
        outbox.counts()


def test_every_commit_is_synced_to_the_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """synchronous FULL (2) with a truncated rollback journal: what `append` promises rests on these two settings."""
    opened: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def spy(*args: object, **named: object) -> sqlite3.Connection:
        opened.append(connect(*args, **named))  # type: ignore[call-overload]  # handed on as it came
        return opened[-1]

    monkeypatch.setattr(sqlite3, "connect", spy)
    with Outbox.open(path, lambda: START):
        assert len(opened) == 1, "one connection, whatever the threads"
        assert opened[0].execute("PRAGMA synchronous").fetchone() == (2,)
        assert opened[0].execute("PRAGMA journal_mode").fetchone() == ("truncate",)
        assert opened[0].execute("PRAGMA foreign_keys").fetchone() == (1,)


def test_threads_appending_delivering_and_counting_do_not_disturb_each_other(
    outbox: Outbox, session: StoredSession
) -> None:
    laps, failures = 60, []

    def collect() -> None:
        for number in range(1, laps + 1):
            append(outbox, session, lap(number), state(number * 90.0))

    def deliver(sink: str) -> None:
        delivered = 0
        while delivered < laps:
            found = outbox.pending(sink, 7)
            delivered += sum(one.parcel.kind is ParcelKind.LAP for one in found)
            outbox.mark_delivered(sink, [one.seq for one in found])
            outbox.counts()

    def watched(work: object, *args: object) -> None:
        try:
            work(*args)  # type: ignore[operator]  # one of the two above
        except BaseException as error:
            failures.append(error)
            raise

    threads = [
        threading.Thread(target=watched, args=(collect,)),
        threading.Thread(target=watched, args=(deliver, FIRESTORE)),
        threading.Thread(target=watched, args=(deliver, PUBSUB)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert not any(thread.is_alive() for thread in threads)
    counts = outbox.counts()
    assert counts.recorded_laps == laps
    assert counts.sinks[PUBSUB].confirmed == laps
    assert counts.sinks[PUBSUB].waiting == 0


def test_a_thread_that_died_in_the_middle_of_a_transaction_is_in_nobodys_way(
    path: Path, outbox: Outbox, session: StoredSession
) -> None:
    """Between the first word of a transaction and the block that undoes it, or while that does."""
    connection = outbox._database._connection
    assert connection is not None
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("DELETE FROM sessions")
    assert [each.id for each in outbox.sessions()] == [session.id], "what was not committed is not there"
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("DELETE FROM sessions")
    append(outbox, session, lap(1))
    with Outbox.open(path, outbox._database._utc_now) as again:
        assert len(again.documents(session.id, ParcelKind.LAP)) == 1
