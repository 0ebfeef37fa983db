"""The tables of the outbox file, and how an older file becomes a present one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from functools import cache

from teamtactics.errors import OutboxError
from teamtactics.language import Said
from teamtactics.store.tables import codec

Migration = Sequence[str | Callable[[sqlite3.Connection], None]]
"""The statements that lead from one version to the next, and what no statement can do."""

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


def _sum_up(connection: sqlite3.Connection) -> None:
    """Give the rows that are there their checksums; here, because a row whose text is broken cannot be given to SQL."""
    for table, column, columns, key in _SUMMED_FIRST:
        rows = connection.execute(f"SELECT {columns}, {key} FROM {table}").fetchall()
        sums = [(codec.checksum(*row[:-1]), row[-1]) for row in rows]
        connection.executemany(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", sums)


_SUMMED_FIRST = (
    (
        "parcels",
        "crc",
        "seq, session_id, kind, key, collection, session_time_s, recorded_utc, doc_id, document, message, amends",
        "seq",
    ),
    ("sessions", "crc", "id, collection, token, facts, began_utc", "id"),
    ("sessions", "progress_crc", "id, last_utc, last_session_time_s, checkpoint", "id"),
    ("meta", "crc", "key, value", "key"),
)

SUMMED = (
    *_SUMMED_FIRST,
    ("lap_facts", "crc", "id, session_id, collection, lap, member, facts, is_settled", "id"),
    ("mirror", "crc", "collection, doc_id, version, updated, document", "rowid"),
)
"""Table, the column of the checksum, the columns it sums up, and the table's key."""

_CHECKSUMS: Migration = (
    "ALTER TABLE parcels ADD COLUMN crc INTEGER",
    "ALTER TABLE sessions ADD COLUMN crc INTEGER",
    "ALTER TABLE sessions ADD COLUMN progress_crc INTEGER",
    "ALTER TABLE meta ADD COLUMN crc INTEGER",
    _sum_up,
)
"""A flipped bit in a row is invisible to SQLite."""

_FACTS_AND_MIRROR: Migration = (
    """
    CREATE TABLE lap_facts (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        session_id INTEGER NOT NULL REFERENCES sessions (id),
        collection TEXT NOT NULL,
        lap INTEGER NOT NULL,
        member INTEGER NOT NULL,
        facts TEXT NOT NULL,
        is_settled INTEGER NOT NULL,
        crc INTEGER,
        UNIQUE (session_id, lap, member)
    )
    """,
    "CREATE INDEX lap_facts_owed ON lap_facts (session_id) WHERE is_settled = 0",
    """
    CREATE TABLE mirror (
        collection TEXT NOT NULL,
        doc_id TEXT NOT NULL,
        version INTEGER NOT NULL,
        updated INTEGER NOT NULL,
        document TEXT NOT NULL,
        crc INTEGER NOT NULL,
        PRIMARY KEY (collection, doc_id)
    )
    """,
)

MIGRATIONS: Sequence[Migration] = (_FIRST, _AMENDED_LAPS, _FIRESTORE_USAGE, _CHECKSUMS, _FACTS_AND_MIRROR)
"""Number n leads from version n to n + 1. Published ones are never changed, only followed by another."""


class SchemaDamaged(Exception):
    """The tables are ours and are not as they were made."""

    def __init__(self, said: Said) -> None:
        self.said = said
        super().__init__(said)


def checked_version(connection: sqlite3.Connection, migrations: Sequence[Migration] = MIGRATIONS) -> int:
    """
    Read the version of the open file, and refuse one that is not for us; writes nothing.

    Returns:
        0 for a new, empty one.

    Raises:
        OutboxError: It belongs to a newer teamtactics, or is a sound file of another program.

        SchemaDamaged: It is ours, and broken.
    """
    found = objects(connection)
    if not found:
        return 0
    tables, present = _expected(1, tuple(migrations)).keys(), len(migrations)
    ours = [name for name in tables if name in found and name[0] == "table"]
    if len(ours) < sum(name[0] == "table" for name in tables) / 2:
        raise OutboxError(
            Said(
                "this is a database of another program, not an outbox of teamtactics; "
                "move it away or choose another dataDir"
            )
        )
    version = _stated_version(connection)
    if version > present and _second_version(connection) == version:
        raise OutboxError(
            Said(
                "the file was written by a newer teamtactics (its version {version}, this program knows {present}); "
                "install the newer one again, or move the file away to begin a new one",
                version=version,
                present=present,
            )
        )
    if not 0 < version <= present:
        raise SchemaDamaged(Said("its version is said to be {version}", version=version))
    for name, made in _expected(version, tuple(migrations)).items():
        if found.get(name) != made:
            raise SchemaDamaged(Said("its {kind} {name} is not as it was made", kind=name[0], name=name[1]))
    return version


Objects = dict[tuple[str, str], tuple[str, str | None]]
"""Kind and name → the table it belongs to, and how it was made; SQLite's own are among them."""


def objects(connection: sqlite3.Connection) -> Objects:
    """Read which tables, indexes and triggers there are."""
    rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
    return {(kind, name): (table, sql) for kind, name, table, sql in rows}


@cache
def _expected(version: int, migrations: tuple[Migration, ...]) -> Objects:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for migration in migrations[:version]:
        _migrate(connection, migration)
    made = objects(connection)
    connection.close()
    return made


def _migrate(connection: sqlite3.Connection, migration: Migration) -> None:
    for step in migration:
        if isinstance(step, str):
            connection.execute(step)
        else:
            step(connection)


def _stated_version(connection: sqlite3.Connection) -> int:
    try:
        (version,) = connection.execute("SELECT version FROM schema_version").fetchone()
        return int(version)
    except (sqlite3.Error, TypeError, ValueError) as error:
        raise SchemaDamaged(Said("its version cannot be read ({error})", error=error)) from error


def _second_version(connection: sqlite3.Connection) -> int:
    """Read the version from the file's header: one flipped bit makes no newer teamtactics."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def bring_up_to_date(connection: sqlite3.Connection, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """
    Create the tables of a new file, or bring an older one to the present version.

    A file of the present version is not written to, so that one that is read-only can still be shown.

    Durability:
        One transaction: after a crash the file is what it was before, or up to date.

    Raises:
        OutboxError: The file belongs to a newer teamtactics, or to another program.

        SchemaDamaged: It is ours, and broken.
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
            _migrate(connection, migration)
        connection.execute("UPDATE schema_version SET version = ?", (len(migrations),))
        connection.execute(f"PRAGMA user_version = {len(migrations)}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
