"""Small texts under a name, in and out of their table."""

from __future__ import annotations

import logging
import sqlite3

from teamtactics.store.tables import codec

log = logging.getLogger(__name__)


def read(connection: sqlite3.Connection, key: str) -> str | None:
    """Return what is kept under *key*; None when there is nothing, or it is damaged."""
    row = connection.execute("SELECT key, value, crc FROM meta WHERE key = ?", (key,)).fetchone()
    if row is not None and row[2] != codec.checksum(*row[:2]):
        log.error("what is kept under %s is damaged in the outbox, it is left out", key)
        return None
    return None if row is None else str(row[1])


def write(connection: sqlite3.Connection, key: str, text: str) -> None:
    """Keep *text* under *key*, within the caller's transaction."""
    row = (key, text, codec.checksum(key, text))
    connection.execute("INSERT OR REPLACE INTO meta (key, value, crc) VALUES (?, ?, ?)", row)
