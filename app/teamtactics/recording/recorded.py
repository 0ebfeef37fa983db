"""A session as the recorder holds it: what the store has of it, and what it has still to get."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from teamtactics.contract.documents import with_utc_of
from teamtactics.contract.parcels import Ledger, lap_parcel, told_anew
from teamtactics.model.events import Event, LapFilledIn, LapFinished
from teamtactics.model.parcel import Document, Parcel, ParcelKind
from teamtactics.model.precedence import says_the_same
from teamtactics.model.records import UtcMark
from teamtactics.race.session_change import left_behind
from teamtactics.store.store import StoredSession

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

        has_news: There is something to write, be it only the checkpoint.
    """

    stored: StoredSession
    source_key: str
    ledger: Ledger
    info: Document | None = None
    open_laps: frozenset[int] = frozenset()
    unsaved: list[Parcel] = field(default_factory=list)
    written: dict[str, Parcel] = field(default_factory=dict)
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

    def saved(self, number: int, parcels: Sequence[Parcel]) -> None:
        """Note that the store has *parcels*, under its *number* of the session."""
        for parcel in parcels:
            if parcel.kind is not ParcelKind.PURGE:
                # Obeyed a second time it would remove laps that nobody tells again.
                self.written[parcel.key] = parcel
        self.stored = replace(self.stored, id=number)
        given = {id(parcel) for parcel in parcels}
        self.unsaved = [kept for kept in self.unsaved if id(kept) not in given]
        self.has_news = bool(self.unsaved)

    def lose(self, found: StoredSession | None) -> None:
        """
        Note that the store is another one, and give it again all that is known.

        Args:
            found: What it has of this session; None for nothing.
        """
        self.stored = replace(self.stored, id=NOT_STORED if found is None else found.id)
        again, self.unsaved = [*self.written.values(), *self.unsaved], []
        self.add(again)
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
        if not self.is_open(event):
            return made
        (number,) = _numbers([event])
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
        return bool(_numbers([event]) & self.open_laps)


Owned = tuple[RecordedSession, Sequence[Parcel]]
"""Parcels, and whose they are."""


def left_laps(stored: StoredSession) -> Sequence[LapFinished | LapFilledIn]:
    """Read from the checkpoint of *stored* the laps that were completed and not told yet."""
    _, _, text = (stored.checkpoint or "").partition("\n")
    return [event for event in left_behind(text) if isinstance(event, LapFinished | LapFilledIn)]


def left_parcels(stored: StoredSession) -> list[Parcel]:
    """Build those laps as they are known."""
    mark = UtcMark(stored.last_session_time_s, stored.last_utc)
    return [lap_parcel(stored.collection, stored.token, event, mark) for event in left_laps(stored)]


def open_laps(stored: StoredSession, kept: Iterable[Mapping[str, object]]) -> frozenset[int]:
    """Name those laps, as far as they are among *kept*: told as they were known when the program began."""
    told = {lap.get("LapCompleted") for lap in kept}
    return frozenset(number for number in _numbers(left_laps(stored)) if number in told)


def _numbers(events: Iterable[Event]) -> frozenset[int]:
    return frozenset(event.record.lap_completed for event in events if isinstance(event, LapFinished | LapFilledIn))
