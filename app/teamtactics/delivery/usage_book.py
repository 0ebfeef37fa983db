"""Keeps what was asked of Firestore, together with what was delivered for it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import date

from teamtactics.cloud.meter import Meter
from teamtactics.model.parcel import StoredParcel
from teamtactics.model.usage import WARN_AT, Usage, runs_short
from teamtactics.store.store import Outbox

log = logging.getLogger(__name__)


class UsageBook:
    """
    The outbox as couriers see it; what the *meter* has counted is kept with each delivery, in its transaction.

    A crash may lose what was counted since, and never counts anything twice.

    Threads:
        All methods may be called from any; each may wait for the disk.
    """

    def __init__(self, outbox: Outbox, meter: Meter) -> None:
        self._outbox = outbox
        self._meter = meter

    def pending(self, sink: str, limit: int) -> Sequence[StoredParcel]:
        """List the oldest parcels that *sink* still has to get."""
        return self._outbox.pending(sink, limit)

    def park(self, sink: str, seq: int, reason: str) -> None:
        """Take a parcel that *sink* will never accept out of its queue."""
        self._outbox.park(sink, seq, reason)

    def mark_delivered(self, sink: str, seqs: Sequence[int]) -> None:
        """Note that *sink* has confirmed these, and what was asked of Firestore meanwhile."""
        with self._meter.saving() as added:
            totals = self._outbox.mark_delivered(sink, seqs, added)
        _warn(added, totals)

    def save(self) -> None:
        """
        Keep what was counted beside deliveries: what the watch was told.

        Raises:
            OutboxError: It cannot be written now, and is kept with what comes next.
        """
        with self._meter.saving() as added:
            totals = self._outbox.add_usage(added)
        _warn(added, totals)


def _warn(added: Mapping[date, Usage], totals: Mapping[date, Usage]) -> None:
    for day, usage in added.items():
        for kind in runs_short(totals[day], usage):
            log.warning(
                "Firestore: this PC alone has used %.0f %% of today's free %s (%s); the quota begins anew at midnight "
                "Pacific time",
                WARN_AT * 100,
                kind,
                totals[day],
            )
