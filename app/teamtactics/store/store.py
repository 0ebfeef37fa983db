"""The outbox as the rest of the program sees it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType

from teamtactics.model.parcel import Parcel, ParcelKind, Value
from teamtactics.store.database import BUSY_S, Database
from teamtactics.store.records import Appended, OwnLap, ParkedParcel, SessionCounts, StoredSession
from teamtactics.store.shared_record import SharedRecord
from teamtactics.store.sink_queue import SinkQueue, survives_damage
from teamtactics.store.tables import codec, laps, meta, mirror, pruning
from teamtactics.store.tables import parcels as parcel_table
from teamtactics.store.tables import sessions as session_table

__all__ = ["Appended", "Outbox", "OwnLap", "ParkedParcel", "SessionCounts", "StoredSession"]


log = logging.getLogger(__name__)


class Outbox(SharedRecord, SinkQueue):
    """
    Keeps sessions and parcels in one SQLite file until every sink has them.

    Threads:
        All methods may be called from any thread: one connection under one lock. Each may wait for the disk, so none
        belongs in the tray's thread.

    Raises:
        OutboxFull: By every method: the file cannot be written or read now; the same call may succeed later.

        OutboxDamaged: By ``begin_session`` and ``append``: the file turned out to be unreadable and was moved aside.
            The new one has what could be saved and numbers on, so that an old number is never taken for another parcel;
            what was to be written was not, and the session may have to be begun again (``generation``).
    """

    @classmethod
    def open(cls, path: Path, utc_now: Callable[[], datetime], *, busy_s: float = BUSY_S) -> Outbox:
        """
        Open the file at *path*, or begin a new one; an older one is brought up to date.

        A damaged file is moved aside with its journals (``damaged_moved_to``) and a new one begun.

        Args:
            utc_now: Stamps deliveries and the name of a damaged file.

            busy_s: How long to wait for another process that holds the file.

        Raises:
            OutboxError: It belongs to a newer teamtactics or to another program, is held by another program, or cannot
                be opened; the text says what to do.
        """
        database = Database(path, utc_now, busy_s)
        database.open()
        return cls(database, utc_now)

    @classmethod
    def own(cls, path: Path, utc_now: Callable[[], datetime], holder: str, *, busy_s: float = BUSY_S) -> Outbox:
        """
        Take the file at *path* for this process alone to write; it is opened when it is first used.

        A file that cannot be used now is so no reason not to begin: every method says what is wrong until it can be.

        Args:
            holder: Who writes it, for another process that wants to.
        """
        return cls(Database(path, utc_now, busy_s, holder=holder), utc_now)

    @classmethod
    def look(cls, path: Path, utc_now: Callable[[], datetime], *, busy_s: float = BUSY_S) -> Outbox:
        """
        Open the file at *path* beside the process that writes it.

        Raises:
            OutboxError: As for ``open``; a damaged file is one as well, and stays where it is.
        """
        database = Database(path, utc_now, busy_s, may_replace=False)
        database.open()
        return cls(database, utc_now)

    def claim(self) -> None:
        """
        Make sure that no other process writes the file, and that it is one that can be used.

        One that cannot be used in this moment (held, a full disk) is no reason not to begin.

        Raises:
            OutboxHeld: Another process writes it.

            OutboxError: No waiting will mend it; the text says what to do.
        """
        self._database.claim()

    @property
    def needs(self) -> tuple[str, ...]:
        """What a human should know of damage that was met; no wait for the disk."""
        return self._database.needs

    @property
    def damaged_moved_to(self) -> Path | None:
        """Where a damaged file was moved since the program started; None while there was none."""
        return self._database.damaged_moved_to

    def close(self, wait_s: float = -1) -> bool:
        """
        Let go of the file; harmless when done already.

        Args:
            wait_s: So long at most for a thread that hangs in the store; below 0 however long.

        Returns:
            Whether it was let go of.
        """
        return self._database.close(wait_s)

    def __enter__(self) -> Outbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def folder(self) -> Path:
        """The data folder."""
        return self._database.path.parent

    @property
    def generation(self) -> int:
        """How often another file was begun in the place of a damaged one; no wait for the disk."""
        return self._database.generation

    def begin_session(
        self,
        collection: str,
        token: str,
        facts: Mapping[str, Value],
        began_utc: datetime,
        parcels: Sequence[Parcel] = (),
        *,
        checkpoint: str | None = None,
        session_time_s: float = 0.0,
        utc: datetime | None = None,
    ) -> StoredSession:
        """
        Add a session with the first *parcels* of it.

        Args:
            checkpoint, session_time_s, utc: As for ``append``.

        Durability:
            One transaction: a session without its first parcels, of which the first may be the order to remove another
            session's, would be taken up after a crash as if that had been done.
        """
        with self._database.writing() as connection:
            begun = session_table.begin(connection, collection, token, facts, began_utc)
            if any(parcel.kind is ParcelKind.PURGE for parcel in parcels):
                mirror.forget(connection, collection)
            if parcels or checkpoint is not None:
                session_table.touch(connection, begun.id, checkpoint, session_time_s, utc or began_utc)
                parcel_table.keep(connection, begun.id, parcels, self._utc_now())
            return begun

    @survives_damage
    def latest_session(self, collection: str) -> StoredSession | None:
        """Return the session begun last under *collection*; None when none is known."""
        with self._database.reading() as connection:
            return session_table.latest(connection, collection)

    @survives_damage
    def sessions(self) -> list[StoredSession]:
        """List all sessions, newest first."""
        with self._database.reading() as connection:
            return session_table.newest_first(connection)

    @survives_damage
    def session_counts(self) -> dict[int, SessionCounts]:
        """Count laps and waiting parcels per session id; a session without either is not in it."""
        with self._database.reading() as connection:
            return session_table.counts(connection)

    def append(
        self,
        session_id: int,
        parcels: Sequence[Parcel],
        *,
        checkpoint: str | None,
        session_time_s: float,
        utc: datetime,
        own_laps: Sequence[OwnLap] = (),
        facts: Mapping[str, Value] | None = None,
    ) -> Appended:
        """
        Keep *parcels*, what was seen of laps, and the tracker's checkpoint; the same again is harmless.

        Of the state only the newest is kept, behind everything recorded before it; parts and numbers make room for what
        is known later. Other kinds stay as first written.

        Args:
            checkpoint: Takes the place of the former one; None when there is nothing to go on with any more.

            session_time_s: How far the session has come.

            utc: When that was.

            facts: What the session can be recognised by; None for what is there.

        Durability:
            One transaction, synced to the disk when this returns: all of it survives a crash and a power cut, or, after
            an exception, none of it was written.

        Raises:
            OutboxFull: The disk is full or the file cannot be written now.

            OutboxError: There is no such session.
        """
        with self._database.writing() as connection:
            session_table.touch(connection, session_id, checkpoint, session_time_s, utc)
            if facts is not None:
                session_table.know(connection, session_id, facts)
            laps.keep(connection, session_id, own_laps)
            # Stamped by the wall clock: a recording of years ago is kept for as long as one of today.
            return parcel_table.keep(connection, session_id, parcels, self._utc_now())

    @survives_damage
    def announce(self, session_id: int, *parcels: Parcel) -> bool:
        """
        Keep *parcels* beside what the collector appends: the session comes no further by it, its checkpoint stays.

        Returns:
            Whether one is new; the same one again, or another under its key, changes nothing.

        Durability:
            One transaction, on disk when this returns.
        """
        with self._database.writing() as connection:
            return bool(parcel_table.keep(connection, session_id, parcels, self._utc_now()).stored)

    @survives_damage
    def prune(self, before_utc: datetime, sinks: Collection[str], day: str | None = None) -> int:
        """
        Remove what was recorded before *before_utc* and is delivered, and give the space back to the disk.

        Args:
            day: Today; then only what was there ``SEEN_DAYS`` different days ago, whatever a clock says.

        Delivered means: confirmed by all of the named *sinks* that the parcel has, and it has at least one of them.
        What waits for a named sink or is parked anywhere stays, however old. Without sinks nothing is removed. Other
        threads get their turn between batches.

        Returns:
            How many parcels were removed.
        """
        if not sinks:
            return 0
        before, last, removed = codec.utc_text(before_utc), 0, 0
        while True:
            with self._database.writing() as connection:
                bound = pruning.EVERYTHING if day is None else pruning.note_day(connection, day)
                seqs = pruning.oldest_delivered(connection, before, bound, sinks, last)
                pruning.remove(connection, seqs)
                if not seqs:
                    pruning.forget_sessions(connection, before, bound)
                    break
            last, removed = seqs[-1], removed + len(seqs)
        self._give_back()
        return removed

    @survives_damage
    def meta(self, key: str) -> str | None:
        """Return the small text kept under *key*; None when there is none."""
        with self._database.reading() as connection:
            return meta.read(connection, key)

    @survives_damage
    def set_meta(self, key: str, text: str) -> None:
        """
        Keep a small text under *key*.

        Durability:
            On disk when this returns.
        """
        with self._database.writing() as connection:
            meta.write(connection, key, text)

    def _give_back(self) -> None:
        while True:
            with self._database.writing() as connection:
                if not pruning.give_back(connection):
                    return
