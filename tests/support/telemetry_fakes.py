"""A clock whose waits take no time, and what a source or a memory gives."""

from __future__ import annotations

from collections.abc import Callable

from teamtactics.model.frame import Frame
from teamtactics.telemetry.memory import MemoryReader
from teamtactics.telemetry.source import Source


class Clock:
    """Monotonic time that moves only when somebody waits."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.waits: list[float] = []
        self.while_waiting: Callable[[], object] | None = None

    def monotonic(self) -> float:
        return self.now_s

    def wait(self, seconds: float) -> None:
        assert seconds > 0
        self.waits.append(seconds)
        self.now_s += seconds
        if self.while_waiting is not None:
            self.while_waiting()


def drain(source: Source, timeout_s: float = 0.0) -> list[Frame]:
    frames: list[Frame] = []
    while not source.has_ended:
        part = source.read(timeout_s)
        if not part:
            break
        frames += part
    return frames


def poll(reader: MemoryReader) -> list[Frame]:
    """Return the whole ticks that came since the last call."""
    reader.look()
    return reader.frames()
