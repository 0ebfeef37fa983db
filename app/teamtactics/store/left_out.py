"""What a defect of ours keeps from the store: kept in words beside it, and said until somebody has looked."""

from __future__ import annotations

import logging
from pathlib import Path

from teamtactics.language import Said

log = logging.getLogger(__name__)

NAME = "left-out.txt"


class LeftOut:
    """
    Entries that cannot be recorded, in a file for whoever mends the defect.

    Args:
        folder: The data folder.

    Durability: after ``keep`` the words are with the operating system, if that works.

    Threads: ``keep`` the writer's; ``need`` may be called from anywhere, and asks the disk nothing.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        try:
            self._is_there = self._path.exists()
        except OSError:
            self._is_there = False  # a folder that cannot be reached is said by the store, and must not end the start

    def keep(self, what: object) -> None:
        """Keep *what* in words; never raises."""
        self._is_there = True
        try:
            with self._path.open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(f"{what!r}\n")
        except OSError as error:
            log.error("%s cannot be written, what was left out is in this log only: %s", self._path, error)

    def need(self) -> str | None:
        """Say that something was left out, in this run or in one before; None when nothing was."""
        if not self._is_there:
            return None
        return Said(
            "Something could not be recorded because of a defect in teamtactics. It is kept in {path}: please send "
            "that file and the log to the developers, then delete it and start teamtactics again.",
            path=self._path,
        )
