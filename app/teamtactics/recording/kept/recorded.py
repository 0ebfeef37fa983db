"""A session as the recorder holds it: what the store has of it, and what it has still to get."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from teamtactics.contract.documents import with_utc_of
from teamtactics.contract.parcels import Ledger, told_anew
from teamtactics.model.events import Event, LapFinished
from teamtactics.model.parcel import Document, Parcel, ParcelKind
from teamtactics.model.precedence import says_the_same
from teamtactics.model.records import UtcMark
from teamtactics.recording.kept.own_laps import OwnLaps
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

        open_laps: Laps that are in the store without their official time, and may still get it.

        unsaved: What the store does not have yet, in order.

        written: What it was given since the program began, by key: a store that turns out damaged gets it again.

        seen: What was seen here of its laps.

        has_news: There is something to write, be it only the checkpoint.
    """

    stored: StoredSession
    source_key: str
    ledger: Ledger
    info: Document | None = None
    open_laps: frozenset[int] = frozenset()
    unsaved: list[Parcel] = field(default_factory=list)
    written: dict[str, Parcel] = field(default_factory=dict)
    seen: OwnLaps = field(default_factory=OwnLaps)
    has_news: bool = False

    @property
    def collection(self) -> str:
        """The session's collection."""
        return self.stored.collection

    def add(self, parcels: Sequence[Parcel]) -> None:
        """Add *parcels*; of the state only the newest is kept."""
        for parcel in parcels:
            if parcel.kind is ParcelKind.STATE:
                self.unsaved = [kept for kept in self.unsaved if kept.kind is not ParcelKind.STATE]
            self.unsaved.append(parcel)
        self.has_news = self.has_news or bool(parcels)

    def come_to(self, checkpoint: str | None, session_time_s: float, utc: datetime) -> None:
        """Note how far the session has come."""
        text = None if checkpoint is None else f"{self.source_key}\n{checkpoint}"
        self.stored = replace(self.stored, checkpoint=text, last_session_time_s=session_time_s, last_utc=utc)
        self.has_news = True

    def saved(self, number: int, parcels: Sequence[Parcel], laps: Sequence[OwnLap] = ()) -> None:
        """Note that the store has *parcels* and what was seen of *laps*, under its *number* of the session."""
        self.seen.saved(laps)
        for parcel in parcels:
            if parcel.kind is not ParcelKind.PURGE:
                # Obeyed a second time it would remove laps that nobody tells again.
                self.written[parcel.key] = parcel
        self.stored = replace(self.stored, id=number)
        given = {id(parcel) for parcel in parcels}
        self.unsaved = [kept for kept in self.unsaved if id(kept) not in given]
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
        self.has_news = True

    def laps(self, stored: Iterable[Document]) -> list[Document]:
        """Return the newest document of each lap, of those *stored* and of those that are not yet."""
        waiting = (parcel.document for parcel in self.unsaved if parcel.kind is ParcelKind.LAP)
        newest = {lap["LapCompleted"]: lap for lap in (*stored, *waiting) if lap is not None}
        return list(newest.values())

    def parcels(self, event: Event, mark: UtcMark, kept: Iterable[Document]) -> Sequence[Parcel]:
        """
        Build what *event* leaves behind.

        Args:
            mark: From which its ``Utc`` is counted.

            kept: The newest documents of its laps; asked for only where ``is_open``.
        """
        made = self.ledger.parcels(event, mark)
        if len(made) < 2 or not self.is_open(event):
            return made
        (number,) = numbers_of([event])
        before = next((lap for lap in kept if lap.get("LapCompleted") == number), None)
        lap, *others = made
        if before is None or lap.document is None:
            return made
        if says_the_same(before, lap.document):
            return others
        document = with_utc_of(before, lap.document)
        return (told_anew(self.collection, self.stored.token, document, lap.session_time_s), *others)

    def is_open(self, event: Event) -> bool:
        """Whether *event* completes a lap that is in the store already as far as it was known."""
        return bool(numbers_of([event]) & self.open_laps)


def numbers_of(events: Iterable[Event]) -> frozenset[int]:
    """Name the laps that *events* complete."""
    return frozenset(event.record.lap_completed for event in events if isinstance(event, LapFinished))


Owned = tuple[RecordedSession, Sequence[Parcel]]
"""Parcels, and whose they are."""
