"""What is done to the store now and then: what is old and delivered goes, what was asked of Firestore is noted."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from teamtactics.delivery.usage_book import UsageBook
from teamtactics.errors import OutboxError
from teamtactics.store.store import Outbox

log = logging.getLogger(__name__)

PRUNE_EVERY_S = 6 * 3600.0
KEEP_DELIVERED = timedelta(days=30)
KEEP_USAGE_EVERY_S = 30.0
"""What a crash may lose of what the watch was told; each time costs a sync of the disk."""


class Upkeep:
    """
    Args:
        sinks: Names of the configured ones: what waits for one of them stays.

    Threads: one at a time; ``now_and_then`` may wait for the disk.
    """

    def __init__(
        self,
        outbox: Outbox,
        usage: UsageBook,
        sinks: Callable[[], Collection[str]],
        utc_now: Callable[[], datetime],
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._outbox, self._usage, self._sinks = outbox, usage, sinks
        self._utc_now, self._monotonic_s = utc_now, monotonic_s
        self._pruned_s: float | None = None
        self._usage_kept_s = monotonic_s()

    def now_and_then(self) -> None:
        """Do what is due; call about once a second."""
        now_s = self._monotonic_s()
        if self._pruned_s is None or now_s - self._pruned_s > PRUNE_EVERY_S:
            self._pruned_s = now_s
            self._prune()
        if now_s - self._usage_kept_s > KEEP_USAGE_EVERY_S:
            self._usage_kept_s = now_s
            self.keep_usage()

    def keep_usage(self) -> None:
        """Note what was asked of Firestore since the last time."""
        try:
            self._usage.save()
        except OutboxError as error:
            log.debug("what was asked of Firestore is kept later: %s", error)

    def _prune(self) -> None:
        try:
            now = self._utc_now()
            removed = self._outbox.prune(now - KEEP_DELIVERED, self._sinks(), now.date().isoformat())
        except OutboxError as error:
            log.warning("old items could not be removed: %s", error)
            return
        if removed:
            log.info("%d items delivered more than %d days ago were removed", removed, KEEP_DELIVERED.days)
