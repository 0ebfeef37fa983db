"""The composition root: which source, which sinks, which threads, and their orderly end."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from teamtactics.cloud.line import Line
from teamtactics.cloud.meter import Meter
from teamtactics.delivery.announcement import announcing_folds
from teamtactics.delivery.deliveries import JOIN_S, Deliveries, SinkFactory
from teamtactics.delivery.owed.debts import Debts
from teamtactics.delivery.owed.progress import Progress
from teamtactics.delivery.ports import Sink
from teamtactics.delivery.upkeep import Upkeep
from teamtactics.delivery.usage_book import UsageBook
from teamtactics.errors import OutboxError
from teamtactics.model.events import Event
from teamtactics.model.parcel import FIRESTORE, PUBSUB
from teamtactics.model.records import SessionClock
from teamtactics.model.status import Counts
from teamtactics.race.tracker import Tracker
from teamtactics.recording.collector import Change, Collector
from teamtactics.recording.journal import LIVE, Journal
from teamtactics.recording.kept.last_resort import LastResort
from teamtactics.recording.own_member import own_member
from teamtactics.recording.taping import Taping
from teamtactics.recording.writer import Writer
from teamtactics.service.clouds import (
    collection_reader,
    collection_stream,
    firestore_sink,
    member_door,
    pubsub_sink,
)
from teamtactics.service.supervision import Supervision
from teamtactics.settings.settings import Settings
from teamtactics.store.second_place import SecondPlace
from teamtactics.store.store import Outbox
from teamtactics.team.catch_up import CatchUp, Reader
from teamtactics.team.ears import Ears
from teamtactics.team.mirror_box import MirrorBox
from teamtactics.team.presence import Presence
from teamtactics.team.roll_call import RollCall
from teamtactics.team.team import Team
from teamtactics.telemetry.source import Source
from teamtactics.telemetry.tape.folder import TAPES, TapeFolder
from teamtactics.worker import Worker

log = logging.getLogger(__name__)

OUTBOX_NAME = "teamtactics.sqlite3"
WRITE_S = 5.0
"""So long the end of the program waits for a disk that does not take what is left."""
RELEASE_S = 1.0
"""So long the end of the program waits for a thread that is in the store."""
REVIVE_S = 0.2
"""How often the end of the program looks whether the writer has died."""
SUPERVISE_EVERY_S = 1.0
COLLECTOR_LIMIT_S = 4.0
"""The collector waits a second at most for a tick or a simulator."""
WRITER_LIMIT_S = 4.0
"""The writer waits a second at most for something to write; what it does at the disk has a limit of its own."""


def utc_now() -> datetime:
    """Return the wall clock, aware."""
    return datetime.now(UTC)


def outbox_path(settings: Settings) -> Path:
    """Name the file that keeps everything."""
    return settings.data_dir / OUTBOX_NAME


class App:
    """
    Everything that runs: collector, writer, one courier per configured sink, and their supervision.

    Threads: ``run`` belongs to one thread (main); ``stop`` may be called from any, also from a signal.

    Attributes:
        settled: How often it was found out what each collection of a session that is over lacks.
    """

    def __init__(
        self,
        settings: Settings,
        source: Source,
        on_event: Callable[[Event], None] | None = None,
        outbox: Outbox | None = None,
    ) -> None:
        """
        Args:
            outbox: None for the one in the data folder; it is opened by whoever needs it first, and tried again for as
                long as it cannot be.
        """
        self.settings = settings
        self.outbox = outbox if outbox is not None else Outbox.own(outbox_path(settings), utc_now, "teamtactics")
        self._stop = threading.Event()
        self.meter = Meter(utc_now)
        self._usage = UsageBook(self.outbox, self.meter)
        line = Line()
        progress = Progress(
            lambda: self.team.clock,
            lambda: self.collector.collection,
            lambda: self.writer.backlog,
            is_over=lambda: self.collector.source.has_ended and not self.is_collecting,
        )
        self.debts = Debts(self.outbox, lambda: self.deliveries.ring(), self._is_caught_up, progress.session_s)
        self._box = MirrorBox(self.outbox, self.debts.told, self.debts.forget)
        self.team = Team(
            settings,
            lambda now, collection, since: collection_stream(now, collection, since, self.meter),
            own_clock=self._own_clock,
            line=line,
            shelf=self._box,
        )
        factories: dict[str, SinkFactory] = {FIRESTORE: self._firestore_sink, PUBSUB: pubsub_sink}
        self.deliveries = Deliveries(settings, self._usage, factories, line)
        tracker = Tracker(settings.state_interval_s, settings.iracing_id)
        self._journal = Journal()
        taping = Taping(TapeFolder(settings.data_dir / TAPES, settings.tape_days) if settings.tape else None)
        self.writer = Writer(
            self._journal,
            self.outbox,
            self.deliveries.ring,
            write_before=taping.write,
            write_behind=self._write_behind,
            begin_anew=self.debts.begin_anew,
            on_seen=self.debts.seen,
            last_resort=LastResort(self.outbox, SecondPlace(settings.data_dir), utc_now),
        )
        self.catch_up = CatchUp(self._reader, self.outbox, self.debts.owing, self._settle, line=line)
        self.settled: Counter[str] = Counter()
        self.presence = Presence(lambda: member_door(self.settings, self.meter), line=line)
        self._roll_call = RollCall()
        self._ears = Ears(settings, self.team, self.catch_up, self.presence)
        self.collector = Collector(
            source,
            tracker,
            self._journal,
            self._stop,
            on_event=on_event,
            expected_customer_id=settings.iracing_id,
            team=self.team,
            tape=taping,
        )
        self.collecting = Worker("collector", lambda _stop: self.collector.run(), COLLECTOR_LIMIT_S)
        self._writing = Worker("writer", lambda _stop: self.writer.run(), WRITER_LIMIT_S)
        self._supervision = Supervision(lambda: self.workers)
        self.upkeep = Upkeep(self.outbox, self._usage, lambda: self.deliveries.names, utc_now)

    @property
    def workers(self) -> tuple[Worker, ...]:
        """All long-lived threads; every one is looked after."""
        return (self.collecting, self._writing, *self.deliveries.workers, *self._ears.workers)

    @property
    def is_collecting(self) -> bool:
        """Whether something may still come into the store."""
        return not self.collecting.has_returned or self.writer.backlog > 0

    def waiting(self) -> int:
        """Return how many deliveries to configured sinks are outstanding."""
        counts = self.outbox.counts()
        return sum(counts.sinks[name].waiting for name in self.deliveries.names if name in counts.sinks)

    def owes(self, collection: str) -> bool:
        """Return whether Firestore is not known to hold all that was seen here of *collection*."""
        return FIRESTORE in self.deliveries.names and any(one.collection == collection for one in self.outbox.owing())

    def start(self) -> None:
        """Begin collecting, writing and delivering."""
        self._writing.start()
        self.deliveries.start()
        self._ears.start()
        self.collecting.start()

    def use(self, settings: Settings, source: Source | None = None) -> None:
        """
        Go on with other settings; not a tick is lost. The data folder stays until the next start.

        Args:
            source: Read from this one now; None to stay with the one that is read.
        """
        self.settings = settings
        self.collector.change(Change(source, settings.state_interval_s, settings.iracing_id))
        if source is not None:
            # The former one may have come to its end, or could not be read.
            self.collecting.start()
        self.deliveries.use(settings)
        self._ears.use(settings)

    def retry_parked(self) -> int:
        """Let everything that the sinks refused for good be tried again now; return how many."""
        count = sum(self.outbox.unpark(name) for name in self.deliveries.names)
        self.deliveries.try_now()
        return count

    def supervise(self) -> None:
        """Look after the threads once; for whoever has no ``Service`` that does, about once a second."""
        self._supervision.look()
        self.upkeep.now_and_then()

    def tell_presence(self, counts: Counts, trouble: str | None) -> None:
        """Let the team know that this client is there, and of the *trouble* that a human has to mend."""
        own = own_member(self.collector, counts, self.deliveries.names, trouble, utc_now())
        self.presence.now(self.collector.collection, own)
        if own is not None:
            self._roll_call.look(self.collector.collection, self.team.members.seen(self.presence.own), own.customer_id)

    def wait(self, timeout_s: float = SUPERVISE_EVERY_S) -> bool:
        """Sleep until a stop is asked for, at most *timeout_s*; return whether it was."""
        return self._stop.wait(timeout_s)

    def stop(self) -> None:
        """Ask everything to end."""
        self._stop.set()
        self.collecting.end()
        self.deliveries.ask_to_end()
        self._ears.ask_to_end()

    def close(self) -> None:
        """
        End in order: collector, writer, couriers, what can still be delivered in a few seconds, the outbox.

        On a disk that hangs nothing more is asked of it: what is in memory only is lost, and said.
        """
        self.stop()
        ended = self.collecting.join(JOIN_S)
        self._journal.close(time.monotonic() + WRITE_S)
        is_written = self._is_written()
        ended = self.deliveries.close(may_drain=is_written) and ended
        ended = self._ears.close() and ended
        if not (ended and is_written):
            log.warning("a thread did not end in time")
        if (left := self.writer.left_over()) is not None:
            log.error("%s", left)
        if is_written:
            self._tell_waiting()
        if not self.outbox.close(RELEASE_S):
            log.warning("the local store is let go of by the end of the program: the disk hangs")

    def _is_written(self) -> bool:
        """Wait for the writer, which may die here as anywhere; return whether it has ended."""
        # The last attempt may begin when the time is all but up, and what then is left goes to another place.
        until_s = time.monotonic() + WRITE_S + JOIN_S
        while True:
            has_ended = self._writing.join(REVIVE_S)
            if has_ended and self._writing.error is None:
                return True
            if time.monotonic() >= until_s:
                return False
            if has_ended and not self._writing.revive():
                time.sleep(REVIVE_S)

    def _tell_waiting(self) -> None:
        self.upkeep.keep_usage()
        try:
            waiting = self.waiting()
            if waiting:
                log.info("%d deliveries wait for the next start", waiting)
        except OutboxError as error:
            log.warning("not counted what waits for the next start: %s", error)

    def _firestore_sink(self, settings: Settings) -> Sink:
        return firestore_sink(
            settings,
            is_driving=lambda: self.collector.is_driving,
            clock=lambda: self.team.clock,
            on_refused=self.team.complain,
            meter=self.meter,
            runs=self.outbox,
            fold=self.debts.fold,
            on_folded=announcing_folds(self.outbox, self.deliveries.ring),
        )

    def _reader(self) -> Reader:
        return collection_reader(self.settings, self.meter)

    def _settle(self, collection: str) -> None:
        self.debts.settle(collection)
        self.settled[collection] += 1

    def _write_behind(self) -> None:
        self._box.write()
        self.debts.write()

    def _is_caught_up(self, collection: str) -> bool:
        return self.collector.collection == collection and self.team.is_caught_up

    def _own_clock(self) -> SessionClock | None:
        return self.collector.tracker.clock if self.collector.source.key == LIVE else None
