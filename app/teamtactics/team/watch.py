"""The live watch of the team's ``state``: kept open for ever, opened again whenever it breaks."""

from __future__ import annotations

import logging
import queue
import random
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from teamtactics.cloud.retry import Chance, RetryPolicy
from teamtactics.errors import DeliveryError, SinkRefused, TemporaryFailure
from teamtactics.model.parcel import FIRESTORE, Document
from teamtactics.model.status import WatchStatus

log = logging.getLogger(__name__)

_TICK_S = 0.5
"""How late a stop flag is seen."""
_JOIN_S = 1.0
_FIRST_ANSWER_S = 15.0
"""Longer than one attempt to connect may take (10 s, ``connection``)."""
_STEADY_S = 10.0
"""A stream that breaks sooner counts on as a failure: each new one costs a read, and a day has 50,000 of them."""
_RENEW_S = 1800.0
"""
A stream is no older: a proxy or virus scanner between here and Google answers pings itself, also when nothing comes
through it any more. Costs 48 reads a day.
"""


class Stream(Protocol):
    """An open watch; ``cloud.watch.StateStream`` says what its methods promise."""

    def answers(self) -> Iterable[Document | None]: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _Ended:
    """A stream's last word; None when it was closed by us."""

    error: BaseException | None


_Word = Document | _Ended | None


class _Listener:
    """Reads one stream in a thread of its own, because nothing can wait for a stream and for a stop flag at once."""

    def __init__(self, stream: Stream, inbox: queue.SimpleQueue[tuple[_Listener | None, _Word]], now_s: float) -> None:
        self.opened_s = now_s
        self.has_answered = False
        self._stream = stream
        self._inbox = inbox
        self._thread = threading.Thread(target=self._listen, name="team-watch-stream", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the stream and, as a rule within milliseconds, its thread."""
        self._stream.close()
        self._thread.join(_JOIN_S)
        if self._thread.is_alive():
            log.warning("a stream of the team watch does not end; it is left behind")

    def _listen(self) -> None:
        error: BaseException | None = None
        try:
            for document in self._stream.answers():
                self._inbox.put((self, document))
        except BaseException as caught:  # noqa: BLE001 — raised again in the watch's own thread, unless it is expected
            error = caught
        self._inbox.put((self, _Ended(error)))


class TeamWatch:
    """
    Follows the ``state`` document of one collection after another, one read per change.

    Args:
        open_stream: Opens a watch of a collection; called in the thread of ``run``, so that the Google libraries are
            imported there. May raise DeliveryError.

        on_state: Told the collection and its ``state``: the present one at the start, then every change; after a
            reconnect the present one again. Called in the thread of ``run``; must not wait.

        policy: How long to wait after failures.

        monotonic_s: The clock for waiting.

        chance: Where the waiting time's jitter comes from.

    Attributes:
        status: How the watch is doing; one immutable picture, replaced as a whole.

    Threads:
        ``run``: one. ``follow``, ``kick`` and ``status``: any.
    """

    def __init__(
        self,
        open_stream: Callable[[str], Stream],
        on_state: Callable[[str, Document], None],
        policy: RetryPolicy | None = None,
        monotonic_s: Callable[[], float] = time.monotonic,
        chance: Chance = random.random,
    ) -> None:
        self.status = WatchStatus(since_s=monotonic_s())
        self._open_stream = open_stream
        self._on_state = on_state
        self._policy = policy or RetryPolicy(cap_s=30.0)
        self._monotonic_s = monotonic_s
        self._chance = chance
        self._wanted: str | None = None
        self._kicked = threading.Event()
        self._inbox: queue.SimpleQueue[tuple[_Listener | None, _Word]] = queue.SimpleQueue()
        self._listener: _Listener | None = None
        self._failures = 0
        self._has_warned = False
        self._not_before_s = 0.0

    def follow(self, collection: str | None) -> None:
        """Follow *collection* from now on, and no other; None: nothing."""
        self._wanted = collection
        self._inbox.put((None, None))

    def kick(self) -> None:
        """Try again now, with a new stream: the settings or the credentials may have changed."""
        self._kicked.set()
        self._inbox.put((None, None))

    def run(self, stop: threading.Event) -> None:
        """
        Watch until *stop* is set; returns within a second of that, with the stream closed.

        Only the first stream takes longer to begin, because the Google libraries are loaded for it.
        """
        try:
            while not stop.is_set():
                self._step()
        finally:
            self._close_stream()
            # Nobody hears any more. Begun again, by whoever looks after the thread, it opens a new stream.
            self.status = WatchStatus(since_s=self._monotonic_s())

    def _step(self) -> None:
        self._look_for_orders()
        now_s = self._monotonic_s()
        collection = self.status.collection
        listener = self._listener
        if collection is not None and listener is None and now_s >= self._not_before_s:
            self._open(collection, now_s)
        elif listener is not None and now_s - listener.opened_s > _RENEW_S:
            self._close_stream()
            return
        elif listener is not None and not listener.has_answered and now_s - listener.opened_s > _FIRST_ANSWER_S:
            self._fail(TemporaryFailure(FIRESTORE, "the watch of the team's state was not answered in time"))
        self._hear()

    def _look_for_orders(self) -> None:
        wanted, is_kicked = self._wanted, self._kicked.is_set()
        if wanted == self.status.collection and not is_kicked:
            return
        self._kicked.clear()
        self._close_stream()
        self._failures, self._not_before_s, self._has_warned = 0, 0.0, False
        self.status = WatchStatus(wanted, since_s=self._monotonic_s())

    def _open(self, collection: str, now_s: float) -> None:
        try:
            stream = self._open_stream(collection)
        except DeliveryError as error:
            self._fail(error)
        else:
            self._listener = _Listener(stream, self._inbox, now_s)

    def _hear(self) -> None:
        """Take the next word of the stream, or an order; wait for it for half a second at most."""
        wait_s = _TICK_S
        if self._listener is None and self.status.collection is not None:
            wait_s = min(_TICK_S, max(0.0, self._not_before_s - self._monotonic_s()))
        try:
            listener, word = self._inbox.get(timeout=wait_s)
        except queue.Empty:
            return
        if listener is None or listener is not self._listener:
            return
        if isinstance(word, _Ended):
            self._ended(word)
            return
        self._answered(listener)
        if word is not None and self.status.collection == self._wanted:
            self._on_state(self._wanted or "", word)

    def _answered(self, listener: _Listener) -> None:
        if listener.has_answered:
            return
        listener.has_answered = True
        if self._has_warned:
            log.info("team watch: following again after %d failed attempts", self._failures)
            self._has_warned = False
        if not self.status.is_connected:
            self.status = WatchStatus(self.status.collection, True, self._monotonic_s())

    def _ended(self, end: _Ended) -> None:
        error = end.error
        if error is not None and not isinstance(error, DeliveryError):
            raise error
        self._fail(error or TemporaryFailure(FIRESTORE, "the watch of the team's state ended"))

    def _fail(self, error: DeliveryError) -> None:
        """Close the stream, remember why, and say when to try again."""
        now_s = self._monotonic_s()
        before = self.status
        if before.is_connected and now_s - before.since_s >= _STEADY_S:
            self._failures = 0
        self._close_stream()
        self._failures += 1
        # The server ends a watch now and then, and the next one goes on: worth a word only when that fails.
        is_routine = self._failures == 1 and before.is_connected
        if is_routine or self._has_warned:
            log.debug("team watch: %s", error)
        else:
            log.warning("team watch: %s. It is tried again by itself. %s", error, error.hint)
            self._has_warned = True
        since_s = now_s if before.is_connected else before.since_s
        self.status = WatchStatus(before.collection, False, since_s, str(error), error.hint)
        refused = isinstance(error, SinkRefused)
        wait_s = self._policy.refused_s if refused else self._policy.wait_s(self._failures, self._chance())
        self._not_before_s = now_s + wait_s

    def _close_stream(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()
