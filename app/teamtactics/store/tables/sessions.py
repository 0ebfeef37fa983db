"""Sessions in and out of their table."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from teamtactics.errors import OutboxError
from teamtactics.language import Said
from teamtactics.model.parcel import FIRESTORE, Value
from teamtactics.store.records import SessionCounts, StoredSession
from teamtactics.store.tables import codec

log = logging.getLogger(__name__)

_COLUMNS = "id, collection, token, facts, began_utc, last_utc, last_session_time_s, checkpoint, crc, progress_crc"


def begin(
    connection: sqlite3.Connection, collection: str, token: str, facts: Mapping[str, Value], utc: datetime
) -> StoredSession:
    """Add a session, within the caller's transaction."""
    moment = codec.utc_text(utc)
    identity = (collection, token, codec.to_json(facts), moment)
    number = insert_row(connection, None, identity, (moment, 0.0, None))
    began_utc = codec.utc_from(moment)
    return StoredSession(number, collection, token, dict(facts), began_utc, began_utc, 0.0, None)


def insert_row(
    connection: sqlite3.Connection, number: int | None, identity: Sequence[object], progress: Sequence[object]
) -> int:
    """
    Add a session as it stands in the table, within the caller's transaction.

    Args:
        number: None for the next one.

        identity: Which session it is: the columns up to ``began_utc``.

        progress: How far it has come: the columns from ``last_utc`` to ``checkpoint``.
    """
    cursor = connection.execute(
        "INSERT INTO sessions (id, collection, token, facts, began_utc, last_utc, last_session_time_s, checkpoint)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (number, *identity, *progress),
    )
    given = int(cursor.lastrowid or 0)
    checksums = (codec.checksum(given, *identity), codec.checksum(given, *progress), given)
    connection.execute("UPDATE sessions SET crc = ?, progress_crc = ? WHERE id = ?", checksums)
    return given


def come_to(connection: sqlite3.Connection, session_id: int) -> tuple[object, ...]:
    """Read what is another value when something of a session was recorded, told by the others, or confirmed."""
    query = (
        "SELECT s.last_utc, (SELECT MAX(seq) FROM parcels WHERE session_id = s.id),"
        " (SELECT COUNT(*) FROM mirror WHERE collection = s.collection),"
        " (SELECT MAX(version) FROM mirror WHERE collection = s.collection),"
        " (SELECT COUNT(*) FROM deliveries WHERE sink = ? AND state = 'waiting'),"
        " (SELECT COUNT(*) FROM deliveries WHERE sink = ? AND state = 'parked')"
        " FROM sessions s WHERE s.id = ?"
    )
    row = connection.execute(query, (FIRESTORE, FIRESTORE, session_id)).fetchone()
    return () if row is None else tuple(row)


def latest(connection: sqlite3.Connection, collection: str) -> StoredSession | None:
    """Read the session begun last under *collection*; one that is damaged, or has only parcels left, is nobody's."""
    query = f"SELECT {_COLUMNS} FROM sessions WHERE collection = ? AND token <> '' ORDER BY id DESC"
    rows = connection.execute(query, (collection,)).fetchall()
    return next((_read(row) for row in rows if is_whole(row)), None)


def find(connection: sqlite3.Connection, number: int) -> StoredSession | None:
    """Read the session of that *number*; None where there is none, or one that is damaged."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM sessions WHERE id = ?", (number,)).fetchone()
    return _read(row) if row is not None and is_whole(row) else None


def is_whole(row: Sequence[Any]) -> bool:
    """Whether it is as it was written which session it is; where it was left may be lost all the same."""
    return bool(row[8] == codec.checksum(*row[:5]))


def newest_first(connection: sqlite3.Connection) -> list[StoredSession]:
    """Read all sessions, the one begun last at the front."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM sessions ORDER BY id DESC").fetchall()
    return [_read(row) for row in rows]


def owing(connection: sqlite3.Connection) -> list[StoredSession]:
    """Read the sessions of which something was seen that is not settled, the one begun last at the front."""
    query = (
        f"SELECT {_COLUMNS} FROM sessions WHERE id IN (SELECT session_id FROM lap_facts WHERE is_settled = 0)"
        " ORDER BY id DESC"
    )
    return [_read(row) for row in connection.execute(query).fetchall()]


def touch(
    connection: sqlite3.Connection, session_id: int, checkpoint: str | None, session_time_s: float, utc: datetime
) -> None:
    """
    Note how far the session has come, within the caller's transaction.

    Raises:
        OutboxError: There is no such session.
    """
    progress = (codec.utc_text(utc), float(session_time_s), checkpoint)
    cursor = connection.execute(
        "UPDATE sessions SET last_utc = ?, last_session_time_s = ?, checkpoint = ?, progress_crc = ? WHERE id = ?",
        (*progress, codec.checksum(session_id, *progress), session_id),
    )
    if cursor.rowcount != 1:
        raise OutboxError(
            Said("session {number} is not in the outbox file; it has to be begun again", number=session_id)
        )


def know(connection: sqlite3.Connection, session_id: int, facts: Mapping[str, Value]) -> None:
    """Note what a session is recognised by, in the place of what was noted, within the caller's transaction."""
    query = "SELECT collection, token, began_utc FROM sessions WHERE id = ?"
    collection, token, began_utc = connection.execute(query, (session_id,)).fetchone()
    identity = (collection, token, codec.to_json(facts), began_utc)
    connection.execute(
        "UPDATE sessions SET facts = ?, crc = ? WHERE id = ?",
        (identity[2], codec.checksum(session_id, *identity), session_id),
    )


def counts(connection: sqlite3.Connection) -> dict[int, SessionCounts]:
    """Count laps and waiting parcels of every session; a lap that was seen and came in as a part is one like any."""
    laps = connection.execute(
        "SELECT session_id, COUNT(*) FROM ("
        " SELECT session_id, doc_id FROM parcels WHERE kind = 'lap'"
        " UNION SELECT session_id, CAST(lap AS TEXT) FROM lap_facts f WHERE lap >= 1"
        " AND lap < (SELECT MAX(lap) FROM lap_facts WHERE session_id = f.session_id)"
        ") GROUP BY session_id"
    ).fetchall()
    waiting = connection.execute(
        "SELECT p.session_id, COUNT(DISTINCT d.seq) FROM deliveries d JOIN parcels p ON p.seq = d.seq"
        " WHERE d.state = 'waiting' GROUP BY p.session_id"
    ).fetchall()
    of_laps, of_waiting = dict(laps), dict(waiting)
    return {id_: SessionCounts(of_laps.get(id_, 0), of_waiting.get(id_, 0)) for id_ in {*of_laps, *of_waiting}}


def _read(row: Sequence[Any]) -> StoredSession:
    id_, collection, token, facts, began, last, session_time_s, checkpoint, _, progress_checksum = row
    if progress_checksum != codec.checksum(id_, last, session_time_s, checkpoint):
        log.error("where session %s (%s) was left is damaged in the outbox: it goes on without", id_, collection)
        checkpoint = None
        session_time_s = session_time_s if isinstance(session_time_s, float) else 0.0
    if isinstance(collection, bytes):  # one flipped bit makes bytes of a text
        collection = collection.decode("utf-8", "replace")
    known: Mapping[str, Value] = {}
    try:
        known = codec.document_from(facts)
    except ValueError as error:
        # One flipped bit must not keep the whole session from being recorded: what is not known is left out.
        log.error("the facts of session %s (%s) are damaged in the outbox: %s", id_, collection, error)
    began_utc, last_utc = codec.utc_from(began), codec.utc_from(last)
    return StoredSession(id_, collection, token, known, began_utc, last_utc, session_time_s, checkpoint)
