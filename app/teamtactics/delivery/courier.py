"""One sink's deliverer: takes parcels from the front of the outbox and does not rest until the server has them."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence

from teamtactics.cloud.fates import TooSlow, Unwritable
from teamtactics.cloud.line import Line
from teamtactics.cloud.retry import BackOff, Chance, RetryPolicy
from teamtactics.delivery.notes import Notes
from teamtactics.delivery.portions import LARGEST, Portions, Verdict
from teamtactics.delivery.ports import DeliveryQueue, Sink
from teamtactics.errors import Contended, DeliveryError, PermanentFailure, SinkRefused, TemporaryFailure
from teamtactics.model.parcel import StoredParcel
from teamtactics.model.status import SinkState, SinkStatus
from teamtactics.worker import beat

log = logging.getLogger(__name__)

_CONTENTION = RetryPolicy(first_s=0.1, cap_s=1.0, least_s=0.02)
"""While somebody else writes the same: the sink is well, and what comes next may have nothing to do with it."""
_CONTENTIONS_TOLD = 20
"""In a row: then somebody who holds a document is worth a line in the log."""
_CONTENTIONS_BORNE = 240
"""In a row, some two minutes: what only looks like contention (a key that was switched off) must not look well."""
_TICK_S = 1.0
"""How late a stop flag is seen when nobody rings."""
STEP_LIMIT_S = 60.0
"""Longer than one batch may take: a dozen calls with a deadline of 5 s each; the first one loads the library too."""
_WOKEN_EVERY_S = 5.0
"""Others get through all the time while one service is down: no reason to hammer it."""


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

        line: Told when something got through; who else got through ends a wait for the line.

    Attributes:
        status: How the sink is doing; one immutable picture, replaced as a whole.

    Threads:
        ``step``, ``run``, ``drain`` and ``close``: one thread. ``kick``, ``line_is_back`` and ``status``: any.
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
        line: Line | None = None,
    ) -> None:
        self.status = SinkStatus(name, SinkState.UNKNOWN)
        self._name = name
        self._sink_factory = sink_factory
        self._queue = queue
        self._monotonic_s = monotonic_s
        self._chance = chance
        self._idle_s = idle_s
        self._sink: Sink | None = None
        self._portions = Portions()
        self._back_off = BackOff(policy or RetryPolicy(), chance)
        self._notes = Notes(name, queue, BackOff(policy or RetryPolicy(), chance))
        self._contentions = 0
        self._not_before_s = 0.0
        self._down_since_s: float | None = None
        self._kicked = threading.Event()
        self._is_line_back = threading.Event()
        self._woken_s = -_WOKEN_EVERY_S
        self._bell: threading.Event | None = None
        self._line = line or Line()
        self._line.join(self)

    def run(self, stop: threading.Event, bell: threading.Event) -> None:
        """
        Deliver until *stop* is set.

        Args:
            stop: Whoever sets it may ring the bell as well, then it is seen at once, else within a second.

            bell: Rung when there is something new; this courier's own, since it clears it.

        Raises:
            OutboxError: The outbox cannot be read, or was damaged; the owner starts anew. Nothing is lost.
        """
        self._bell = bell
        try:
            while not stop.is_set():
                beat("delivering", STEP_LIMIT_S)
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
        if self._is_line_back.is_set():
            self._try_the_line()
        wait_s = self._not_before_s - self._monotonic_s()
        if wait_s > 0:
            return wait_s
        try:
            return self._note() or self._deliver_front()
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

    def line_is_back(self, outage_s: float) -> None:
        """Try again now if the line is what is waited for: somebody else got through."""
        del outage_s  # whoever waits has seen it himself
        self._is_line_back.set()
        if self._down_since_s is not None and (bell := self._bell) is not None:
            bell.set()

    def close(self) -> None:
        """Give the sink's connection back."""
        if self._sink is not None:
            self._sink.close()
            self._sink = None

    def _deliver_front(self) -> float:
        # The queue is asked before the sink exists: without parcels no library is loaded and no connection made.
        waiting = self._queue.pending(self._name, LARGEST)
        if not waiting:
            return self._idle_s
        if self._sink is None:
            self._sink = self._sink_factory()
        batch = self._portions.next(waiting, self._sink.max_batch)
        begin_s = self._monotonic_s()
        try:
            self._sink.deliver(batch)
        except DeliveryError as error:
            if error.confirmed:
                self._confirmed()
                self._note(tuple(error.confirmed))
            if isinstance(error, PermanentFailure):
                return self._judge([stored for stored in batch if stored.seq not in error.confirmed], waiting, error)
            self._portions.failed(batch, is_too_slow=isinstance(error, TooSlow))
            raise
        self._portions.passed(batch, self._monotonic_s() - begin_s)
        self._confirmed()
        return self._note([stored.seq for stored in batch])

    def _note(self, confirmed: Sequence[int] = ()) -> float:
        """Note what the server has; return how long nothing is to be sent because it cannot be noted, s."""
        wait_s = self._notes.write(confirmed)
        self._not_before_s = max(self._not_before_s, self._monotonic_s() + wait_s)
        return wait_s

    def _judge(self, batch: Sequence[StoredParcel], waiting: Sequence[StoredParcel], error: PermanentFailure) -> float:
        """Halve the batches until the one parcel that can never be delivered is alone, then park it."""
        is_certain = isinstance(error, Unwritable) or bool(error.confirmed)
        verdict = self._portions.refused(batch, waiting, is_certain=is_certain)
        if verdict is Verdict.PLACE:
            return self._put_off(SinkRefused(self._name, error.said, error.hint), is_inferred=True)
        if verdict is Verdict.POISON:
            poison = batch[0]
            self._queue.park(self._name, poison.seq, str(error))
            log.error("%s: %s of %s is parked: %s", self._name, poison.parcel.key, poison.parcel.collection, error)
        return 0.0

    def _confirmed(self) -> None:
        if self._back_off.failures:
            log.info("%s: delivering again after %d failed attempts", self._name, self._back_off.failures)
        self._contentions = 0
        self._answered()
        self._show(SinkState.OK, confirmed_at_s=self._monotonic_s())

    def _answered(self) -> None:
        """End the outage, if there was one, and let the others know: Google answers."""
        self._back_off.passed()
        down_since_s, self._down_since_s = self._down_since_s, None
        self._line.reached(self, 0.0 if down_since_s is None else self._monotonic_s() - down_since_s)

    def _put_off(self, error: DeliveryError, *, is_inferred: bool = False) -> float:
        """
        Keep everything, remember why, and say how long to wait.

        Args:
            is_inferred: Nobody said that the sink refuses; it is tried as often as after any failure.
        """
        if isinstance(error, Contended) and self._contentions < _CONTENTIONS_BORNE:
            return self._let_others_go_first(error)
        counted = TemporaryFailure(self._name, str(error)) if is_inferred else error
        is_first = self._back_off.failures == 0
        wait_s = self._back_off.failed(counted)
        state = SinkState.REFUSED if is_inferred or self._back_off.needs_human(error) else SinkState.UNREACHABLE
        level = logging.WARNING if is_first or state is not self.status.state else logging.DEBUG
        log.log(level, "%s: %s. All is kept and tried again by itself. %s", self._name, error, error.hint)
        if state is not SinkState.UNREACHABLE:
            self._down_since_s = None
        elif self._down_since_s is None:
            self._down_since_s = self._monotonic_s()
        self._show(state, error)
        self._not_before_s = self._monotonic_s() + wait_s
        return wait_s

    def _let_others_go_first(self, error: Contended) -> float:
        """Wait a moment; whoever refuses because of others can be reached, so the status is a good one."""
        self._contentions += 1
        level = logging.WARNING if self._contentions == _CONTENTIONS_TOLD else logging.DEBUG
        log.log(level, "%s: %s (%d times in a row); tried again by itself", self._name, error, self._contentions)
        self._answered()
        self._show(SinkState.OK, error)
        wait_s = _CONTENTION.wait_s(self._contentions, self._chance())
        self._not_before_s = self._monotonic_s() + wait_s
        return wait_s

    def _show(self, state: SinkState, error: DeliveryError | None = None, confirmed_at_s: float | None = None) -> None:
        self.status = SinkStatus(
            self._name,
            state,
            self.status.confirmed_at_s if confirmed_at_s is None else confirmed_at_s,
            None if error is None else error.said,
            "" if error is None else error.hint,
            self._sink.conflict if self._sink is not None else None,
        )

    def _begin_anew(self) -> None:
        self._kicked.clear()
        self.close()
        self._portions = Portions()
        self._back_off.passed()
        self._not_before_s = 0.0

    def _try_the_line(self) -> None:
        """Wait no longer, and with a new connection: the old one may be what does not know yet."""
        self._is_line_back.clear()
        now_s = self._monotonic_s()
        if self._down_since_s is None or now_s - self._woken_s < _WOKEN_EVERY_S:
            return
        self._woken_s, self._not_before_s = now_s, 0.0
        if self._sink is not None:
            self._sink.close()

    def _wait(self, wait_s: float, stop: threading.Event, bell: threading.Event) -> None:
        until_s = self._monotonic_s() + wait_s
        while not stop.is_set():
            beat("waiting")
            left_s = until_s - self._monotonic_s()
            if left_s <= 0 or bell.wait(min(left_s, _TICK_S)):
                return
