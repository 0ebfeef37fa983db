"""What is owed to the collections, session by session: looked for by the writer, folded by the courier."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from teamtactics.delivery.owed.session_debt import SessionDebt
from teamtactics.model.mirror import Mirrored, Removed
from teamtactics.model.parcel import Document, Parcel, ParcelKind
from teamtactics.model.precedence import says_the_same
from teamtactics.store.store import Outbox, StoredSession

log = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
"""What becomes due by time alone (a watcher's lap, somebody else's numbers) may be this late."""


class Debts:
    """
    One ``SessionDebt`` for each session that somebody asks for, begun from the store.

    Args:
        ring: Wakes the couriers.

        is_caught_up: Whether the mirror of a collection has all that stands there: without that nothing is owed yet.

        now_s: How far the session of a collection has come; None when it is over.

    Durability:
        Everything comes from the store and goes into it; what is lost here is found out again.

    Threads:
        ``told``, ``seen`` and ``write``: the writer's. ``owing`` and ``settle``: any that may wait for the disk.
        ``fold``: the courier's. The lock is held over the disk, by those alone who may wait for it.
    """

    def __init__(
        self,
        outbox: Outbox,
        ring: Callable[[], None],
        is_caught_up: Callable[[str], bool],
        now_s: Callable[[str], float | None],
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._outbox = outbox
        self._ring = ring
        self._is_caught_up = is_caught_up
        self._now_s = now_s
        self._monotonic_s = monotonic_s
        self._lock = threading.RLock()
        self._debts: dict[str, tuple[StoredSession, SessionDebt]] = {}
        self._sent: dict[str, dict[str, Document | None]] = {}
        self._changed: set[str] = set()
        self._looked_s = -LOOK_EVERY_S

    def owing(self) -> Sequence[str]:
        """
        Name the collections of sessions that are over and of which something is owed.

        Raises:
            OutboxError: The store cannot be asked now.
        """
        found = dict.fromkeys(session.collection for session in self._outbox.owing())
        return [collection for collection in found if self._now_s(collection) is None]

    def told(self, collection: str, words: Sequence[Mirrored | Removed]) -> None:
        """Hear what is on disk now of what stands in *collection*."""
        known = self._debts.get(collection)
        if known is not None:
            known[1].tell(words)
        self._changed.add(collection)

    def seen(self, collection: str, texts: Iterable[str]) -> None:
        """Hear what is on disk now of what was seen here."""
        known = self._debts.get(collection)
        if known is not None:
            known[1].see(texts)
        self._changed.add(collection)

    def write(self) -> None:
        """
        Look what is owed by the sessions that go on, and bring it to the disk as parcels.

        Raises:
            OutboxError: It is not there; it is found out again with the next attempt.
        """
        now_s = self._monotonic_s()
        if now_s - self._looked_s >= LOOK_EVERY_S:
            self._looked_s = now_s
            self._changed.update(self._debts)
        for collection in tuple(self._changed):
            session_s = self._now_s(collection)
            if session_s is not None and self._is_caught_up(collection):
                self._bring(collection, session_s)
            self._changed.discard(collection)

    def settle(self, collection: str) -> None:
        """
        Bring to the disk what a session that is over owes; note what its collection holds by now.

        Raises:
            OutboxError: Not all of it is there; it is found out again with the next attempt.
        """
        with self._lock:
            session, debt = self._of(collection)
            self._read(debt, session)  # what came in meanwhile came past us
        self._bring(collection, None)

    def fold(
        self, collection: str, lap: int, there: Mapping[str, Document], ours: Mapping[str, Document]
    ) -> Mapping[str, Document] | None:
        """Say what has to stand in *collection* of *lap* (``fold_in.Fold``)."""
        _, debt = self._of(collection)
        return debt.fold(collection, lap, there, ours)

    def _bring(self, collection: str, session_time_s: float | None) -> None:
        with self._lock:
            self._bring_what_is_owed(collection, session_time_s)

    def _bring_what_is_owed(self, collection: str, session_time_s: float | None) -> None:
        session, debt = self._of(collection)
        sent = self._sent.setdefault(collection, {})
        owed = debt.parcels(session_time_s, self._monotonic_s())
        new = self._not_recorded(session, [each for each in owed if sent.get(each.key) != each.document])
        for parcel in new:
            self._outbox.announce(session.id, parcel)
            sent[parcel.key] = parcel.document
        if new:
            _say(collection, new)
            self._ring()
        settled = set(debt.settled(is_over=session_time_s is None))
        for one in self._sessions(collection):
            laps = [lap for lap in self._outbox.own_laps(one.id) if not lap.is_settled]
            done = [lap for lap in laps if (lap.lap, lap.member) in settled or _is_of_another(one, session)]
            if done:
                self._outbox.settle(one.id, done)

    def _not_recorded(self, session: StoredSession, owed: Sequence[Parcel]) -> Sequence[Parcel]:
        """Leave out the plain laps that say the same as what is in the store, and on its way, under their number."""
        if not any(each.kind is ParcelKind.LAP for each in owed):
            return owed
        kept = {str(lap.get("LapCompleted")): lap for lap in self._outbox.documents(session.id, ParcelKind.LAP)}
        return [
            each
            for each in owed
            if each.kind is not ParcelKind.LAP or not says_the_same(kept.get(each.doc_id or ""), each.document or {})
        ]

    def _of(self, collection: str) -> tuple[StoredSession, SessionDebt]:
        """Return the session under *collection*, begun from the store, and again where it is another one by now."""
        with self._lock:
            session, known = self._sessions(collection)[0], self._debts.get(collection)
            if known is None or not _counts_alike(known[0], session):
                debt = SessionDebt(collection, session.token, session.is_stall_first)
                self._read(debt, session)
                known = self._debts[collection] = (session, debt)
                self._sent.pop(collection, None)
            return known

    def _read(self, debt: SessionDebt, session: StoredSession) -> None:
        """Take in all that is kept; what is known already costs little."""
        for one in self._sessions(session.collection):
            if not _is_of_another(one, session):
                debt.see(lap.facts for lap in self._outbox.own_laps(one.id))
        debt.tell(self._outbox.mirror(session.collection).documents)

    def _sessions(self, collection: str) -> Sequence[StoredSession]:
        return [session for session in self._outbox.sessions() if session.collection == collection]


def _counts_alike(one: StoredSession, other: StoredSession) -> bool:
    """Tell whether what is owed by *one* is what is owed by *other*: of the same session, its stints counted alike."""
    return (one.token, one.is_stall_first) == (other.token, other.is_stall_first)


def _is_of_another(session: StoredSession, latest: StoredSession) -> bool:
    """Tell whether a former session had the same collection: what was seen of it has no place there any more."""
    return session.token not in ("", latest.token)


def _say(collection: str, parcels: Sequence[Parcel]) -> None:
    names = ", ".join(parcel.key for parcel in parcels[:5])
    more = f" and {len(parcels) - 5} more" if len(parcels) > 5 else ""
    log.info("%s lacks what is known here: %s%s", collection, names, more)
