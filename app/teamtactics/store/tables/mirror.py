"""
What stands in the sessions' collections, as far as it was told, in and out of its table.

Nothing here is lost with the file: it stands in the collection. What is damaged is dropped, and the cursor with it, so
that everything is asked for again.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from teamtactics.model.mirror import Known, Mirrored, Removed
from teamtactics.model.parcel import Document
from teamtactics.store.tables import codec

log = logging.getLogger(__name__)

_CURSOR = ""
"""The id under which a collection's cursor is kept: no document has it."""


def keep(connection: sqlite3.Connection, collection: str, words: Iterable[Mirrored | Removed]) -> None:
    """Keep what has become of documents, within the caller's transaction; of two versions the later one stays."""
    for word in words:
        there = _version(connection, collection, word.doc_id)
        if there is not None and there >= word.version:
            continue
        if isinstance(word, Removed):
            connection.execute("DELETE FROM mirror WHERE collection = ? AND doc_id = ?", (collection, word.doc_id))
        else:
            text = codec.to_json(_storable(word.document))
            _insert(connection, (collection, word.doc_id, word.version, word.updated, text))


def reached(connection: sqlite3.Connection, collection: str, cursor: int) -> None:
    """Note, within the caller's transaction, up to where nothing is missing; it never goes back."""
    there = _version(connection, collection, _CURSOR)
    if there is None or there < cursor:
        _insert(connection, (collection, _CURSOR, cursor, cursor, "{}"))


def known(connection: sqlite3.Connection, collection: str) -> Known:
    """Read what is known of *collection*, in the order in which it was updated."""
    query = (
        "SELECT collection, doc_id, version, updated, document, crc FROM mirror WHERE collection = ?"
        " ORDER BY updated, doc_id"
    )
    rows = connection.execute(query, (collection,)).fetchall()
    found = [read(row) for row in rows]
    documents = tuple(one for one in found if one is not None and one.doc_id != _CURSOR)
    cursor = next((one.updated for one in found if one is not None and one.doc_id == _CURSOR), None)
    return Known(documents, None if None in found else cursor)


def forget(connection: sqlite3.Connection, collection: str) -> None:
    """Forget a collection, within the caller's transaction: all of it will be told again."""
    connection.execute("DELETE FROM mirror WHERE collection = ?", (collection,))


def forget_damaged(connection: sqlite3.Connection, rows: Sequence[int]) -> None:
    """Drop damaged rows, within the caller's transaction; of which collections they were is not known any more."""
    connection.executemany("DELETE FROM mirror WHERE rowid = ?", [(row,) for row in rows])
    connection.execute("DELETE FROM mirror WHERE doc_id = ?", (_CURSOR,))


def read(row: Sequence[Any]) -> Mirrored | None:
    """Build a document from a row; None when it is not what was written (a flipped bit)."""
    collection, doc_id, version, updated, document, checksum = row
    try:
        if checksum != codec.checksum(*row[:-1]):
            raise ValueError("its checksum is wrong")
        return Mirrored(doc_id, codec.document_from(document), version, updated)
    except (ValueError, TypeError) as error:
        log.error("the mirror of %s of %s is damaged in the outbox: %s", doc_id, collection, error)
        return None


def _storable(document: Document) -> Document:
    """Leave out a map of somebody else's that would be taken for a moment when it is read: nobody here reads it."""
    return {
        name: value for name, value in document.items() if not (isinstance(value, Mapping) and codec.MOMENT in value)
    }


def _version(connection: sqlite3.Connection, collection: str, doc_id: str) -> int | None:
    query = "SELECT version FROM mirror WHERE collection = ? AND doc_id = ?"
    row = connection.execute(query, (collection, doc_id)).fetchone()
    return int(row[0]) if row is not None and isinstance(row[0], int) else None


def _insert(connection: sqlite3.Connection, row: Sequence[object]) -> None:
    connection.execute("INSERT OR REPLACE INTO mirror VALUES (?, ?, ?, ?, ?, ?)", (*row, codec.checksum(*row)))
