"""The composition root: which source, which sinks, which threads, and their orderly end."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from teamtactics.cloud.line import Line
from teamtactics.cloud.meter import Meter
from teamtactics.delivery.announcement import announcing
from teamtactics.delivery.deliveries import JOIN_S, Deliveries, SinkFactory, died
from teamtactics.delivery.ports import Sink
from teamtactics.delivery.usage_book import UsageBook
from teamtactics.errors import OutboxError, SourceRefused
from teamtactics.model.events import Event
from teamtactics.model.parcel import FIRESTORE, PUBSUB
from teamtactics.race.tracker import Tracker
from teamtactics.recording.collector import Change, Collector
from teamtactics.recording.recorder import Recorder
from teamtactics.service.clouds import firestore_sink, pubsub_sink, state_stream
from teamtactics.settings.settings import Settings
from teamtactics.store.store import Outbox
from teamtactics.team.team import Team
from teamtactics.telemetry.source import Source
from teamtactics.worker import Worker

log = logging.getLogger(__name__)

OUTBOX_NAME = "teamtactics.sqlite3"
KEEP_DELIVERED = timedelta(days=30)
PRUNE_EVERY_S = 6 * 3600.0
KEEP_USAGE_EVERY_S = 30.0
"""What a crash may lose of what the watch was told; each time costs a sync of the disk."""
SUPERVISE_EVERY_S = 1.0


def utc_now() -> datetime:
    """Return the wall clock, aware."""
    return datetime.now(UTC)


def outbox_path(settings: Settings) -> Path:
    """Name the file that keeps everything."""
    return settings.data_dir / OUTBOX_NAME


def open_outbox(settings: Settings) -> Outbox:
    """
    Open the local store; a damaged one has been moved aside, and that is said.

    Raises:
        OutboxError: It cannot be used; the text says why.
    """
    outbox = Outbox.open(outbox_path(settings), utc_now)
    if outbox.damaged_moved_to is not None:
        log.error("the local store was damaged; it was moved to %s and a new one begun", outbox.damaged_moved_to)
    return outbox


class App:
    """
    Everything that runs: collector, one courier per configured sink, and their supervision.

    Threads: ``run`` belongs to one thread (main); ``stop`` may be called from any, also from a signal.
    """

    def __init__(
        self,
        settings: Settings,
        source: Source,
        on_event: Callable[[Event], None] | None = None,
        outbox: Outbox | None = None,
    ) -> None:
        """
        Raises:
            OutboxError: The data folder cannot be used; the text says why.
        """
        self.settings = settings
        self.outbox = outbox if outbox is not None else open_outbox(settings)
        self._stop = threading.Event()
        self.meter = Meter(utc_now)
        self._usage = UsageBook(self.outbox, self.meter)
        line = Line()
        self.team = Team(settings, lambda now, collection: state_stream(now, collection, self.meter), line=line)
        factories: dict[str, SinkFactory] = {FIRESTORE: self._firestore_sink, PUBSUB: pubsub_sink}
        self.deliveries = Deliveries(settings, self._usage, factories, line)
        tracker = Tracker(settings.state_interval_s, settings.iracing_id)
        self.recorder = Recorder(self.outbox, self.deliveries.ring)
        self.collector = Collector(
            source,
            tracker,
            self.recorder,
            self._stop,
            on_event=on_event,
            expected_customer_id=settings.iracing_id,
            team=self.team,
        )
        self._collecting = Worker("collector", self.collector.run, fatal=(SourceRefused,))
        self._pruned_s: float | None = None
        self._usage_kept_s = time.monotonic()
        self._ended = threading.Event()

    @property
    def workers(self) -> tuple[Worker, ...]:
        """All threads that may die and be begun again."""
        return (self._collecting, *self.deliveries.workers)

    @property
    def is_collecting(self) -> bool:
        """Whether frames may still come."""
        return self._collecting.is_alive

    def waiting(self) -> int:
        """Return how many deliveries to configured sinks are outstanding."""
        counts = self.outbox.counts()
        return sum(counts.sinks[name].waiting for name in self.deliveries.names if name in counts.sinks)

    def start(self) -> None:
        """Begin collecting and delivering."""
        self.recorder.finish_abandoned(utc_now())
        self.deliveries.start()
        self.team.start()
        self._collecting.start()

    def use(self, settings: Settings, source: Source | None = None) -> None:
        """
        Go on with other settings; not a tick is lost. The data folder stays until the next start.

        Args:
            source: Read from this one now; None to stay with the one that is read.
        """
        self.settings = settings
        self.collector.change(Change(source, settings.state_interval_s, settings.iracing_id))
        if source is not None and not self._collecting.is_alive:
            # The former one had come to its end, or could not be read.
            self._collecting.start()
        self.deliveries.use(settings)
        self.team.use(settings)

    def retry_parked(self) -> int:
        """Let everything that the sinks refused for good be tried again now; return how many."""
        count = sum(self.outbox.unpark(name) for name in self.deliveries.names)
        self.deliveries.try_now()
        return count

    def begin_dead_again(self) -> None:
        """Begin every thread again that has died for good."""
        for worker in self.workers:
            if worker.error is not None and not worker.is_alive:
                worker.start()

    def supervise(self) -> None:
        """
        Look after the threads once; call about once a second.

        Raises:
            SourceRefused: The source cannot be read.

            WorkerDied: One keeps dying.
        """
        if not self._collecting.revive():
            error = self._collecting.error
            raise error if isinstance(error, SourceRefused) else died(self._collecting)
        self.deliveries.supervise()
        if not self.team.worker.revive():
            raise died(self.team.worker)
        now_s = time.monotonic()
        if self._pruned_s is None or now_s - self._pruned_s > PRUNE_EVERY_S:
            self._pruned_s = now_s
            self._prune()
        if now_s - self._usage_kept_s > KEEP_USAGE_EVERY_S:
            self._usage_kept_s = now_s
            self._keep_usage()

    def wait(self, timeout_s: float = SUPERVISE_EVERY_S) -> bool:
        """Sleep until a stop is asked for, at most *timeout_s*; return whether it was."""
        return self._stop.wait(timeout_s)

    def stop(self) -> None:
        """Ask everything to end."""
        self._stop.set()
        self.deliveries.ask_to_end()
        self.team.ask_to_end()

    def close(self) -> None:
        """End in order: collector, couriers, what can still be delivered in a few seconds, the outbox."""
        self.stop()
        ended = self._collecting.join(JOIN_S)
        ended = self.deliveries.close() and ended
        ended = self.team.close() and ended
        if not ended:
            log.warning("a thread did not end in time; what it had collected is on disk")
        self._keep_usage()
        waiting = self.waiting()
        if waiting:
            log.info("%d deliveries wait for the next start", waiting)
        self.outbox.close()

    def _firestore_sink(self, settings: Settings) -> Sink:
        return firestore_sink(
            settings,
            on_foreign_state=self.team.hear,
            on_created=announcing(self.outbox, self.deliveries.ring),
            is_driving=lambda: self.collector.tracker.is_driving,
            meter=self.meter,
        )

    def _keep_usage(self) -> None:
        try:
            self._usage.save()
        except OutboxError as error:
            log.debug("what was asked of Firestore is kept later: %s", error)

    def _prune(self) -> None:
        try:
            removed = self.outbox.prune(utc_now() - KEEP_DELIVERED, self.deliveries.names)
        except OutboxError as error:
            log.warning("old items could not be removed: %s", error)
            return
        if removed:
            log.info("%d items delivered more than %d days ago were removed", removed, KEEP_DELIVERED.days)
