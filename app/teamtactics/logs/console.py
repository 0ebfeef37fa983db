"""Stderr without Python's buffer: who is stuck in it holds its lock, and the interpreter could not end in order."""

from __future__ import annotations

import os
from io import FileIO
from typing import TextIO


class Console:
    """
    Writes lines to where *stream* goes, beside the stream.

    A buffer's lock that a thread still holds is a fatal error of the interpreter when it ends and flushes stderr.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._encoding = stream.encoding or "utf-8"
        self._raw: FileIO | None
        try:
            self._raw = os.fdopen(stream.fileno(), "wb", buffering=0, closefd=False)
        except (OSError, ValueError):
            self._raw = None  # no file of the system: a development environment's window

    def write(self, line: str) -> None:
        """
        Write *line*; it may take for ever.

        Raises:
            OSError: Nobody reads any more.
        """
        if self._raw is None:
            self._stream.write(f"{line}\n")
            self._stream.flush()
            return
        left = f"{line}\n".encode(self._encoding, "backslashreplace")
        while left:
            written = self._raw.write(left)
            if written is None:
                raise BlockingIOError("the console takes nothing now")
            left = left[written:]
