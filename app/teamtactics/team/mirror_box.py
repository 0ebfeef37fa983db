"""What the watch has told and the disk does not have yet: the hand-over from the team to the writer."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field

from teamtactics.model.mirror import Known, Mirrored, Removed
from teamtactics.store.store import Outbox

log = logging.getLogger(__name__)

ROOM = 5_000
"""Documents kept for a disk that takes nothing: more than a day's race has, at 2 kB each."""


@dataclass(slots=True)
class _Waiting:
    """
    What waits of one collection.

    Attributes:
        words: By document id, the latest of each.

        cursor: Up to where nothing is missing with them.

        generation: The store's, when it was asked what it knows; None: it was not, and no cursor is kept.

        is_outdated: What is on disk has to go first.

        is_torn: There was no room for something: no cursor is kept any more, so that the next start asks for it again.
    """

    words: dict[str, Mirrored | Removed] = field(default_factory=dict)
    cursor: int | None = None
    generation: int | None = None
    is_torn: bool = False
    is_outdated: bool = False


class MirrorBox:
    """
    Nobody waits who puts something into it: beside the journal, because what is in here stands in the collection and
    must never take room from what only this client saw. Of each document the latest is kept.

    Args:
        outbox: Where it goes.

        on_written: Told what is on disk now; in the writer's thread, and must not wait for the network.

        on_forgotten: Told that nothing is on disk any more of a collection; as ``on_written``.

    Durability: none; what is lost with the process is asked for again, since the cursor is written behind it.

    Threads: ``ask``, ``keep`` and ``reached`` any; ``write`` the writer's. The lock is held over no disk.
    """

    def __init__(
        self,
        outbox: Outbox,
        on_written: Callable[[str, Sequence[Mirrored | Removed]], None] = lambda _collection, _words: None,
        on_forgotten: Callable[[str], None] = lambda _collection: None,
    ) -> None:
        self._outbox = outbox
        self._on_written = on_written
        self._on_forgotten = on_forgotten
        self._lock = threading.Lock()
        self._asked: deque[tuple[str, Future[Known]]] = deque()
        self._waiting: dict[str, _Waiting] = {}

    def ask(self, collection: str) -> Future[Known]:
        """Ask what is kept of *collection*; the writer answers."""
        answer: Future[Known] = Future()
        self._asked.append((collection, answer))
        return answer

    def keep(self, collection: str, word: Mirrored | Removed) -> None:
        """Keep what has become of a document."""
        with self._lock:
            waiting = self._of(collection)
            if len(waiting.words) < ROOM or word.doc_id in waiting.words:
                waiting.words[word.doc_id] = word
            elif not waiting.is_torn:
                waiting.is_torn = True
                log.warning(
                    "the disk takes nothing: what others tell of %s is read again at the next start", collection
                )

    def forget(self, collection: str) -> None:
        """Forget what is kept of *collection*, and what was to be kept."""
        with self._lock:
            self._waiting[collection] = _Waiting(generation=self._of(collection).generation, is_outdated=True)

    def reached(self, collection: str, cursor: int) -> None:
        """Note that with what was to be kept before nothing is missing up to *cursor*."""
        with self._lock:
            self._of(collection).cursor = cursor

    def write(self) -> None:
        """
        Bring to the disk what waits, and answer what was asked.

        Raises:
            OutboxError: Not all of it is there; the rest is kept and goes with the next attempt.
        """
        for collection in tuple(self._waiting):
            self._write(collection)
        while self._asked:
            collection, answer = self._asked[0]
            if not answer.cancelled():
                # Asked for first: should another file be begun meanwhile, no cursor is kept in it.
                generation = self._outbox.generation
                known = self._outbox.mirror(collection)
                with self._lock:
                    waiting = self._of(collection)
                    waiting.generation, waiting.is_torn = generation, False
                with suppress(InvalidStateError):
                    answer.set_result(known)
            self._asked.popleft()

    def _write(self, collection: str) -> None:
        with self._lock:
            waiting = self._waiting[collection]
            words, cursor = dict(waiting.words), None if waiting.is_torn else waiting.cursor
            is_outdated = waiting.is_outdated
        if is_outdated:
            self._outbox.forget_mirror(collection)
            self._on_forgotten(collection)
            waiting.is_outdated = False
        if not words and cursor is None:
            return
        self._outbox.keep_mirror(collection, tuple(words.values()), cursor, waiting.generation)
        with self._lock:
            for doc_id, word in words.items():
                if waiting.words.get(doc_id) is word:
                    del waiting.words[doc_id]
            if waiting.cursor == cursor:
                waiting.cursor = None
        self._on_written(collection, tuple(words.values()))

    def _of(self, collection: str) -> _Waiting:
        return self._waiting.setdefault(collection, _Waiting())
