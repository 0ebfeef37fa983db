"""A memory image as a simulator: still, or updated in place by another process."""

from __future__ import annotations

import logging
import mmap
import os
import time
from collections.abc import Callable
from pathlib import Path

from teamtactics.errors import SourceRefused
from teamtactics.telemetry.files import open_telemetry_file
from teamtactics.telemetry.layout import TICK_RATE, Memory, parse_layout
from teamtactics.telemetry.live import LiveSource

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
        """
        self._image.open()
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
        """True when the file was shortened, deleted or replaced."""
        memory = self._memory
        if memory is None or memory.size() < len(memory):
            return True
        if now_s < self._check_at_s:
            return False
        self._check_at_s = now_s + _REPLACED_CHECK_S
        try:
            there = self._path.stat()
        except OSError:
            return True
        return (there.st_dev, there.st_ino) != self._identity

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
            try:
                return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            except (OSError, ValueError) as error:  # ValueError: emptied since it was opened
                raise SourceRefused(f"{self._path}: cannot be mapped into memory: {error}") from error


class Pace:
    """
    How long to sleep so that a writer of any speed is followed with few wake-ups.

    Sixty ticks a second polled every 2 ms would be 480 wake-ups a second, most of the program's whole processor time.
    Sleeping through most of the interval first leaves about three per tick. It adapts downwards at once (a recorded
    race is written faster than real time) and upwards slowly.
    """

    _SHORTEST_S = 0.0005
    _LONGEST_S = 0.02

    def __init__(self) -> None:
        self._interval_s = 0.002
        self._arrived_at_s: float | None = None
        self._step_s = 0.0

    def arrived(self, ticks: int, now_s: float) -> None:
        """Take note that *ticks* have come since the last call."""
        if self._arrived_at_s is not None:
            measured_s = (now_s - self._arrived_at_s) / max(ticks, 1)
            self._interval_s = min(measured_s, self._interval_s * 1.25, 1 / TICK_RATE)
        self._arrived_at_s = now_s
        self._step_s = 0.0

    def pause_s(self) -> float:
        """Return how long to sleep now; the longer nothing comes, the longer, up to 20 ms."""
        if self._step_s == 0.0:
            self._step_s = self._interval_s / 8
            return max(self._SHORTEST_S, self._interval_s * 0.75)
        pause_s = self._step_s
        self._step_s = min(self._step_s * 1.5, self._LONGEST_S)
        return max(self._SHORTEST_S, pause_s)
