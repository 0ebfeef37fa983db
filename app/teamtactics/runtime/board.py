"""The board: puts the whole client into one immutable ``Status``, about once a second."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from teamtactics.errors import OutboxError
from teamtactics.model.status import Counts, SimulatorState, SinkState, SinkStatus, Status
from teamtactics.runtime.app import App
from teamtactics.runtime.collector import Collector

log = logging.getLogger(__name__)

NO_COUNTS = Counts(0, 0, {})


class Board:
    """
    Looks at everything and keeps the picture.

    Attributes:
        status: The newest picture, replaced as a whole.

    Threads: ``look`` may wait for the disk and belongs to the supervisor; ``status`` may be read from any.
    """

    def __init__(self, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._monotonic_s = monotonic_s
        self.status = Status(monotonic_s())

    def look(self, app: App | None, needs: Sequence[str]) -> Status:
        """
        Renew the picture.

        Args:
            app: None while the local store cannot be used: then nothing is recorded, and *needs* says why.

            needs: What is known to need a human; what the sinks and the disk say is added.
        """
        if app is None:
            self.status = Status(self._monotonic_s(), needs=tuple(needs))
            return self.status
        collector, sinks = app.collector, app.deliveries.statuses
        car = collector.car if collector.is_connected else None
        self.status = Status(
            at_s=self._monotonic_s(),
            simulator=simulator_state(collector),
            collection=app.recorder.collection,
            is_driving=car is not None and app.collector.tracker.is_driving,
            is_paused=collector.pause.is_asked,
            car=car,
            sinks=sinks,
            counts=_counts(app),
            laps_waiting=_laps_waiting(app, sinks),
            needs=(*needs, *_own_needs(app, sinks)),
        )
        return self.status


def simulator_state(collector: Collector) -> SimulatorState:
    """Say what this PC's simulator, or what stands for it, is doing."""
    info = collector.info
    if not collector.is_connected or info is None:
        return SimulatorState.WAITING
    return SimulatorState.CONNECTED if info.is_live else SimulatorState.REPLAY


def _own_needs(app: App, sinks: Sequence[SinkStatus]) -> tuple[str, ...]:
    refused = [f"{sink.problem} {sink.hint}".strip() for sink in sinks if sink.state is SinkState.REFUSED]
    if app.recorder.is_disk_full:
        refused.append("The disk is full: new laps are kept in memory only. Make room now.")
    return tuple(refused)


def _counts(app: App) -> Counts:
    try:
        return app.counts()
    except OutboxError as error:
        # The collector's own attempt to write tells the user; the board must not die of what it only wants to show.
        log.debug("not counted: %s", error)
        return NO_COUNTS


def _laps_waiting(app: App, sinks: Sequence[SinkStatus]) -> int:
    down = [sink.name for sink in sinks if sink.state is SinkState.UNREACHABLE]
    if not down:
        return 0
    try:
        return app.outbox.laps_waiting(down)
    except OutboxError as error:
        log.debug("not counted: %s", error)
        return 0
