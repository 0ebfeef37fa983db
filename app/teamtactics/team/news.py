"""What came through the door and nobody has taken yet: put by the watch, taken by the collector."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from teamtactics.contract.foreign import Sound, sound

STATE = "state"
_READ = frozenset({STATE, "info"})


@dataclass(frozen=True, slots=True)
class News:
    """
    A document of the collection that is followed; of another member, or one of ours that has come back.

    Attributes:
        fields: Typed, finite and bounded (``contract.foreign``).
    """

    doc_id: str
    fields: Sound
    version: int


def through_the_door(doc_id: str, document: dict[str, object]) -> Sound | None:
    """
    Return the fields of a document of the contract; None when its id is none of the contract's.

    Raises:
        DocumentRefused: It is what no client can have written.
    """
    return sound(doc_id, document) if doc_id in _READ or doc_id.isdecimal() else None


class NewsBox:
    """
    Of each document the newest is kept, so that the box is never larger than the collection.

    Threads:
        ``put`` and ``clear``: any; ``take``: the collector's. An empty box costs it one look at an attribute.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._news: dict[str, News] = {}

    def put(self, news: News) -> None:
        """Leave *news*, behind what is there."""
        with self._lock:
            self._news.pop(news.doc_id, None)
            self._news[news.doc_id] = news

    def clear(self) -> None:
        """Forget what is there: another collection is followed."""
        with self._lock:
            self._news = {}

    def take(self) -> Sequence[News]:
        """Return what has come since the last time, in order of arrival."""
        if not self._news:
            return ()
        with self._lock:
            news, self._news = self._news, {}
        return tuple(news.values())
