"""A memory image as a simulator: still, or updated in place by another process."""

from __future__ import annotations

import logging
import mmap
import os
import time
from collections.abc import Callable
from pathlib import Path

from teamtactics.errors import SourceRefused
from teamtactics.language import Said
from teamtactics.telemetry.files import open_telemetry_file
from teamtactics.telemetry.layout import TICK_RATE, Memory, parse_layout
from teamtactics.telemetry.live import LiveSource
from teamtactics.telemetry.memory import MemoryReader

_log = logging.getLogger(__name__)

_REPLACED_CHECK_S = 0.5


class ImageSource(LiveSource):
    """
    Reads a file as ``irsdk --dump`` writes it, mapped shared, exactly as the simulator's memory.

    A still image gives its moment once (one frame per whole buffer) and then is silent; one that a process keeps
    updating in place is a live simulator.

    Args:
        path: The image.

        wait: How to wait some seconds.

        monotonic: The clock of the waits.

    Raises:
        SourceRefused: (on ``connect``, as long as it never succeeded) the file is missing, no image, or damaged.
    """

    def __init__(
        self,
        path: Path,
        wait: Callable[[float], object] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._image = ImageFile(path, wait, monotonic)
        super().__init__(self._image, path.name, monotonic)

    def check(self) -> None:
        """
        Look at the file without connecting.

        Raises:
            SourceRefused: It is no image.

            LayoutChanged: A variable that the collector cannot do without is missing.
        """
        memory = self._image.open()
        try:
            if memory is not None:
                MemoryReader(memory, self.name)
        finally:
            self._image.close()


class ImageFile:
    """
    The file behind an ``ImageSource``: mapping, pace, and whether it is still the file it was.

    A mapped file that another process shortens kills whoever touches the part that is gone (SIGBUS). So the size is
    looked at before each poll, which costs less than a microsecond and leaves a window of some microseconds, not none:
    give a live image a name under which nobody truncates it. Deleted or replaced by another file is looked for twice a
    second; the old mapping stays readable until then. Windows does not let a mapped file be shortened or replaced.
    """

    def __init__(self, path: Path, wait: Callable[[float], object], monotonic: Callable[[], float]) -> None:
        self._path = path
        self._wait = wait
        self._monotonic = monotonic
        self._memory: mmap.mmap | None = None
        self._identity = (0, 0)
        self._check_at_s = 0.0
        self._is_replaced = False
        self._was_good = False
        self._pace = Pace()

    def open(self) -> Memory | None:
        """
        Map the file; None when a file that once was an image is not one now (somebody is writing it anew).

        Raises:
            SourceRefused: It never was an image since this program started.
        """
        self.close()
        try:
            self._memory = self._map()
            if not self._was_good:
                parse_layout(self._memory, self._path.name)
        except SourceRefused as refused:
            self.close()
            if not self._was_good:
                raise
            _log.debug("waiting for the image: %s", refused)
            return None
        self._was_good = True
        self._pace = Pace()
        return self._memory

    def wait(self, timeout_s: float) -> None:
        """Sleep until the next tick is likely, then in small steps."""
        self._wait(min(timeout_s, self._pace.pause_s()))

    def arrived(self, ticks: int, now_s: float) -> None:
        """Learn the pace of the writer."""
        self._pace.arrived(ticks, now_s)

    def is_gone(self, now_s: float) -> bool:
        """True when the file was shortened, deleted or replaced, and from then on."""
        if self._memory is None or self._memory.size() < len(self._memory):
            return True
        if now_s >= self._check_at_s:
            self._check_at_s = now_s + _REPLACED_CHECK_S
            self._is_replaced = self._is_replaced or self._identify() != self._identity
        return self._is_replaced

    def close(self) -> None:
        """Unmap the file."""
        if self._memory is not None:
            self._memory.close()
            self._memory = None

    def _map(self) -> mmap.mmap:
        with open_telemetry_file(self._path) as file:
            there = os.fstat(file.fileno())
            self._identity = (there.st_dev, there.st_ino)
            self._check_at_s = self._monotonic() + _REPLACED_CHECK_S
            self._is_replaced = False
            try:
                return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            except (OSError, ValueError) as error:  # ValueError: emptied since it was opened
                raise SourceRefused(
                    Said("{path}: cannot be mapped into memory: {error}", path=self._path, error=error)
                ) from error

    def _identify(self) -> tuple[int, int] | None:
        try:
            there = self._path.stat()
        except OSError:
            return None
        return there.st_dev, there.st_ino


class Pace:
    """
    How long to sleep so that a writer of any speed is followed with few wake-ups.

    A wake-up costs ten times the reading (measured: 90 µs to sleep, 350 µs to read and follow with cold caches, 15 µs
    with warm ones), so the number of wake-ups is the whole cost. At real time every second tick wakes us, just behind
    it: the ring of three keeps the second newest whole for almost a tick more. When a tick comes is not seen, only
    that it came between two looks, and it must have come by what was seen before; ``_due_s`` is kept between the two.
    A faster writer (tests, a race played fast) leaves less room in milliseconds and is looked after within each tick.
    """

    _SHORTEST_S = 0.0005
    _LONGEST_S = 0.02
    _REAL_TIME_S = 0.014
    """Ticks further apart than this are real time."""
    _BEHIND_S = 0.0012
    """So far behind a tick we want to wake: what a writer's and our own timers are late by, most of the time."""
    _EARLIER_S = 0.00006
    """By so much less we wait each time: what was taken for the moment of a tick may be late."""

    def __init__(self) -> None:
        self._interval_s = 0.002
        self._arrived_at_s: float | None = None
        self._due_s = 0.0
        self._step_s = 0.0

    def arrived(self, ticks: int, now_s: float) -> None:
        """Take note that *ticks* have come since the last call."""
        if self._arrived_at_s is not None:
            measured_s = (now_s - self._arrived_at_s) / max(ticks, 1)
            # Three at once is the whole ring: we are too slow, so believe it at once.
            share = 1.0 if ticks > 2 else 0.125
            self._interval_s = min(self._interval_s + (measured_s - self._interval_s) * share, 1 / TICK_RATE)
        self._arrived_at_s = now_s
        self._step_s = 0.0
        if ticks > 2:
            # We were late, by how much nobody tells.
            self._due_s = now_s - 0.5 / TICK_RATE
        else:
            due_s = self._due_s + ticks / TICK_RATE - self._EARLIER_S
            self._due_s = min(max(due_s, now_s - 1 / TICK_RATE), now_s)

    def pause_s(self) -> float:
        """Return how long to sleep now; the longer nothing comes, the longer, up to 20 ms."""
        if self._step_s == 0.0:
            self._step_s = self._interval_s / 8
            return max(self._SHORTEST_S, self._until_next_s())
        pause_s = self._step_s
        self._step_s = min(self._step_s * 1.5, self._LONGEST_S)
        return max(self._SHORTEST_S, pause_s)

    def _until_next_s(self) -> float:
        if self._interval_s <= self._REAL_TIME_S or self._arrived_at_s is None:
            return self._interval_s * 0.75
        return self._due_s + 2 / TICK_RATE + self._BEHIND_S - self._arrived_at_s
