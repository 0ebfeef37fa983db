"""What stands between whoever logs and what is written to: a line in memory, and a thread that may wait for a disk."""

from __future__ import annotations

import logging
import math
import queue
import sys
import time
from collections.abc import Callable

from teamtactics.worker import Worker, beat

MOST_LINES = 4_000
"""
So many wait for an output that takes none, more than hours of racing have to say; then the newest are left out.

Of 100 characters each, of a detailed log 1,500, at the very most ``redaction._LONGEST``.
"""
SILENT_LIMIT_S = 4.0
"""An output's thread looks once a second whether there is a line."""
FILE_LIMIT_S = 30.0
"""A file that takes so long for a line is worth telling; a network folder may be gone for a moment."""
CONSOLE_LIMIT_S = math.inf
"""Nobody may be reading, or somebody marks text in the window: neither is a fault."""
CLOSE_S = 2.0
"""So long the end of the log waits for all outputs together."""


class Output:
    """
    A place for lines that may take its time, in a thread of its own.

    Attributes:
        worker: Its thread; a line that it dies of is given up.

    Args:
        name: Of the thread.

        write: Put a line there; an ``OSError`` means that the line is not taken: it counts as missing, and the next one
            is tried.

        end: Called in the thread behind the last line: it may hang as ``write`` may.

        gap: Makes the line that says how many are missing in its place; must be for any thread.

        limit_s: So long a line may take.

    Threads: ``offer`` and ``ask_to_end`` wait for nothing and belong to whoever holds the log's lock; the rest to any.
    """

    def __init__(
        self,
        name: str,
        write: Callable[[str], object],
        end: Callable[[], object],
        gap: Callable[[int], str],
        limit_s: float,
    ) -> None:
        self.worker = Worker(name, lambda _stop: self._run(), SILENT_LIMIT_S)
        self._write = write
        self._end = end
        self._gap = gap
        self._limit_s = limit_s
        # Whoever logs may be interrupted by a finalizer that logs: this queue has no lock that would hold him then.
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        # Each is counted by one side only.
        self._offered = self._done = self._left_out = self._refused = 0
        self.worker.start()

    @property
    def waiting(self) -> int:
        """How many lines are not written yet."""
        return self._offered - self._done

    def offer(self, line: str) -> None:
        """Let *line* be written, or leave it out when too many wait."""
        if self.waiting >= MOST_LINES:
            self._left_out += 1
            return
        self._say_gap()
        self._put(line)

    def ask_to_end(self) -> None:
        """End behind what waits; nothing more may come."""
        self._say_gap()
        self._lines.put(None)

    def _say_gap(self) -> None:
        count, self._left_out = self._left_out, 0
        if count:
            self._put(self._gap(count))

    def _put(self, line: str) -> None:
        self._offered += 1
        self._lines.put(line)

    def _run(self) -> None:
        while True:
            beat("waiting for a line")
            try:
                line = self._lines.get(timeout=1.0)
            except queue.Empty:
                continue
            if line is None:
                break
            beat("writing", self._limit_s)
            try:
                self._write_down(line)
            finally:
                self._done += 1
        self._end()

    def _write_down(self, line: str) -> None:
        """Write *line*, behind how many were refused before it: where they should stand nothing could be said."""
        try:
            if self._refused:
                self._write(self._gap(self._refused))
                self._refused = 0
            self._write(line)
        except OSError:
            # The disk is full, or the reader has gone.
            self._refused += 1


class Outputs(logging.Handler):
    """
    All outputs as the library sees them: whoever logs makes the line, with what is true now, and waits for nobody.

    What is behind it is no ``logging.Handler``: ``logging.shutdown`` waits for each of those at the end, however long.
    """

    def __init__(self, line_format: logging.Formatter) -> None:
        super().__init__()
        self.setFormatter(line_format)
        self.outputs: tuple[Output, ...] = ()

    def add(self, name: str, write: Callable[[str], object], end: Callable[[], object], limit_s: float) -> None:
        """Begin to write to another place, in a thread of that name."""
        self.outputs = (*self.outputs, Output(name, write, end, self._gap, limit_s))

    def emit(self, record: logging.LogRecord) -> None:
        """Make the line and hand it to each."""
        try:
            line = self.format(record)
        except Exception:  # noqa: BLE001 - said in the log; the library would say it on stderr, which may hang
            where = f"{record.name}, {record.pathname}:{record.lineno}"
            line = self._line(logging.ERROR, f"a line of the log could not be made ({where})", has_error=True)
        for output in self.outputs:
            output.offer(line)

    def close(self) -> None:
        """Write what is pending, for as long as ``CLOSE_S`` lasts; what hangs is left to the end of the process."""
        super().close()
        until_s = time.monotonic() + CLOSE_S
        self.acquire()
        try:
            outputs, self.outputs = self.outputs, ()
            for output in outputs:
                output.ask_to_end()
        finally:
            self.release()
        for output in outputs:
            output.worker.join(max(0.0, until_s - time.monotonic()))

    def _gap(self, count: int) -> str:
        return self._line(logging.WARNING, f"{count} lines are missing here: nobody took them")

    def _line(self, level: int, text: str, *, has_error: bool = False) -> str:
        error = sys.exc_info() if has_error else None
        return self.format(logging.LogRecord(__name__, level, __file__, 0, text, None, error))
