"""One writer for one store: a lock beside the file, and a word that survives the file."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import BinaryIO

from teamtactics.errors import OutboxError, OutboxHeld
from teamtactics.language import Said

_FAR = 1 << 30
"""Which byte is locked on Windows: no one, so that who holds it can be read by the one who is refused."""

_CONTENT = b"\ncontent\n"
"""Stands behind the holder's name once the store has ever held something."""


class StoreLock:
    """
    Held by the process that writes the store; the system lets go of it when the process dies, however it dies.

    Args:
        path: The store; the lock is the file ``<path>.lock`` beside it.

        holder: Who takes it, for whoever is refused: ``teamtactics replay``.

    Attributes:
        had_content: The store has held something before, by what stands in the lock's file.

    Raises:
        OutboxHeld: Another process holds it; the text says which.

        OutboxError: There can be no file beside the store.
    """

    def __init__(self, path: Path, holder: str) -> None:
        where = path.with_name(path.name + ".lock")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Not emptied: what stands in it is the other's until the lock is ours.
            # Unbuffered: what a full disk did not take would be tried once more by the close, and fail that.
            self._file: BinaryIO = os.fdopen(os.open(where, os.O_RDWR | os.O_CREAT, 0o644), "r+b", buffering=0)
        except OSError as error:
            raise OutboxError(
                Said("{where}: the data folder cannot be used ({error}); check dataDir", where=where, error=error)
            ) from error
        try:
            _lock(self._file)
        except OSError as error:
            by = self._file.read(200).partition(b"\n")[0].decode("utf-8", "replace")
            self._file.close()
            raise OutboxHeld(
                Said(
                    "{path} is being written by {by}; a store has one writer. End that one first, or give this one "
                    "another dataDir",
                    path=path,
                    by=by or Said("another teamtactics"),
                )
            ) from error
        self.had_content = _CONTENT in self._file.read()
        self._write(f"{holder} (process {os.getpid()})".encode())

    def note_content(self) -> None:
        """Write down that the store holds something: an empty one in its place is then known to be none of ours."""
        if not self.had_content:
            self.had_content = True
            self._file.seek(0)
            self._write(self._file.read().partition(b"\n")[0])

    def release(self) -> None:
        """Let the next one write; harmless when done already."""
        self._file.close()

    def _write(self, holder: bytes) -> None:
        # A word for people and a hint: that it cannot be written is no reason not to record.
        with contextlib.suppress(OSError):
            self._file.seek(0)
            self._file.write(holder + (_CONTENT if self.had_content else b"\n"))
            # Afterwards: on a full disk the place of what stood there before might be taken by somebody else.
            self._file.truncate()


if sys.platform == "win32":

    def _lock(file: BinaryIO) -> None:
        import msvcrt

        file.seek(_FAR)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        finally:
            file.seek(0)

else:

    def _lock(file: BinaryIO) -> None:
        import errno
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in (errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL):
                return  # a network folder that knows no locks: better one writer too many than none
            raise
