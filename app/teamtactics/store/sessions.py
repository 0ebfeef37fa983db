"""Sessions in and out of their table."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from teamtactics.errors import OutboxError
from teamtactics.model.parcel import Value
from teamtactics.store import codec
from teamtactics.store.records import SessionCounts, StoredSession

log = logging.getLogger(__name__)

_COLUMNS = "id, collection, token, facts, began_utc, last_utc, last_session_time_s, checkpoint"


def begin(
    connection: sqlite3.Connection, collection: str, token: str, facts: Mapping[str, Value], utc: datetime
) -> StoredSession:
    """Add a session, within the caller's transaction."""
    moment = codec.utc_text(utc)
    cursor = connection.execute(
        "INSERT INTO sessions (collection, token, facts, began_utc, last_utc, last_session_time_s)"
        " VALUES (?, ?, ?, ?, ?, 0.0)",
        (collection, token, codec.to_json(facts), moment, moment),
    )
    began_utc = codec.utc_from(moment)
    return StoredSession(int(cursor.lastrowid or 0), collection, token, dict(facts), began_utc, began_utc, 0.0, None)


def latest(connection: sqlite3.Connection, collection: str) -> StoredSession | None:
    """Read the session begun last under *collection*."""
    query = f"SELECT {_COLUMNS} FROM sessions WHERE collection = ? ORDER BY id DESC LIMIT 1"
    row = connection.execute(query, (collection,)).fetchone()
    return None if row is None else _read(row)


def newest_first(connection: sqlite3.Connection) -> list[StoredSession]:
    """Read all sessions, the one begun last at the front."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM sessions ORDER BY id DESC").fetchall()
    return [_read(row) for row in rows]


def touch(
    connection: sqlite3.Connection, session_id: int, checkpoint: str | None, session_time_s: float, utc: datetime
) -> None:
    """
    Note how far the session has come, within the caller's transaction.

    Raises:
        OutboxError: There is no such session.
    """
    cursor = connection.execute(
        "UPDATE sessions SET checkpoint = ?, last_session_time_s = ?, last_utc = ? WHERE id = ?",
        (checkpoint, session_time_s, codec.utc_text(utc), session_id),
    )
    if cursor.rowcount != 1:
        raise OutboxError(f"session {session_id} is not in the outbox file; it has to be begun again")


def counts(connection: sqlite3.Connection) -> dict[int, SessionCounts]:
    """Count laps and waiting parcels of every session."""
    laps = connection.execute(
        "SELECT session_id, COUNT(*) FROM parcels WHERE kind = 'lap' GROUP BY session_id"
    ).fetchall()
    waiting = connection.execute(
        "SELECT p.session_id, COUNT(DISTINCT d.seq) FROM deliveries d JOIN parcels p ON p.seq = d.seq"
        " WHERE d.state = 'waiting' GROUP BY p.session_id"
    ).fetchall()
    of_laps, of_waiting = dict(laps), dict(waiting)
    return {id_: SessionCounts(of_laps.get(id_, 0), of_waiting.get(id_, 0)) for id_ in {*of_laps, *of_waiting}}


def _read(row: Sequence[Any]) -> StoredSession:
    id_, collection, token, facts, began, last, session_time_s, checkpoint = row
    known: Mapping[str, Value] = {}
    try:
        known = codec.document_from(facts)
    except ValueError as error:
        # One flipped bit must not keep the whole session from being recorded: what is not known is left out.
        log.error("the facts of session %s (%s) are damaged in the outbox: %s", id_, collection, error)
    began_utc, last_utc = codec.utc_from(began), codec.utc_from(last)
    return StoredSession(id_, collection, token, known, began_utc, last_utc, session_time_s, checkpoint)
