"""What was seen and no entry of the journal tells of yet: what a collector that dies goes back to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from teamtactics.model.frame import Frame
from teamtactics.model.session import SessionInfo
from teamtactics.race.eyes.continuity import TICK_S
from teamtactics.recording.journal import Entry, Journal

AGAIN_TICKS = 2 * 60 * 60
"""
Ticks kept that were followed and changed nothing worth an entry: two minutes, about 7 MB. In the car there is an entry
twice a minute at least; of who does not drive older ticks are worth nothing.
"""


LONGEST_CHANGE_S = 60.0
"""A session change takes some seconds; ticks further apart are of two connections and tell nothing."""


class Sight(NamedTuple):
    """
    Frames as they came, with the text that was there.

    Attributes:
        text: The same as it was read; None where the stream has none.

        source_key: Of the stream they came from.

        utc_at: When a session time of theirs was true.

        place: So many ticks came before it.
    """

    frames: Sequence[Frame]
    info: SessionInfo | None
    source_key: str
    utc_at: Callable[[float], datetime]
    text: bytes | None = None
    place: int = 0

    def utc_of(self, session_num: int, session_time_s: float, tick: int) -> datetime:
        """
        Return when a tick was, of this sight or before it.

        Args:
            session_num, session_time_s: By the clock that ran then: where a session changes, the newest frame shows
                another one, and ticks are counted instead.
        """
        newest = self.frames[-1]
        if session_num == newest.session_num and session_time_s <= newest.session_time:
            return self.utc_at(session_time_s)
        since_s = min(max(0.0, (newest.tick - tick) * TICK_S), LONGEST_CHANGE_S)
        return self.utc_at(newest.session_time) - timedelta(seconds=since_s)

    def split(self, count: int) -> tuple[Sight, Sight]:
        """Return its first *count* frames, and the others; either may be none."""
        return self._replace(frames=self.frames[:count]), self._replace(
            frames=self.frames[count:], place=self.place + count
        )

    def held(self) -> Sight:
        """Return the same to be looked at later, when the stream may be at another place."""
        newest_s = self.frames[-1].session_time
        newest_utc = self.utc_at(newest_s)
        return self._replace(utc_at=lambda at_s: newest_utc + timedelta(seconds=at_s - newest_s))


LOST = None
"""Stands between two sights when the stream was gone in between, or not to be followed."""


class Tape(Protocol):
    """Where what was seen is kept, to be played again."""

    def see(self, sight: Sight | None) -> None:
        """Take *sight*, or ``LOST``, and wait for nothing."""

    def mark(self, place: int) -> None:
        """Of what it has taken the first *place* ticks are told of by a checkpoint: whoever goes on begins there."""


class Seen:
    """
    Sights in the order in which they came: those followed since the last entry, and those still to be followed.

    ``put`` gives the journal an entry and forgets what it tells of, in an order that leaves no tick told twice or not
    at all, wherever the thread dies meanwhile: what the journal has taken is the truth.

    Args:
        sights: To be followed first.

        tape: Gets what has come as well; None for no tape.

        came: So many ticks have come before.

    Attributes:
        came: So many ticks have come.

        ahead_ticks: How many ticks are still to be followed.
    """

    def __init__(
        self, journal: Journal, sights: Sequence[Sight | None] = (), tape: Tape | None = None, came: int = 0
    ) -> None:
        self.tape, self.came = tape, came
        self._journal = journal
        self._sights = list(sights)
        self._next = 0
        self._putting: tuple[Entry, list[Sight | None]] | None = None
        self._followed_ticks = 0
        self.ahead_ticks = _ticks(self._sights)

    @property
    def has_more(self) -> bool:
        """Whether there is something to follow."""
        return self._next < len(self._sights)

    @property
    def next(self) -> Sight | None:
        """The oldest that is still to be followed; ``LOST`` for a hole in the stream."""
        return self._sights[self._next]

    def add(self, sight: Sight | None) -> None:
        """Keep what has come."""
        if sight is not LOST:
            sight = sight._replace(place=self.came)
            self.came += len(sight.frames)
        if self.tape is not None:
            self.tape.see(sight)
        self._sights.append(sight)
        self.ahead_ticks += _ticks((sight,))

    def followed(self) -> None:
        """Go on behind ``next``; it is kept until an entry tells of it, or it is too old."""
        ticks = _ticks((self.next,))
        self._next += 1
        self.ahead_ticks -= ticks
        self._followed_ticks += ticks
        if self._followed_ticks > AGAIN_TICKS:
            # Half of it at once, so that it need not be done with every tick.
            half = self._next // 2
            self._sights, self._next = self._sights[half:], self._next - half
            self._followed_ticks = _ticks(self._sights[: self._next])

    def put(self, *entries: Entry, behind: int | None = None) -> None:
        """
        Give the journal *entries* that tell of all that was followed.

        Args:
            behind: So many frames of ``next`` are told of as well; None for nothing that is still to be followed.
        """
        rest = self._sights[self._next :]
        if behind is not None and rest and (present := rest[0]) is not LOST:
            rest[0] = present.split(behind)[1]
        self._putting = (entries[-1], rest)
        if self.tape is not None:
            # Before the entry can be on disk: the tape must not lack what it tells of.
            self.tape.mark(next((sight.place for sight in rest if sight is not LOST), self.came))
        self._journal.put(*entries)
        self._sights = rest
        self._putting = None
        self._next = self._followed_ticks = 0
        self.ahead_ticks = _ticks(rest)

    @property
    def place(self) -> Frame | None:
        """The newest frame of ``next``; None when there is nothing to follow, or a hole."""
        sight = self.next if self.has_more else LOST
        return None if sight is LOST else sight.frames[-1] if sight.frames else None

    def again(self, *, but_next: bool) -> list[Sight | None]:
        """
        Return what to follow again behind the last entry that went into the journal.

        Args:
            but_next: Leave ``next`` out: it has been died of before.
        """
        sights = self._sights
        if self._putting is not None and self._journal.last is self._putting[0]:
            sights = self._putting[1]
        if but_next:
            sights = [*sights[: self._next], *sights[self._next + 1 :]]
        return [sight for sight in sights if sight is LOST or sight.frames]


def _ticks(sights: Iterable[Sight | None]) -> int:
    return sum(len(sight.frames) for sight in sights if sight is not LOST)
