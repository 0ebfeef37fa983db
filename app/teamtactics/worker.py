"""Threads with a name, an owner and an outcome: one that dies is seen, and begun again a bounded number of times."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

RESTARTS = 5
"""So often a dead worker is begun again …"""

RESTARTS_WITHIN_S = 600.0
"""… within this time; a worker that keeps dying is left dead and shown."""


class Worker:
    """
    A thread that is begun again when it dies of an error.

    Args:
        name: Of the thread, as the log shows it.

        body: Returns when the work is done or a stop was asked for.

        fatal: Errors that no second attempt can mend; the worker ends with them at once.

    Attributes:
        error: What the last run died of; None while all is well.

        died_s: Monotonic time of the last death; None before the first.

    Threads: owned and polled by the one that created it.
    """

    def __init__(
        self,
        name: str,
        body: Callable[[], None],
        fatal: tuple[type[BaseException], ...] = (),
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.error: BaseException | None = None
        self.died_s: float | None = None
        self._body = body
        self._fatal = fatal
        self._monotonic_s = monotonic_s
        self._thread: threading.Thread | None = None
        self._deaths_s: list[float] = []

    @property
    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Begin, or begin again."""
        self.error = None
        # A daemon, so that one call that never returns cannot hold the program; the orderly stop joins it.
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        self._thread.start()

    def revive(self) -> bool:
        """Begin again if it died of an error; return False when it has died for good."""
        error = self.error
        if self.is_alive or error is None:
            return True
        if isinstance(error, self._fatal):
            return False
        now_s = self._monotonic_s()
        self._deaths_s = [died for died in self._deaths_s if now_s - died < RESTARTS_WITHIN_S]
        if len(self._deaths_s) >= RESTARTS:
            return False
        self._deaths_s.append(now_s)
        log.warning("%s is begun again (%d of %d)", self.name, len(self._deaths_s), RESTARTS)
        self.start()
        return True

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; return whether it has ended."""
        if self._thread is not None:
            self._thread.join(timeout_s)
        return not self.is_alive

    def _run(self) -> None:
        try:
            self._body()
        except BaseException as error:
            # Stored and logged for the owner, who decides; nothing goes on here.
            self.error, self.died_s = error, self._monotonic_s()
            if not isinstance(error, self._fatal):
                log.exception("%s died", self.name)
