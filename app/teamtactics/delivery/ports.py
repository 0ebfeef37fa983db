"""What a courier stands between: the outbox and a sink."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from teamtactics.model.parcel import StoredParcel


class Sink(Protocol):
    """Where parcels go. ``deliver`` gets parcels of one collection in order, and a PURGE alone."""

    @property
    def name(self) -> str: ...
    @property
    def max_batch(self) -> int: ...
    @property
    def conflict(self) -> str | None: ...
    def deliver(self, parcels: Sequence[StoredParcel]) -> None: ...
    def check(self) -> str: ...
    def close(self) -> None: ...


class DeliveryQueue(Protocol):
    """What the courier needs of the outbox; called from the courier's thread only."""

    def pending(self, sink: str, limit: int) -> Sequence[StoredParcel]: ...
    def mark_delivered(self, sink: str, seqs: Sequence[int]) -> None: ...
    def park(self, sink: str, seq: int, reason: str) -> None: ...
