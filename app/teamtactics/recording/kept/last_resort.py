"""
What the store does not take at the end of the program: room is made for it, or it is left at a second place.

From there it comes back into the store with the next start.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from teamtactics.errors import OutboxError
from teamtactics.language import Said, SaidOf, joined
from teamtactics.model.events import LapFinished
from teamtactics.model.parcel import Parcel, ParcelKind
from teamtactics.recording.journal import Journal, Note
from teamtactics.recording.kept.own_laps import OwnLaps
from teamtactics.recording.recorder import Recorder
from teamtactics.store.second_place import Reserve, SecondPlace, discard
from teamtactics.store.store import Outbox, OwnLap, StoredSession
from teamtactics.worker import beat

log = logging.getLogger(__name__)

AT_DISK_S = 15.0
"""A call to the store waits five seconds for another program that holds it, and some for a slow disk."""


@dataclass(frozen=True, slots=True)
class LeftOver:
    """
    What the store did not take until the end.

    Attributes:
        laps: How many laps that are over are among it; besides there may be a lap under way and what a team-mate needs.

        path: Where it is; None when it is lost.

        why: What kept it from the store, and from the second place when it is lost.

        earlier: What earlier ends had left at the second place, and the store has not taken back either.
    """

    laps: int
    path: Path | None
    why: str
    earlier: tuple[Path, ...] = ()

    def __str__(self) -> str:
        return str(self.said)

    @property
    def said(self) -> str:
        """All of it in one sentence."""
        text: Said
        if self.path is None:
            text = SaidOf(
                "{count} lap could be written nowhere and is lost",
                "{count} laps could be written nowhere and are lost",
                self.laps,
            )
        elif self.laps:
            text = SaidOf(
                "{count} lap could not be written into the local store and is in {path}, for the next start",
                "{count} laps could not be written into the local store and are in {path}, for the next start",
                self.laps,
                path=self.path,
            )
        else:
            text = Said(
                "no whole lap is missing; the rest of what the local store did not take is in {path}", path=self.path
            )
        if self.earlier:
            beside = ", ".join(str(path) for path in self.earlier)
            text = Said("{text}; what earlier ends had left is still in {beside}", text=text, beside=beside)
        return joined(text, self.why, between=": ")


def counted(laps: int) -> str:
    """Return ``1 lap``, ``2 laps``."""
    return f"{laps} lap" if laps == 1 else f"{laps} laps"


class LastResort:
    """
    Args:
        outbox: The store that is to have everything.

        place: Where what it does not take is left.

    Threads: the writer's; ``left`` may be read from anywhere.

    Attributes:
        left: What was left over at the end; None when nothing was.
    """

    def __init__(self, outbox: Outbox, place: SecondPlace, utc_now: Callable[[], datetime]) -> None:
        self.left: LeftOver | None = None
        self._outbox = outbox
        self._place = place
        self._utc_now = utc_now
        self._reserve = Reserve(outbox.folder)
        self._has_begun = False

    def begin(self) -> None:
        """
        Take back what an earlier end had to leave, and keep room for the next; once.

        Raises:
            OutboxError: The store does not take it now.
        """
        if self._has_begun:
            return
        for path in self._place.files():
            beat("taking back what was left elsewhere", AT_DISK_S)
            try:
                laps = bring_back(self._outbox, path, self._utc_now)
            except _Unusable as why:
                log.error("%s, where laps were left when the store took none, cannot be read: %s", path, why)
            else:
                log.warning("taken back into the local store from %s: %s that it did not have", path, counted(laps))
        beat("keeping room for a full disk", AT_DISK_S)
        self._reserve.keep()
        self._has_begun = True

    def make_room(self) -> None:
        """Give the room that was kept to the store."""
        if self._reserve.release():
            log.warning("the room kept for the end is given to the local store")

    def put_away(self, recorder: Recorder, journal: Journal, take_all: Callable[[], None], why: str) -> None:
        """Leave what *recorder* and *journal* hold at the second place; ``left`` says what came of it."""
        laps = recorder.laps_waiting + _laps_in(journal)
        earlier = tuple(self._place.files())
        try:
            path = self._place.new()
            with Outbox.open(path, self._utc_now) as second:
                recorder.turn_to(second)
                take_all()
        except (OSError, OutboxError) as error:
            # What of it came there before the second place was full as well stays there, and comes back.
            also = error.said if isinstance(error, OutboxError) else str(error)
            self.left = LeftOver(laps, None, joined(why, also, between="; "), earlier)
        else:
            self.left = LeftOver(laps, path, why, earlier)


class _Unusable(Exception):
    """A file of the second place that nobody can read."""


def bring_back(outbox: Outbox, path: Path, utc_now: Callable[[], datetime]) -> int:
    """
    Put into *outbox* what the file at *path* holds, then remove it; return how many laps *outbox* did not have.

    Cut short, it is done again with the next start: the same once more changes nothing.

    Raises:
        OutboxError: *outbox* cannot be used now.
    """
    try:
        second = Outbox.look(path, utc_now)
    except OutboxError as error:
        raise _Unusable(str(error)) from error
    with second:
        try:
            sessions = [(one, second.parcels(one.id), second.own_laps(one.id)) for one in reversed(second.sessions())]
        except OutboxError as error:
            raise _Unusable(str(error)) from error
    count = sum(_bring_session(outbox, *one) for one in sessions)
    discard(path)
    return count


def _bring_session(outbox: Outbox, session: StoredSession, parcels: list[Parcel], laps: list[OwnLap]) -> int:
    identity = (session.collection, session.token)
    there = next((one for one in outbox.sessions() if (one.collection, one.token) == identity), None)
    new: tuple[Parcel, ...] = ()
    if there is None:
        # Together with its first parcels, of which one may be the order to remove another session's.
        there, new = outbox.begin_session(*identity, session.facts, session.began_utc, parcels), tuple(parcels)
    is_newer = session.last_utc >= there.last_utc
    newest = session if is_newer else there
    known = OwnLaps.of(outbox, there.id)
    known.take_in(laps)  # neither need know all
    kept = outbox.append(
        there.id,
        parcels,
        checkpoint=newest.checkpoint,
        session_time_s=newest.last_session_time_s,
        utc=newest.last_utc,
        own_laps=known.unsaved,
        facts=session.facts if is_newer else None,
    )
    return sum(parcel.kind is ParcelKind.LAP for parcel in (*new, *(one.parcel for one in kept.stored)))


def _laps_in(journal: Journal) -> int:
    events = (event for entry in journal.entries() if isinstance(entry, Note) for event in entry.events)
    return sum(isinstance(event, LapFinished) for event in events)
