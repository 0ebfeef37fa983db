"""The tables of the outbox file, and how an older file becomes a present one."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from teamtactics.errors import OutboxError

Migration = Sequence[str]
"""The statements that lead from one version to the next."""

_FIRST: Migration = (
    "CREATE TABLE schema_version (version INTEGER NOT NULL)",
    "INSERT INTO schema_version VALUES (0)",
    # AUTOINCREMENT here and below: a number, once given, never comes back. Without it the newest state, replaced by a
    # newer one, would pass on its seq, and a courier still busy with the old one would mark the new one delivered.
    """
    CREATE TABLE sessions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        collection TEXT NOT NULL,
        token TEXT NOT NULL,
        facts TEXT NOT NULL,
        began_utc TEXT NOT NULL,
        last_utc TEXT NOT NULL,
        last_session_time_s REAL NOT NULL,
        checkpoint TEXT
    )
    """,
    "CREATE INDEX sessions_by_collection ON sessions (collection, id)",
    """
    CREATE TABLE parcels (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        session_id INTEGER NOT NULL REFERENCES sessions (id),
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        collection TEXT NOT NULL,
        session_time_s REAL NOT NULL,
        recorded_utc TEXT NOT NULL,
        doc_id TEXT,
        document TEXT,
        message TEXT,
        UNIQUE (session_id, key)
    )
    """,
    "CREATE INDEX parcels_by_age ON parcels (recorded_utc, seq)",
    """
    CREATE TABLE deliveries (
        seq INTEGER NOT NULL REFERENCES parcels (seq) ON DELETE CASCADE,
        sink TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'parked')),
        changed_utc TEXT NOT NULL,
        reason TEXT,
        PRIMARY KEY (seq, sink)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX deliveries_waiting ON deliveries (sink, seq) WHERE state = 'waiting'",
    "CREATE INDEX deliveries_parked ON deliveries (sink, seq) WHERE state = 'parked'",
    # Counted as it happens, in the same transaction: the board asks once a second, and counting a season's parcels
    # each time would take longer than everything else the program does while nothing happens.
    "CREATE TABLE tallies (name TEXT, state TEXT, n INTEGER NOT NULL, PRIMARY KEY (name, state)) WITHOUT ROWID",
    """
    CREATE TRIGGER parcel_added AFTER INSERT ON parcels BEGIN
        INSERT INTO tallies VALUES ('parcels', NEW.kind, 1) ON CONFLICT (name, state) DO UPDATE SET n = n + 1;
    END
    """,
    """
    CREATE TRIGGER parcel_removed AFTER DELETE ON parcels BEGIN
        UPDATE tallies SET n = n - 1 WHERE name = 'parcels' AND state = OLD.kind;
    END
    """,
    """
    CREATE TRIGGER delivery_added AFTER INSERT ON deliveries BEGIN
        INSERT INTO tallies VALUES (NEW.sink, NEW.state, 1) ON CONFLICT (name, state) DO UPDATE SET n = n + 1;
    END
    """,
    """
    CREATE TRIGGER delivery_changed AFTER UPDATE OF state ON deliveries BEGIN
        UPDATE tallies SET n = n - 1 WHERE name = OLD.sink AND state = OLD.state;
        INSERT INTO tallies VALUES (NEW.sink, NEW.state, 1) ON CONFLICT (name, state) DO UPDATE SET n = n + 1;
    END
    """,
    """
    CREATE TRIGGER delivery_removed AFTER DELETE ON deliveries BEGIN
        UPDATE tallies SET n = n - 1 WHERE name = OLD.sink AND state = OLD.state;
    END
    """,
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
)

_AMENDED_LAPS: Migration = ("ALTER TABLE parcels ADD COLUMN amends INTEGER NOT NULL DEFAULT 0",)

_FIRESTORE_USAGE: Migration = (
    """
    CREATE TABLE firestore_usage (
        day TEXT PRIMARY KEY,
        commits INTEGER NOT NULL,
        written INTEGER NOT NULL,
        read INTEGER NOT NULL,
        told INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
)

MIGRATIONS: Sequence[Migration] = (_FIRST, _AMENDED_LAPS, _FIRESTORE_USAGE)
"""Number n leads from version n to n + 1. Published ones are never changed, only followed by another."""


def version_of(connection: sqlite3.Connection) -> int:
    """
    Read the version of the open file; 0 for a new, empty one.

    Raises:
        OutboxError: It is a sound SQLite file, but not an outbox.
    """
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    tables = {name for (name,) in connection.execute(query).fetchall()}
    if not tables:
        return 0
    row = connection.execute("SELECT version FROM schema_version").fetchone() if "schema_version" in tables else None
    if row is None or "parcels" not in tables:
        raise OutboxError(
            "this is a database of another program, not an outbox of teamtactics; "
            "move it away or choose another dataDir"
        )
    return int(row[0])


def checked_version(connection: sqlite3.Connection, migrations: Sequence[Migration] = MIGRATIONS) -> int:
    """
    Read the version of the open file, and refuse one that is not for us; writes nothing.

    Raises:
        OutboxError: The file belongs to a newer teamtactics, or to another program.
    """
    version, present = version_of(connection), len(migrations)
    if version > present:
        raise OutboxError(
            f"the file was written by a newer teamtactics (its version {version}, this program knows {present}); "
            "install the newer one again, or move the file away to begin a new one"
        )
    return version


def bring_up_to_date(connection: sqlite3.Connection, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """
    Create the tables of a new file, or bring an older one to the present version.

    A file of the present version is not written to, so that one that is read-only can still be shown.

    Durability:
        One transaction: after a crash the file is what it was before, or up to date.

    Raises:
        OutboxError: The file belongs to a newer teamtactics, or to another program.
    """
    version = checked_version(connection, migrations)
    if version == len(migrations):
        return
    if version == 0:
        # Only has an effect before the first table; lets `prune` give space back without copying the whole file.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Asked again under the lock: another process may have created the tables meanwhile.
        version = checked_version(connection, migrations)
        for migration in migrations[version:]:
            for statement in migration:
                connection.execute(statement)
        connection.execute("UPDATE schema_version SET version = ?", (len(migrations),))
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
