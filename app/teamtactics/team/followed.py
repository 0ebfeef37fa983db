"""Which collection is followed, and what is known of it: the shelf is asked first, the watch goes on from there."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future

from teamtactics.model.mirror import NOTHING_KNOWN, CaughtUp, Known, Mirrored, Word
from teamtactics.team.mirror import Mirror, Shelf

log = logging.getLogger(__name__)

KNOWN_LIMIT_S = 10.0
"""So long the disk may take to say what is known; then the collection is read anew, which costs reads and no news."""


class Followed:
    """
    Args:
        begin: Called when the watch of a collection can begin; must not wait.

        tell: Told the collection and each document that is new, those that the shelf knows first; must not wait.

    Threads:
        ``follow`` and ``look``: the collector's. ``cursor`` and ``heard``: the watch's. ``is_caught_up``: any. The
        shelf may answer in any.
    """

    def __init__(
        self,
        shelf: Shelf,
        begin: Callable[[str], None],
        tell: Callable[[str, Mirrored], None],
        monotonic_s: Callable[[], float],
    ) -> None:
        self._shelf = shelf
        self._begin = begin
        self._tell = tell
        self._monotonic_s = monotonic_s
        self._lock = threading.Lock()
        self._collection: str | None = None
        self._mirror: tuple[str | None, Mirror] = (None, Mirror())
        self._asked: tuple[str, Future[Known], float] | None = None

    @property
    def is_caught_up(self) -> bool:
        """Whether all that stood in the collection when its watch last said so is known."""
        collection, mirror = self._mirror
        return collection is not None and collection == self._collection and mirror.is_caught_up

    @property
    def is_ready(self) -> bool:
        """Whether it is known where the watch of the collection has to begin."""
        return self._collection == self._mirror[0]

    def follow(self, collection: str | None) -> None:
        """Follow *collection* from now on; None: nothing."""
        before, self._asked = self._asked, None
        if before is not None:
            before[1].cancel()
        with self._lock:
            self._collection = collection
            if collection is None:
                return
            if collection == self._mirror[0]:
                self._begin(collection)
                return
        asked = self._shelf.ask(collection)
        self._asked = (collection, asked, self._monotonic_s())
        asked.add_done_callback(lambda answer: self._answered(collection, answer))

    def look(self) -> None:
        """Ask no longer for what a disk that hangs does not say."""
        if self._asked is None or self._monotonic_s() - self._asked[2] < KNOWN_LIMIT_S:
            return
        (collection, asked, _), self._asked = self._asked, None
        if asked.cancel():
            log.warning("the disk does not say what is known of %s: it is read anew", collection)
            self._know(collection, NOTHING_KNOWN)

    def cursor(self, collection: str) -> int | None:
        """Say from where a new stream of *collection* has to begin; it is not caught up before that says so."""
        of, mirror = self._mirror
        mirror.is_caught_up = False
        return mirror.cursor if of == collection else None

    def heard(self, collection: str, word: Word) -> None:
        """Take what the watch says: keep and tell what is new of it."""
        of, mirror = self._mirror
        if of != collection or not mirror.is_news(word):
            return
        if not isinstance(word, CaughtUp):
            self._shelf.keep(collection, word)
        elif mirror.cursor is not None:
            self._shelf.reached(collection, mirror.cursor)
        if isinstance(word, Mirrored):
            self._tell(collection, word)

    def _answered(self, collection: str, answer: Future[Known]) -> None:
        if not answer.cancelled():
            self._know(collection, answer.result())

    def _know(self, collection: str, known: Known) -> None:
        with self._lock:
            if collection != self._collection:
                return
            self._mirror = (collection, Mirror(known))
            for document in known.documents:
                self._tell(collection, document)
            self._begin(collection)
