"""Tells when files on the disk have changed and are left alone again."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path

SETTLED_S = 1.5
"""So long nothing more must have come: editors empty a file before they write it, or write it in several pieces."""
YOUNG_S = 5.0
"""A file changed so lately is read each time: of two writes in one step of the disk's clock its time tells only one."""


class Watch:
    """
    Compares files with what they were when they were last read; call about once a second.

    Threads: one at a time.
    """

    def __init__(
        self, monotonic_s: Callable[[], float] = time.monotonic, now_s: Callable[[], float] = time.time
    ) -> None:
        self._monotonic_s = monotonic_s
        self._now_s = now_s
        self._known: tuple[str, ...] | None = None
        self._newest: tuple[str, ...] | None = None
        self._since_s = 0.0
        self._hashes: dict[Path, tuple[tuple[int, int], str]] = {}

    def know(self, paths: Sequence[Path]) -> None:
        """Take the files as they are now for known; call before they are read, so that no change is missed."""
        self._known = self._newest = self._signs(paths)

    @property
    def is_unsettled(self) -> bool:
        """Whether something was seen that may not be all of it."""
        return self._newest != self._known

    def look(self, paths: Sequence[Path]) -> bool:
        """Return whether the files are others than they were known, and have been left alone for a moment."""
        signs, now_s = self._signs(paths), self._monotonic_s()
        if signs != self._newest:
            self._newest, self._since_s = signs, now_s
        return signs not in (self._known, None) and now_s - self._since_s >= SETTLED_S

    def _signs(self, paths: Sequence[Path]) -> tuple[str, ...] | None:
        """Return what tells one state of the files from another; None while one of them is held by somebody."""
        try:
            return tuple(self._sign(path) for path in paths)
        except OSError:
            return None

    def _sign(self, path: Path) -> str:
        try:
            found = path.stat()
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return f"{path}: none"
        stamp = (found.st_mtime_ns, found.st_size)
        kept = self._hashes.get(path)
        if kept is None or kept[0] != stamp or abs(self._now_s() - found.st_mtime) < YOUNG_S:
            kept = self._hashes[path] = (stamp, hashlib.blake2b(path.read_bytes()).hexdigest())
        return f"{path}: {kept[1]}"
