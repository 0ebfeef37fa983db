"""A session as the recorder holds it: what the store has of it, and what it has still to get."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from teamtactics.contract.parcels import Ledger
from teamtactics.model.events import Event
from teamtactics.model.parcel import Document, Parcel, ParcelKind
from teamtactics.model.precedence import RUN
from teamtactics.model.records import UtcMark
from teamtactics.model.session import SessionInfo
from teamtactics.recording.kept import session_facts
from teamtactics.recording.kept.own_laps import OwnLaps
from teamtactics.store.records import STALL_PCT
from teamtactics.store.store import OwnLap, StoredSession

NOT_STORED = 0
"""Number of a session that is not in the store yet."""


@dataclass(slots=True, eq=False)
class RecordedSession:
    """
    A session that is recorded.

    Attributes:
        stored: As the store has it or will have it; checkpoint, time and moment are the newest.

        source_key: Of the stream that writes its checkpoint.

        info: The info document written last.

        unsaved: What the store does not have yet, in order.

        written: What it was given since the program began, by key: a store that turns out damaged gets it again.

        seen: What was seen here of its laps.

        has_new_facts: The store does not have yet by what the session is recognised.

        has_news: There is something to write, be it only the checkpoint.
    """

    stored: StoredSession
    source_key: str
    ledger: Ledger
    info: Document | None = None
    unsaved: list[Parcel] = field(default_factory=list)
    written: dict[str, Parcel] = field(default_factory=dict)
    seen: OwnLaps = field(default_factory=OwnLaps)
    has_new_facts: bool = False
    has_news: bool = False

    @property
    def collection(self) -> str:
        """The session's collection."""
        return self.stored.collection

    @property
    def lacks_run(self) -> bool:
        """Whether it is known only now which run it is: its first tick did not say it (SIMULATOR#unset)."""
        return bool(self.ledger.unique_id) and not self.stored.facts.get(RUN)

    def add(self, parcels: Sequence[Parcel]) -> None:
        """Add *parcels*; of the state only the newest is kept."""
        for parcel in parcels:
            if parcel.kind is ParcelKind.STATE:
                self.unsaved = [kept for kept in self.unsaved if kept.kind is not ParcelKind.STATE]
            self.unsaved.append(parcel)
        self.has_news = self.has_news or bool(parcels)

    def learn(self, info: SessionInfo) -> None:
        """Take where the stall lies from any text that says it: one that does not makes nobody forget."""
        if self.lacks_run:
            self.stored = replace(self.stored, facts={**self.stored.facts, RUN: self.ledger.unique_id})
            self.has_new_facts = self.has_news = True
        if info.stall_pct is not None and self.stored.facts.get(STALL_PCT) is None:
            self.stored = replace(self.stored, facts={**self.stored.facts, STALL_PCT: info.stall_pct})
            self.has_new_facts = self.has_news = True
        entry = info.session(self.ledger.session_num)
        if entry is not None and entry.own_laps is not None:
            self._learn(session_facts.results(entry))

    def _learn(self, facts: Document) -> None:
        known = self.stored.facts
        if any(known.get(name) != value for name, value in facts.items()):
            self.stored = replace(self.stored, facts={**known, **facts})
            self.has_new_facts = self.has_news = True

    def see(self, event: Event, mark: UtcMark) -> None:
        """Take in what *event* tells of a lap, as ``OwnLaps.see``."""
        self.seen.see(event, mark)
        self.has_news = self.has_news or self.seen.has_unsaved

    def take_up(self) -> None:
        """Take in what its checkpoint alone knows of laps: nobody goes on from there, or not for now."""
        self.seen.take_up(self.stored)
        self.has_news = self.has_news or self.seen.has_unsaved

    def come_to(self, checkpoint: str | None, session_time_s: float, utc: datetime) -> None:
        """Note how far the session has come."""
        text = None if checkpoint is None else f"{self.source_key}\n{checkpoint}"
        self.stored = replace(self.stored, checkpoint=text, last_session_time_s=session_time_s, last_utc=utc)
        self.has_news = True

    def saved(self, number: int, parcels: Sequence[Parcel], laps: Sequence[OwnLap] = ()) -> None:
        """Note that the store has *parcels* and what was seen of *laps*, under its *number* of the session."""
        self.seen.saved(laps)
        for parcel in parcels:
            again = parcel if parcel.kind is not ParcelKind.PURGE else session_facts.purge_again(parcel)
            if again is not None:
                self.written[parcel.key] = again
        self.stored = replace(self.stored, id=number)
        given = {id(parcel) for parcel in parcels}
        self.unsaved = [kept for kept in self.unsaved if id(kept) not in given]
        self.has_new_facts = False
        self.has_news = bool(self.unsaved) or self.seen.has_unsaved

    def lose(self, found: StoredSession | None) -> None:
        """
        Note that the store is another one, and give it again all that is known.

        Args:
            found: What it has of this session; None for nothing.
        """
        self.stored = replace(self.stored, id=NOT_STORED if found is None else found.id)
        again, self.unsaved = [*self.written.values(), *self.unsaved], []
        self.add(again)
        self.seen.lose()
        self.has_new_facts = self.has_news = True
