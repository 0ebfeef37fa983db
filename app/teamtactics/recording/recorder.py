"""What the collector learns is kept here: events become parcels, parcels and checkpoint go to the outbox together."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from teamtactics.contract.names import collection_id
from teamtactics.contract.parcels import Ledger, amended_lap_parcels, lap_parcel, timed_lap_parcels
from teamtactics.errors import OutboxDamaged, OutboxError, OutboxFull
from teamtactics.model.events import Event, FormerLapTimed, LapFilledIn, LapFinished, LapsAmended, Remark, SessionBegan
from teamtactics.model.parcel import Document, Parcel, ParcelKind
from teamtactics.model.session import SessionInfo
from teamtactics.race.checkpoint import CheckpointUnreadable
from teamtactics.race.identity import SessionSeen, Verdict, compare
from teamtactics.race.session_change import left_behind
from teamtactics.race.tracker import Tracker
from teamtactics.recording import session_facts
from teamtactics.store.store import Appended, Outbox, StoredSession

log = logging.getLogger(__name__)

NAMES = "names"
"""Key of the names by customer id that the outbox keeps from session to session."""

LIVE = "live"
"""``Source.key`` of a simulator: its session time only rises, and its sessions are real ones."""

ABANDONED_AFTER = timedelta(minutes=10)
"""A session nobody has followed for so long gets no lap time any more: its pending lap is written without."""


@dataclass(slots=True)
class _Current:
    """The session that is recorded now."""

    stored: StoredSession
    facts: Document
    source_key: str
    ledger: Ledger
    info: Document | None
    ended_s: float = 0.0
    ended_utc: datetime | None = None
    unsaved: list[Parcel] = field(default_factory=list)


class Recorder:
    """
    Keeps the events of one session after another.

    Durability: what ``record`` was given is on disk when it returns, with the tracker's checkpoint in the same
    transaction; unless the disk is full: then it stays in memory, is reported, and goes with the next attempt.

    Threads: of the collector only. ``ring`` wakes the couriers.
    """

    def __init__(self, outbox: Outbox, ring: Callable[[], None]) -> None:
        self._outbox = outbox
        self._ring = ring
        self._current: _Current | None = None
        self._former: _Current | None = None
        self.is_disk_full = False
        self._names: dict[str, str] = json.loads(outbox.meta(NAMES) or "{}")

    @property
    def collection(self) -> str | None:
        """The collection that is being written; None before the first session."""
        return self._current.stored.collection if self._current is not None else None

    @property
    def session_id(self) -> int | None:
        """The outbox's number of the current session."""
        return self._current.stored.id if self._current is not None else None

    def begin(self, began: SessionBegan, tracker: Tracker, source_key: str, utc: datetime) -> None:
        """
        Follow the session that the tracker has announced: a new one, or one that the outbox knows.

        Args:
            source_key: Identity of the stream; a recording that starts again goes on behind its checkpoint.

            utc: When the frame that opened the session was true.
        """
        collection = collection_id(began.info, began.session_num)
        self._note_name(began.info)
        tracker.know(self._names)
        now = SessionSeen(
            began.info.session_id,
            began.info.subsession_id,
            began.session_unique_id,
            began.session_time_s,
            utc.timestamp(),
        )
        known = self._outbox.latest_session(collection)
        is_same = known is not None and self._is_same(known, began, now)
        log.info("session %s %s", collection, "goes on" if is_same else "begins")
        parcels: list[Parcel] = []
        if is_same and known is not None:
            stored = known
            self._resume(stored, tracker, source_key, began.session_time_s)
        else:
            token = session_facts.token(now, began.session_num)
            stored = self._outbox.begin_session(collection, token, session_facts.facts(now), utc)
            tracker.begin()
            if not began.info.is_team_session:
                parcels.append(
                    session_facts.purge(collection, began, is_certain=known is not None, is_live=source_key == LIVE)
                )
        ledger = Ledger(collection, stored.token, began.info, began.session_num)
        info = ledger.info_parcel(began.session_time_s, tracker.customer_id(began.info))
        self._current = _Current(stored, session_facts.facts(now), source_key, ledger, info.document)
        if self._outbox.documents(stored.id, ParcelKind.INFO)[-1:] != [info.document]:
            parcels.append(info)
        at_s = began.session_time_s
        if at_s < stored.last_session_time_s:
            # A recording that starts again: the session has come further than this frame.
            at_s, utc = stored.last_session_time_s, stored.last_utc
        self._append(parcels, tracker, at_s, utc)

    def learn(self, info: SessionInfo, tracker: Tracker, session_time_s: float, utc: datetime) -> None:
        """Take the newest session text; the info document is written again when its content changed."""
        current = self._current
        if current is None or info.own is None or info.session(current.ledger.session_num) is None:
            return
        self._note_name(info)
        stored, before = current.stored, current.ledger
        ledger = Ledger(stored.collection, stored.token, info, before.session_num)
        parcel = ledger.info_parcel(session_time_s, tracker.customer_id(info))
        current.ledger = ledger
        if parcel.document != current.info:
            current.info = parcel.document
            self._append([parcel], tracker, session_time_s, utc)

    def record(self, events: Sequence[Event], tracker: Tracker, session_time_s: float, utc: datetime) -> None:
        """Keep *events* of the current session."""
        current = self._current
        if current is None or all(isinstance(event, Remark) for event in events):
            return
        parcels = [parcel for event in events for parcel in self._parcels(current, event)]
        self._append(parcels, tracker, session_time_s, utc)

    def _time_former(self, event: FormerLapTimed) -> None:
        """Complete the last lap of the session before: its time came after the change."""
        former = self._former
        if former is None or former.ledger.session_num != event.session_num:
            return
        stored = former.stored
        kept = self._outbox.documents(stored.id, ParcelKind.LAP)
        parcels = timed_lap_parcels(stored.collection, stored.token, kept, event)
        if parcels:
            at_s, utc = former.ended_s, former.ended_utc or stored.last_utc
            self._outbox.append(stored.id, parcels, checkpoint=None, session_time_s=at_s, utc=utc)
            self._ring()

    def _parcels(self, current: _Current, event: Event) -> Sequence[Parcel]:
        if isinstance(event, FormerLapTimed):
            self._time_former(event)
            return ()
        if not isinstance(event, LapsAmended):
            return current.ledger.parcels(event)
        kept = self._outbox.documents(current.stored.id, ParcelKind.LAP)
        # A full disk has refused these so far; they are written first and then amended.
        kept += [lap.document for lap in current.unsaved if lap.kind is ParcelKind.LAP and lap.document is not None]
        return amended_lap_parcels(current.ledger.collection, current.ledger.token, kept, event)

    def close_former(self, events: Sequence[Event], session_time_s: float, utc: datetime) -> None:
        """Keep the last events of a session that has ended, before the next is begun; its checkpoint is done with."""
        current = self._current
        if current is None:
            return
        parcels = [parcel for event in events for parcel in current.ledger.parcels(event)]
        self._append(parcels, None, session_time_s, utc)
        self._former, current.ended_s, current.ended_utc = current, session_time_s, utc

    def save(self, tracker: Tracker, session_time_s: float, utc: datetime) -> None:
        """Write the checkpoint alone: the simulator is lost or the program ends."""
        if self._current is not None and tracker.memory is not None:
            self._append([], tracker, session_time_s, utc)

    def finish_abandoned(self, utc: datetime) -> None:
        """
        Write the laps of every live session that ended while their official time or a better witness was awaited.

        A recording that was cut off in such a moment can be replayed and goes on there.
        """
        for stored in self._outbox.sessions():
            written_by, _, text = (stored.checkpoint or "").partition("\n")
            if written_by != LIVE or utc - stored.last_utc < ABANDONED_AFTER:
                continue
            left = [event for event in left_behind(text) if isinstance(event, LapFinished | LapFilledIn)]
            if not left:
                continue
            for event in left:
                log.info("lap %d of %s is written as it is known", event.record.lap_completed, stored.collection)
            self._outbox.append(
                stored.id,
                [lap_parcel(stored.collection, stored.token, event) for event in left],
                checkpoint=None,
                session_time_s=stored.last_session_time_s,
                utc=stored.last_utc,
            )

    def _note_name(self, info: SessionInfo) -> None:
        own = info.own
        if own is None or self._names.get(str(own.user_id)) == own.user_name:
            return
        self._names[str(own.user_id)] = own.user_name
        try:
            self._outbox.set_meta(NAMES, json.dumps(self._names))
        except OutboxError as error:
            # A name is worth no more than a try; the next session text brings it again.
            log.debug("the name of %d was not kept: %s", own.user_id, error)

    def _is_same(self, known: StoredSession, began: SessionBegan, now: SessionSeen) -> bool:
        current = self._current
        if began.is_restart and current is not None and current.stored.id == known.id:
            return False
        return compare(session_facts.seen(known), now) is Verdict.SAME

    def _resume(self, stored: StoredSession, tracker: Tracker, source_key: str, session_time_s: float) -> None:
        written_by, _, text = (stored.checkpoint or "").partition("\n")
        if written_by != source_key or (session_time_s < stored.last_session_time_s and source_key == LIVE):
            # Another recording of the same session, or another client on this store: it tells its own story.
            tracker.begin()
            return
        try:
            tracker.resume(text, skip_seen=source_key != LIVE)
        except CheckpointUnreadable as error:
            log.warning("the checkpoint of %s is not used: %s", stored.collection, error)
            tracker.begin()

    def _append(self, parcels: Sequence[Parcel], tracker: Tracker | None, session_time_s: float, utc: datetime) -> None:
        current = self._current
        if current is None:
            return
        current.unsaved.extend(parcels)
        checkpoint = None if tracker is None else f"{current.source_key}\n{tracker.checkpoint()}"
        try:
            result = self._write(current, checkpoint, session_time_s, utc)
        except OutboxFull as error:
            if not self.is_disk_full:
                log.error("%s; %d items are kept in memory until it can be written", error, len(current.unsaved))
            self.is_disk_full = True
            return
        if self.is_disk_full:
            log.warning("the disk takes data again, %d items were written", len(current.unsaved))
            self.is_disk_full = False
        current.unsaved.clear()
        for parcel in result.refused:
            # A state older than the stored one, or the info again, is nothing to tell; another lap of that number is.
            level = logging.WARNING if parcel.kind is ParcelKind.LAP else logging.DEBUG
            log.log(level, "%s of %s is recorded already and stays as it is", parcel.key, parcel.collection)
        if result.stored:
            self._ring()

    def _write(self, current: _Current, checkpoint: str | None, session_time_s: float, utc: datetime) -> Appended:
        try:
            return self._outbox.append(
                current.stored.id, current.unsaved, checkpoint=checkpoint, session_time_s=session_time_s, utc=utc
            )
        except OutboxDamaged as error:
            log.error("%s; the session goes on in a new store", error)
            before = current.stored
            current.stored = self._outbox.begin_session(before.collection, before.token, current.facts, utc)
            return self._outbox.append(
                current.stored.id, current.unsaved, checkpoint=checkpoint, session_time_s=session_time_s, utc=utc
            )
