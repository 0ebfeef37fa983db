"""The one connection to the outbox file, under one lock."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from teamtactics.errors import OutboxDamaged, OutboxError
from teamtactics.store import damage, schema
from teamtactics.store.faults import is_damage, translate

log = logging.getLogger(__name__)

BUSY_S = 5.0
"""How long to wait for another process (``teamtactics show`` reads for milliseconds) before giving up, s."""

_SETTINGS = (
    # A rollback journal: `teamtactics show` is a second connection, and with several connections WAL had a rare race up
    # to SQLite 3.51.2 that loses data. We commit a few times a minute, so WAL's speed buys nothing.
    # TRUNCATE and not DELETE: with FULL, SQLite syncs after it truncates the journal, but not the folder after it
    # deletes one; a power cut right after the commit could bring a deleted journal back and roll the lap away.
    "PRAGMA journal_mode = TRUNCATE",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
)


class Database:
    """
    Opens the file, hands out its connection, and translates what goes wrong.

    Attributes:
        damaged_moved_to: Where a damaged file was moved; None while there was none.

        generation: How often a file was begun in the place of a damaged one.

    Threads:
        Any. One lock is held from the beginning of ``reading`` or ``writing`` to its end.
    """

    def __init__(self, path: Path, utc_now: Callable[[], datetime], busy_s: float = BUSY_S) -> None:
        self.path = path
        self.damaged_moved_to: Path | None = None
        self.generation = 0
        self._utc_now = utc_now
        self._busy_s = busy_s
        self._lock = threading.Lock()
        self._is_closed = False
        self._given: dict[str, int] = {}
        self._connection: sqlite3.Connection | None = None
        with self._lock:
            self._connected(is_opening=True)

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """
        Lend the connection for queries.

        Raises:
            OutboxFull: The file cannot be read now.

            OutboxDamaged: It was unreadable; it has been moved aside and a new one begun.
        """
        with self._lock, self._translated():
            yield self._connected()

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """
        Lend the connection for one transaction, committed at the end, rolled back by any exception.

        Durability:
            What was written survives a power cut once the block is left without an exception.

        Raises:
            OutboxFull: Nothing was written; the next attempt may succeed.

            OutboxDamaged: The file was unreadable; it has been moved aside and a new one begun.
        """
        with self._lock, self._translated():
            connection = self._connected()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                self._given = dict(connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    # What made us roll back is what the caller must know, not that this failed too: SQLite then rolls
                    # back by itself at the next use.
                    with contextlib.suppress(sqlite3.Error):
                        connection.execute("ROLLBACK")

    def close(self) -> None:
        """Let go of the file; harmless when done already."""
        with self._lock:
            self._is_closed = True
            self._drop()

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            if is_damage(error):
                raise self._begin_anew(str(error)) from error
            raise translate(error, self.path) from error

    def _connected(self, *, is_opening: bool = False) -> sqlite3.Connection:
        if self._is_closed:
            raise OutboxError(f"{self.path}: the outbox is closed")
        if self._connection is None:
            try:
                self._connection = self._open()
            except sqlite3.Error as error:
                raise translate(error, self.path, is_opening=is_opening) from error
        return self._connection

    def _open(self) -> sqlite3.Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutboxError(f"{self.path.parent}: the data folder cannot be made ({error}); check dataDir") from error
        opened = self._open_sound()
        if isinstance(opened, str):
            self._move_aside(opened)
            opened = self._open_sound()
        if isinstance(opened, str):
            raise OutboxError(f"{self.path}: a new file is unreadable at once ({opened}); check the drive")
        return opened

    def _open_sound(self) -> sqlite3.Connection | str:
        """Open and check the file; what is broken in it, when it is."""
        if damage.is_no_database(self.path):
            return "it is no SQLite file"
        connection = sqlite3.connect(
            self.path, timeout=self._busy_s, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        # Bytes that are no UTF-8 (one flipped bit) must cost one parcel, not the reading of all.
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        try:
            problem = damage.problem_of(connection, self.path.stat().st_size)
            if problem is None:
                self._prepare(connection)
        except sqlite3.Error as error:
            connection.close()
            if is_damage(error):
                return str(error)
            raise
        except OutboxError as error:
            connection.close()
            raise OutboxError(f"{self.path}: {error}") from error
        if problem is not None:
            connection.close()
            return problem
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        schema.checked_version(connection)  # before the settings: what is not ours is not touched
        for setting in _SETTINGS:
            connection.execute(setting).fetchall()
        schema.bring_up_to_date(connection)
        self._keep_counting(connection)

    def _keep_counting(self, connection: sqlite3.Connection) -> None:
        """
        Let a file begun in the place of a damaged one number on where that one was.

        Somebody may still hold a number of the old file: a courier would mark another parcel delivered that nobody has
        got, the recorder would append to another session.
        """
        present = dict(connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
        behind = {name: seq for name, seq in self._given.items() if seq > present.get(name, 0)}
        for name, seq in behind.items():
            connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
            connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (name, seq))
        self._given = {**present, **behind}

    def _begin_anew(self, problem: str) -> OutboxDamaged:
        self._drop()
        moved_to = self._move_aside(problem)
        self._connected()
        return OutboxDamaged(f"{self.path} was damaged ({problem}); it is kept as {moved_to}", str(moved_to))

    def _move_aside(self, problem: str) -> Path:
        moved_to = damage.move_aside(self.path, self._utc_now())
        self.damaged_moved_to = moved_to
        self.generation += 1
        log.error("%s is damaged (%s): kept as %s, a new one is begun", self.path, problem, moved_to.name)
        return moved_to

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()
