"""From entries of the journal to parcels in the store: which session it is, what it leaves behind, in which order."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import InvalidStateError

from teamtactics.contract.parcels import Ledger, amended_lap_parcels, timed_lap_parcels
from teamtactics.errors import OutboxError
from teamtactics.model.events import Event, FormerLapTimed, LapsAmended
from teamtactics.model.parcel import Document, Parcel, ParcelKind
from teamtactics.model.session import SessionInfo
from teamtactics.recording import session_facts
from teamtactics.recording.journal import LIVE, Answer, Began, Entry, Note
from teamtactics.recording.recorded import NOT_STORED, RecordedSession, left_laps, left_parcels, open_laps
from teamtactics.store.store import Outbox, StoredSession

log = logging.getLogger(__name__)

NAMES = "names"
"""Key of the names by customer id that the outbox keeps from session to session."""


class Recorder:
    """
    Keeps what is learned of one session after another.

    ``take`` an entry, then ``write``; what cannot be written stays in memory, in order, over session changes as well.

    Durability: after ``write`` everything taken is on disk, with the tracker's checkpoint in the same transaction.

    Threads: the writer's. ``ring`` wakes the couriers.
    """

    def __init__(self, outbox: Outbox, ring: Callable[[], None]) -> None:
        self._outbox = outbox
        self._ring = ring
        self._current: RecordedSession | None = None
        self._former: RecordedSession | None = None
        self._unwritten: list[RecordedSession] = []
        self._names: dict[str, str] | None = None
        self._are_names_new = False
        self._generation = outbox.generation

    @property
    def session_id(self) -> int | None:
        """The outbox's number of the current session; None before it is there."""
        return None if self._current is None else self._current.stored.id or None

    @property
    def waiting(self) -> int:
        """How many items are in memory only; a checkpoint alone is one."""
        return sum(max(len(session.unsaved), session.has_news) for session in self._unwritten)

    def take(self, entry: Entry) -> None:
        """
        Take *entry* up.

        Raises:
            OutboxError: The store has to be asked first and cannot be; nothing was taken, try again.
        """
        if isinstance(entry, Began):
            self._begin(entry)
        else:
            self._note(entry)

    def write(self) -> None:
        """
        Bring all that was taken to the disk, in order.

        Raises:
            OutboxError: Not all of it is there; the rest is kept and goes with the next attempt.
        """
        if self._outbox.generation != self._generation:
            self._give_again()
        while self._unwritten:
            self._append(self._unwritten[0])
            del self._unwritten[0]
        if self._are_names_new:
            self._outbox.set_meta(NAMES, json.dumps(self._names))
            self._are_names_new = False

    def tell_left_behind(self) -> None:
        """
        Write the laps of live sessions that were completed and not told when the program ended, as they are known.

        Each stays open in its checkpoint: when its session goes on, its official time comes into it. A recording that
        was cut off in such a moment goes on there when it is replayed.
        """
        seen = {session.collection for session in (self._current, self._former, *self._unwritten) if session}
        for stored in self._outbox.sessions():
            is_newest = stored.collection not in seen
            seen.add(stored.collection)
            written_by, _, _ = (stored.checkpoint or "").partition("\n")
            parcels = left_parcels(stored) if is_newest and written_by == LIVE else []
            if not parcels:
                continue
            at_s, utc = stored.last_session_time_s, stored.last_utc
            told = self._outbox.append(stored.id, parcels, checkpoint=stored.checkpoint, session_time_s=at_s, utc=utc)
            for one in told.stored:
                log.info("%s of %s is written as it is known", one.parcel.key, stored.collection)

    def _begin(self, began: Began) -> None:
        event, names = began.event, self._known_names()
        known = self._known(began)
        is_proved = known is not None and session_facts.is_proved_another(known.stored, began)
        is_same = known is not None and not is_proved and not self._has_restarted(known, began)
        laps, infos = self._told(known)
        # From here on the store is asked nothing more: what was begun is taken up as a whole.
        log.info("session %s %s", began.collection, "goes on" if is_same else "begins")
        checkpoint = _usable_checkpoint(known.stored, began) if is_same and known is not None else None
        try:
            began.answer.set_result(Answer(checkpoint, dict(names)))
        except InvalidStateError:
            # The collector could wait no longer and has begun without.
            checkpoint = None
        self._note_name(event.info)
        if known is not None and checkpoint is None and known.stored.checkpoint is not None:
            # Nobody goes on where it was left: what was open there is told as it is known.
            known.add(left_parcels(known.stored))
            known.come_to(None, known.stored.last_session_time_s, known.stored.last_utc)
            self._mark(known)
        session = known if is_same and known is not None else self._new(began, is_certain=is_proved)
        session.source_key = began.source_key
        session.open_laps = frozenset() if checkpoint is None else open_laps(session.stored, laps)
        info = session.ledger.info_parcel(event.session_time_s, began.customer_id)
        if infos[-1:] != [info.document] or session is not known:
            session.add([info])
        session.info, self._current = info.document, session
        self._mark(session)

    def _known(self, began: Began) -> RecordedSession | None:
        """Find the session begun last in the collection; what is in memory is newer than what is in the store."""
        event, collection = began.event, began.collection
        for session in (self._current, *reversed(self._unwritten), self._former):
            if session is not None and session.collection == collection:
                session.ledger = Ledger(collection, session.stored.token, event.info, event.session_num)
                return session
        if (stored := self._outbox.latest_session(collection)) is None:
            return None
        ledger = Ledger(collection, stored.token, event.info, event.session_num)
        return RecordedSession(stored, began.source_key, ledger)

    def _new(self, began: Began, *, is_certain: bool) -> RecordedSession:
        event, collection, utc = began.event, began.collection, began.utc
        token, facts = session_facts.token(began), session_facts.facts(began)
        stored = StoredSession(NOT_STORED, collection, token, facts, utc, utc, 0.0, None)
        session = RecordedSession(stored, began.source_key, Ledger(collection, token, event.info, event.session_num))
        if not event.info.is_team_session:
            session.add([session_facts.purge(began, is_certain=is_certain)])
        session.come_to(None, event.session_time_s, utc)
        return session

    def _told(self, known: RecordedSession | None) -> tuple[list[Document], list[Document]]:
        """Read the laps that its checkpoint leaves open, if any, and the info documents of *known*."""
        if known is None:
            return [], []
        laps = self._laps(known) if left_laps(known.stored) else []
        infos = [] if known.info is None else [known.info]
        if not infos and known.stored.id != NOT_STORED:
            infos = self._outbox.documents(known.stored.id, ParcelKind.INFO)
        return laps, infos

    def _laps(self, session: RecordedSession) -> list[Document]:
        is_stored = session.stored.id != NOT_STORED
        return session.laps(self._outbox.documents(session.stored.id, ParcelKind.LAP) if is_stored else ())

    def _note(self, note: Note) -> None:
        session = self._current
        if session is None:
            return
        if note.info is not None:
            self._learn(session, note, note.info)
        made = [(whose, parcels) for event in note.events for whose, parcels in self._parcels(session, event)]
        for whose, parcels in made:
            whose.add(parcels)
            self._mark(whose)
        if not note.is_checkpoint_only or note.session_time_s >= session.stored.last_session_time_s:
            session.come_to(note.checkpoint, note.session_time_s, note.utc)
        else:
            # A recording that starts again: the session has come further than this frame.
            session.come_to(note.checkpoint, session.stored.last_session_time_s, session.stored.last_utc)
        self._mark(session)
        if note.is_last:
            self._former = session

    def _learn(self, session: RecordedSession, note: Note, info: SessionInfo) -> None:
        before = session.ledger
        if info.own is None or info.session(before.session_num) is None:
            return
        self._note_name(info)
        session.ledger = Ledger(before.collection, before.token, info, before.session_num)
        parcel = session.ledger.info_parcel(note.session_time_s, note.customer_id)
        if parcel.document != session.info:
            session.info = parcel.document
            session.add([parcel])

    def _parcels(self, session: RecordedSession, event: Event) -> Sequence[tuple[RecordedSession, Sequence[Parcel]]]:
        if isinstance(event, FormerLapTimed):
            former = self._former
            if former is None or former.ledger.session_num != event.session_num:
                return ()
            # Its time came after the session had changed.
            stored = former.stored
            return ((former, timed_lap_parcels(stored.collection, stored.token, self._laps(former), event)),)
        if isinstance(event, LapsAmended):
            ledger = session.ledger
            return ((session, amended_lap_parcels(ledger.collection, ledger.token, self._laps(session), event)),)
        return ((session, session.parcels(event, self._laps(session) if session.is_open(event) else ())),)

    def _mark(self, session: RecordedSession) -> None:
        if session not in self._unwritten:
            self._unwritten.append(session)

    def _append(self, session: RecordedSession) -> None:
        if not session.has_news:
            return
        try:
            self._store(session, tuple(session.unsaved))
        except OutboxError:
            raise
        except Exception:
            log.exception("not all of %s can be stored, it is tried one by one", session.collection)
            self._store_singly(session)

    def _store_singly(self, session: RecordedSession) -> None:
        """Leave out what cannot be put into words for the disk: a defect of ours must not stop what comes behind it."""
        for parcel in tuple(session.unsaved):
            try:
                self._store(session, (parcel,))
            except OutboxError:
                raise
            except Exception:
                log.exception("this cannot be stored and is left out: %s", parcel)
                session.unsaved.remove(parcel)

    def _store(self, session: RecordedSession, parcels: Sequence[Parcel]) -> None:
        stored, outbox = session.stored, self._outbox
        checkpoint, at_s, utc = stored.checkpoint, stored.last_session_time_s, stored.last_utc
        if stored.id == NOT_STORED:
            begun = outbox.begin_session(
                *(stored.collection, stored.token, stored.facts, stored.began_utc, parcels),
                checkpoint=checkpoint,
                session_time_s=at_s,
                utc=utc,
            )
            session.saved(begun.id, parcels)
            self._ring()
            return
        result = outbox.append(stored.id, parcels, checkpoint=checkpoint, session_time_s=at_s, utc=utc)
        session.saved(stored.id, parcels)
        for parcel in result.refused:
            # A state older than the stored one, or the info again, is nothing to tell; another lap of that number is.
            level = logging.WARNING if parcel.kind is ParcelKind.LAP else logging.DEBUG
            log.log(level, "%s of %s is recorded already and stays as it is", parcel.key, parcel.collection)
        if result.stored:
            self._ring()

    def _give_again(self) -> None:
        """The store was damaged and another one begun, with what could be saved: it gets all that is known here."""
        generation = self._outbox.generation
        for session in {id(one): one for one in (self._former, *self._unwritten, self._current) if one}.values():
            found = self._outbox.latest_session(session.collection)
            session.lose(found if found is not None and found.token == session.stored.token else None)
            self._mark(session)
        self._are_names_new = self._names is not None
        self._generation = generation

    def _known_names(self) -> dict[str, str]:
        if self._names is None:
            try:
                self._names = dict(json.loads(self._outbox.meta(NAMES) or "{}"))
            except ValueError as error:
                log.warning("the names of earlier sessions cannot be read and are learned anew: %s", error)
                self._names = {}
        return self._names

    def _note_name(self, info: SessionInfo) -> None:
        own, names = info.own, self._names
        if own is not None and names is not None and names.get(str(own.user_id)) != own.user_name:
            names[str(own.user_id)] = own.user_name
            self._are_names_new = True

    def _has_restarted(self, known: RecordedSession, began: Began) -> bool:
        """The tracker saw it end, and it begins anew: to be recorded anew, though nothing proves it to the others."""
        return began.event.is_restart and known is self._current and session_facts.seen(began).has_just_begun


def _usable_checkpoint(known: StoredSession, began: Began) -> str | None:
    written_by, _, text = (known.checkpoint or "").partition("\n")
    is_earlier = began.event.session_time_s < known.last_session_time_s
    if written_by != began.source_key or (is_earlier and began.source_key == LIVE):
        # Another recording of the same session, or another client on this store: it tells its own story.
        return None
    return text
