"""The outbox as the rest of the program sees it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from types import TracebackType

from teamtactics.model.parcel import Document, Message, Parcel, ParcelKind, StoredParcel, Value
from teamtactics.model.status import Counts
from teamtactics.model.usage import Usage
from teamtactics.store import codec, delivery, pruning, usage
from teamtactics.store import parcels as parcel_table
from teamtactics.store import sessions as session_table
from teamtactics.store.database import BUSY_S, Database
from teamtactics.store.records import Appended, ParkedParcel, SessionCounts, StoredSession

__all__ = ["Appended", "Outbox", "ParkedParcel", "SessionCounts", "StoredSession"]


class Outbox:
    """
    Keeps sessions and parcels in one SQLite file until every sink has them.

    Threads:
        All methods may be called from any thread: one connection under one lock. Each may wait for the disk, so none
        belongs in the tray's thread.

    Raises:
        OutboxFull: By every method: the file cannot be written or read now; the same call may succeed later.

        OutboxDamaged: By every method: the file turned out to be unreadable and was moved aside. The new one numbers
            on, so that an old number is never taken for another parcel; the session has to be begun again.
    """

    def __init__(self, database: Database, utc_now: Callable[[], datetime]) -> None:
        self._database = database
        self._utc_now = utc_now

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
        return cls(Database(path, utc_now, busy_s), utc_now)

    @property
    def damaged_moved_to(self) -> Path | None:
        """Where a damaged file was moved since the program started; None while there was none."""
        return self._database.damaged_moved_to

    def close(self) -> None:
        """Let go of the file; harmless when done already."""
        self._database.close()

    def __enter__(self) -> Outbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def begin_session(self, collection: str, token: str, facts: Mapping[str, Value], utc: datetime) -> StoredSession:
        """
        Add a session.

        Durability:
            On disk when this returns.
        """
        with self._database.writing() as connection:
            return session_table.begin(connection, collection, token, facts, utc)

    def latest_session(self, collection: str) -> StoredSession | None:
        """Return the session begun last under *collection*; None when none is known."""
        with self._database.reading() as connection:
            return session_table.latest(connection, collection)

    def sessions(self) -> list[StoredSession]:
        """List all sessions, newest first."""
        with self._database.reading() as connection:
            return session_table.newest_first(connection)

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
    ) -> Appended:
        """
        Keep *parcels* and the tracker's checkpoint; the same parcel again is harmless.

        A lap stays as it was first written, except that a driver's document replaces a team-mate's, and one that amends
        it his own. Of the state only the newest is kept, behind everything recorded before it. Other kinds stay as
        first written.

        Args:
            checkpoint: Takes the place of the former one; None when there is nothing to go on with any more.

            session_time_s: How far the session has come.

            utc: When that was.

        Durability:
            One transaction, synced to the disk when this returns: all of it survives a crash and a power cut, or, after
            an exception, none of it was written.

        Raises:
            OutboxFull: The disk is full or the file cannot be written now.

            OutboxError: There is no such session.
        """
        with self._database.writing() as connection:
            session_table.touch(connection, session_id, checkpoint, session_time_s, utc)
            # Stamped by the wall clock: a recording of years ago is kept for as long as one of today.
            return parcel_table.keep(connection, session_id, parcels, self._utc_now())

    def announce(self, session_id: int, parcel: Parcel) -> bool:
        """
        Keep *parcel* beside what the collector appends: the session comes no further by it, its checkpoint stays.

        Returns:
            Whether it is new; the same one again, or another under its key, changes nothing.

        Durability:
            On disk when this returns.
        """
        with self._database.writing() as connection:
            return bool(parcel_table.keep(connection, session_id, [parcel], self._utc_now()).stored)

    def pending(self, sink: str, limit: int) -> list[StoredParcel]:
        """
        List the oldest parcels that *sink* still has to get, at most *limit*, without the parked ones.

        One whose text is damaged in the file is parked, so that it cannot stop those behind it.
        """
        while True:
            with self._database.reading() as connection:
                found, damaged = delivery.waiting(connection, sink, limit)
            for seq in damaged:
                self.park(sink, seq, "its text in the outbox file is damaged")
            if found or not damaged:
                return found

    def mark_delivered(
        self, sink: str, seqs: Sequence[int], used: Mapping[date, Usage] | None = None
    ) -> Mapping[date, Usage]:
        """
        Note that *sink* has confirmed these; a parcel replaced meanwhile has another number and stays pending.

        Args:
            used: By quota day, what to ``add_usage`` in the same transaction.

        Durability:
            On disk when this returns. Lost before that, the parcels are delivered again, which is harmless.
        """
        if not seqs and not used:
            return {}
        with self._database.writing() as connection:
            delivery.mark_delivered(connection, sink, seqs, codec.utc_text(self._utc_now()))
            return usage.add(connection, used or {})

    def add_usage(self, used: Mapping[date, Usage]) -> Mapping[date, Usage]:
        """
        Add what was asked of Firestore to its quota days.

        Returns:
            What these days have come to.

        Durability:
            On disk when this returns.
        """
        return self.mark_delivered("", (), used)

    def usage(self, day: date) -> Usage:
        """Return what this PC has asked of Firestore on a quota day."""
        with self._database.reading() as connection:
            return usage.of_day(connection, day)

    def park(self, sink: str, seq: int, reason: str) -> None:
        """
        Take a parcel that *sink* will never accept out of its queue; it is kept, with the reason.

        Durability:
            On disk when this returns.
        """
        with self._database.writing() as connection:
            delivery.park(connection, sink, seq, reason, codec.utc_text(self._utc_now()))

    def unpark(self, sink: str) -> int:
        """Let everything parked at *sink* be tried again, in its old order; return how many."""
        with self._database.writing() as connection:
            return delivery.unpark(connection, sink, codec.utc_text(self._utc_now()))

    def parked(self, sink: str) -> list[ParkedParcel]:
        """List what is parked at *sink* with the reasons, oldest first."""
        with self._database.reading() as connection:
            return delivery.parked(connection, sink)

    def counts(self) -> Counts:
        """Say how many are stored and where they stand; cheap, made to be asked every second."""
        with self._database.reading() as connection:
            return delivery.counts(connection)

    def laps_waiting(self, sinks: Collection[str]) -> int:
        """Count the laps that one of *sinks* still has to get; not for every second: it looks at each that waits."""
        with self._database.reading() as connection:
            return delivery.laps_waiting(connection, sinks)

    def prune(self, before_utc: datetime, sinks: Collection[str]) -> int:
        """
        Remove what was recorded before *before_utc* and is delivered, and give the space back to the disk.

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
                seqs = pruning.oldest_delivered(connection, before, sinks, last)
                pruning.remove(connection, seqs)
                if not seqs:
                    pruning.forget_sessions(connection, before)
                    break
            last, removed = seqs[-1], removed + len(seqs)
        self._give_back()
        return removed

    def meta(self, key: str) -> str | None:
        """Return the small text kept under *key*; None when there is none."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, key: str, text: str) -> None:
        """
        Keep a small text under *key*.

        Durability:
            On disk when this returns.
        """
        with self._database.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, text))

    def documents(self, session_id: int, kind: ParcelKind) -> list[Document]:
        """List the session's documents of *kind* in the order of session time."""
        with self._database.reading() as connection:
            return parcel_table.documents(connection, session_id, kind)

    def messages(self, session_id: int) -> list[Message]:
        """List the session's messages in the order of recording."""
        with self._database.reading() as connection:
            return parcel_table.messages(connection, session_id)

    def _give_back(self) -> None:
        while True:
            with self._database.writing() as connection:
                if not pruning.give_back(connection):
                    return
