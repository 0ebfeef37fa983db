"""What a session's collection lacks of what was seen here: from store and mirror to parcels, and to folded laps."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from teamtactics.contract.facts_text import read_facts
from teamtactics.contract.fold_parcels import numbers_parcel, part_parcel
from teamtactics.contract.foreign import DocumentRefused
from teamtactics.contract.parcels import told_anew
from teamtactics.contract.part_document import part_facts
from teamtactics.contract.told import lap_of, told
from teamtactics.delivery.owed.documents import parts, shown
from teamtactics.model.facts import LapFacts
from teamtactics.model.mirror import Mirrored, Removed
from teamtactics.model.parcel import Document, Parcel
from teamtactics.model.precedence import is_of_earlier_run
from teamtactics.race.record.owed import OwedLap, Owing, Renumbered

log = logging.getLogger(__name__)

OTHERS_WAIT_S = 20.0
"""So long who brought the news is left to renumber the laps himself (design of facts and fold)."""


class SessionDebt:
    """
    Follows what was seen here and what stands in the collection; says what is owed, and folds.

    Args:
        token: Tells the session from others under its collection id.

        is_stall_first, is_alone: As for ``Record``.

    Attributes:
        has_seen_restart: What it was told is of two runs of the session, and it must be begun anew.

    Threads: any; the lock is held for some milliseconds of thinking, over neither disk nor network.
    """

    def __init__(self, collection: str, token: str, is_stall_first: bool = False, is_alone: bool = False) -> None:
        self.has_seen_restart = False
        self._collection = collection
        self._token = token
        self._lock = threading.Lock()
        self._is_torn = False
        self._owing = Owing(is_stall_first, is_alone)
        self._own: dict[tuple[int, int], str] = {}
        self._there: dict[int, dict[str, Mirrored]] = {}
        self._info: Mirrored | None = None
        self._wrong_since_s: dict[int, tuple[Renumbered, float]] = {}

    @property
    def is_torn(self) -> bool:
        """Whether somebody died in the middle of a turn: what is known here may be half, and is to be read anew."""
        with self._lock:
            return self._is_torn

    def tear(self) -> None:
        """Say that what is known here may not be all."""
        with self._lock:
            self._is_torn = True

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with self._lock:
            was_torn, self._is_torn = self._is_torn, True
            yield  # without a finally: who dies in here does not come back to say that all is whole
            self._is_torn = was_torn

    def see(self, texts: Iterable[str]) -> None:
        """Take in what was seen here, as it is kept; what is known already costs nothing."""
        with self._turn():
            for text in texts:
                try:
                    facts = read_facts(text)
                except DocumentRefused as why:
                    log.error("what was seen of a lap cannot be read: a newer teamtactics may have kept it (%s)", why)
                    continue
                if self._own.get((facts.lap, facts.member)) != text:
                    self._own[facts.lap, facts.member] = text
                    self._owing.see([facts])

    def tell(self, words: Iterable[Mirrored | Removed]) -> None:
        """Take in what stands in the collection; what is known already costs nothing."""
        with self._turn():
            changed = {lap for word in words if (lap := self._put(word)) is not None}
            self._owing.tell({lap: told(lap, self._documents(lap)) for lap in sorted(changed)})

    @property
    def info(self) -> Document:
        """The collection's ``info``, which says of which run its documents are; empty while none is known."""
        return {} if self._info is None else self._info.document

    def parcels(self, session_time_s: float | None, monotonic_s: float) -> Sequence[Parcel]:
        """
        Return what is owed now; nothing is if the mirror has not caught up, which the caller knows.

        Args:
            session_time_s: How far the session has come; None when it is over, and nobody has to be let go first.
        """
        with self._turn():
            debt = self._owing.debt()
            due = [
                owed for owed in debt.laps
                if owed.due_s is None or session_time_s is None or session_time_s >= owed.due_s
            ]  # fmt: skip
            found = [parcel for owed in due for parcel in self._lap_parcels(owed)]
            return (*found, *self._numbers_parcels(debt.numbers, monotonic_s))

    def settled(self, *, is_left: bool, is_over: bool) -> Sequence[tuple[int, int]]:
        """
        Return laps and members of which the collection holds all that was seen here, or ever will be asked for.

        Args:
            is_left: This client sees no more of the session; others may still complete the lap in which it was left.

            is_over: Nobody does.
        """
        with self._turn():
            owed = {each.lap for each in self._owing.debt().laps}
            return [
                key
                for key in sorted(self._own)
                if key[0] not in owed
                and (is_over or self._is_there(key[0]) or (is_left and not self._owing.is_held_back(*key)))
            ]

    def fold(
        self, lap: int, there: Mapping[str, Document], ours: Mapping[str, Document]
    ) -> Mapping[str, Document] | None:
        """Say what has to stand there of *lap* (``fold_in.Fold``)."""
        now = told(lap, there)
        if now.is_left_alone:
            return None
        try:
            own = [part_facts(doc_id, document) for doc_id, document in ours.items()]
        except DocumentRefused as why:
            log.error("a part of ours is none: %s", why)
            return None
        if any(each.member in now.unusable for each in own):
            return None
        with self._turn():
            self._owing.see(own)
            self._owing.tell({lap: now})
            folded = self._owing.known.lap(lap)
            assert folded is not None, "a part of it was just taken in"
            written = parts(self._to_write(lap, {each.member for each in own}))
            if lap < 1:
                return written
            return {**written, str(lap): _with_utc(shown(folded), there.get(str(lap), {}))}

    def _to_write(self, lap: int, members: set[int]) -> list[LapFacts]:
        """Return what has to stand in parts: ours, and what the document alone tells, which would be folded away."""
        there = self._owing.told(lap)
        told_by = set() if there.from_document is None else {there.from_document.member} - there.unusable
        return [facts for facts in self._owing.known.facts(lap) if facts.member in members | told_by]

    def _put(self, word: Mirrored | Removed) -> int | None:
        """Note a document of a lap; return the lap, None when nothing has changed."""
        if word.doc_id == "info" and isinstance(word, Mirrored):
            if self._info is None or self._info.version < word.version:
                self.has_seen_restart = is_of_earlier_run(self.info, word.document) or self.has_seen_restart
                self._info = word
            return None
        lap = lap_of(word.doc_id)
        if lap is None:
            return None
        documents = self._there.setdefault(lap, {})
        before = documents.get(word.doc_id)
        if before is not None and before.version >= word.version:
            return None
        if isinstance(word, Mirrored):
            documents[word.doc_id] = word
        elif documents.pop(word.doc_id, None) is None:
            return None
        return lap

    def _documents(self, lap: int) -> dict[str, Document]:
        return {doc_id: each.document for doc_id, each in self._there.get(lap, {}).items()}

    def _is_there(self, lap: int) -> bool:
        return str(lap) in self._there.get(lap, {})

    def _version(self, lap: int) -> int:
        there = self._there.get(lap, {}).get(str(lap))
        return 0 if there is None else there.version

    def _lap_parcels(self, owed: OwedLap) -> Iterable[Parcel]:
        record = owed.folded.record
        if not owed.parts:
            return [told_anew(self._collection, self._token, shown(owed.folded))]
        over = self._version(owed.lap)
        own = [facts for facts in owed.parts if (facts.lap, facts.member) in self._own]
        return [
            part_parcel(self._collection, doc_id, document, record.session_time_s, over)
            for doc_id, document in parts(own).items()
        ]

    def _numbers_parcels(self, wrong: Sequence[Renumbered], monotonic_s: float) -> Iterable[Parcel]:
        since_s = {}
        for each in wrong:
            before, then_s = self._wrong_since_s.get(each.lap, (each, monotonic_s))
            since_s[each.lap] = (each, then_s if before == each else monotonic_s)
        self._wrong_since_s = since_s
        for each, then_s in since_s.values():
            if each.is_news or monotonic_s - then_s >= OTHERS_WAIT_S:
                lap = self._documents(each.lap)[str(each.lap)]
                numbers = (each.stint, each.stint_lap)
                yield numbers_parcel(self._collection, self._token, lap, numbers, self._version(each.lap))


def _with_utc(lap: Document, before: Document) -> Document:
    """Return *lap* with the moment that its document showed *before*, where no fact says it."""
    utc = before.get("Utc")
    return {**lap, "Utc": utc} if lap.get("Utc") is None and isinstance(utc, datetime) else lap
