"""The line to Google, which all channels share: who gets through first tells those who wait out an outage."""

from __future__ import annotations

import threading
import weakref
from typing import Protocol


class Waiter(Protocol):
    """A channel that may be waiting."""

    def line_is_back(self, outage_s: float) -> None:
        """Hear that another channel got through, after an outage of so many seconds, 0 for none; must not wait."""


class Line:
    """
    A bell among the channels.

    Threads:
        All methods may be called from any; none waits.
    """

    def __init__(self) -> None:
        self._waiters: weakref.WeakSet[Waiter] = weakref.WeakSet()
        self._lock = threading.Lock()

    def join(self, waiter: Waiter) -> None:
        """Tell *waiter* from now on, as long as it exists."""
        with self._lock:
            self._waiters.add(waiter)

    def reached(self, by: Waiter, outage_s: float = 0.0) -> None:
        """Tell all others that Google has answered."""
        with self._lock:
            others = [waiter for waiter in self._waiters if waiter is not by]
        for waiter in others:
            waiter.line_is_back(outage_s)
