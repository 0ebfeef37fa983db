"""What this client saw of its sessions' laps, in and out of its table."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from teamtactics.store.records import OwnLap
from teamtactics.store.tables import codec

log = logging.getLogger(__name__)

COLUMNS = "id, session_id, collection, lap, member, facts, is_settled"


def keep(connection: sqlite3.Connection, session_id: int, laps: Iterable[OwnLap]) -> None:
    """Keep *laps* within the caller's transaction; what is there of one makes room for what is known of it now."""
    for lap in laps:
        there = _find(connection, session_id, lap)
        if there is not None and there[5] == lap.facts and is_whole(there):
            continue
        content = (session_id, _collection(connection, session_id), lap.lap, lap.member, lap.facts, int(lap.is_settled))
        insert_row(connection, None if there is None else there[0], content)


def insert_row(connection: sqlite3.Connection, number: int | None, content: Sequence[object]) -> None:
    """
    Add a lap as it stands in the table, within the caller's transaction.

    Args:
        number: None for the next one; one that is there is replaced.

        content: The columns between number and checksum.
    """
    cursor = connection.execute(
        f"INSERT OR REPLACE INTO lap_facts ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", (number, *content)
    )
    given = int(cursor.lastrowid or 0)
    connection.execute("UPDATE lap_facts SET crc = ? WHERE id = ?", (codec.checksum(given, *content), given))


def of_session(connection: sqlite3.Connection, session_id: int) -> list[OwnLap]:
    """Read a session's laps in their order; one whose text is damaged is left out."""
    query = f"SELECT {COLUMNS}, crc FROM lap_facts WHERE session_id = ? ORDER BY lap, member"
    found = []
    for row in connection.execute(query, (session_id,)).fetchall():
        if is_whole(row):
            found.append(OwnLap(row[3], row[4], row[5], bool(row[6])))
        else:
            log.error("what was seen of lap %s of %s is damaged in the outbox, it is left out", row[3], row[2])
    return found


def settle(connection: sqlite3.Connection, session_id: int, laps: Iterable[OwnLap]) -> None:
    """Note, within the caller's transaction, that nothing is owed of *laps*; of one that has grown, something is."""
    for lap in laps:
        there = _find(connection, session_id, lap)
        if there is not None and there[5] == lap.facts and not there[6]:
            insert_row(connection, there[0], (*there[1:6], 1))


def is_whole(row: Sequence[Any]) -> bool:
    """Whether a row of ``COLUMNS`` and checksum is as it was written."""
    return bool(row[-1] == codec.checksum(*row[:-1]))


def _find(connection: sqlite3.Connection, session_id: int, lap: OwnLap) -> tuple[Any, ...] | None:
    query = f"SELECT {COLUMNS}, crc FROM lap_facts WHERE session_id = ? AND lap = ? AND member = ?"
    row: tuple[Any, ...] | None = connection.execute(query, (session_id, lap.lap, lap.member)).fetchone()
    return row


def _collection(connection: sqlite3.Connection, session_id: int) -> str:
    (name,) = connection.execute("SELECT collection FROM sessions WHERE id = ?", (session_id,)).fetchone()
    return str(name)
