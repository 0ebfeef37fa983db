"""What all sources with a simulator behind them share: connect, wait for ticks, notice the end, connect again."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from teamtactics.errors import LayoutChanged, SimulatorGone, SourceRefused
from teamtactics.model.frame import Frame
from teamtactics.model.session import SessionInfo
from teamtactics.telemetry.layout import Memory
from teamtactics.telemetry.memory import MemoryReader, is_published

_log = logging.getLogger(__name__)

BATCH_S = 0.1
"""A tick that was copied is decoded after this at the latest, also when no other comes."""

SILENCE_S = 5.0
"""No new tick for so long is a lost connection: a crash leaves the status bit set (SIMULATOR#connected: 2 to 5 s)."""

STARTING_S = 5.0
"""So long what is published may make no sense: a simulator that is starting has written half a header."""


class Feed(Protocol):
    """The seam to the outside: where the memory comes from and how to wait for its next tick."""

    def open(self) -> Memory | None:
        """
        Open the memory; None when there is nothing to open now. Cheap then.

        Raises:
            SourceRefused: There never will be.
        """

    def wait(self, timeout_s: float) -> None:
        """Return when a tick may have come, at the latest after *timeout_s*."""

    def arrived(self, ticks: int, now_s: float) -> None:
        """Take note that *ticks* have come since the last call; *now_s* is monotonic."""

    def is_gone(self, now_s: float) -> bool:
        """True when the memory must not be touched any more."""

    def close(self) -> None:
        """Let go of everything ``open`` took; harmless when nothing is open."""


class LiveSource:
    """
    A source (see ``Source``) whose frames somebody is publishing right now.

    Args:
        feed: Where the memory comes from.

        name: For people.

        monotonic: The clock of the waits.

        utc_now: The wall clock.

    Threads: for the collector thread only.
    """

    def __init__(
        self,
        feed: Feed,
        name: str,
        monotonic: Callable[[], float] = time.monotonic,
        utc_now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name = name
        self.key = "live"
        self.info: SessionInfo | None = None
        self.text: bytes | None = None
        self.missed_ticks = 0
        self.missing_variables: Sequence[str] = ()
        self.derived_variables: Sequence[str] = ()
        self._feed = feed
        self._monotonic = monotonic
        self._utc_now = utc_now
        self._reader: MemoryReader | None = None
        self._seen: frozenset[int] = frozenset()
        self._advanced_at_s = 0.0
        self._refused_at_s: float | None = None
        self._newest: Frame | None = None
        self._newest_at_s = 0.0
        self._due_at_s = math.inf
        self._has_just_looked = False

    @property
    def has_ended(self) -> bool:
        """Always False: a simulator may come back."""
        return False

    def connect(self) -> bool:
        """
        Try once to connect. True when there is a simulator with a tick that was not there before.

        A simulator that was lost because it fell silent is connected again only when its tick counter moves: a still
        image shows its moment once and then just waits.

        Raises:
            SourceRefused: The feed can never be opened.

            LayoutChanged: For ``STARTING_S`` what is published cannot be used; the text says why, and names a variable
                that the collector cannot do without and that is missing.
        """
        self.disconnect()
        memory = self._feed.open()
        if memory is None:
            self._refused_at_s = None
            return False
        try:
            if not self._feed.is_gone(self._monotonic()) and is_published(memory, self._seen):
                self._begin(MemoryReader(memory, self.name, self._seen))
        except (SourceRefused, LayoutChanged) as refused:
            now_s = self._monotonic()
            self._refused_at_s = now_s if self._refused_at_s is None else self._refused_at_s
            if now_s - self._refused_at_s >= STARTING_S:
                raise LayoutChanged(refused.said) from refused
            _log.debug("not connected yet: %s", refused)
        finally:
            if self._reader is None:
                self._feed.close()
        return self._reader is not None

    def read(self, timeout_s: float) -> Sequence[Frame]:
        """
        Return the frames that came since the last call, oldest first; empty after *timeout_s* without one.

        Ticks are copied as they come and handed out some at a time (``MemoryReader.is_due``, ``BATCH_S``), at the end
        of *timeout_s* all there are.

        Raises:
            SimulatorGone: It has ended, was restarted, or published nothing for ``SILENCE_S``.
        """
        reader = self._reader
        if reader is None:
            raise SimulatorGone(f"{self.name}: not connected")
        now_s = self._monotonic()
        until_s = now_s + timeout_s
        if reader.is_due and not self._feed.is_gone(now_s) and (frames := self._take(reader, reader.frames())):
            # What came with a newer text, behind what came before it.
            return frames
        if self._has_just_looked and timeout_s > 0.0:
            # A tick was taken a moment ago, the next is not there yet: one look less per tick.
            self._feed.wait(timeout_s)
            now_s = self._monotonic()
        while True:
            try:
                self._has_just_looked = self._look(reader, now_s)
            except SimulatorGone:
                if not (frames := self._take(reader, reader.rest())):
                    raise
                return frames
            if now_s >= self._due_at_s or now_s >= until_s or reader.is_due:
                frames = self._take(reader, reader.frames())
                if frames:
                    return frames
            if now_s - self._advanced_at_s > SILENCE_S:
                raise SimulatorGone(f"{self.name}: no new tick for {SILENCE_S:.0f} s")
            if now_s >= until_s:
                return ()
            self._feed.wait(until_s - now_s)
            now_s = self._monotonic()

    def utc_at(self, session_time_s: float) -> datetime:
        """Return the moment of *session_time_s*, counted from the newest frame's arrival."""
        now = self._utc_now()
        if self._newest is None:
            return now
        since_s = self._monotonic() - self._newest_at_s
        return now + timedelta(seconds=session_time_s - self._newest.session_time - since_s)

    def disconnect(self) -> None:
        """Let go of memory and handles; what was seen last is remembered for the next ``connect``."""
        if self._reader is not None:
            # What replaces a file that is gone may have the same counters and is new all the same.
            self._seen = frozenset() if self._feed.is_gone(self._monotonic()) else self._reader.ticks()
            self._reader = None
            self.info = self.text = None
        self._feed.close()

    def _begin(self, reader: MemoryReader) -> None:
        self._reader, self._refused_at_s = reader, None
        self._advanced_at_s, self._due_at_s = self._monotonic(), math.inf
        self.info, self.text, self.missed_ticks = reader.info, reader.text, 0
        self.missing_variables, self.derived_variables = reader.missing_variables, reader.derived_variables

    def _look(self, reader: MemoryReader, now_s: float) -> bool:
        """Copy what has come; return whether something has."""
        if self._feed.is_gone(now_s):
            raise SimulatorGone(f"{self.name}: the memory is gone")
        before = reader.last_tick
        reader.look()
        newest = reader.last_tick
        if newest is None or newest == before:
            return False
        self._advanced_at_s = now_s
        if self._due_at_s == math.inf:
            self._due_at_s = now_s + BATCH_S
        self._feed.arrived(1 if before is None else newest - before, now_s)
        return True

    def _take(self, reader: MemoryReader, frames: list[Frame]) -> list[Frame]:
        self.info, self.text, self.missed_ticks = reader.info, reader.text, reader.missed_ticks
        self._due_at_s = math.inf
        if frames:
            self._newest, self._newest_at_s = frames[-1], self._advanced_at_s
        return frames
