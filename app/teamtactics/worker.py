"""Threads with a name, a heartbeat and an outcome: one that dies or stands still is seen by whoever looks."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from teamtactics.errors import TeamtacticsError

log = logging.getLogger(__name__)

STEADY_S = 30.0
"""So long a thread must have lived since its last death to count as well again."""

LONGEST_PAUSE_S = 30.0
"""A thread that keeps dying is begun again at once, then after 1, 2, 4 … s, at last this often, for ever."""

Body = Callable[[threading.Event], None]
"""What a thread does until the flag is set, or until its work is done: then it returns."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """
    A long-lived thread as it has last told of itself.

    Attributes:
        name: Of the thread.

        doing: What it does since ``at_s``, in plain words.

        at_s: Monotonic time of its last good moment: it went on, and began to do this.

        silent_limit_s: So long this may take.

        error: What it died of; None while it lives and has lived for ``STEADY_S``.
    """

    name: str
    doing: str
    at_s: float
    silent_limit_s: float
    error: BaseException | None = None

    def silence_s(self, now_s: float) -> float:
        """Say for how long it has been silent when that is longer than it may; 0 otherwise."""
        silent_s = now_s - self.at_s
        return silent_s if silent_s > self.silent_limit_s else 0.0


class _Life:
    """One life of a worker: stop flag, heartbeat and outcome are its own, never those of the life after it."""

    def __init__(self, pulse: tuple[str, float, float], monotonic_s: Callable[[], float]) -> None:
        self.stop = threading.Event()
        self.pulse = pulse
        self.silent_limit_s = pulse[2]
        self.monotonic_s = monotonic_s
        self.began_s = monotonic_s()
        self.thread: threading.Thread | None = None
        self.has_returned = False
        self.error: BaseException | None = None


_own = threading.local()


def beat(doing: str, silent_limit_s: float | None = None) -> None:
    """
    Say that this thread goes on, and what it does next; one assignment, for every turn of a loop.

    Args:
        silent_limit_s: So long that may take; None for the thread's usual limit.

    Threads: tells of the calling one; of a thread that is no worker's nothing.
    """
    life: _Life | None = getattr(_own, "life", None)
    if life is not None:
        life.pulse = (doing, life.monotonic_s(), life.silent_limit_s if silent_limit_s is None else silent_limit_s)


class Worker:
    """
    A thread that tells what it does, and is begun again when it dies.

    Args:
        name: Of the thread, as the log shows it.

        body: May be run again after it died, and beside an older run that was asked to end and has not yet.

        silent_limit_s: So long it may be silent, unless it says otherwise (``beat``).

    Threads: any. Nothing waits, ``join`` excepted; the one lock is held for as long as a thread takes to begin.
    """

    def __init__(
        self, name: str, body: Body, silent_limit_s: float, monotonic_s: Callable[[], float] = time.monotonic
    ) -> None:
        self.name = name
        self._body = body
        self._silent_limit_s = silent_limit_s
        self._monotonic_s = monotonic_s
        self._lock = threading.Lock()
        self._life: _Life | None = None
        self._counted: _Life | None = None
        self._deaths = 0
        self._not_before_s = 0.0
        self._last_error: BaseException | None = None

    @property
    def is_alive(self) -> bool:
        """Whether the thread runs and was not asked to end."""
        life = self._life
        return life is not None and _runs(life) and not life.stop.is_set()

    @property
    def has_returned(self) -> bool:
        """Whether its work is done: it has returned by itself, or because it was asked to."""
        return self._life is not None and self._life.has_returned

    @property
    def error(self) -> BaseException | None:
        """What it is dead of; None while it lives."""
        life = self._life
        return _death(life) if life is not None else None

    @property
    def heartbeat(self) -> Heartbeat | None:
        """What it last told of itself; None when it was not begun, has returned or was asked to end."""
        life = self._life
        if life is None or life.has_returned or life.stop.is_set():
            return None
        error = _death(life)
        if error is None and self._monotonic_s() - life.began_s < STEADY_S:
            error = self._last_error
        return Heartbeat(self.name, *life.pulse, error)

    def start(self) -> None:
        """Begin; while it runs, nothing happens. What it died of before is told for as long as after a revival."""
        with self._lock:
            if not self.is_alive:
                life = self._life
                self._last_error = None if life is None or life.stop.is_set() else _death(life)
                self._begin()

    def end(self) -> None:
        """Ask the present run to end; it is not begun again by ``revive``."""
        with self._lock:
            if self._life is not None:
                self._life.stop.set()

    def revive(self) -> bool:
        """Begin again if it has died and its pause is over, for about once a second; return whether that was so."""
        with self._lock:
            life = self._life
            error = None if life is None else _death(life)
            if life is None or error is None or life.stop.is_set():
                return False
            now_s = self._monotonic_s()
            if self._counted is not life:
                self._counted, self._last_error = life, error
                self._deaths = self._deaths + 1 if now_s - life.began_s < STEADY_S else 1
                # The first time at once: most errors are of one moment, and a race goes on meanwhile.
                pause_s = 0.0 if self._deaths == 1 else min(LONGEST_PAUSE_S, 2.0 ** (self._deaths - 2))
                self._not_before_s = now_s + pause_s
                log.warning("%s is begun again in %.0f s (death %d)", self.name, pause_s, self._deaths)
            is_due = now_s >= self._not_before_s
            if is_due:
                self._begin()
            return is_due

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; return whether it has ended."""
        life = self._life
        if life is None or life.thread is None:
            return True
        life.thread.join(timeout_s)
        return not life.thread.is_alive()

    def _begin(self) -> None:
        life = _Life(("beginning", self._monotonic_s(), self._silent_limit_s), self._monotonic_s)
        # A daemon, so that one call that never returns cannot hold the program; the orderly stop joins it.
        life.thread = threading.Thread(target=self._live, args=(life,), name=self.name, daemon=True)
        life.thread.start()
        self._life = life

    def _live(self, life: _Life) -> None:
        _own.life = life
        try:
            self._body(life.stop)
            life.has_returned = True
        except BaseException as error:
            # The owner sees it and begins anew; nothing goes on here.
            life.error = error
            # What was raised on purpose says all in its text, and what happens every half minute said it before.
            is_known = isinstance(error, TeamtacticsError) or repr(error) == repr(self._last_error)
            log.error("%s died: %r", self.name, error, exc_info=not is_known)


def _runs(life: _Life) -> bool:
    return life.thread is not None and life.thread.is_alive()


def _death(life: _Life) -> BaseException | None:
    """Tell what *life* ended of; a thread that neither runs nor has returned is dead, whatever it could still say."""
    if _runs(life) or life.has_returned:
        return None
    return life.error or RuntimeError("it ended without a word")
