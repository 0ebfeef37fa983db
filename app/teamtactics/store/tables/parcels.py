"""Parcels in and out of their table."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from teamtactics.model.parcel import Document, Message, Parcel, ParcelKind, StoredParcel, sinks_of
from teamtactics.store.records import Appended
from teamtactics.store.tables import codec
from teamtactics.store.tables.merge import Verdict, decide

log = logging.getLogger(__name__)

COLUMNS = (
    "p.seq, p.session_id, p.kind, p.key, p.collection, p.session_time_s, p.recorded_utc, p.doc_id, p.document,"
    " p.message, p.amends, p.crc"
)

_AMENDS = 0
"""What older versions noted of a lap told anew; it says nothing any more."""


def read(row: Sequence[Any]) -> StoredParcel | None:
    """Build a parcel from a row of ``COLUMNS``; None when it is not what was written (a flipped bit)."""
    seq, session_id, kind, key, collection, session_time_s, _, doc_id, document, message, _, checksum = row
    try:
        if checksum != codec.checksum(*row[:-1]):
            raise ValueError("its checksum is wrong")
        parcel = Parcel(
            ParcelKind(kind),
            key,
            collection,
            session_time_s,
            doc_id,
            None if document is None else codec.document_from(document),
            None if message is None else codec.message_from(message),
        )
    except (ValueError, TypeError) as error:
        log.error("parcel %s (%s of %s) is damaged in the outbox: %s", seq, key, collection, error)
        return None
    return StoredParcel(seq, session_id, parcel)


def keep(connection: sqlite3.Connection, session_id: int, parcels: Sequence[Parcel], utc: datetime) -> Appended:
    """Merge *parcels* into the session, each by the rule of ``merge.decide``, within the caller's transaction."""
    stored: dict[str, StoredParcel] = {}
    refused = []
    for parcel in parcels:
        kept = _find(connection, session_id, parcel.key)
        verdict = decide(kept.parcel if kept is not None else None, parcel)
        if verdict is Verdict.REFUSE:
            refused.append(parcel)
        elif verdict is not Verdict.SAME:
            if kept is not None:
                _remove(connection, kept.seq)
            # Popped first: two states in one append, and the key belongs behind what came between them.
            stored.pop(parcel.key, None)
            stored[parcel.key] = _insert(connection, session_id, parcel, codec.utc_text(utc))
    return Appended(tuple(stored.values()), tuple(refused))


def _find(connection: sqlite3.Connection, session_id: int, key: str) -> StoredParcel | None:
    query = f"SELECT {COLUMNS} FROM parcels p WHERE p.session_id = ? AND p.key = ?"
    row = connection.execute(query, (session_id, key)).fetchone()
    if row is None:
        return None
    found = read(row)
    if found is None:
        _remove(connection, row[0])
    return found


def _remove(connection: sqlite3.Connection, seq: int) -> None:
    connection.execute("DELETE FROM parcels WHERE seq = ?", (seq,))


def _insert(connection: sqlite3.Connection, session_id: int, parcel: Parcel, utc_text: str) -> StoredParcel:
    content = (
        session_id,
        parcel.kind.value,
        parcel.key,
        parcel.collection,
        float(parcel.session_time_s),
        utc_text,
        parcel.doc_id,
        None if parcel.document is None else codec.to_json(parcel.document),
        None if parcel.message is None else codec.message_to(parcel.message),
        _AMENDS,
    )
    seq = insert_row(connection, None, content, dict.fromkeys(sinks_of(parcel), ("waiting", utc_text, None)))
    return StoredParcel(seq, session_id, parcel)


def insert_row(
    connection: sqlite3.Connection, seq: int | None, content: Sequence[object], states: Mapping[str, Sequence[object]]
) -> int:
    """
    Add a parcel as it stands in the table, within the caller's transaction.

    Args:
        seq: None for the next number.

        content: The columns between number and checksum.

        states: Of each sink where it stands, since when, and why.
    """
    cursor = connection.execute(
        "INSERT INTO parcels"
        " (seq, session_id, kind, key, collection, session_time_s, recorded_utc, doc_id, document, message, amends)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (seq, *content),
    )
    given = int(cursor.lastrowid or 0)
    connection.execute("UPDATE parcels SET crc = ? WHERE seq = ?", (codec.checksum(given, *content), given))
    connection.executemany(
        "INSERT INTO deliveries (seq, sink, state, changed_utc, reason) VALUES (?, ?, ?, ?, ?)",
        [(given, sink, *state) for sink, state in states.items()],
    )
    return given


def documents(connection: sqlite3.Connection, session_id: int, kind: ParcelKind) -> list[Document]:
    """List the session's documents of *kind* in the order of session time."""
    query = f"SELECT {COLUMNS} FROM parcels p WHERE p.session_id = ? AND p.kind = ? ORDER BY p.session_time_s, p.seq"
    found = [read(row) for row in connection.execute(query, (session_id, kind.value)).fetchall()]
    return [one.parcel.document for one in found if one is not None and one.parcel.document is not None]


def of_session(connection: sqlite3.Connection, session_id: int) -> list[Parcel]:
    """List the session's parcels in the order of recording; one that is damaged is left out."""
    query = f"SELECT {COLUMNS} FROM parcels p WHERE p.session_id = ? ORDER BY p.seq"
    found = [read(row) for row in connection.execute(query, (session_id,)).fetchall()]
    return [one.parcel for one in found if one is not None]


def messages(connection: sqlite3.Connection, session_id: int) -> list[Message]:
    """List the session's messages in the order of recording."""
    query = f"SELECT {COLUMNS} FROM parcels p WHERE p.session_id = ? AND p.message IS NOT NULL ORDER BY p.seq"
    found = [read(row) for row in connection.execute(query, (session_id,)).fetchall()]
    return [one.parcel.message for one in found if one is not None and one.parcel.message is not None]
