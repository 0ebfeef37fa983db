"""The one connection to the outbox file, under one lock."""

from __future__ import annotations

import contextlib
import errno
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from teamtactics.errors import OutboxDamaged, OutboxError, OutboxFull
from teamtactics.store import texts
from teamtactics.store.faults import Meaning, is_damage, meaning_of, translate
from teamtactics.store.lock import StoreLock
from teamtactics.store.opening import is_behind, keep_counting, numbers, open_sound, settled, transaction
from teamtactics.store.rescue import damage, mending, salvage
from teamtactics.store.tables import codec

log = logging.getLogger(__name__)

BUSY_S = 5.0
"""How long to wait for another process (``teamtactics show`` reads for milliseconds) before giving up, s."""


class Database:
    """
    Opens the file, hands out its connection, and translates what goes wrong.

    Args:
        holder: Who writes the store, by name: then this is the one writer, and the lock beside the file is taken when
            the file is opened. None: for looking only, or for somebody who answers for it himself.

        may_replace: A damaged file is moved aside and a new one begun; else it is an error.

    Attributes:
        damaged_moved_to: Where a damaged file was moved; None while there was none.

        generation: How often a file was begun in the place of a damaged one.

        needs: What a human should know of damage that was met, one sentence each.

    Threads:
        Any. One lock is held from the beginning of ``reading`` or ``writing`` to its end.
    """

    def __init__(
        self,
        path: Path,
        utc_now: Callable[[], datetime],
        busy_s: float = BUSY_S,
        *,
        holder: str | None = None,
        may_replace: bool = True,
    ) -> None:
        self.path = path
        self.damaged_moved_to: Path | None = None
        self.generation = 0
        self.needs: tuple[str, ...] = ()
        self._utc_now = utc_now
        self._busy_s = busy_s
        self._holder = holder
        self._may_replace = may_replace
        self._lock = threading.Lock()
        self._is_closed = False
        self._given: dict[str, int] = {}
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._to_save: tuple[str, list[bytes]] | None = None
        self._store_lock: StoreLock | None = None

    def open(self) -> None:
        """
        Open the file now and not when it is first used.

        Raises:
            OutboxError: It cannot be used.
        """
        with self._lock:
            self._connected(is_opening=True)

    def claim(self) -> None:
        """
        Take the writer's lock, and look whether the file is one that can be used; one that cannot be now may be later.

        Raises:
            OutboxHeld: Another process has the lock.

            OutboxError: No waiting will mend it: no place for a file, a newer teamtactics, another program's file.
        """
        busy_s, self._busy_s = self._busy_s, 0.0
        try:
            with self._lock:
                self._connected().execute(f"PRAGMA busy_timeout = {round(busy_s * 1000)}")
        except OutboxFull as error:
            log.warning("%s", error)
        except OutboxError:
            self._let_go()
            raise
        finally:
            self._busy_s = busy_s

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
            with transaction(connection):
                yield connection
                given = numbers(connection)
            self._given = given  # only what was committed can be missed later
            if self._store_lock is not None:
                self._store_lock.note_content()

    def close(self, wait_s: float = -1) -> bool:
        """Let go of the file, harmless when done already; return whether the lock came within *wait_s* (-1: ever)."""
        if not self._lock.acquire(timeout=wait_s):
            return False
        try:
            self._is_closed = True
            self._let_go()
        finally:
            self._lock.release()
        return True

    def _let_go(self) -> None:
        self._drop()
        store_lock, self._store_lock = self._store_lock, None
        if store_lock is not None:
            store_lock.release()

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, UnicodeDecodeError) as error:
            if (problem := self._problem(error)) is not None:
                raise self._begin_anew(problem) from error
            if isinstance(error, UnicodeDecodeError):
                raise
            raise translate(error, self.path) from error

    def _problem(self, error: sqlite3.Error | UnicodeDecodeError) -> str | None:
        """Say what is broken in the file, if that is what *error* comes from."""
        if isinstance(error, sqlite3.Error):
            if is_damage(error):
                return str(error)
            if meaning_of(error) is not Meaning.DEFECT:
                return None
        # An error of ours, unless the file's tables are not what they were.
        if self._connection is None:
            return None
        with contextlib.suppress(sqlite3.Error, OutboxError):
            return damage.problem_of(self._connection, 0)
        return None

    def _connected(self, *, is_opening: bool = False) -> sqlite3.Connection:
        if self._is_closed:
            raise OutboxError(texts.closed(self.path))
        if self._connection is not None and (problem := self._gone(self._connection)) is not None:
            raise self._begin_anew(problem)
        if self._connection is None:
            if self._holder is not None and self._store_lock is None:
                self._store_lock = StoreLock(self.path, self._holder)
            try:
                self._connection = self._open()
                found = self.path.stat()
            except sqlite3.Error as error:
                raise translate(error, self.path, is_opening=is_opening) from error
            except OSError as error:
                self._drop()  # a drive that is away: kept for its return, and no defect to be left out
                raise OutboxFull(texts.unreachable(self.path, error)) from error
            self._file = (found.st_dev, found.st_ino)
        return settled(self._connection)

    def _gone(self, connection: sqlite3.Connection) -> str | None:
        """Say what has become of the file under our hands; None when it is the one that was opened."""
        try:
            found = self.path.stat()
        except OSError as error:  # SQLite would go on in a file without a name; any other obstacle it names itself
            return texts.DELETED if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP) else None
        if found.st_size == 0:
            return texts.CUT
        if (found.st_dev, found.st_ino) != self._file:
            return texts.REPLACED
        return texts.REFILLED if is_behind(connection, self._given) else None

    def _open(self) -> sqlite3.Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutboxError(texts.without_folder(self.path.parent, error)) from error
        fresh = self._fresh
        if self._to_save is not None:
            self._replace(*self._to_save)
        elif fresh.exists() and not self.path.exists():
            # The program ended between the two moves of ``_replace``.
            damage.rename(fresh, self.path)
        is_empty = not self.path.exists() or self.path.stat().st_size == 0
        opened = self._open_sound(self.path)
        if isinstance(opened, str):
            self._replace(opened, [damage.content_of(self.path)])
            opened = self._open_sound(self.path)
        elif is_empty and self._store_lock is not None and self._store_lock.had_content:
            self.say(texts.emptied(self.path))
        if isinstance(opened, str):
            raise OutboxError(texts.unreadable(self.path, opened))
        self._mend(opened)
        return opened

    def _open_sound(self, path: Path) -> sqlite3.Connection | str:
        opened = open_sound(path, self._busy_s)
        if not isinstance(opened, str):
            self._given = keep_counting(opened, self._given)
        return opened

    def _mend(self, connection: sqlite3.Connection) -> None:
        """Set aside what is not as it was written; a file that cannot be written now is looked at next time."""
        if not self._may_replace or self.path.stat().st_size > damage.FULLY_CHECKED_BYTES:
            return
        wrong = mending.look(connection)
        if not wrong:
            return
        with transaction(connection):
            mending.mend(connection, wrong, codec.utc_text(self._utc_now()))
        if wrong.need is not None:
            self.say(wrong.need)

    def _begin_anew(self, problem: str) -> OutboxDamaged:
        # A file that was deleted or replaced is still in our hands where the system allows that. It is kept until it is
        # saved: there may be no disk at the moment.
        self._to_save = (problem, [damage.content_in(self._connection), damage.content_of(self.path)])
        self._drop()
        self._connected()
        kept = self.damaged_moved_to
        return OutboxDamaged(texts.set_aside(self.path, problem, kept), str(kept))

    @property
    def _fresh(self) -> Path:
        return self.path.with_name(self.path.name + ".new")

    def _replace(self, problem: str, contents: list[bytes]) -> None:
        """
        Begin another file with what can be saved, and only then move the damaged one out of its way.

        Whenever that is cut short (a full disk, the end of the program), it is done again from the same file.
        """
        if not self._may_replace:
            self._to_save = None
            raise OutboxError(texts.set_aside_later(self.path, problem))
        fresh = self._fresh
        damage.remove(fresh)
        connection = self._open_sound(fresh)
        if isinstance(connection, str):
            raise OutboxError(texts.unreadable(fresh, connection))
        try:
            with transaction(connection):
                saved = salvage.take_over(connection, salvage.find(contents))
        finally:
            connection.close()
        moved_to = damage.move_aside(self.path, self._utc_now())
        damage.rename(fresh, self.path)
        self.damaged_moved_to, self.generation, self._to_save = moved_to, self.generation + 1, None
        self.say(texts.begun_anew(problem, moved_to, saved.said))

    def say(self, need: str) -> None:
        """Tell the human of damage, in the log and for as long as the program runs."""
        log.error("%s: %s", self.path, need)
        self.needs = (*self.needs, need)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()
