"""The couriers of the configured sinks, each with its thread; they follow the settings while the program runs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from teamtactics.cloud.line import Line
from teamtactics.delivery.courier import Courier
from teamtactics.delivery.ports import DeliveryQueue, Sink
from teamtactics.errors import OutboxError
from teamtactics.language import joined
from teamtactics.model.parcel import FIRESTORE, PUBSUB
from teamtactics.model.status import SinkState, SinkStatus
from teamtactics.settings.settings import Settings
from teamtactics.worker import Worker

log = logging.getLogger(__name__)

DRAIN_S = 4.0
"""How long the end of the program waits for what is still to be delivered; the rest goes out next time."""
JOIN_S = 8.0
"""
Longer than a call to a server takes over a usual line. A delivery that is cut off at the end is repeated at the next
start, which is harmless.
"""

SILENT_LIMIT_S = 4.0
"""A courier that waits looks about once a second; what it does with a server or the disk has a limit of its own."""

SinkFactory = Callable[[Settings], Sink]


@dataclass(slots=True)
class _Round:
    """One courier on its way: with a thread of its own, so that it alone can be taken out of service."""

    courier: Courier
    worker: Worker
    bell: threading.Event

    def end(self) -> None:
        self.worker.end()
        self.bell.set()


class Deliveries:
    """
    One courier per configured sink.

    Args:
        factories: By sink name; each is called in its courier's thread with the settings of that moment.

        line: What the couriers, and others, tell each other of the line to Google.

    Threads: ``ring``, ``names``, ``statuses`` and ``refusal`` may be called from any. ``use`` belongs to one thread and
    may wait for a call to a server. The rest is the owner's.
    """

    def __init__(
        self, settings: Settings, queue: DeliveryQueue, factories: dict[str, SinkFactory], line: Line | None = None
    ) -> None:
        self._line = line or Line()
        self._settings = settings
        self._queue = queue
        self._factories = factories
        self._is_started = False
        # Replaced as a whole, so that other threads may go through it at any time.
        self._rounds: tuple[_Round, ...] = tuple(self._round(name) for name in configured_sinks(settings))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the configured sinks."""
        return tuple(status.name for status in self.statuses)

    @property
    def statuses(self) -> tuple[SinkStatus, ...]:
        """How each configured sink is doing."""
        return tuple(each.courier.status for each in self._rounds)

    @property
    def workers(self) -> tuple[Worker, ...]:
        """The couriers' threads."""
        return tuple(each.worker for each in self._rounds)

    def refusal(self) -> str | None:
        """Say what a human must do when a sink takes nothing any more; None when all is well."""
        for status in self.statuses:
            if status.state is SinkState.REFUSED:
                return joined(status.problem or "", status.hint) if status.hint else status.problem
        return None

    def start(self) -> None:
        """Begin to deliver."""
        self._is_started = True
        for each in self._rounds:
            each.worker.start()

    def ring(self) -> None:
        """Say that there is something new."""
        for each in self._rounds:
            each.bell.set()

    def try_now(self) -> None:
        """Try again at once, with new connections, whatever is waited for."""
        for each in self._rounds:
            each.courier.kick()

    def use(self, settings: Settings) -> None:
        """
        Go on with *settings*: couriers of sinks that are no longer configured end, new ones begin, the others try again
        at once with a new connection. Nothing that waits is lost.
        """
        self._settings = settings
        wanted = configured_sinks(settings)
        leaving = [each for each in self._rounds if each.courier.status.name not in wanted]
        staying = {each.courier.status.name: each for each in self._rounds if each not in leaving}
        new = {name: self._round(name) for name in wanted if name not in staying}
        self._rounds = tuple(staying.get(name) or new[name] for name in wanted)
        for each in leaving:
            each.end()
        for each in leaving:
            if each.worker.join(JOIN_S):
                each.courier.close()
            else:
                log.warning("%s did not end in time; it ends after its present call", each.worker.name)
        for each in staying.values():
            each.courier.kick()
        if self._is_started:
            for each in new.values():
                each.worker.start()

    def ask_to_end(self) -> None:
        """Ask all couriers to end."""
        for each in self._rounds:
            each.end()

    def close(self, *, may_drain: bool = True) -> bool:
        """
        Deliver what can be in a few seconds and end; return whether every thread has ended.

        Args:
            may_drain: False when the disk hangs: what is asked of it then never comes back.
        """
        self.ask_to_end()
        now_s = time.monotonic()
        ended = [each for each in self._rounds if each.worker.join(max(0.0, now_s + JOIN_S - time.monotonic()))]
        for each in ended:
            if may_drain and len(ended) == len(self._rounds):
                self._drain(each.courier, now_s + DRAIN_S)
            each.courier.close()
        return len(ended) == len(self._rounds)

    def _drain(self, courier: Courier, deadline_s: float) -> None:
        try:
            courier.drain(deadline_s)
        except OutboxError as error:
            log.warning("%s: nothing more is delivered before the end: %s", courier.status.name, error)

    def _round(self, name: str) -> _Round:
        factory, bell = self._factories[name], threading.Event()
        courier = Courier(name, lambda: factory(self._settings), self._queue, line=self._line)
        return _Round(courier, Worker(f"courier-{name}", lambda stop: courier.run(stop, bell), SILENT_LIMIT_S), bell)


def configured_sinks(settings: Settings) -> tuple[str, ...]:
    """Name the sinks that *settings* configure."""
    cloud = settings.cloud
    firestore = (FIRESTORE,) if cloud.firestore_configured else ()
    return (*firestore, PUBSUB) if cloud.pubsub_configured else firestore
