"""How far the session under way has come, for what becomes due: no further than what was seen of it is on disk."""

from __future__ import annotations

import time
from collections.abc import Callable

from teamtactics.model.records import SessionClock

OVER_AFTER_S = 20.0
"""So long after the simulator was last read its session may still go on, and for the first so long any may."""


class Progress:
    """
    Args:
        clock: How far the session that is followed has come, by its simulator; None when that was not read just now.

        followed: The collection that is followed; None for none.

        backlog: How much of what was seen is not on disk yet.

        is_over: Whether nothing more will ever be read, as of a recording that was played to its end.

    Threads: any.
    """

    def __init__(
        self,
        clock: Callable[[], SessionClock | None],
        followed: Callable[[], str | None],
        backlog: Callable[[], int],
        monotonic_s: Callable[[], float] = time.monotonic,
        is_over: Callable[[], bool] = lambda: False,
    ) -> None:
        self._clock = clock
        self._followed = followed
        self._backlog = backlog
        self._monotonic_s = monotonic_s
        self._is_over = is_over
        self._alive_s = monotonic_s()
        self._on_disk: tuple[str | None, float] = (None, 0.0)

    def session_s(self, collection: str) -> float | None:
        """Return how far what is on disk of the session of *collection* goes, s; None when the session is over."""
        # In this order: what is seen from here on is later.
        clock, is_followed = self._clock(), self._followed() == collection
        if clock is not None:
            self._alive_s = self._monotonic_s()
            if is_followed and not self._backlog():
                self._on_disk = (collection, clock.time_s)
        may_go_on = self._monotonic_s() - self._alive_s < OVER_AFTER_S
        if self._is_over() or not may_go_on or not (is_followed or clock is None):
            return None
        of, at_s = self._on_disk
        return at_s if of == collection else 0.0
