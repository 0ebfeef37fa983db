"""Where the interpreter writes when it dies: a small file beside the log, read into the log at the next start."""

from __future__ import annotations

import contextlib
import faulthandler
from pathlib import Path
from typing import TextIO

_MOST_CHARS = 20_000


class CrashReport:
    """
    Python's faulthandler on a file, e.g. ``irtactics.crash`` beside ``irtactics.log``.

    The handler writes stack frames only, no values, so the file holds no secret.
    """

    def __init__(self, logfile: Path) -> None:
        self._path = logfile.with_name(f"{logfile.stem}.crash")
        self._file: TextIO | None = None

    def begin(self) -> str:
        """
        Write crashes to the file from now on and return what an earlier run left there.

        A file that cannot be opened, or a faulthandler that somebody else has switched on, is left alone.
        """
        if faulthandler.is_enabled():
            return ""
        try:
            left = self._path.read_text("utf-8", errors="replace")[:_MOST_CHARS] if self._path.is_file() else ""
            self._file = self._path.open("w", encoding="utf-8")
        except OSError:
            return ""
        faulthandler.enable(self._file)
        return left.strip()

    def end(self) -> None:
        """Stop writing crashes and remove the file: the run ended in order."""
        if self._file is None:
            return
        faulthandler.disable()
        self._file.close()
        self._file = None
        # A second process may hold it; then it goes at that one's end.
        with contextlib.suppress(OSError):
            self._path.unlink()
