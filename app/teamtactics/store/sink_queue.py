"""What each sink still has to get, as the couriers see the outbox."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from functools import wraps
from typing import ParamSpec, TypeVar

from teamtactics.errors import OutboxDamaged
from teamtactics.language import SaidOf
from teamtactics.model.parcel import StoredParcel
from teamtactics.model.status import Counts
from teamtactics.model.usage import Usage
from teamtactics.store.database import Database
from teamtactics.store.records import ParkedParcel
from teamtactics.store.rescue.mending import REASON
from teamtactics.store.tables import codec, delivery, usage

P = ParamSpec("P")
T = TypeVar("T")


def survives_damage(method: Callable[P, T]) -> Callable[P, T]:
    """
    Ask the file that was begun in the place of a damaged one.

    Who reads or notes a delivery need not know of it: what was saved has kept its numbers, and the human is told.
    """

    @wraps(method)
    def call(*arguments: P.args, **named: P.kwargs) -> T:
        try:
            return method(*arguments, **named)
        except OutboxDamaged:
            return method(*arguments, **named)

    return call


class SinkQueue:
    """
    The half of the outbox that delivery works with; ``Outbox`` says which threads, and what every method raises.
    """

    def __init__(self, database: Database, utc_now: Callable[[], datetime]) -> None:
        self._database = database
        self._utc_now = utc_now

    @survives_damage
    def pending(self, sink: str, limit: int) -> list[StoredParcel]:
        """
        List the oldest parcels that *sink* still has to get, at most *limit*, without the parked ones.

        One whose text is damaged in the file is parked, so that it cannot stop those behind it.
        """
        while True:
            with self._database.reading() as connection:
                found, damaged = delivery.waiting(connection, sink, limit)
            for seq in damaged:
                self.park(sink, seq, REASON)
            if damaged:
                self._database.say(
                    SaidOf(
                        "{count} item in the local store is damaged and was set aside.",
                        "{count} items in the local store are damaged and were set aside.",
                        len(damaged),
                    )
                )
            if found or not damaged:
                return found

    @survives_damage
    def purging(self, sink: str) -> Collection[str]:
        """Name the collections from which *sink* has still to remove an older session's documents."""
        with self._database.reading() as connection:
            return delivery.purging(connection, sink)

    @survives_damage
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

    @survives_damage
    def usage(self, day: date) -> Usage:
        """Return what this PC has asked of Firestore on a quota day."""
        with self._database.reading() as connection:
            return usage.of_day(connection, day)

    @survives_damage
    def park(self, sink: str, seq: int, reason: str) -> None:
        """
        Take a parcel that *sink* will never accept out of its queue; it is kept, with the reason.

        Durability:
            On disk when this returns.
        """
        with self._database.writing() as connection:
            delivery.park(connection, sink, seq, reason, codec.utc_text(self._utc_now()))

    @survives_damage
    def unpark(self, sink: str) -> int:
        """Let everything parked at *sink* be tried again, in its old order; return how many."""
        with self._database.writing() as connection:
            return delivery.unpark(connection, sink, codec.utc_text(self._utc_now()))

    @survives_damage
    def parked(self, sink: str) -> list[ParkedParcel]:
        """List what is parked at *sink* with the reasons, oldest first."""
        with self._database.reading() as connection:
            return delivery.parked(connection, sink)

    @survives_damage
    def counts(self) -> Counts:
        """Say how many are stored and where they stand; cheap, made to be asked every second."""
        with self._database.reading() as connection:
            return delivery.counts(connection)

    @survives_damage
    def laps_waiting(self, sinks: Collection[str]) -> int:
        """Count the laps that one of *sinks* still has to get; not for every second: it looks at each that waits."""
        with self._database.reading() as connection:
            return delivery.laps_waiting(connection, sinks)
