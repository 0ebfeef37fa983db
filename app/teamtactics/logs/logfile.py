"""The rotating file behind the log: no line is lost because a viewer, a second process or a full disk is in the way."""

from __future__ import annotations

import contextlib
import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

MAX_BYTES = 5_000_000
BACKUPS = 5
"""Old files kept beside the current one: ``irtactics.log.1`` (newest) to ``.5``."""
_TRY_AGAIN_BYTES = 250_000
"""After a rotation that failed, this much more is written before the next attempt."""


class RotatingLogfile(RotatingFileHandler):
    """
    A logfile that is renewed when it is full, and goes on in the old one when it cannot be.

    On Windows a file that somebody has open cannot be renamed. The base class then drops the line at hand and every
    one after it; here the file just grows until the viewer is closed.
    """

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES, backups: int = BACKUPS) -> None:
        """
        Args:
            path: Its folder must exist.

        Raises:
            OSError: The file cannot be opened for writing.
        """
        super().__init__(path, maxBytes=max_bytes, backupCount=backups, encoding="utf-8", errors="backslashreplace")
        self._limit_bytes = max_bytes

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802, ARG002 - the base class names them so
        """Tell whether the file is full; the line at hand may still go over the limit."""
        if self.stream is not None and not Path(self.baseFilename).exists():
            # Deleted by hand, which Linux allows: begin anew instead of writing where nobody looks.
            self.stream.close()
            self.stream = None
        if self.stream is None:
            Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
            self.stream = self._open()
        return self.stream.tell() >= self._limit_bytes and Path(self.baseFilename).is_file()

    def doRollover(self) -> None:  # noqa: N802 - the base class names it so
        """Begin a new file, or go on in this one when another program is in the way."""
        size = 0
        if self.stream is not None:
            size = self.stream.tell()
            self.stream.close()
            # None, so that a line after a failed re-opening tries again instead of writing to a closed file.
            self.stream = None
        try:
            self._shift()
            self._limit_bytes = self.maxBytes
        except OSError:
            self._limit_bytes = size + _TRY_AGAIN_BYTES
        self.stream = self._open()

    def close(self) -> None:
        """Close the file; on a full disk what is left of a line is given up, and whoever closes goes on."""
        with contextlib.suppress(OSError):
            super().close()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the base class names it so
        """Pass over a line that the disk does not take; a mistake in the program is still shown."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)

    def _shift(self) -> None:
        """
        Move the file to ``.1`` and older ones up, from the first gap downwards.

        An attempt that fails half-way leaves a gap, and the next one fills it: however often it fails, only one old
        file is given up.
        """
        names = [Path(self.baseFilename), *(Path(f"{self.baseFilename}.{n}") for n in range(1, self.backupCount + 1))]
        gap = next((n for n, name in enumerate(names) if not name.exists()), self.backupCount)
        for n in range(gap, 0, -1):
            names[n - 1].replace(names[n])
