"""Growth has a bound: what every sink has had for long enough is removed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from typing import NamedTuple

from teamtactics.store.tables import codec, meta

BATCH = 500
"""Parcels removed in one transaction: a lap that is completed meanwhile waits some milliseconds for the lock."""

FREED_PAGES = 256
"""Pages given back to the disk in one go, for the same reason."""

SEEN_DAYS = 30
_DAYS = "days"


class Bound(NamedTuple):
    """The newest that was there at some moment: what came later is beyond it."""

    seq: int
    session_id: int


EVERYTHING = Bound(2**63 - 1, 2**63 - 1)


def note_day(connection: sqlite3.Connection, day: str) -> Bound:
    """
    Note that the store is in use on *day*; return what was there ``SEEN_DAYS`` such days ago, within the transaction.

    What a clock says once is no evidence: one that was 41 days ahead at log-on made laps of a minute ago look old. By
    counting days on which the store was in use a clock can jump as far as it likes, it is one day.
    """
    try:
        days = [(str(day), int(seq), int(last)) for day, seq, last in json.loads(meta.read(connection, _DAYS) or "[]")]
    except (ValueError, TypeError):
        days = []  # damaged: counted anew, so that everything stays longer
    if not days or days[-1][0] != day:
        query = "SELECT (SELECT COALESCE(MAX(seq), 0) FROM parcels), (SELECT COALESCE(MAX(id), 0) FROM sessions)"
        days = [*days[-SEEN_DAYS:], (day, *connection.execute(query).fetchone())]
        meta.write(connection, _DAYS, json.dumps(days))
    return Bound(*days[0][1:]) if len(days) > SEEN_DAYS else Bound(0, 0)


def oldest_delivered(
    connection: sqlite3.Connection, before_text: str, bound: Bound, sinks: Collection[str], after_seq: int
) -> list[int]:
    """
    List up to ``BATCH`` parcels behind *after_seq* that may go.

    They are within *bound*, were recorded before *before_text*, are delivered to at least one of *sinks*, wait for none
    of them, and are parked nowhere.
    """
    named = ", ".join("?" for _ in sinks)
    query = f"""
        SELECT p.seq FROM parcels p
        WHERE p.recorded_utc < ? AND p.seq > ? AND p.seq <= ?
        AND EXISTS (
            SELECT 1 FROM deliveries d WHERE d.seq = p.seq AND d.state = 'delivered' AND d.sink IN ({named}))
        AND NOT EXISTS (
            SELECT 1 FROM deliveries d WHERE d.seq = p.seq
            AND (d.state = 'parked' OR (d.state = 'waiting' AND d.sink IN ({named}))))
        ORDER BY p.seq LIMIT {BATCH}
    """
    rows = connection.execute(query, (before_text, after_seq, bound.seq, *sinks, *sinks)).fetchall()
    return [seq for (seq,) in rows]


def remove(connection: sqlite3.Connection, seqs: Collection[int]) -> None:
    """Remove these parcels, within the caller's transaction."""
    connection.executemany("DELETE FROM parcels WHERE seq = ?", [(seq,) for seq in seqs])


def forget_sessions(connection: sqlite3.Connection, before_text: str, bound: Bound) -> None:
    """
    Remove old sessions within *bound* that have no parcels left and owe nothing, within the caller's transaction.

    With them goes what was seen of their laps, and what stands in their collections: that is there to be read.

    The newest of each collection stays, some hundred bytes without its checkpoint: it is how the next session under the
    same name is known to be another one.
    """
    empty = (
        "last_utc < ? AND id <= ? AND NOT EXISTS (SELECT 1 FROM parcels p WHERE p.session_id = sessions.id)"
        " AND NOT EXISTS (SELECT 1 FROM lap_facts f WHERE f.session_id = sessions.id AND f.is_settled = 0)"
    )
    over = (before_text, bound.session_id)
    connection.execute(f"DELETE FROM lap_facts WHERE session_id IN (SELECT id FROM sessions WHERE {empty})", over)
    connection.execute(
        "DELETE FROM mirror WHERE collection NOT IN"
        f" (SELECT collection FROM sessions WHERE id NOT IN (SELECT id FROM sessions WHERE {empty}))",
        over,
    )
    connection.execute(
        f"DELETE FROM sessions WHERE {empty}"
        " AND id < (SELECT MAX(id) FROM sessions s WHERE s.collection = sessions.collection)",
        over,
    )
    query = f"SELECT id, last_utc, last_session_time_s FROM sessions WHERE checkpoint IS NOT NULL AND {empty}"
    for number, *progress in connection.execute(query, over).fetchall():
        without = codec.checksum(number, *progress, None)
        connection.execute("UPDATE sessions SET checkpoint = NULL, progress_crc = ? WHERE id = ?", (without, number))


def give_back(connection: sqlite3.Connection) -> bool:
    """Give some free pages back to the disk; True when that did something and there are more."""
    before = _free_pages(connection)
    connection.execute(f"PRAGMA incremental_vacuum({FREED_PAGES})").fetchall()
    return 0 < _free_pages(connection) < before


def _free_pages(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA freelist_count").fetchone()[0])
