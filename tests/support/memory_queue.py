"""The outbox as a courier sees it, in memory: per sink what waits, what was delivered and what is parked."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from teamtactics.model.parcel import Parcel, StoredParcel, sinks_of


class MemoryQueue:
    """A ``DeliveryQueue`` that can be waited for."""

    def __init__(self, *parcels: Parcel) -> None:
        self.delivered: dict[str, list[int]] = {}
        self.parked: dict[str, dict[int, str]] = {}
        self.changed = threading.Condition(threading.RLock())
        self._stored: list[StoredParcel] = []
        self.add(*parcels)

    def add(self, *parcels: Parcel) -> None:
        with self.changed:
            first = len(self._stored) + 1
            self._stored += [StoredParcel(seq, 1, parcel) for seq, parcel in enumerate(parcels, first)]

    def pending(self, sink: str, limit: int) -> Sequence[StoredParcel]:
        with self.changed:
            done = {*self.delivered.get(sink, ()), *self.parked.get(sink, ())}
            waiting = [one for one in self._stored if sink in sinks_of(one.parcel) and one.seq not in done]
            return waiting[:limit]

    def mark_delivered(self, sink: str, seqs: Sequence[int]) -> None:
        with self.changed:
            self.delivered.setdefault(sink, []).extend(seqs)
            self.changed.notify_all()

    def park(self, sink: str, seq: int, reason: str) -> None:
        with self.changed:
            self.parked.setdefault(sink, {})[seq] = reason
            self.changed.notify_all()

    def wait_until_empty(self, sink: str, limit_s: float) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: not self.pending(sink, 1), limit_s)
