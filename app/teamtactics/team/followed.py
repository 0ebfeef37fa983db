"""Which collection is followed, and what is known of it: the shelf is asked first, the watch goes on from there."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future

from teamtactics.model.mirror import NOTHING_KNOWN, CaughtUp, Known, Mirrored, Word
from teamtactics.model.parcel import Document
from teamtactics.model.precedence import RUN, is_of_earlier_run
from teamtactics.team.mirror import Mirror, Shelf

log = logging.getLogger(__name__)

KNOWN_LIMIT_S = 10.0
"""So long the disk may take to say what is known; then the collection is read anew, which costs reads and no news."""

INFO = "info"
NO_RUN: Document = {}


class Followed:
    """
    The server may begin a race anew, under the same collection. ``info`` says of which run the documents are; of
    another than the own simulator shows nothing is told. With a later one all that was known before is of the former
    run, and has been removed, perhaps while nobody here looked: it is forgotten, and all is read anew.

    Args:
        begin: Called when the watch of a collection can begin; with a new stream, if ``is_deaf``. Must not wait.

        tell: Told the collection and each document that is new, those that the shelf knows first; must not wait.

        forget: Told that nothing of what was told of a collection stands there any more; must not wait.

    Attributes:
        is_deaf: What is heard is of a stream that was opened before all was forgotten, and means nothing.

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
        forget: Callable[[str], None] = lambda _collection: None,
    ) -> None:
        self.is_deaf = False
        self._shelf = shelf
        self._begin = begin
        self._tell = tell
        self._forget = forget
        self._monotonic_s = monotonic_s
        self._lock = threading.Lock()
        self._collection: str | None = None
        self._run = NO_RUN
        self._mirror: tuple[str | None, Mirror] = (None, Mirror())
        self._info: Mirrored | None = None
        self._untold: list[Mirrored] = []
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

    def follow(self, collection: str | None, run: Document = NO_RUN) -> None:
        """
        Follow *collection* from now on; None: nothing.

        Args:
            run: Which run of which session the own simulator shows, by the numbers of ``info``.
        """
        before, self._asked = self._asked, None
        if before is not None:
            before[1].cancel()
        with self._lock:
            self._collection = collection
            if collection is None:
                return
            is_same = collection == self._mirror[0]
            if is_same and not is_later(run, self._run):
                self._begin(collection)
                return
            self._run, self.is_deaf = run, is_same
            self._mirror, self._info, self._untold = (None, Mirror()), None, []
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
        with self._lock:
            of, mirror = self._mirror
            if of == collection:
                mirror.is_caught_up = self.is_deaf = False
            return mirror.cursor if of == collection else None

    def heard(self, collection: str, word: Word) -> None:
        """Take what the watch says: keep and tell what is new of it."""
        with self._lock:
            of, mirror = self._mirror
            if of != collection or self.is_deaf or not mirror.is_news(word):
                return
            if isinstance(word, Mirrored):
                if word.doc_id == INFO and self._info and is_of_earlier_run(self._info.document, word.document):
                    self._read_anew(collection)
                    return
                self._shelf.keep(collection, word)
                self._take(word)
            elif not isinstance(word, CaughtUp):
                self._shelf.keep(collection, word)
            elif mirror.cursor is not None:
                self._shelf.reached(collection, mirror.cursor)
            self._tell_all(collection)

    def _answered(self, collection: str, answer: Future[Known]) -> None:
        if not answer.cancelled():
            self._know(collection, answer.result())

    def _know(self, collection: str, known: Known) -> None:
        with self._lock:
            if collection != self._collection:
                return
            if self._is_outdated(known):
                self._shelf.forget(collection)
                known = NOTHING_KNOWN
            self._mirror = (collection, Mirror(known))
            for document in known.documents:
                self._take(document)
            self._tell_all(collection)
            self._begin(collection)

    def _is_outdated(self, known: Known) -> bool:
        """Tell whether what is *known* may be of a run before the one that the own simulator shows."""
        if not known.documents or not self._run.get(RUN):
            return False
        info = next((each.document for each in known.documents if each.doc_id == INFO), None)
        return known.cursor is None or info is None or is_of_earlier_run(info, self._run)

    def _read_anew(self, collection: str) -> None:
        log.info("%s is of another run of the race now: it is read anew", collection)
        self._shelf.forget(collection)
        self._mirror, self._info, self._untold, self.is_deaf = (collection, Mirror()), None, [], True
        self._forget(collection)
        self._begin(collection)

    def _take(self, document: Mirrored) -> None:
        self._untold.append(document)
        if document.doc_id == INFO:
            self._info = document

    def _tell_all(self, collection: str) -> None:
        """Tell what was not told yet, as soon as it is known to be of the own run."""
        run, info = self._run, None if self._info is None else self._info.document
        if info is None:
            is_told = not run.get(RUN) or self._mirror[1].is_caught_up
        else:
            is_told = not (is_of_earlier_run(info, run) or is_of_earlier_run(run, info))
        if not is_told and info is None:
            return
        untold, self._untold = self._untold, []
        for document in untold if is_told else ():
            self._tell(collection, document)


def is_later(run: Document, before: Document) -> bool:
    """Tell whether more is known of the *run* of a session than *before*, or it is a later one."""
    now, then = run.get(RUN) or 0, before.get(RUN) or 0
    return isinstance(now, int) and isinstance(then, int) and now > then
