"""What was seen here and what stands in the collection: kept together with the rest, and never half."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from store.conftest import Clock
from support.parcels import COLLECTION, START, at, lap, purge
from teamtactics.errors import OutboxError
from teamtactics.model.mirror import NOTHING_KNOWN, Known, Mirrored, Removed
from teamtactics.model.parcel import FIRESTORE, PUBSUB
from teamtactics.store.store import Outbox, OwnLap, StoredSession
from teamtactics.store.tables import codec, schema

SINKS = (FIRESTORE, PUBSUB)
LONG = timedelta(days=40)


def seen(number: int, facts: str = "{}", member: int = 7) -> OwnLap:
    return OwnLap(number, member, facts)


def told(number: int, version: int, **fields: int) -> Mirrored:
    return Mirrored(str(number), {"LapCompleted": number, **fields}, version, version - 1)


def keep(outbox: Outbox, session: StoredSession, *laps: OwnLap, at_s: float = 1.0) -> None:
    outbox.append(session.id, [], checkpoint="c", session_time_s=at_s, utc=START, own_laps=laps)


def test_what_was_seen_is_there_after_a_restart_and_the_newest_text_of_a_lap_counts(
    path: Path, outbox: Outbox, session: StoredSession
) -> None:
    keep(outbox, session, seen(2), seen(1, '{"a":1}'), seen(1, "{}", member=8))
    keep(outbox, session, seen(1, '{"a":1,"b":2}'))
    outbox.close()
    with Outbox.open(path, lambda: START) as again:
        assert again.own_laps(session.id) == [seen(1, '{"a":1,"b":2}'), seen(1, "{}", 8), seen(2)]
        assert again.own_laps(session.id + 1) == []


def test_what_was_seen_and_the_checkpoint_are_written_together_or_not_at_all(
    outbox: Outbox, session: StoredSession
) -> None:
    keep(outbox, session, seen(1))
    with pytest.raises(OutboxError):
        outbox.append(99, [], checkpoint="x", session_time_s=2.0, utc=START, own_laps=[seen(2)])
    assert [one.lap for one in outbox.own_laps(session.id)] == [1]


def test_a_session_owes_until_all_its_laps_are_settled_and_again_when_more_was_seen(
    outbox: Outbox, session: StoredSession
) -> None:
    keep(outbox, session, seen(1), seen(2))
    assert [one.id for one in outbox.owing()] == [session.id]
    outbox.settle(session.id, [seen(1)])
    assert [one.is_settled for one in outbox.own_laps(session.id)] == [True, False]
    outbox.settle(session.id, [seen(2)])
    assert outbox.owing() == []
    keep(outbox, session, seen(1), seen(2))
    assert outbox.owing() == [], "the same again is nothing new"
    keep(outbox, session, seen(2, '{"more":1}'))
    assert [one.id for one in outbox.owing()] == [session.id]
    outbox.settle(session.id, [seen(2)])
    assert [one.id for one in outbox.owing()] == [session.id], "what was found settled is not what is there now"


def test_the_mirror_is_there_after_a_restart_the_later_version_of_each_document(path: Path, outbox: Outbox) -> None:
    outbox.keep_mirror("c", [told(2, 20), told(1, 30)], 29, outbox.generation)
    outbox.keep_mirror("c", [told(1, 10, Stint=9), told(3, 40)])
    outbox.keep_mirror("other", [told(1, 5)])
    outbox.close()
    with Outbox.open(path, lambda: START) as again:
        assert again.mirror("c") == Known((told(2, 20), told(1, 30), told(3, 40)), 29)
        assert again.mirror("other") == Known((told(1, 5),), None)
        assert again.mirror("nobody's") == NOTHING_KNOWN


def test_what_was_removed_is_gone_unless_it_was_written_again(outbox: Outbox) -> None:
    outbox.keep_mirror("c", [told(1, 10), told(2, 50), Removed("1", 20), Removed("2", 20), Removed("9", 20)])
    assert outbox.mirror("c").documents == (told(2, 50),)


def test_the_cursor_never_goes_back(outbox: Outbox) -> None:
    for cursor in (5, 3, 7):
        outbox.keep_mirror("c", [], cursor, outbox.generation)
    assert outbox.mirror("c").cursor == 7


def test_no_cursor_comes_into_a_file_that_lacks_what_lies_before_it(path: Path, outbox: Outbox) -> None:
    """The file was lost between two writes: with the cursor in the new one the first document would be missed."""
    generation = outbox.generation
    outbox.keep_mirror("c", [told(1, 10)], 9, generation)
    path.unlink()
    outbox.keep_mirror("c", [told(2, 20)], 19, generation)
    assert outbox.generation > generation
    assert told(2, 20) in outbox.mirror("c").documents
    assert outbox.mirror("c").cursor is None


def test_a_flipped_bit_in_the_mirror_costs_reading_it_again_and_no_word(path: Path, outbox: Outbox) -> None:
    outbox.keep_mirror("c", [told(1, 10), told(2, 20)], 19, outbox.generation)
    outbox.close()
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("""UPDATE mirror SET document = '{"LapCompleted":7}' WHERE doc_id = '2'""")
    with Outbox.look(path, lambda: START) as beside:
        assert beside.mirror("c") == Known((told(1, 10),), None), "nothing is certain"
    with Outbox.open(path, lambda: START) as again:
        assert again.mirror("c") == Known((told(1, 10),), None)
        assert again.needs == ()
        again.keep_mirror("c", [told(2, 20)], 19, again.generation)
        assert again.mirror("c") == Known((told(1, 10), told(2, 20)), 19)


def test_a_flipped_bit_in_what_was_seen_is_said_and_never_told_as_something_else(
    path: Path, outbox: Outbox, session: StoredSession
) -> None:
    keep(outbox, session, seen(1, '{"a":1}'), seen(2))
    outbox.close()
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("""UPDATE lap_facts SET facts = '{"a":3}' WHERE lap = 1""")
    with Outbox.look(path, lambda: START) as beside:
        assert beside.own_laps(session.id) == [seen(2)]
    with Outbox.open(path, lambda: START) as again:
        assert again.own_laps(session.id) == [seen(2)]
        (need,) = again.needs
        assert "what was seen of 1 laps" in need
        keep(again, session, seen(1, '{"a":4}'))
        assert again.own_laps(session.id)[0].facts == '{"a":4}'


def test_what_was_seen_is_saved_out_of_a_broken_file_and_the_mirror_is_left_behind(
    path: Path, outbox: Outbox, session: StoredSession
) -> None:
    """The mirror stands in the collection; with a cursor and a hole in it, a document would be missed for ever."""
    lone = outbox.begin_session("lone", "t", {}, START)
    keep(outbox, session, *(seen(number, '{"x":"' + "y" * 6000 + '"}') for number in range(1, 9)))
    keep(outbox, lone, seen(1))
    outbox.settle(session.id, [seen(3, '{"x":"' + "y" * 6000 + '"}')])
    outbox.keep_mirror("c", [told(1, 10)], 9, outbox.generation)
    before, of_lone = outbox.own_laps(session.id), outbox.own_laps(lone.id)
    outbox.close()
    content = bytearray(path.read_bytes())
    content[100:4096] = bytes(3996)  # the schema
    path.write_bytes(content)
    with Outbox.open(path, lambda: START) as again:
        assert again.damaged_moved_to is not None
        assert again.own_laps(session.id) == before
        assert again.own_laps(lone.id) == of_lone
        assert [one.collection for one in again.owing()] == ["lone", COLLECTION]
        assert again.mirror("c") == NOTHING_KNOWN


def test_what_was_seen_of_a_session_that_is_lost_still_has_its_collection(path: Path, outbox: Outbox) -> None:
    begun = outbox.begin_session("c", "t", {}, START)
    keep(outbox, begun, seen(1))
    outbox.close()
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("PRAGMA foreign_keys = OFF")
        other.execute("PRAGMA secure_delete = ON")
        other.execute("DELETE FROM sessions")
    content = bytearray(path.read_bytes())
    content[100:4096] = bytes(3996)
    path.write_bytes(content)
    with Outbox.open(path, lambda: START) as again:
        assert [(one.id, one.collection, one.token) for one in again.owing()] == [(begun.id, "c", "")]


def test_an_old_session_goes_with_its_laps_and_its_mirror_but_not_while_it_owes(
    outbox: Outbox, session: StoredSession, clock: Clock
) -> None:
    later = outbox.begin_session(COLLECTION, "t", {}, START)
    other = outbox.begin_session("other", "t", {}, START)
    for one in (session, later, other):
        keep(outbox, one, seen(1))
    outbox.keep_mirror(COLLECTION, [told(1, 10)], 9, outbox.generation)
    outbox.keep_mirror("other", [told(1, 10)], 9, outbox.generation)
    outbox.settle(session.id, [seen(1)])
    outbox.settle(other.id, [seen(1)])
    clock.now = START + LONG
    outbox.prune(START + LONG / 2, SINKS)
    assert [one.id for one in outbox.sessions()] == [other.id, later.id]
    assert outbox.own_laps(later.id) == [seen(1)]
    assert outbox.own_laps(other.id) == []
    assert outbox.mirror(COLLECTION).cursor == 9, "what is owed is compared with it"
    assert outbox.mirror("other") == NOTHING_KNOWN
    outbox.settle(later.id, [seen(1)])
    outbox.prune(START + LONG / 2, SINKS)
    assert outbox.own_laps(later.id) == []
    assert outbox.mirror(COLLECTION) == NOTHING_KNOWN


def test_the_mirror_of_a_session_of_today_is_not_pruned(outbox: Outbox, session: StoredSession, clock: Clock) -> None:
    clock.now = START + LONG
    outbox.append(session.id, [lap(1)], checkpoint=None, session_time_s=1.0, utc=clock.now)
    outbox.keep_mirror(COLLECTION, [told(1, 10)], 9, outbox.generation)
    outbox.prune(START + LONG / 2, SINKS)
    assert outbox.mirror(COLLECTION) == Known((told(1, 10),), 9)


def test_another_session_under_an_old_name_begins_without_the_old_ones_mirror(outbox: Outbox) -> None:
    outbox.keep_mirror(COLLECTION, [told(1, 10)], 9, outbox.generation)
    outbox.begin_session(COLLECTION, "t/2", {}, at(1), [purge()])
    assert outbox.mirror(COLLECTION) == NOTHING_KNOWN


def test_a_file_from_before_there_was_a_mirror_keeps_all_and_gets_one(path: Path) -> None:
    path.parent.mkdir(parents=True)
    utc = codec.utc_text(START)
    with closing(sqlite3.connect(path, isolation_level=None)) as former:
        schema.bring_up_to_date(former, schema.MIGRATIONS[:4])
        row = (1, "c", "t", "{}", utc, utc, 0.0, "checkpoint")
        sums = (codec.checksum(*row[:5]), codec.checksum(1, *row[5:]))
        former.execute("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, *sums))
    with Outbox.open(path, lambda: START) as outbox:
        (session,) = outbox.sessions()
        assert session.checkpoint == "checkpoint"
        keep(outbox, session, seen(1))
        outbox.keep_mirror("c", [told(1, 10)], 9, outbox.generation)
        assert outbox.own_laps(1) == [seen(1)]
        assert outbox.mirror("c").cursor == 9
