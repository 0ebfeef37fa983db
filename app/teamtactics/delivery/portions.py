"""How much goes out at once, and whose fault it is when a server refuses it for good: pure."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from enum import Enum

from teamtactics.model.parcel import ParcelKind, StoredParcel

LARGEST = 200
"""Parcels at once; a sink's own ``max_batch`` may be less."""
_FIRST = 20
"""What is on its way over a thin line, given up or not, is in the way of what comes next: it begins with some 20 kB."""
_QUICK_S = 0.5
"""A full batch that took no longer may be doubled; one that took longer grows by a quarter, up to …"""
_LONG_S = 2.0
"""… what takes about so long: far from every deadline, and soon known when the line breaks."""


class Verdict(Enum):
    """What a refusal says."""

    UNDECIDED = "tried again in another way at once"
    POISON = "this one parcel can never be delivered"
    PLACE = "it may be the place: nothing gets through"


class Portions:
    """
    Chooses the next batch, in order of recording.

    An error about the place (a wrong topic, a project without a database) may look like one about its contents, and
    would condemn everything that waits. A parcel is therefore condemned only when it is refused alone, again, right
    after another one got through.
    """

    def __init__(self) -> None:
        self._limit = _FIRST
        self._suspects: set[int] = set()
        self._alone: set[int] = set()
        """Refused alone since something last got through; the next ones are tried in their place."""
        self._has_passed = False
        """Something got through since the suspects were last refused."""

    def next(self, waiting: Sequence[StoredParcel], largest: int) -> Sequence[StoredParcel]:
        """
        Return what of *waiting*, the front of the queue, goes out now; empty when nothing waits.

        Args:
            largest: As many as the sink takes.
        """
        self._suspects &= {stored.seq for stored in waiting}  # a state may have been replaced by a newer one
        if self._alone:
            if (neighbour := _neighbour(waiting, self._alone)) is not None:
                return [neighbour]
            self._alone.clear()  # all were tried
        return _front(waiting)[: min(self._limit, largest)]

    def passed(self, batch: Sequence[StoredParcel], took_s: float) -> None:
        """Note that the server has taken *batch*."""
        self._suspects -= {stored.seq for stored in batch}
        self._alone.clear()
        self._has_passed = True
        if took_s > _LONG_S:
            self._limit = max(1, int(len(batch) * _LONG_S / took_s))
        elif not self._suspects and len(batch) >= self._limit:
            growth = self._limit if took_s <= _QUICK_S else max(1, self._limit // 4)
            self._limit = min(LARGEST, self._limit + growth)

    def failed(self, batch: Sequence[StoredParcel], *, is_too_slow: bool) -> None:
        """Note that *batch* did not get through, which says nothing about it; less of it may get through in time."""
        self._has_passed = False
        if is_too_slow:
            self._limit = max(1, len(batch) // 2)

    def refused(
        self, batch: Sequence[StoredParcel], waiting: Sequence[StoredParcel], *, is_certain: bool = False
    ) -> Verdict:
        """
        Say what to make of the refusal of *batch*, which was chosen of *waiting*.

        Args:
            is_certain: We found ourselves that it cannot be sent, or others got through beside it.
        """
        seqs = {stored.seq for stored in batch}
        is_confirmed = is_certain or (self._has_passed and seqs <= self._suspects)
        self._has_passed = False
        self._limit = max(1, len(batch) // 2)
        if len(batch) > 1:
            self._suspects = seqs
            return Verdict.UNDECIDED
        if is_confirmed:
            self._suspects -= seqs
            return Verdict.POISON
        self._suspects |= seqs
        self._alone |= seqs
        is_hopeless = len(self._alone) > 1 or _neighbour(waiting, self._alone) is None
        return Verdict.PLACE if is_hopeless else Verdict.UNDECIDED


def _front(waiting: Sequence[StoredParcel]) -> list[StoredParcel]:
    """Take what may go together: one collection, in order, a PURGE alone."""
    if not waiting:
        return []
    first = waiting[0].parcel
    if first.kind is ParcelKind.PURGE:
        return [waiting[0]]
    return list(
        itertools.takewhile(
            lambda stored: stored.parcel.collection == first.collection and stored.parcel.kind is not ParcelKind.PURGE,
            waiting,
        )
    )


def _neighbour(waiting: Sequence[StoredParcel], tried: Collection[int]) -> StoredParcel | None:
    """Find another one that may go first: of another session if there is one, and never past a PURGE of its own."""
    purged: set[str] = set()
    doubted: set[str] = set()
    found: list[StoredParcel] = []
    for stored in waiting:
        if stored.parcel.kind is ParcelKind.PURGE:
            purged.add(stored.parcel.collection)
        if stored.seq in tried:
            doubted.add(stored.parcel.collection)
        elif stored.parcel.collection not in purged:
            found.append(stored)
    return min(found, key=lambda stored: stored.parcel.collection in doubted, default=None)
