"""What is owed to the collections, session by session: looked for by the writer, folded by the courier."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from teamtactics.delivery.owed.session_debt import SessionDebt
from teamtactics.model.mirror import Mirrored, Removed
from teamtactics.model.parcel import FIRESTORE, Document, Parcel, ParcelKind
from teamtactics.model.precedence import is_of_earlier_run, says_the_same
from teamtactics.store.store import Outbox, StoredSession

log = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
"""What becomes due by time alone (a watcher's lap, somebody else's numbers) may be this late."""

AT_ONCE = 50
"""Parcels in one transaction: each waits for the disk, and what is recorded meanwhile waits for it."""

LONGEST_RACE = timedelta(hours=26)
"""
So long after a session was left, what was seen of a lap that others may complete is kept ready. A clock that is wrong
ends that early, or late.
"""


class Debts:
    """
    One ``SessionDebt`` for each session that somebody asks for, begun from the store.

    Args:
        ring: Wakes the couriers.

        is_caught_up: Whether the mirror of a collection has all that stands there: without that nothing is owed yet.

        now_s: How far the session of a collection has come; None when it is over, or was left.

    Durability:
        Everything comes from the store and goes into it; what is lost here is found out again.

    Threads:
        ``told``, ``seen``, ``begin_anew`` and ``write``: the writer's. ``owing`` and ``settle``: any that may wait for
        the disk. ``fold``: the courier's. The lock is held over the disk, by those alone who may wait for it.
    """

    def __init__(
        self,
        outbox: Outbox,
        ring: Callable[[], None],
        is_caught_up: Callable[[str], bool],
        now_s: Callable[[str], float | None],
        monotonic_s: Callable[[], float] = time.monotonic,
        utc_now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._outbox = outbox
        self._ring = ring
        self._is_caught_up = is_caught_up
        self._now_s = now_s
        self._monotonic_s = monotonic_s
        self._utc_now = utc_now
        self._lock = threading.RLock()
        self._debts: dict[str, tuple[StoredSession, SessionDebt]] = {}
        self._sent: dict[str, dict[str, Document | None]] = {}
        self._changed: set[str] = set()
        self._looked_s = -LOOK_EVERY_S

    def owing(self) -> Sequence[str]:
        """
        Name the collections of sessions that are over and of which something is owed.

        Not one in which an older session's laps may still stand under the same numbers.

        Raises:
            OutboxError: The store cannot be asked now.
        """
        found = dict.fromkeys(session.collection for session in self._outbox.owing())
        purging = self._outbox.purging(FIRESTORE) if found else ()
        return [each for each in found if each not in purging and self._now_s(each) is None]

    def told(self, collection: str, words: Sequence[Mirrored | Removed]) -> None:
        """Hear what is on disk now of what stands in *collection*."""
        known = self._debts.get(collection)
        if known is not None:
            known[1].tell(words)
        self._changed.add(collection)

    def forget(self, collection: str) -> None:
        """Forget what stood in *collection*: an older run's documents have been removed there."""
        with self._lock:
            self._debts.pop(collection, None)
        self._changed.add(collection)

    def begin_anew(self) -> None:
        """Read from the store again what is known: who tells of what is on disk has died, and may not have told all."""
        with self._lock:
            for _, debt in self._debts.values():
                debt.tear()
            self._changed.update(self._debts)

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
            known = self._of(collection)
            if known is not None:
                self._read(known[1], known[0])  # what came in meanwhile came past us
            if known is not None and known[1].has_seen_restart:
                self._debts.pop(collection)  # of the documents before nothing stands there any more
        self._bring(collection, None)

    def fold(
        self, session_id: int, lap: int, there: Mapping[str, Document], ours: Mapping[str, Document]
    ) -> Mapping[str, Document] | None:
        """Say what has to stand there of *lap* (``fold_in.Fold``)."""
        debt = self._debt_of(session_id)
        return None if debt is None else debt.fold(lap, there, ours)

    def _bring(self, collection: str, session_time_s: float | None) -> None:
        with self._lock:
            self._bring_what_is_owed(collection, session_time_s)

    def _bring_what_is_owed(self, collection: str, session_time_s: float | None) -> None:
        known = self._of(collection)
        if known is None:
            return
        session, debt = known
        if is_of_earlier_run(session.facts, debt.info):
            self._write_off(collection, is_left=session_time_s is None)
            return
        if is_of_earlier_run(debt.info, session.facts):
            return  # what stands there is still to be removed
        sent = self._sent.setdefault(collection, {})
        owed = debt.parcels(session_time_s, self._monotonic_s())
        new = self._not_recorded(session, [each for each in owed if sent.get(each.key) != each.document])
        for at in range(0, len(new), AT_ONCE):
            portion = new[at : at + AT_ONCE]
            self._outbox.announce(session.id, *portion)
            sent.update((parcel.key, parcel.document) for parcel in portion)
        if new:
            _say(collection, new)
            self._ring()
        is_left = session_time_s is None
        settled = set(debt.settled(is_left=is_left, is_over=is_left and self._is_over(session)))
        for one in self._sessions(collection):
            laps = [lap for lap in self._outbox.own_laps(one.id) if not lap.is_settled]
            done = [lap for lap in laps if (lap.lap, lap.member) in settled or _is_of_another(one, session)]
            if done:
                self._outbox.settle(one.id, done)

    def _write_off(self, collection: str, *, is_left: bool) -> None:
        """Owe nothing more of a race that the server has begun anew; here that is seen soon, where it is not left."""
        for one in self._sessions(collection) if is_left else ():
            laps = [lap for lap in self._outbox.own_laps(one.id) if not lap.is_settled]
            if laps:
                log.info("%s is of a restart of the race: what was seen of %s before stays here", collection, one.token)
                self._outbox.settle(one.id, laps)

    def _is_over(self, session: StoredSession) -> bool:
        """Tell whether nobody drives in a session any more that this client has left: no lap of it is completed."""
        if session.is_single or self._utc_now() - session.last_utc > LONGEST_RACE:
            return True
        later = (one for one in self._outbox.sessions() if one.id > session.id and one.event == session.event)
        return bool(session.event) and any(one.collection != session.collection for one in later)

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

    def _of(self, collection: str) -> tuple[StoredSession, SessionDebt] | None:
        """
        Return the session begun last under *collection*, read from the store if need be; None while none is there.

        Sessions reuse names, and the store may be another one than a moment ago: it is asked every time.
        """
        with self._lock:
            session = next(iter(self._sessions(collection)), None)
            if session is None:
                return None
            known = self._debts.get(collection)
            is_same = known is not None and _counts_alike(known[0], session)
            if not is_same:
                self._sent.pop(collection, None)
            if known is None or not is_same or known[1].is_torn:
                self._debts[collection] = (session, self._made(session))
            elif known[0].id != session.id:
                self._debts[collection] = (session, known[1])
            return self._debts[collection]

    def _debt_of(self, session_id: int) -> SessionDebt | None:
        """Return what is known of a session; of a former one under the same name nothing is kept."""
        with self._lock:
            session = next((one for one in self._outbox.sessions() if one.id == session_id), None)
            latest = None if session is None else self._of(session.collection)
            if session is None or latest is None:
                return None
            return self._made(session, has_mirror=False) if _is_of_another(session, latest[0]) else latest[1]

    def _made(self, session: StoredSession, *, has_mirror: bool = True) -> SessionDebt:
        debt = SessionDebt(session.collection, session.token, session.is_stall_first, session.is_single)
        if has_mirror:
            self._read(debt, session)
        else:
            debt.see(lap.facts for lap in self._outbox.own_laps(session.id))
        return debt

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
