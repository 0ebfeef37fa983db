"""The mailbox for what the team's ``state`` said: put by the watch and the couriers, taken by the collector."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence

from teamtactics.contract.foreign import Sound

_ROOM = 256
"""Letters kept for a collector that does not come, and letters remembered as taken: hours of a race."""


class TeamMail:
    """
    Keeps sound states (``contract.foreign``) until the collector takes them.

    Threads:
        ``put``: any; waits for nothing but another ``put`` or ``take``. ``take``: the collector's. An empty box costs
        it one look at an attribute.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._letters: deque[tuple[str, Sound]] = deque(maxlen=_ROOM)
        self._taken: deque[tuple[int | None, float]] = deque(maxlen=_ROOM)
        self._taken_of: str | None = None

    def put(self, collection: str, document: Sound) -> None:
        """Leave a state of *collection*; when the box is full, the oldest makes room."""
        with self._lock:
            self._letters.append((collection, document))

    def take(self, collection: str) -> Sequence[Sound]:
        """
        Return what came for *collection* since the last time, in order of arrival.

        What came for other collections is dropped, and so is what was taken before (the same driver at the same
        session time): after a reconnect the watch tells the present state again.
        """
        if not self._letters:
            return ()
        with self._lock:
            letters = list(self._letters)
            self._letters.clear()
        if collection != self._taken_of:
            self._taken_of = collection
            self._taken.clear()
        return [document for addressee, document in letters if addressee == collection and self._is_new(document)]

    def _is_new(self, document: Sound) -> bool:
        fact = (document["CustomerID"], document["SessionTime"])
        if fact in self._taken:
            return False
        self._taken.append(fact)
        return True
