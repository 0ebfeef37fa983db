"""From entries of the journal to parcels in the store: which session it is, what it leaves behind, in which order."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import InvalidStateError
from dataclasses import replace

from teamtactics.errors import OutboxError
from teamtactics.model.events import FormerLapTimed
from teamtactics.model.parcel import Document, Parcel, ParcelKind
from teamtactics.model.session import SessionInfo
from teamtactics.recording.journal import LIVE, Answer, Began, Entry, Note
from teamtactics.recording.kept import session_facts
from teamtactics.recording.kept.left_behind import take_up_left
from teamtactics.recording.kept.own_laps import OwnLaps
from teamtactics.recording.kept.recorded import NOT_STORED, RecordedSession
from teamtactics.recording.names import Names
from teamtactics.store.left_out import LeftOut
from teamtactics.store.store import Outbox, StoredSession

log = logging.getLogger(__name__)


_OF_ANOTHER = -1
"""No store has begun so often in the place of a damaged one: whatever it has, it did not get from here."""


class Recorder:
    """
    Keeps what is learned of one session after another.

    ``take`` an entry, then ``write``; what cannot be written stays in memory, in order, over session changes as well.

    Durability: after ``write`` everything taken is on disk, with the tracker's checkpoint in the same transaction;
    what a defect of ours keeps from there is ``left_out``.

    Threads: the writer's. ``ring`` wakes the couriers.
    """

    def __init__(self, outbox: Outbox, ring: Callable[[], None], on_seen: Callable[[str, Sequence[str]], None]) -> None:
        self.left_out = LeftOut(outbox.folder)
        self._outbox = outbox
        self._on_seen = on_seen
        self._ring = ring
        self._current: RecordedSession | None = None
        self._former: RecordedSession | None = None
        self._unwritten: list[RecordedSession] = []
        self._names = Names(outbox)
        self._generation = outbox.generation
        # What is being done: a writer that dies meanwhile and comes back does none of it a second time.
        self._taken: Entry | None = None
        self._opened: tuple[Entry, RecordedSession] | None = None
        self._being_begun: RecordedSession | None = None

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
        Take *entry* up; the same one again, after whatever went wrong with it, is harmless.

        Raises:
            OutboxError: The store has to be asked first and cannot be; nothing was taken, try again.
        """
        if entry is self._taken:
            return
        if isinstance(entry, Began):
            self._begin(entry)
        else:
            self._note(entry)
        self._taken = entry

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
        self._names.write()

    @property
    def laps_waiting(self) -> int:
        """How many laps that are over are in memory only."""
        unsaved = (parcel for session in self._unwritten for parcel in session.unsaved)
        return sum(parcel.kind is ParcelKind.LAP for parcel in unsaved)

    def turn_to(self, outbox: Outbox) -> None:
        """Write into *outbox* from now on, first of all what is known of the sessions in memory."""
        self._outbox, self._generation = outbox, _OF_ANOTHER
        self._names.turn_to(outbox)

    def take_up_left(self) -> None:
        """Let count what sessions before have left in their checkpoints (``left_behind``)."""
        in_memory = {one.collection for one in (self._current, self._former, *self._unwritten) if one is not None}
        take_up_left(self._outbox, in_memory)

    def _begin(self, began: Began) -> None:
        if self._opened is None or self._opened[0] is not began:
            self._leave(began.collection)
            self._opened = (began, self._open(began))
        self._current = self._opened[1]
        self._mark(self._current)

    def _leave(self, collection: str) -> None:
        """As ``take_up_left``, for the session under way: its end was not told, simulator or collector died."""
        left = self._current
        if left is not None and left.collection != collection and left.source_key == LIVE:
            left.take_up()
            self._mark(left)

    def _open(self, began: Began) -> RecordedSession:
        event, names = began.event, self._names.known()
        known = self._known(began)
        is_proved = known is not None and session_facts.is_proved_another(known.stored, began)
        # The tracker saw it end, and it begins anew: to be recorded anew, though nothing proves it to the others.
        is_restart = event.is_restart and known is self._current and session_facts.seen(began).has_just_begun
        is_same = known is not None and not is_proved and not is_restart
        infos = self._told(known)
        # From here on the store is asked nothing more: what was begun is taken up as a whole.
        log.info("session %s %s", began.collection, "goes on" if is_same else "begins")
        checkpoint = session_facts.usable_checkpoint(known.stored, began) if is_same and known is not None else None
        try:
            seen = known.seen.told if is_same and known is not None else ()
            began.answer.set_result(Answer(checkpoint, dict(names), seen))
        except InvalidStateError:
            # The collector could wait no longer and has begun without; else it was answered before.
            checkpoint = None if began.answer.cancelled() else began.answer.result().checkpoint
        self._names.note(event.info)
        if known is not None and checkpoint is None and known.stored.checkpoint is not None:
            # Nobody goes on where it was left.
            self._mark(known)
            known.take_up()
            known.come_to(None, known.stored.last_session_time_s, known.stored.last_utc)
        session = known if is_same and known is not None else self._new(began, is_certain=is_proved)
        session.source_key = began.source_key
        info = session.ledger.info_parcel(event.session_time_s, began.customer_id)
        if session.lacks_run:
            session.add([session_facts.purge(began, info.document or {}, is_certain=False)])
        session.learn(event.info)
        if infos[-1:] != [info.document] or session is not known:
            session.add([info])
        session.info = info.document
        return session

    def _known(self, began: Began) -> RecordedSession | None:
        """Find the session begun last in the collection; what is in memory is newer than what is in the store."""
        event, collection = began.event, began.collection
        for session in (self._current, *reversed(self._unwritten), self._former):
            if session is not None and session.collection == collection:
                session.ledger = session_facts.ledger(session.stored, event)
                return session
        if (stored := self._outbox.latest_session(collection)) is None:
            return None
        return RecordedSession(stored, began.source_key, session_facts.ledger(stored, event))

    def _new(self, began: Began, *, is_certain: bool) -> RecordedSession:
        event, collection, utc = began.event, began.collection, began.utc
        token, facts = session_facts.token(began), session_facts.facts(began)
        stored = StoredSession(NOT_STORED, collection, token, facts, utc, utc, 0.0, None)
        ledger = session_facts.ledger(stored, event)
        session = RecordedSession(stored, began.source_key, ledger, seen=OwnLaps(is_complete=True))
        info = ledger.info_parcel(event.session_time_s, began.customer_id)
        session.add([session_facts.purge(began, info.document or {}, is_certain=is_certain)])
        session.come_to(None, event.session_time_s, utc)
        return session

    def _told(self, known: RecordedSession | None) -> list[Document]:
        """Read what is to be known of *known* before it goes on: what was seen of its laps; return its infos."""
        if known is None:
            return []
        if not known.seen.is_complete:
            known.seen = OwnLaps.of(self._outbox, known.stored.id)
        if known.info is not None:
            return [known.info]
        return [] if known.stored.id == NOT_STORED else self._outbox.documents(known.stored.id, ParcelKind.INFO)

    def _note(self, note: Note) -> None:
        session = self._current
        if session is None:
            return
        if note.info is not None:
            self._learn(session, note, note.info)
        for event in note.events:
            whose = self._former_of(event) if isinstance(event, FormerLapTimed) else session
            if whose is not None:
                whose.see(event, note.mark)
                self._mark(whose)
        session.add([parcel for event in note.events for parcel in session.ledger.parcels(event, note.mark)])
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
        self._names.note(info)
        session.learn(info)
        session.ledger = replace(before, info=info)
        parcel = session.ledger.info_parcel(note.session_time_s, note.customer_id)
        if parcel.document != session.info:
            session.info = parcel.document
            session.add([parcel])

    def _former_of(self, event: FormerLapTimed) -> RecordedSession | None:
        """Return the session before, if *event* is of that one."""
        former = self._former
        return former if former is not None and former.ledger.session_num == event.session_num else None

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
                self.left_out.keep(parcel)
                session.unsaved.remove(parcel)

    def _store(self, session: RecordedSession, parcels: Sequence[Parcel]) -> None:
        stored, outbox = session.stored, self._outbox
        checkpoint, at_s, utc = stored.checkpoint, stored.last_session_time_s, stored.last_utc
        if stored.id == NOT_STORED and session is self._being_begun:
            # It was being begun when something went wrong: the store may have it.
            found = outbox.latest_session(stored.collection)
            if found is not None and (found.token, found.began_utc) == (stored.token, stored.began_utc):
                stored = session.stored = replace(stored, id=found.id)
        if stored.id == NOT_STORED:
            self._being_begun = session
            facts = (stored.collection, stored.token, stored.facts, stored.began_utc, parcels)
            begun = outbox.begin_session(*facts, checkpoint=checkpoint, session_time_s=at_s, utc=utc)
            session.saved(begun.id, parcels)
            self._being_begun = None
            self._ring()
            if not session.has_news:
                return
            stored, parcels = session.stored, ()
        laps, news = session.seen.unsaved, stored.facts if session.has_new_facts else None
        result = outbox.append(
            stored.id, parcels, checkpoint=checkpoint, session_time_s=at_s, utc=utc, own_laps=laps, facts=news
        )
        session.saved(stored.id, parcels, laps)
        self._on_seen(stored.collection, [lap.facts for lap in laps])
        for parcel in result.refused:
            # A state older than the stored one, or the info again; of a lap what more is known is folded in.
            log.debug("%s of %s is recorded already and stays as it is", parcel.key, parcel.collection)
        if result.stored:
            self._ring()

    def _give_again(self) -> None:
        """The store was damaged and another one begun, with what could be saved: it gets all that is known here."""
        generation = self._outbox.generation
        # In this order: of one collection the store takes the session that was begun last for the present one.
        known = {id(one): one for one in (self._former, *self._unwritten, self._current) if one}
        for session in known.values():
            found = self._outbox.latest_session(session.collection)
            session.lose(found if found is not None and found.token == session.stored.token else None)
        self._unwritten = list(known.values())
        self._names.write_again()
        self._generation = generation
