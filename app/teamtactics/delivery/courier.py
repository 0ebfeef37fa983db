"""One sink's deliverer: takes parcels from the front of the outbox and does not rest until the server has them."""

from __future__ import annotations

import itertools
import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from teamtactics.cloud.retry import Chance, RetryPolicy
from teamtactics.errors import Contended, DeliveryError, PermanentFailure, SinkRefused
from teamtactics.model.parcel import ParcelKind, StoredParcel
from teamtactics.model.status import SinkState, SinkStatus

log = logging.getLogger(__name__)

_LARGEST_BATCH = 200
"""Parcels asked of the outbox at once; a sink's own ``max_batch`` may be less."""
_CONTENTION = RetryPolicy(first_s=0.1, cap_s=1.0, least_s=0.02)
"""While somebody else writes the same: the sink is well, and what comes next may have nothing to do with it."""
_CONTENTIONS_TOLD = 20
"""In a row: then somebody who holds a document is worth a line in the log."""
_TICK_S = 1.0
"""How late a stop flag is seen when nobody rings."""


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


class Courier:
    """
    Delivers to one sink, in order, for ever; trouble here is no other sink's trouble.

    Args:
        name: The sink's name.

        sink_factory: Makes the sink; called in the courier's thread, so that the Google libraries are imported there.
            May raise DeliveryError. Called again after ``kick``.

        queue: The outbox.

        policy: How long to wait after failures.

        monotonic_s: The clock for waiting.

        chance: Where the waiting time's jitter comes from.

        idle_s: How long to wait for the bell when nothing is to be done.

    Attributes:
        status: How the sink is doing; one immutable picture, replaced as a whole.

    Threads:
        ``step``, ``run``, ``drain`` and ``close``: one thread. ``kick`` and ``status``: any.
    """

    def __init__(
        self,
        name: str,
        sink_factory: Callable[[], Sink],
        queue: DeliveryQueue,
        policy: RetryPolicy | None = None,
        monotonic_s: Callable[[], float] = time.monotonic,
        chance: Chance = random.random,
        idle_s: float = 30.0,
    ) -> None:
        self.status = SinkStatus(name, SinkState.UNKNOWN)
        self._name = name
        self._sink_factory = sink_factory
        self._queue = queue
        self._policy = policy or RetryPolicy()
        self._monotonic_s = monotonic_s
        self._chance = chance
        self._idle_s = idle_s
        self._sink: Sink | None = None
        self._limit = _LARGEST_BATCH
        self._failures = 0
        self._contentions = 0
        self._not_before_s = 0.0
        self._kicked = threading.Event()
        self._bell: threading.Event | None = None

    def run(self, stop: threading.Event, bell: threading.Event) -> None:
        """
        Deliver until *stop* is set.

        Args:
            stop: Whoever sets it may ring the bell as well, then it is seen at once, else within a second.

            bell: Rung when there is something new; this courier's own, since it clears it.

        Raises:
            OutboxError: The outbox failed; the owner starts anew. Nothing is lost.
        """
        self._bell = bell
        try:
            while not stop.is_set():
                bell.clear()
                self._wait(self.step(), stop, bell)
        finally:
            self._bell = None

    def step(self) -> float:
        """
        Deliver one batch of one collection from the front, unless a wait is due.

        Returns:
            Seconds until the next step is useful; 0 when there may be more. New parcels make it useful earlier, except
            while waiting after a failure.

        Durability:
            A parcel is marked delivered only after the server confirmed it. A crash between the two delivers it again.
        """
        if self._kicked.is_set():
            self._begin_anew()
        wait_s = self._not_before_s - self._monotonic_s()
        if wait_s > 0:
            return wait_s
        try:
            return self._deliver_front()
        except DeliveryError as error:
            return self._put_off(error)

    def drain(self, deadline_s: float) -> bool:
        """
        Deliver what waits before the program ends; give up at the first failure, or while one is being waited out.

        Args:
            deadline_s: Monotonic time after which no further batch is begun.

        Returns:
            True when nothing waits any more.
        """
        while self._monotonic_s() < deadline_s:
            if self.step() > 0:
                break
        return not self._queue.pending(self._name, 1)

    def kick(self) -> None:
        """Try again now, with a new sink: the settings or the credentials may have changed."""
        self._kicked.set()
        if (bell := self._bell) is not None:
            bell.set()

    def close(self) -> None:
        """Give the sink's connection back."""
        if self._sink is not None:
            self._sink.close()
            self._sink = None

    def _deliver_front(self) -> float:
        # The queue is asked before the sink exists: without parcels no library is loaded and no connection made.
        front = _front(self._queue.pending(self._name, self._limit))
        if not front:
            return self._idle_s
        if self._sink is None:
            self._sink = self._sink_factory()
        batch = front[: self._sink.max_batch]
        try:
            self._sink.deliver(batch)
        except DeliveryError as error:
            if error.confirmed:
                self._queue.mark_delivered(self._name, list(error.confirmed))
                self._confirmed()
            if not isinstance(error, PermanentFailure):
                raise
            self._narrow_down([stored for stored in batch if stored.seq not in error.confirmed], error)
            return 0.0
        self._queue.mark_delivered(self._name, [stored.seq for stored in batch])
        self._limit = min(_LARGEST_BATCH, self._limit * 2)
        self._contentions = 0
        self._confirmed()
        return 0.0

    def _narrow_down(self, batch: Sequence[StoredParcel], error: PermanentFailure) -> None:
        """Halve the batches until the one parcel that can never be delivered is alone, then park it."""
        if len(batch) > 1:
            self._limit = len(batch) // 2
            return
        poison = batch[0]
        self._queue.park(self._name, poison.seq, str(error))
        log.error("%s: %s of %s is parked: %s", self._name, poison.parcel.key, poison.parcel.collection, error)

    def _confirmed(self) -> None:
        if self._failures:
            log.info("%s: delivering again after %d failed attempts", self._name, self._failures)
            self._failures = 0
        self.status = SinkStatus(
            self._name, SinkState.OK, confirmed_at_s=self._monotonic_s(), conflict=self._conflict()
        )

    def _put_off(self, error: DeliveryError) -> float:
        """Keep everything, remember why, and say how long to wait."""
        if isinstance(error, Contended):
            return self._let_others_go_first(error)
        refused = isinstance(error, SinkRefused)
        state = SinkState.REFUSED if refused else SinkState.UNREACHABLE
        if self._failures == 0 or state is not self.status.state:
            log.warning("%s: %s. All is kept and tried again by itself. %s", self._name, error, error.hint)
        else:
            log.debug("%s: %s", self._name, error)
        self._failures += 1
        self.status = SinkStatus(
            self._name, state, self.status.confirmed_at_s, str(error), error.hint, self._conflict()
        )
        wait_s = self._policy.refused_s if refused else self._policy.wait_s(self._failures, self._chance())
        self._not_before_s = self._monotonic_s() + wait_s
        return wait_s

    def _let_others_go_first(self, error: Contended) -> float:
        """Wait a moment; whoever refuses because of others can be reached, so the status is a good one."""
        self._contentions += 1
        log.log(
            logging.WARNING if self._contentions == _CONTENTIONS_TOLD else logging.DEBUG,
            "%s: %s (%d times in a row); it is tried again by itself",
            self._name,
            error,
            self._contentions,
        )
        self._failures = 0
        self.status = SinkStatus(
            self._name, SinkState.OK, self.status.confirmed_at_s, str(error), error.hint, self._conflict()
        )
        wait_s = _CONTENTION.wait_s(self._contentions, self._chance())
        self._not_before_s = self._monotonic_s() + wait_s
        return wait_s

    def _conflict(self) -> str | None:
        return self._sink.conflict if self._sink is not None else None

    def _begin_anew(self) -> None:
        self._kicked.clear()
        self.close()
        self._not_before_s = 0.0

    def _wait(self, wait_s: float, stop: threading.Event, bell: threading.Event) -> None:
        until_s = self._monotonic_s() + wait_s
        while not stop.is_set():
            left_s = until_s - self._monotonic_s()
            if left_s <= 0 or bell.wait(min(left_s, _TICK_S)):
                return


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
