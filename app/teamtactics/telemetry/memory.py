"""The shared-memory protocol: whole ticks out of a ring of buffers that somebody else is writing."""

from __future__ import annotations

import logging
import struct
from collections.abc import Sequence

from teamtactics.errors import SimulatorGone
from teamtactics.model.frame import Frame
from teamtactics.model.session import SessionInfo
from teamtactics.telemetry.frame_reader import FrameReader
from teamtactics.telemetry.layout import BUFFER_ENTRY_SIZE, BUFFERS_AT, HEADER_SIZE, Memory, parse_layout
from teamtactics.telemetry.session_text import parse_session_text

_log = logging.getLogger(__name__)

_CONNECTED = 1
BATCH_TICKS = 6
"""
So many ticks are decoded together: a tenth of a second. Copying is what presses; decoding costs with cold caches what
it costs for one (measured: 350 µs with all that follows, 50 µs for each further tick).
"""
PROMPT_TICKS = 30
"""For so long behind a line, a lap time or a session change each tick is decoded at once: somebody waits for it."""
_TRIES = 5
"""How often the newest buffer is copied again when it changed meanwhile; the simulator's own client tries twice."""
_TEXT_UPDATE = struct.Struct("<12xi")
_STATUS = struct.Struct("<4xi")
_COUNTERS = struct.Struct("<i4xi4x")
"""A buffer's tick counter, set after it is written, and the counter set before."""


class MemoryReader:
    """
    Reads one connection's ticks and session text; knows nothing of files, handles and waiting.

    The writer zero-fills the next buffer, writes the variables one by one, and sets that buffer's tick counter at the
    end (SIMULATOR#tick). So the newest buffer is whole for as long as its counter stands, and the oldest may be in
    the middle of being refilled while its counter still says otherwise: see ``_is_whole``.

    Args:
        memory: All of it. The caller keeps it open and closes it.

        where: Name of the source, for messages and the log.

        seen: Counters that were there when the last connection was lost.

    Attributes:
        info: The newest session text; None until it makes sense. The same object while nothing changed.

        text: The same as it stands there, whether it makes sense or not; the same object until it is replaced.

        last_tick: Counter of the newest tick copied so far; None before the first.

        missed_ticks: Ticks that were published after the first one read, but never read whole.

    Raises:
        SourceRefused: The layout is nonsense or points outside.

        LayoutChanged: A variable that nothing works without is missing.
    """

    def __init__(self, memory: Memory, where: str, seen: frozenset[int] = frozenset()) -> None:
        self.layout = parse_layout(memory, where)
        self.info: SessionInfo | None = None
        self.text: bytes | None = None
        self.last_tick: int | None = None
        self.missed_ticks = 0
        self._memory = memory
        self._where = where
        self._seen = seen
        self._text_update: int | None = None
        self._newer_text: int | None = None
        self._waiting: list[list[tuple[int, bytes]]] = []
        self._waiting_ticks = 0
        self._accepted_tick: int | None = None
        self._news: tuple[bytes, ...] = ()
        self._prompt_until = 0
        self._header = struct.Struct("<4xi4xi24s8x" + "ii8x" * len(self.layout.buffer_offsets))
        self._frames = FrameReader(self.layout, None, where)
        self._refresh_info(_TEXT_UPDATE.unpack_from(memory)[0])

    @property
    def missing_variables(self) -> Sequence[str]:
        return self._frames.missing

    @property
    def derived_variables(self) -> Sequence[str]:
        return self._frames.derived

    def ticks(self) -> frozenset[int]:
        """Return the counters of all buffers: what a later connection has to differ from."""
        return frozenset(self._header.unpack_from(self._memory)[3::2])

    @property
    def is_due(self) -> bool:
        """Whether ``frames`` is to be called now: enough is waiting, or something that cannot wait."""
        if self._newer_text is not None or self._waiting_ticks >= BATCH_TICKS:
            return True
        return self._waiting_ticks > 0 and self.last_tick is not None and self.last_tick <= self._prompt_until

    def look(self) -> None:
        """
        Copy the ticks that came since the last call, for ``frames``; at the first call all there are.

        Raises:
            SimulatorGone: It has ended (status bit), was restarted (counter went back), or is another one (layout).
        """
        text_update, ticks = self._look_at_header()
        newest, last = max(ticks), self.last_tick
        self._newer_text = None if text_update == self._text_update else text_update
        if newest == last:
            return
        if last is not None and newest < last:
            raise SimulatorGone(f"{self._where}: the simulator was restarted (tick {last}, then {newest})")
        copies = self._copy_new(ticks, -1 if last is None else last)
        if not copies:
            return
        # The copies are what time presses for; text and decoding come after.
        self._waiting.append(copies)
        self._waiting_ticks += len(copies)
        self.last_tick, copy = copies[-1]
        news = self._frames.news(copy)
        if news != self._news:
            self._prompt_until, self._news = self.last_tick + PROMPT_TICKS, news

    def frames(self) -> list[Frame]:
        """Return the whole ticks among those copied, oldest first; what came before a newer text comes by itself."""
        waiting, self._waiting = self._waiting, []
        if self._newer_text is not None:
            if len(waiting) > 1:
                waiting, self._waiting = waiting[:-1], waiting[-1:]
            else:
                self._refresh_info(self._newer_text)
                self._newer_text = None
        kept, self._waiting = self._waiting, waiting
        frames = self.rest()
        self._waiting, self._waiting_ticks = kept, sum(map(len, kept))
        return frames

    def rest(self) -> list[Frame]:
        """Return what ``frames`` has not yet, and leave the memory alone: it may be gone."""
        waiting, self._waiting, self._waiting_ticks = self._waiting, [], 0
        return [frame for copies in waiting for frame in self._accept(copies)]

    def _look_at_header(self) -> tuple[int, tuple[int, ...]]:
        """Return all that changes in the header of one simulator: the number of its text, and each buffer's counter."""
        values = self._header.unpack_from(self._memory)
        if not values[0] & _CONNECTED:
            raise SimulatorGone(f"{self._where}: the simulator has ended")
        if values[2] != self.layout.fixed or values[4::2] != self.layout.buffer_offsets:
            raise SimulatorGone(f"{self._where}: the simulator has published another layout")
        return values[1], values[3::2]

    def _copy_new(self, ticks: tuple[int, ...], last: int) -> list[tuple[int, bytes]]:
        """Return counter and copy of all new buffers that were whole while copied, oldest first."""
        newest, copies = max(ticks), []
        if newest > last + 1:
            for tick in sorted(ticks):
                if last < tick < newest and tick > 0 and tick not in self._seen:
                    copy = self._copy(ticks.index(tick), tick)
                    if copy is not None:
                        copies.append((tick, copy))
        for _ in range(_TRIES):
            newest = max(ticks)
            copy = self._copy(ticks.index(newest), newest)
            if copy is not None:
                copies.append((newest, copy))
                break
            # Overtaken. Again and again: the next call will find it in peace.
            ticks = self._header.unpack_from(self._memory)[3::2]
        return copies

    def _copy(self, index: int, tick: int) -> bytes | None:
        """Copy a buffer in one go; None when its counters, before or after, say that it was being written."""
        counters_at = BUFFERS_AT + BUFFER_ENTRY_SIZE * index
        before = _COUNTERS.unpack_from(self._memory, counters_at)
        # The second is counted at the begin of a write, by builds of 2025/26 only, else 0.
        if before[0] != tick or before[1] not in (0, tick):
            return None
        at = self.layout.buffer_offsets[index]
        copy = self._memory[at : at + self.layout.buf_len]
        return bytes(copy) if _COUNTERS.unpack_from(self._memory, counters_at) == before else None

    def _accept(self, copies: list[tuple[int, bytes]]) -> list[Frame]:
        frames: list[Frame] = []
        newest, newer, lost = copies[-1][0], None, 0
        for tick, copy in reversed(copies):
            frame = self._frames.frame(copy, tick)
            if frame is not None and _is_whole(frame, newer):
                frames.append(frame)
                newer = frame
            elif tick != newest:  # lost; the newest was read, even when it is no data
                lost += 1
        frames.reverse()
        if self._accepted_tick is not None:
            self.missed_ticks += newest - self._accepted_tick - len(copies) + lost
        self._accepted_tick = newest
        return frames

    def _refresh_info(self, update: int) -> None:
        start = self.layout.text_offset
        raw = bytes(self._memory[start : start + self.layout.text_len])
        if _TEXT_UPDATE.unpack_from(self._memory)[0] != update:
            return  # replaced while it was copied; the next call takes the new one (SIMULATOR#torn-text)
        self._text_update = update
        self.text = raw.partition(b"\0")[0]
        info = parse_session_text(self.text)
        if info is None or info == self.info:
            return
        self.info = info
        if info.driver_car_idx is not None and info.driver_car_idx != self._frames.own_car_idx:
            self._frames = FrameReader(self.layout, info.driver_car_idx, self._where)
            _log.debug("%s: own car is CarIdx %d", self._where, info.driver_car_idx)


def is_published(memory: Memory, seen: frozenset[int]) -> bool:
    """
    Tell, in next to no time, whether there is a simulator with a tick that was not there before.

    Args:
        memory: Not yet known to be anything at all.

        seen: The counters of the connection that was lost. Any buffer may still hold one of them for two ticks after
            a restart, so only the newest counts.
    """
    if len(memory) < HEADER_SIZE or not _STATUS.unpack_from(memory)[0] & _CONNECTED:
        return False
    buffers = min(max(struct.unpack_from("<32xi", memory)[0], 0), 4)
    ticks = [struct.unpack_from("<i", memory, BUFFERS_AT + BUFFER_ENTRY_SIZE * index)[0] for index in range(buffers)]
    newest = max(ticks, default=0)
    return newest > 0 and newest not in seen


def _is_whole(frame: Frame, newer: Frame | None) -> bool:
    """
    Tell whether an older buffer was not being refilled when it was copied.

    A refill is not visible in the counters of builds before 2025, but in the time: zero-filled it is 0 (dropped before
    this), refilled it is later than the newest tick's. Costs one good tick when a session change lies between the two.
    Seen: the oldest buffer of limerock.dmp (SIMULATOR#torn).
    """
    return newer is None or frame.session_time <= newer.session_time
