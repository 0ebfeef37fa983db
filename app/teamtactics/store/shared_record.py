"""What a session has come to: what was recorded of it here, what was seen here, and what stands in its collection."""

from __future__ import annotations

from collections.abc import Sequence

from teamtactics.model.mirror import Known, Mirrored, Removed
from teamtactics.model.parcel import Document, Message, Parcel, ParcelKind
from teamtactics.model.precedence import is_of_earlier_run
from teamtactics.store.database import Database
from teamtactics.store.records import OwnLap, StoredSession
from teamtactics.store.sink_queue import survives_damage
from teamtactics.store.tables import delivery, laps, mirror
from teamtactics.store.tables import parcels as parcel_table
from teamtactics.store.tables import sessions as session_table


class SharedRecord:
    """The part of the outbox that the fold works with; ``Outbox`` says which threads, and what every method raises."""

    _database: Database

    @survives_damage
    def documents(self, session_id: int, kind: ParcelKind) -> list[Document]:
        """List the session's documents of *kind* in the order of session time."""
        with self._database.reading() as connection:
            return parcel_table.documents(connection, session_id, kind)

    @survives_damage
    def messages(self, session_id: int) -> list[Message]:
        """List the session's messages in the order of recording."""
        with self._database.reading() as connection:
            return parcel_table.messages(connection, session_id)

    @survives_damage
    def parcels(self, session_id: int) -> list[Parcel]:
        """List all that was recorded of the session, in the order of recording."""
        with self._database.reading() as connection:
            return parcel_table.of_session(connection, session_id)

    @survives_damage
    def own_laps(self, session_id: int) -> list[OwnLap]:
        """List what was seen here of the session's laps, in their order."""
        with self._database.reading() as connection:
            return laps.of_session(connection, session_id)

    @survives_damage
    def unconfirmed(self, session_id: int, sink: str) -> frozenset[str]:
        """Name the session's documents of laps, and parts, that still wait for *sink*, or are parked there."""
        with self._database.reading() as connection:
            return delivery.unconfirmed(connection, session_id, sink)

    @survives_damage
    def come_to(self, session_id: int) -> tuple[object, ...]:
        """
        Return what is another value when something of the session has changed: recorded, told, or confirmed.

        Made to be asked every few seconds: two milliseconds for a race of a thousand laps.
        """
        with self._database.reading() as connection:
            return session_table.come_to(connection, session_id)

    @survives_damage
    def owing(self) -> list[StoredSession]:
        """List the sessions of which something was seen here that the collection is not known to hold, newest first."""
        with self._database.reading() as connection:
            return session_table.owing(connection)

    @survives_damage
    def run_of(self, session_id: int) -> Document | None:
        """Return by which numbers a session, and its run, were recognised; None for one that is not there."""
        with self._database.reading() as connection:
            found = session_table.find(connection, session_id)
            return None if found is None else found.facts

    @survives_damage
    def is_run_over(self, session_id: int) -> bool:
        """Tell whether a later run of the session was seen here."""
        with self._database.reading() as connection:
            found = session_table.find(connection, session_id)
            latest = None if found is None else session_table.latest(connection, found.collection)
            return found is not None and latest is not None and is_of_earlier_run(found.facts, latest.facts)

    @survives_damage
    def settle(self, session_id: int, settled: Sequence[OwnLap]) -> None:
        """
        Note that the collection holds what was seen of these laps; one that has grown meanwhile is still owed.

        Durability:
            On disk when this returns. Lost before that, it is found out again.
        """
        with self._database.writing() as connection:
            laps.settle(connection, session_id, settled)

    @survives_damage
    def mirror(self, collection: str) -> Known:
        """Return what is known of what stands in *collection*; the cursor is None where something may be missing."""
        with self._database.reading() as connection:
            return mirror.known(connection, collection)

    @survives_damage
    def forget_mirror(self, collection: str) -> None:
        """
        Forget what stood in *collection*, its cursor too: an older run's documents have been removed there.

        Durability:
            On disk when this returns.
        """
        with self._database.writing() as connection:
            mirror.forget(connection, collection)

    @survives_damage
    def keep_mirror(
        self,
        collection: str,
        words: Sequence[Mirrored | Removed],
        cursor: int | None = None,
        generation: int | None = None,
    ) -> None:
        """
        Keep what was told of documents of *collection*; of two versions the later one stays.

        Args:
            cursor: With these nothing is missing up to there; None: nobody said so.

            generation: The store's, from before ``mirror`` was asked: if another file has been begun since, what lies
                before the cursor may be missing there, and it is not kept.

        Durability:
            One transaction, on disk when this returns: there is never a cursor without what lies before it.
        """
        with self._database.writing() as connection:
            mirror.keep(connection, collection, words)
            if cursor is not None and generation == self._database.generation:
                mirror.reached(connection, collection, cursor)
