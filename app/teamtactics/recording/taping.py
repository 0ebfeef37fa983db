"""What the collector is given goes on the tape: handed over without a wait, written by the writer."""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections import deque
from collections.abc import Callable

from teamtactics import __version__
from teamtactics.recording.journal import LIVE
from teamtactics.recording.seen import AGAIN_TICKS, LOST, Sight
from teamtactics.telemetry.tape.chunk import Reading, encode
from teamtactics.telemetry.tape.folder import OfSession, TapeFolder

log = logging.getLogger(__name__)

CHUNK_TICKS = 60 * 60
"""A minute."""
Held = list[tuple[Sight, bool]]
"""Sights, each with whether a hole is before it."""
MOST_AHEAD = AGAIN_TICKS
"""
Ticks kept back while no checkpoint tells of them, as of who only watches: two minutes, the same that are kept to be
followed again.
"""
MOST_WAITING = 5 * CHUNK_TICKS
"""Readings kept while the writer hangs in the disk; what comes then is a hole, in the tape and nowhere else."""


class Taping:
    """
    Args:
        folder: Where tapes are; None: nothing is kept.

    Threads: ``see`` and ``mark`` are the collector's and wait for nothing; the rest is the writer's.

    Durability: a process that dies loses what came since the last checkpoint that is on disk, a minute at most: the
    tape ends where whoever goes on begins, so that it tells the same when it is played.
    """

    def __init__(self, folder: TapeFolder | None) -> None:
        self._folder = folder
        self._came: deque[Sight | int | None] = deque()
        self._open: Held = []
        self._ticks = 0
        self._session: OfSession | None = None
        self._marked = 0
        # What was seen before the program started is on the tape, or is lost with it.
        self._has_hole = True
        self._complained = ""

    def see(self, sight: Sight | None) -> None:
        """Take what was read of a simulator, or that its stream is gone; a recording is its own tape."""
        if self._folder is None or (sight is not LOST and sight.source_key != LIVE):
            return
        if len(self._came) >= MOST_WAITING:
            self._came.clear()
            self._came.append(LOST)
        self._came.append(sight)

    def mark(self, place: int) -> None:
        """Take note that a checkpoint tells of the first *place* ticks that came."""
        if self._folder is not None and (not self._came or self._came[-1] != place):
            self._came.append(place)

    def write(self, to_disk: bool = False) -> None:
        """
        Take what has come. Raises nothing: the tape is for tomorrow, the laps are for now.

        Args:
            to_disk: Write also a chunk that is not full yet, up to where a checkpoint tells of its ticks.
        """
        while self._came:
            self._safely(self._take, self._came.popleft())
        if to_disk:
            self._safely(self._flush, self._marked)

    def _safely(self, do: Callable[..., None], *arguments: object) -> None:
        try:
            do(*arguments)
        except Exception as error:
            # Whatever it is, also a defect of ours: what is recorded is written by others, who tell of their trouble.
            self._has_hole = True
            if self._complain(error):
                log.warning(
                    "the tape cannot be written, what it would hold is left out: %s",
                    error,
                    exc_info=not isinstance(error, OSError),
                )

    def _complain(self, error: Exception) -> bool:
        """Return whether it is to be said: once, until something can be written again."""
        said, self._complained = self._complained, f"{type(error).__name__}: {error}"
        return said != self._complained

    def _take(self, word: Sight | int | None) -> None:
        if word is LOST:
            self._has_hole = True
        elif isinstance(word, Sight):
            self._add(word)
        else:
            self._marked = word

    def _add(self, sight: Sight) -> None:
        session = self._session_of(sight)
        is_other = session is not None and session != self._session
        if (self._session is not None and is_other) or self._ticks >= MOST_AHEAD:
            self._flush()
        elif self._ticks >= CHUNK_TICKS and self._marked > self._open[0][0].place:
            self._flush(self._marked)
        if session is not None:
            self._session = session
        self._open.append((sight, self._has_hole))
        self._ticks += len(sight.frames)
        self._has_hole = False

    def _session_of(self, sight: Sight) -> OfSession | None:
        """
        Return on which tape it goes; None for the one on which what is next to it goes.

        From session to session it stays the same one, for what follows tells also of what was before. The simulator's
        first ticks have no text yet, and nothing is made of them.
        """
        if sight.info is None:
            return None
        newest, present = sight.frames[-1], self._session
        subsession = sight.info.subsession_id
        if present is not None and present.subsession_id == subsession and (subsession or not self._has_hole):
            return present
        return OfSession(subsession, newest.session_num, newest.session_unique_id or 0)

    def _flush(self, place: int | None = None) -> None:
        """Write what is open, up to where *place* ticks had come; None: all."""
        now, self._open = _cut(self._open, place)
        self._ticks = sum(len(sight.frames) for sight, _ in self._open)
        if not now or self._folder is None:
            return
        if self._session is None:
            # A minute without a text: nothing was made of it.
            self._has_hole = True
            return
        try:
            readings = [_reading(sight, is_after_hole) for sight, is_after_hole in now]
            self._folder.append(self._session, encode(readings, LIVE, __version__), readings[0].newest_utc)
        except BaseException:
            self._open = [
                (sight, is_after_hole or not number) for number, (sight, is_after_hole) in enumerate(self._open)
            ]
            raise
        self._complained = ""


def _cut(held: Held, place: int | None) -> tuple[Held, Held]:
    """Return of what is *held* the ticks that came among the first *place*, and the others."""
    if place is None:
        return held, []
    at = bisect_left(held, place, key=lambda each: each[0].place)
    before, behind = held[:at], held[at:]
    if before:
        sight, is_after_hole = before[-1]
        first, rest = sight.split(place - sight.place)
        before[-1] = (first, is_after_hole)
        if rest.frames:
            behind.insert(0, (rest, False))
    return before, behind


def _reading(sight: Sight, is_after_hole: bool) -> Reading:
    newest = sight.frames[-1]
    return Reading(sight.frames, sight.text, sight.utc_at(newest.session_time), is_after_hole=is_after_hole)
