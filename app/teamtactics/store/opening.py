"""Opening the outbox file: checked, set up, brought up to date."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

from teamtactics.errors import OutboxError
from teamtactics.language import Said, joined
from teamtactics.store.faults import Meaning, is_damage, meaning_of
from teamtactics.store.rescue import damage
from teamtactics.store.tables import schema

_SETTINGS = (
    # A rollback journal: `teamtactics show` is a second connection, and with several connections WAL had a rare race up
    # to SQLite 3.51.2 that loses data. We commit a few times a minute, so WAL's speed buys nothing.
    # TRUNCATE and not DELETE: with FULL, SQLite syncs after it truncates the journal, but not the folder after it
    # deletes one; a power cut right after the commit could bring a deleted journal back and roll the lap away.
    "PRAGMA journal_mode = TRUNCATE",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    # What is removed is overwritten: should the file be damaged one day, nothing that was replaced rises again from it.
    "PRAGMA secure_delete = ON",
)


def open_sound(path: Path, busy_s: float) -> sqlite3.Connection | str:
    """
    Open and check the file, and bring it up to date; what is broken in it, when it is.

    Raises:
        sqlite3.Error: It cannot be used now, for a reason that is no damage.

        OutboxError: It belongs to a newer teamtactics or to another program.
    """
    if damage.is_no_database(path):
        return Said("it is no SQLite file")
    connection = sqlite3.connect(
        path, timeout=busy_s, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    # Bytes that are no UTF-8 (one flipped bit) must cost one parcel, not the reading of all.
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    try:
        problem = damage.problem_of(connection, path.stat().st_size)
        if problem is None:
            _prepare(connection)
    except sqlite3.Error as error:
        connection.close()
        if is_damage(error):
            return str(error)
        raise
    except OutboxError as error:
        connection.close()
        raise OutboxError(joined(f"{path}:", error.said)) from error
    if problem is not None:
        connection.close()
        return problem
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    for setting in _SETTINGS:
        connection.execute(setting).fetchall()
    schema.bring_up_to_date(connection)


def numbers(connection: sqlite3.Connection) -> dict[str, int]:
    """Return the newest number given so far, by table; without what is none any more (a flipped bit)."""
    query = "SELECT name, seq FROM sqlite_sequence WHERE typeof(seq) = 'integer'"
    return dict(connection.execute(query).fetchall())


def is_behind(connection: sqlite3.Connection, given: Mapping[str, int]) -> bool:
    """
    Say whether this cannot be the content that has *given* these numbers: an older copy of it, or another program's.

    Raises:
        sqlite3.Error: It cannot be read now.
    """
    try:
        present = numbers(connection)
    except sqlite3.Error as error:
        if meaning_of(error) is Meaning.DEFECT:
            return True  # no table of ours
        raise
    return any(seq > present.get(name, 0) for name, seq in given.items())


def keep_counting(connection: sqlite3.Connection, given: Mapping[str, int]) -> dict[str, int]:
    """
    Let a file begun in the place of a damaged one number on where that one was; return the newest numbers.

    Args:
        given: The newest number given so far, by table.

    Somebody may still hold a number of the old file: a courier would mark another parcel delivered that nobody has
    got, the recorder would append to another session.
    """
    present = numbers(connection)
    behind = {name: seq for name, seq in given.items() if seq > present.get(name, 0)}
    for name, seq in behind.items():
        connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
        connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (name, seq))
    return {**present, **behind}


def settled(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Return *connection* without a transaction that is still open: a thread that died in it, or could not undo it."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")
    return connection


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit what is done in the block, or nothing of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            # What made us roll back is what the caller must know, not that this failed too: see ``settled``.
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
