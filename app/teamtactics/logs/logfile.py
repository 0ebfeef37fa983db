"""The rotating file behind the log: no line is lost because a viewer, a second process or a full disk is in the way."""

from __future__ import annotations

import contextlib
import os
from io import FileIO
from pathlib import Path

MAX_BYTES = 5_000_000
BACKUPS = 5
"""Old files kept beside the current one: ``irtactics.log.1`` (newest) to ``.5``."""
_TRY_AGAIN_BYTES = 250_000
"""After a rotation that failed, this much more is written before the next attempt."""


class RotatingLogfile:
    """
    A logfile that is renewed when it is full, and goes on in the old one when it cannot be.

    On Windows a file that somebody has open cannot be renamed. Python's own rotating file then drops the line at hand
    and every one after it; here the file just grows until the viewer is closed. Nor has it that one's locks, for which
    the end of the program would wait while a disk hangs.

    Threads: belongs to one, which may wait for a disk.
    """

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES, backups: int = BACKUPS) -> None:
        """
        Args:
            path: Its folder must exist.

        Raises:
            OSError: The file cannot be opened for writing.
        """
        self.path = path.absolute()
        self._max_bytes = self._limit_bytes = max_bytes
        self._backups = backups
        self._file: FileIO | None = self._open()

    def write(self, line: str) -> None:
        """
        Append *line*; the one at hand may still go over the limit.

        Raises:
            OSError: The disk does not take it.

        Durability:
            It survives the end of the process; not a power loss at once after it.
        """
        file = self._ready()
        left = f"{line}\n".replace("\n", os.linesep).encode("utf-8", "backslashreplace")
        while left:
            left = left[file.write(left) :]

    def close(self) -> None:
        """Close the file; on a full disk what is left of a line is given up, and whoever closes goes on."""
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):
                file.close()

    def _ready(self) -> FileIO:
        """Return the file, begun anew where it is full, or where somebody has deleted it, which Linux allows."""
        if self._file is not None and not self.path.exists():
            self.close()
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._open()
        size = os.fstat(self._file.fileno()).st_size
        if size >= self._limit_bytes and self.path.is_file():
            self._file = self._renewed(size)
        return self._file

    def _open(self) -> FileIO:
        return FileIO(self.path, "a")

    def _renewed(self, size: int) -> FileIO:
        """Begin a new file, or go on in this one when another program is in the way."""
        # None meanwhile, so that a line after a failed re-opening tries again instead of writing to a closed file.
        self.close()
        try:
            self._shift()
            self._limit_bytes = self._max_bytes
        except OSError:
            self._limit_bytes = size + _TRY_AGAIN_BYTES
        return self._open()

    def _shift(self) -> None:
        """
        Move the file to ``.1`` and older ones up, from the first gap downwards.

        An attempt that fails half-way leaves a gap, and the next one fills it: however often it fails, only one old
        file is given up.
        """
        names = [self.path, *(Path(f"{self.path}.{n}") for n in range(1, self._backups + 1))]
        gap = next((n for n, name in enumerate(names) if not name.exists()), self._backups)
        for n in range(gap, 0, -1):
            names[n - 1].replace(names[n])
