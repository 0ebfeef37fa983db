"""What the collection tells and nobody has taken yet, through the door: put by the watch, taken by the collector."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping, Sequence

from teamtactics.contract.foreign import Sound
from teamtactics.contract.told import lap_of, read_lap
from teamtactics.model.mirror import Mirrored
from teamtactics.model.parcel import Document
from teamtactics.model.retold import Told

AT_ONCE = 8
"""Laps handed out at a time: some milliseconds of folding, and the collector has 16 between two ticks."""

_ROOM = 16
"""States kept for a collector that does not come; the newest is all that anybody needs."""


class NewsBox:
    """
    Of each lap what stands in the collection now is kept, so that the box is never larger than that.

    Threads:
        ``put``, ``hear`` and ``clear``: any; ``take``, ``states`` and ``again``: the collector's. An empty box costs it
        a look at an attribute.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._documents: dict[int, dict[str, Document]] = {}
        self._told: dict[int, Told] = {}
        self._news: dict[int, Told] = {}
        self._states: deque[Sound] = deque(maxlen=_ROOM)

    def put(self, document: Mirrored) -> None:
        """
        Leave a *document* of the collection; one that is no lap's is not kept.

        Raises:
            DocumentRefused: Something of its lap cannot be used; if it is more than a part, nothing of it is told.
        """
        lap = lap_of(document.doc_id)
        if lap is None:
            return
        with self._lock:
            documents = self._documents.setdefault(lap, {})
            documents[document.doc_id] = document.document
            self._told.pop(lap, None)
            self._news.pop(lap, None)
            told, wrong = read_lap(lap, documents)
            if wrong is None or not told.is_left_alone:
                self._told[lap] = self._news[lap] = told
        if wrong is not None:
            raise wrong

    def hear(self, state: Sound) -> None:
        """Leave a state; when there is no room, the oldest makes some."""
        self._states.append(state)

    def clear(self) -> None:
        """Forget what is there: another collection is followed."""
        with self._lock:
            self._documents, self._told, self._news = {}, {}, {}
            self._states.clear()

    def again(self) -> None:
        """Hand everything out again: who took it knows nothing of it any more."""
        with self._lock:
            self._news = dict(self._told)

    def take(self) -> Mapping[int, Told]:
        """Return some of the laps of which there is news; call again for the rest."""
        if not self._news:
            return {}
        with self._lock:
            return {lap: self._news.pop(lap) for lap in tuple(self._news)[:AT_ONCE]}

    def states(self) -> Sequence[Sound]:
        """Return the states that have come since the last time, in order of arrival."""
        found = []
        while self._states:
            found.append(self._states.popleft())
        return found
