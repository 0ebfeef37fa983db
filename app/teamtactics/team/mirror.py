"""What is known of the collection that is followed: nothing of it is taken twice, and nothing is missed."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol

from teamtactics.model.mirror import NOTHING_KNOWN, CaughtUp, Known, Mirrored, Removed, Word


class Shelf(Protocol):
    """Where the mirror is kept when the program ends; no method waits, least of all for the disk."""

    def ask(self, collection: str) -> Future[Known]:
        """Ask what is kept of *collection*."""

    def keep(self, collection: str, word: Mirrored | Removed) -> None:
        """Keep what has become of a document."""

    def forget(self, collection: str) -> None:
        """Forget what is kept of *collection*, and what was to be kept: all of it will be told again."""

    def reached(self, collection: str, cursor: int) -> None:
        """Note, behind what was to be kept before, that up to this ``Updated`` nothing is missing."""


class NoShelf:
    """Keeps nothing: for whoever follows without a store."""

    def ask(self, collection: str) -> Future[Known]:
        """Know nothing."""
        del collection
        answer: Future[Known] = Future()
        answer.set_result(NOTHING_KNOWN)
        return answer

    def keep(self, collection: str, word: Mirrored | Removed) -> None:
        """Keep nothing."""

    def forget(self, collection: str) -> None:
        """Forget nothing."""

    def reached(self, collection: str, cursor: int) -> None:
        """Note nothing."""


class Mirror:
    """
    One collection, as far as its versions go.

    Args:
        known: What is known from before.

    Attributes:
        cursor: From where a new stream has to begin; None: from the first document.

        is_caught_up: Everything that stood in the collection when the server last said so is known.

    Threads: one at a time.
    """

    def __init__(self, known: Known = NOTHING_KNOWN) -> None:
        self.cursor = known.cursor
        self.is_caught_up = False
        self._versions = {each.doc_id: each.version for each in known.documents}
        self._latest = known.cursor

    def is_news(self, word: Word) -> bool:
        """
        Take *word* up; tell whether it says anything that was not known.

        The cursor follows at a ``CaughtUp`` only: within one answer the server promises no order.
        """
        if isinstance(word, CaughtUp):
            is_further = self._latest != self.cursor
            is_new, self.is_caught_up, self.cursor = not self.is_caught_up or is_further, True, self._latest
            return is_new
        version = self._versions.get(word.doc_id)
        if version is not None and version >= word.version:
            return False
        if isinstance(word, Removed):
            return self._versions.pop(word.doc_id, None) is not None
        self._versions[word.doc_id] = word.version
        self._latest = word.known_at if self._latest is None else max(self._latest, word.known_at)
        return True
