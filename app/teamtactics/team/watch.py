"""The live watch of a session's collection: kept open for ever, opened again whenever it breaks."""

from __future__ import annotations

import logging
import queue
import random
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from teamtactics.cloud.line import Line
from teamtactics.cloud.retry import BackOff, Chance, RetryPolicy
from teamtactics.errors import Contended, DeliveryError, TemporaryFailure
from teamtactics.language import Said
from teamtactics.model.mirror import CaughtUp, Word
from teamtactics.model.parcel import FIRESTORE
from teamtactics.model.status import WatchStatus
from teamtactics.worker import beat

log = logging.getLogger(__name__)

_TICK_S = 0.5
"""How late a stop flag is seen."""
_JOIN_S = 1.0
_OPEN_LIMIT_S = 60.0
"""Longer than a stream takes to be opened: the Google libraries are loaded for the first one, or waited for."""
_FIRST_ANSWER_S = 15.0
"""Longer than one attempt to connect may take (10 s, ``connection``)."""
_STEADY_S = 10.0
"""A stream that breaks sooner counts on as a failure: each new one costs a read, and a day has 50,000 of them."""
_OUTAGE_S = 10.0
"""After an outage that long somewhere else a stream that was silent meanwhile is renewed: one read."""
_WOKEN_EVERY_S = 5.0
"""Others get through all the time while one service is down: no reason to hammer it."""
_RENEW_S = 1800.0
"""
A stream is no older: a proxy or virus scanner between here and Google answers pings itself, also when nothing comes
through it any more. Costs some 100 reads a day.
"""


class Stream(Protocol):
    """An open watch; ``cloud.watch.CollectionStream`` says what its methods promise."""

    def answers(self) -> Iterable[Word | None]: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _Ended:
    """A stream's last word; None when it was closed by us."""

    error: BaseException | None


_Heard = Word | _Ended | None


class _Listener:
    """Reads one stream in a thread of its own, because nothing can wait for a stream and for a stop flag at once."""

    def __init__(self, stream: Stream, inbox: queue.SimpleQueue[tuple[_Listener | None, _Heard]], now_s: float) -> None:
        self.opened_s = self.heard_s = now_s
        self.has_answered = False
        self._stream = stream
        self._inbox = inbox
        self._thread = threading.Thread(target=self._listen, name="team-watch-stream", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def close(self) -> None:
        """End the stream and, as a rule within milliseconds, its thread."""
        self._stream.close()
        self._thread.join(_JOIN_S)
        if self._thread.is_alive():
            log.warning("a stream of the team watch does not end; it is left behind")

    def _listen(self) -> None:
        error: BaseException | None = None
        try:
            for word in self._stream.answers():
                self._inbox.put((self, word))
        except BaseException as caught:  # noqa: BLE001 — raised again in the watch's own thread, unless it is expected
            error = caught
        self._inbox.put((self, _Ended(error)))


class TeamWatch:
    """
    Follows one collection after another, one read per change.

    Args:
        open_stream: Opens a watch of a collection, from where nothing is missing on; called in the thread of ``run``,
            so that the Google libraries are imported there. May raise DeliveryError.

        on_word: Told the collection and what its stream says; after a reconnect some of it again. Called in the thread
            of ``run``; must not wait.

        policy: How long to wait after failures.

        monotonic_s: The clock for waiting.

        chance: Where the waiting time's jitter comes from.

        line: Told of every sign of life; who else got through ends a wait for the line.

    Attributes:
        status: How the watch is doing; one immutable picture, replaced as a whole.

    Threads:
        ``run``: one. ``follow``, ``kick``, ``line_is_back`` and ``status``: any.
    """

    def __init__(
        self,
        open_stream: Callable[[str], Stream],
        on_word: Callable[[str, Word], None],
        policy: RetryPolicy | None = None,
        monotonic_s: Callable[[], float] = time.monotonic,
        chance: Chance = random.random,
        line: Line | None = None,
    ) -> None:
        self.status = WatchStatus(since_s=monotonic_s())
        self._open_stream = open_stream
        self._on_word = on_word
        self._back_off = BackOff(policy or RetryPolicy(cap_s=30.0), chance)
        self._monotonic_s = monotonic_s
        self._wanted: str | None = None
        self._kicked = threading.Event()
        self._inbox: queue.SimpleQueue[tuple[_Listener | None, _Heard]] = queue.SimpleQueue()
        self._listener: _Listener | None = None
        self._has_warned = False
        self._needs_human = False
        self._not_before_s = 0.0
        self._outage_elsewhere_s: float | None = None
        self._woken_s = -_WOKEN_EVERY_S
        self._line = line or Line()
        self._line.join(self)

    def follow(self, collection: str | None) -> None:
        """Follow *collection* from now on, and no other; None: nothing."""
        self._wanted = collection
        self._inbox.put((None, None))

    def kick(self) -> None:
        """Try again now, with a new stream: the settings or the credentials may have changed."""
        self._kicked.set()
        self._inbox.put((None, None))

    def line_is_back(self, outage_s: float) -> None:
        """Try again now if the line is what is waited for: somebody else got through."""
        self._outage_elsewhere_s = outage_s
        if not self.status.is_connected or outage_s >= _OUTAGE_S:
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
        beat("listening")
        self._look_for_orders()
        now_s = self._monotonic_s()
        self._try_the_line(now_s)
        collection = self.status.collection
        listener = self._listener
        if collection is not None and listener is None and now_s >= self._not_before_s:
            self._open(collection, now_s)
        elif listener is not None and now_s - listener.opened_s > _RENEW_S:
            self._close_stream()
            return
        elif listener is not None and not listener.has_answered and now_s - listener.opened_s > _FIRST_ANSWER_S:
            self._fail(TemporaryFailure(FIRESTORE, Said("the watch of the team's collection was not answered in time")))
        self._hear()

    def _look_for_orders(self) -> None:
        wanted, is_kicked = self._wanted, self._kicked.is_set()
        if wanted == self.status.collection and not is_kicked:
            return
        self._kicked.clear()
        self._close_stream()
        self._back_off.passed()
        self._not_before_s, self._has_warned = 0.0, False
        self.status = WatchStatus(wanted, since_s=self._monotonic_s())

    def _try_the_line(self, now_s: float) -> None:
        """Look whether a new stream would get through where the old one, or its absence, has to wait."""
        outage_s, self._outage_elsewhere_s = self._outage_elsewhere_s, None
        if outage_s is None or now_s - self._woken_s < _WOKEN_EVERY_S:
            return
        listener = self._listener
        is_waiting = listener is None and self.status.problem is not None and not self._needs_human
        is_stuck = listener is not None and not listener.has_answered and self.status.problem is not None
        is_silent = listener is not None and outage_s >= _OUTAGE_S and listener.heard_s < now_s - outage_s
        if is_waiting or is_stuck or is_silent:
            self._woken_s, self._not_before_s = now_s, 0.0
            self._close_stream()

    def _open(self, collection: str, now_s: float) -> None:
        beat("opening a stream", _OPEN_LIMIT_S)
        try:
            stream = self._open_stream(collection)
        except DeliveryError as error:
            self._fail(error)
        else:
            self._listener = _Listener(stream, self._inbox, now_s)

    def _hear(self) -> None:
        """Take the next word of the stream, or an order; wait for it for half a second at most."""
        wait_s = _TICK_S
        # Asked before the inbox: what it said before its end is heard first.
        is_dead = self._listener is not None and not self._listener.is_alive
        if self._listener is None and self.status.collection is not None:
            wait_s = min(_TICK_S, max(0.0, self._not_before_s - self._monotonic_s()))
        try:
            listener, word = self._inbox.get(timeout=wait_s)
        except queue.Empty:
            if is_dead:
                self._ended(_Ended(None))
            return
        if listener is None or listener is not self._listener:
            return
        if isinstance(word, _Ended):
            self._ended(word)
            return
        self._answered(listener)
        if word is not None and self.status.collection == self._wanted:
            self._on_word(self._wanted or "", word)
        if isinstance(word, CaughtUp) and word.is_repeating:
            self._close_stream()

    def _answered(self, listener: _Listener) -> None:
        listener.heard_s = self._monotonic_s()
        listener.has_answered = True
        before = self.status
        if self._has_warned:
            log.info("team watch: following again after %d failed attempts", self._back_off.failures)
            self._has_warned = False
        if not before.is_connected:
            self.status = WatchStatus(before.collection, True, listener.heard_s)
        self._line.reached(self, 0.0 if before.problem is None else listener.heard_s - before.since_s)

    def _ended(self, end: _Ended) -> None:
        error = end.error
        if error is not None and not isinstance(error, DeliveryError):
            raise error
        self._fail(error or TemporaryFailure(FIRESTORE, Said("the watch of the team's collection ended")))

    def _fail(self, error: DeliveryError) -> None:
        """Close the stream, remember why, and say when to try again."""
        now_s = self._monotonic_s()
        before = self.status
        if before.is_connected and now_s - before.since_s >= _STEADY_S:
            self._back_off.passed()
        is_cheap = self._listener is None or not self._listener.has_answered
        self._close_stream()
        wait_s = self._back_off.failed(error, is_cheap=is_cheap)
        # The server ends a watch now and then, and the next one goes on: worth a word only when that fails.
        is_routine = self._back_off.failures == 1 and before.is_connected
        if is_routine or self._has_warned:
            log.debug("team watch: %s", error)
        else:
            log.warning("team watch: %s. It is tried again by itself. %s", error, error.hint)
            self._has_warned = True
        since_s = now_s if before.is_connected else before.since_s
        # Whoever only has to give way to others is not cut off.
        problem = None if isinstance(error, Contended) else error.said
        self.status = WatchStatus(before.collection, False, since_s, problem, error.hint)
        self._needs_human = self._back_off.needs_human(error)
        self._not_before_s = now_s + wait_s

    def _close_stream(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()
